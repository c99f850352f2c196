//! Who can become whom, as a picture.
//!
//! [`draw`] reads a trust document and what a policy found in it, and answers a [`Picture`]: issuers, the tokens they issue, the doors that
//! take those tokens, what the tokens become behind them, and what that may do. An edge that a finding opens is red and carries the token
//! that should have been refused; what is not known yet is dashed. One function a format writes the picture down. Nothing here does input or
//! output, and the same document gives the same bytes.

mod draw;
mod format;
mod layout;
mod picture;
mod sections;
mod text;

pub use draw::draw;
pub use format::Format;
pub use picture::{Edge, Kind, Meaning, Node, Note, Picture, SCHEMA_VERSION, State};
