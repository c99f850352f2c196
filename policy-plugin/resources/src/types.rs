//! Which resource types are read, and by which function.

use crate::piece::Piece;
use crate::resource::Resource;
use crate::{aws, azure, crosscloud, github, google};

/// Reads a resource into a piece of a document.
pub(crate) type Reader = fn(&Resource<'_>) -> Option<Piece>;

/// What a resource adds to a trust document. None where the type says nothing about who gets in, or where others read it.
#[must_use]
pub fn piece_of(resource: &Resource<'_>) -> Option<Piece> {
    let mut piece = reader(resource.type_name)?(resource)?;
    piece.join(resource.address);
    Some(piece)
}

/// Whether resources of a type say something about who gets in.
#[must_use]
pub fn is_judged(type_name: &str) -> bool {
    reader(type_name).is_some()
}

fn reader(type_name: &str) -> Option<Reader> {
    let (provider, _) = type_name.split_once('_')?;
    match provider {
        "google" => google::reader(type_name),
        "aws" => aws::reader(type_name),
        "azurerm" | "azuread" => azure::reader(type_name),
        "github" => github::reader(type_name),
        "crosscloud" => crosscloud::reader(type_name),
        _ => None,
    }
}
