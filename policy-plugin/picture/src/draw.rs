//! From a document and its findings to a picture.
//!
//! First everything that the document says is put on a [`Canvas`], each edge with the places in the document that it stands on; then the
//! findings are put where they belong, by the places that they point at.

mod aws;
mod azure;
mod canvas;
mod chains;
mod findings;
mod google;
mod grants;
mod issuers;
mod perimeters;

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::finding::Finding;

use crate::picture::Picture;
use canvas::Canvas;

/// Draws a document with what a policy found in it.
#[must_use]
pub fn draw(document: &TrustDocument, found: &[Finding]) -> Picture {
    let mut canvas = Canvas::new(document);
    let mut federations = google::draw(&mut canvas);
    grants::draw(&mut canvas, &mut federations);
    perimeters::draw(&mut canvas, &mut federations);
    google::seat(&mut canvas, &federations);
    aws::draw(&mut canvas);
    azure::draw(&mut canvas);
    chains::draw(&mut canvas);
    let elsewhere = findings::place(&mut canvas, &federations, found);
    canvas.leave_out_what_is_implied();
    canvas.finish(elsewhere)
}

#[cfg(test)]
mod tests;
