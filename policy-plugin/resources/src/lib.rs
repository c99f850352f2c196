//! From the resources of official providers to trust documents.
//!
//! A [`Resource`] is what a plan says of one resource. [`piece_of`] turns it into a [`Piece`] of a trust document, with the user's attribute
//! paths beside it; [`merge`] puts pieces together. There is one file a family of resources, and nothing here reads a file or asks a cloud.

mod aws;
mod azure;
mod crosscloud;
mod github;
mod google;
mod merge;
mod piece;
mod resource;
mod types;
mod view;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing;

pub use merge::{Merged, merge};
pub use piece::Piece;
pub use resource::{Alone, Resource, Surroundings};
pub use types::{is_judged, piece_of};
