//! From the resource's attributes to the typed specification.

use crosscloud_trust::{Aks, Gcp, Leaf, Source, Spec, Targets, Text};
use tfplugin::Attr;

use crate::trust::model::{AksModel, FromModel, GcpModel, ToModel, TrustModel};

impl TrustModel {
    /// What the user asks for. Required attributes that are null count as unknown: Terraform has refused them already.
    pub(crate) fn spec(&self) -> Spec {
        Spec { name: text(&self.name), from: source(&self.from), to: targets(&self.to) }
    }
}

/// A source that is not chosen, like one that is not known, cannot be judged; whether one is chosen is the schema's to check.
fn source(from: &Attr<FromModel>) -> Leaf<Source> {
    match from.known().map(|from| &from.aks) {
        Some(Attr::Known(AksModel { issuer, namespace, service_account })) => Leaf::Known(Source::Aks(Aks {
            issuer: text(issuer),
            namespace: text(namespace),
            service_account: text(service_account),
        })),
        _ => Leaf::Unknown,
    }
}

fn targets(to: &Attr<ToModel>) -> Leaf<Targets> {
    leaf(to, |to| Targets { gcp: option(&to.gcp, gcp) })
}

fn gcp(gcp: &GcpModel) -> Gcp {
    Gcp {
        project: text(&gcp.project),
        roles: leaf(&gcp.roles, |roles| roles.iter().map(text).collect()),
        pool_id: option_text(&gcp.pool_id),
        provider_id: option_text(&gcp.provider_id),
        service_account_id: option_text(&gcp.service_account_id),
        attribute_condition: option_text(&gcp.attribute_condition),
        attribute_mapping: option(&gcp.attribute_mapping, |mapping| {
            mapping.iter().map(|(key, cel)| (key.clone(), text(cel))).collect()
        }),
        principals: option(&gcp.principals, |principals| principals.iter().map(text).collect()),
    }
}

fn text(value: &Attr<String>) -> Text {
    leaf(value, String::clone)
}

fn option_text(value: &Attr<String>) -> Option<Text> {
    option(value, String::clone)
}

fn leaf<T, U>(value: &Attr<T>, of: impl FnOnce(&T) -> U) -> Leaf<U> {
    value.known().map_or(Leaf::Unknown, |value| Leaf::Known(of(value)))
}

fn option<T, U>(value: &Attr<T>, of: impl FnOnce(&T) -> U) -> Option<Leaf<U>> {
    (!value.is_null()).then(|| leaf(value, of))
}
