//! Service perimeters, each a resource by itself.

use std::collections::BTreeSet;

use super::{Adopted, Managed};

/// The perimeter that the resource is. None: bridges have no composite.
pub(super) fn adopt(perimeter: &Managed) -> Option<Adopted> {
    let name = perimeter.text("name")?;
    if perimeter.text("perimeter_type") == Some("PERIMETER_TYPE_BRIDGE") {
        return None;
    }
    let remark =
        "Rules and resources that others add to it one by one have resources of their own, which stay as they are.";
    Some(Adopted {
        address: format!("crosscloud_service_perimeter.{}", perimeter.label),
        import_id: name.to_owned(),
        replaces: BTreeSet::from([perimeter.configured.clone()]),
        remarks: vec![remark.to_owned()],
    })
}
