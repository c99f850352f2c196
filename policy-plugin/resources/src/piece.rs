//! A piece of a trust document: what one resource adds to it.

use std::collections::BTreeSet;

use crosscloud_policy_model::document::{Pointer, TrustDocument};

use crate::view::View;

/// What one resource adds to a trust document. Its pointers count from the piece's own beginning.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Piece {
    /// The additions. A subject stands here only where the piece is a whole trust, judged by itself.
    pub document: TrustDocument,
    /// Names of what it is part of, such as a pool's: pieces that share one are judged together.
    pub joins: BTreeSet<String>,
    /// Where the one AWS role in it only adds policies to another: names of that one.
    pub extends: Option<BTreeSet<String>>,
}

impl Piece {
    /// Notes where a value was written, whether it is known, and whether it may be shown.
    pub(crate) fn note(&mut self, view: &View<'_>, pointer: impl Into<Pointer>) {
        let pointer = pointer.into();
        if view.is_unknown() {
            self.document.unknown.insert(pointer.clone());
        }
        if view.is_sensitive() {
            self.document.sensitive.insert(pointer.clone());
        }
        self.document.origins.insert(pointer, view.path.clone());
    }

    /// A text that may be absent or unknown.
    pub(crate) fn text(&mut self, view: &View<'_>, pointer: impl Into<Pointer>) -> Option<String> {
        self.note(view, pointer);
        view.text().map(str::to_owned)
    }

    /// The same, where an empty text means that nothing was written.
    pub(crate) fn filled(&mut self, view: &View<'_>, pointer: impl Into<Pointer>) -> Option<String> {
        self.text(view, pointer).filter(|text| !text.is_empty())
    }

    /// A switch, off unless set.
    pub(crate) fn flag(&mut self, view: &View<'_>, pointer: impl Into<Pointer>) -> bool {
        self.note(view, pointer);
        view.flag().unwrap_or_default()
    }

    /// The texts of a list; one that is not known yet makes the whole list unknown.
    pub(crate) fn texts(&mut self, view: &View<'_>, pointer: impl Into<Pointer>) -> Vec<String> {
        let pointer = pointer.into();
        if view.has_unknown() {
            self.unknown(pointer.clone());
        }
        self.note(view, pointer);
        view.texts()
    }

    /// The texts of a list in which each may be unknown. A list that is unknown as a whole counts as one of somebody whom nobody knows.
    pub(crate) fn each_text(&mut self, view: &View<'_>, pointer: &str) -> Vec<Option<String>> {
        self.note(view, pointer);
        if view.is_unknown() {
            return vec![None];
        }
        let items = view.items();
        items.iter().enumerate().map(|(index, item)| self.text(item, format!("{pointer}/{index}"))).collect()
    }

    /// Notes that a place is not known yet.
    pub(crate) fn unknown(&mut self, pointer: impl Into<Pointer>) {
        self.document.unknown.insert(pointer.into());
    }

    /// Notes what it is part of.
    pub(crate) fn join(&mut self, name: impl Into<String>) {
        self.joins.insert(name.into());
    }
}
