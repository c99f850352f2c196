//! Our own resources: read into the specification that the provider reads them into, so that both judge the same document.

mod aks_workload_identity;
mod cmek_key;
mod data_transfer;
mod facts;
mod service_perimeter;
mod trust;

use std::collections::BTreeMap;

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_trust::{Facts, Graph, Leaf, Text, document};

use crate::piece::Piece;
use crate::resource::Resource;
use crate::types::Reader;
use crate::view::View;

pub(crate) fn reader(type_name: &str) -> Option<Reader> {
    Some(match type_name {
        "crosscloud_trust" => trust::trust,
        "crosscloud_trust_member" => trust::member,
        "crosscloud_cmek_key" => cmek_key::key,
        "crosscloud_aks_workload_identity" => aks_workload_identity::cluster,
        "crosscloud_service_perimeter" => service_perimeter::perimeter,
        "crosscloud_data_transfer" => data_transfer::transfer,
        _ => return None,
    })
}

/// All attributes of a resource.
fn root<'a>(it: &Resource<'a>) -> View<'a> {
    View::of(it.values, it.unknown, it.sensitive)
}

/// The piece of a graph, which is a document of its own.
fn piece_of_graph(it: &Resource<'_>, name: &Text, graph: &Graph, facts: &Facts) -> Option<Piece> {
    whole(it, document::of_graph(it.type_name, name, graph, facts))
}

/// A whole document as a piece. What is sensitive in the resource is sensitive wherever its attribute comes to stand.
fn whole(it: &Resource<'_>, mut document: TrustDocument) -> Option<Piece> {
    let hidden = |path: &str| {
        let mut view = root(it);
        for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
            let step = step.trim_end_matches(']');
            view = view.at(step.trim_matches('"'));
        }
        view.is_sensitive()
    };
    let origins = document.origins.iter();
    let sensitive: Vec<String> = origins.filter(|(_, path)| hidden(path)).map(|(pointer, _)| pointer.clone()).collect();
    document.sensitive.extend(sensitive);
    Some(Piece { document, ..Piece::default() })
}

/// Labels, of which there are none where nobody wrote any.
fn labels(it: &View<'_>) -> Leaf<BTreeMap<String, Text>> {
    it.at("labels").optional(View::leaf_map).unwrap_or_else(|| Leaf::Known(BTreeMap::new()))
}
