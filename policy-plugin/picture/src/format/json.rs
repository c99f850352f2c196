//! The picture for programs.

use crate::picture::Picture;

/// Writes a picture as JSON. It holds nothing that JSON cannot say, so writing it cannot fail.
pub(super) fn write(picture: &Picture) -> String {
    let mut text = serde_json::to_string_pretty(picture).unwrap_or_default();
    text.push('\n');
    text
}
