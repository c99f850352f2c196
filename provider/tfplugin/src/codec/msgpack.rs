//! The MessagePack form of values, as hosts write and read it.

mod read;
mod refine;
mod write;

pub use read::decode;
pub use write::encode;

/// The extension type of an unknown value about which something is known. Every other extension is plainly unknown.
const REFINED: i8 = 12;

/// The most bytes that a host accepts for what is known about an unknown value.
const MAX_REFINEMENT: usize = 1024;

/// The most bytes of a string's known beginning.
const MAX_PREFIX: usize = 256;
