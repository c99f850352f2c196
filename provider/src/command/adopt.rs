//! `adopt`: the trusts that a state holds in pieces, as imports of composites.

use std::fmt::Write as _;

use crosscloud_trust::adopt::{Managed, adopt};

use super::Failure;
use super::state::Instance;

/// The imports of the trusts in a state.
pub(super) fn written(instances: &[Instance]) -> Result<String, Failure> {
    let managed: Vec<_> = instances
        .iter()
        .filter_map(|it| {
            Some(Managed {
                configured: it.configured.clone(),
                label: it.label.clone(),
                kind: it.kind.clone(),
                attributes: serde_json::from_str(it.attributes.get()).ok()?,
            })
        })
        .collect();
    let adopted = adopt(&managed);
    if adopted.is_empty() {
        return Err(Failure::NothingOfOthers);
    }
    let mut text = String::new();
    for it in adopted {
        let separator = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{separator}# {}", it.address);
        for remark in &it.remarks {
            let _ = writeln!(text, "# {remark}");
        }
        for block in it.blocks() {
            let _ = write!(text, "\n{block}");
        }
    }
    Ok(text)
}
