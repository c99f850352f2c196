//! What the provider had looked up when it planned, as far as the plan shows it.

use crosscloud_trust::Facts;

use crate::resource::Resource;
use crate::view::View;

/// The facts in the planned objects: a pool's id carries the number of its project, wherever a project is named by its id.
pub(super) fn planned(it: &Resource<'_>, project: &View<'_>) -> Facts {
    let mut facts = Facts::default();
    let ids: Vec<&str> = it.at("objects").entries().iter().filter_map(|(_, object)| object.at("id").text()).collect();
    let number = ids.iter().find_map(|id| {
        let number = id.strip_prefix("projects/")?.split_once("/locations/global/workloadIdentityPools/")?.0;
        number.bytes().all(|digit| digit.is_ascii_digit()).then_some(number)
    });
    if let (Some(project), Some(number)) = (project.text(), number) {
        facts.project_numbers.insert(project.to_owned(), number.to_owned());
    }
    facts
}
