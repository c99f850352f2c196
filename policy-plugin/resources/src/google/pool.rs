//! Workload identity pools and their providers.

use std::collections::BTreeMap;

use crosscloud_policy_model::document::{Pool, PoolProvider, TokenSource};

use crate::piece::Piece;
use crate::resource::Resource;
use crate::view::{View, escaped};

const POOL: &str = "google_iam_workload_identity_pool";

pub(super) fn pool(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    piece.note(&it.at("workload_identity_pool_id"), "/pools/0");
    let name = pool_name(it);
    match &name {
        Some(name) => piece.join(name),
        None => piece.unknown("/pools/0/name"),
    }
    let pool = Pool {
        name,
        disabled: piece.flag(&it.at("disabled"), "/pools/0/disabled"),
        // A pool that does not exist yet has no provider and no binding outside of this plan.
        complete: it.created,
    };
    piece.document.pools.push(pool);
    Some(piece)
}

pub(super) fn provider(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    piece.note(&it.at("workload_identity_pool_provider_id"), "/providers/0");
    let pool = pool_name(it);
    if let Some(referred) = it.referred("workload_identity_pool_id", &[POOL]) {
        piece.join(referred.address);
    }
    match &pool {
        Some(name) => piece.join(name),
        None => {
            piece.unknown("/providers/0/pool");
            piece.unknown("/providers/0/name");
        }
    }
    let id = it.at("workload_identity_pool_provider_id");
    let name = pool.as_ref().zip(id.text()).map(|(pool, id)| format!("{pool}/providers/{id}"));
    let provider = PoolProvider {
        name,
        pool,
        disabled: piece.flag(&it.at("disabled"), "/providers/0/disabled"),
        source: source(it, &mut piece),
        attribute_mapping: mapping(&it.at("attribute_mapping"), &mut piece),
        attribute_condition: piece.text(&it.at("attribute_condition"), "/providers/0/attribute_condition"),
        admits: None,
        intended: Vec::new(),
    };
    piece.document.providers.push(provider);
    Some(piece)
}

fn source(it: &Resource<'_>, piece: &mut Piece) -> TokenSource {
    let all = View::of(it.values, it.unknown, it.sensitive);
    if let Some(aws) = all.block("aws") {
        return TokenSource::Aws { account_id: piece.text(&aws.at("account_id"), "/providers/0/source/account_id") };
    }
    if let Some(saml) = all.block("saml") {
        piece.note(&saml, "/providers/0/source");
        return TokenSource::Saml;
    }
    let Some(oidc) = all.block("oidc") else {
        // Certificates of one's own, or a kind that is not known here: whom it lets in cannot be said.
        piece.unknown("/providers/0/source/issuer");
        return TokenSource::Oidc { issuer: None, allowed_audiences: Vec::new(), uploaded_keys: false };
    };
    TokenSource::Oidc {
        issuer: piece.filled(&oidc.at("issuer_uri"), "/providers/0/source/issuer"),
        allowed_audiences: piece.texts(&oidc.at("allowed_audiences"), "/providers/0/source/allowed_audiences"),
        uploaded_keys: !oidc.at("jwks_json").is_absent(),
    }
}

fn mapping(view: &View<'_>, piece: &mut Piece) -> BTreeMap<String, String> {
    piece.note(view, "/providers/0/attribute_mapping");
    let mut mapping = BTreeMap::new();
    for (target, cel) in view.entries() {
        let pointer = format!("/providers/0/attribute_mapping/{}", escaped(target));
        mapping.insert(target.to_owned(), piece.text(&cel, pointer).unwrap_or_default());
    }
    mapping
}

/// The name of the pool: with the project's number where the pool is there already, as principals write it, otherwise with what is known.
fn pool_name(it: &Resource<'_>) -> Option<String> {
    let own = it.at("name").filled();
    if let Some(name) =
        own.and_then(|name| name.split("/providers/").next()).filter(|name| name.starts_with("projects/"))
    {
        return Some(name.to_owned());
    }
    let id = it.at("workload_identity_pool_id").filled()?;
    let referred = it.referred("workload_identity_pool_id", &[POOL]);
    let project = referred.as_ref().map_or_else(|| it.at("project"), |pool| pool.at("project"));
    let named = referred.as_ref().and_then(|pool| pool.at("name").filled());
    match (named, project.filled().or_else(|| it.at("project").filled())) {
        (Some(name), _) if name.starts_with("projects/") => Some(name.to_owned()),
        (_, Some(project)) => Some(format!("projects/{project}/locations/global/workloadIdentityPools/{id}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Other, beside, known, partly};

    #[test]
    fn a_provider_that_is_about_to_be_made() {
        let piece = partly(
            "google_iam_workload_identity_pool_provider",
            json!({
                "workload_identity_pool_id": "ci", "workload_identity_pool_provider_id": "github", "project": "ml-prod",
                "attribute_mapping": {"google.subject": "assertion.sub"}, "attribute_condition": null, "disabled": null,
                "oidc": [{"issuer_uri": "https://token.actions.githubusercontent.com", "allowed_audiences": null, "jwks_json": null}],
                "aws": [], "saml": [], "x509": [], "display_name": null, "timeouts": null,
            }),
            json!({"id": true, "name": true, "state": true, "oidc": [{}], "attribute_mapping": {}}),
        );
        let provider = &piece.document.providers[0];
        assert_eq!(provider.pool.as_deref(), Some("projects/ml-prod/locations/global/workloadIdentityPools/ci"));
        assert_eq!(provider.attribute_condition, None);
        assert_eq!(piece.document.origin("/providers/0/attribute_condition"), "attribute_condition");
        assert_eq!(piece.document.origin("/providers/0/source/issuer"), "oidc[0].issuer_uri");
        assert!(piece.document.unknown.is_empty(), "{:?}", piece.document.unknown);
    }

    #[test]
    fn unknown_conditions_are_not_taken_for_missing_ones() {
        let piece = partly(
            "google_iam_workload_identity_pool_provider",
            json!({"workload_identity_pool_id": "ci", "workload_identity_pool_provider_id": "github", "oidc": [{"issuer_uri": "https://a"}]}),
            json!({"attribute_condition": true, "project": true, "attribute_mapping": true}),
        );
        for place in ["attribute_condition", "attribute_mapping", "pool"] {
            assert!(piece.document.is_unknown(&format!("/providers/0/{place}")), "{place}");
        }
    }

    #[test]
    fn a_provider_belongs_to_the_pool_that_it_refers_to() {
        let pool = Other {
            type_name: "google_iam_workload_identity_pool",
            address: "google_iam_workload_identity_pool.ci",
            values: json!({"workload_identity_pool_id": "ci", "project": "ml-prod"}),
            unknown: json!({"name": true}),
        };
        let piece = beside(
            "google_iam_workload_identity_pool_provider",
            json!({"workload_identity_pool_id": "ci", "workload_identity_pool_provider_id": "a", "aws": [{"account_id": "123456789012"}]}),
            json!({"project": true, "name": true}),
            pool,
        );
        assert!(piece.joins.contains("google_iam_workload_identity_pool.ci"));
        assert!(piece.joins.contains("projects/ml-prod/locations/global/workloadIdentityPools/ci"));
        assert_eq!(
            piece.document.providers[0].source,
            TokenSource::Aws { account_id: Some("123456789012".to_owned()) }
        );
    }

    #[test]
    fn an_existing_pool_goes_by_the_projects_number() {
        let name = "projects/123456789012/locations/global/workloadIdentityPools/ci";
        let piece = known(
            "google_iam_workload_identity_pool",
            json!({"workload_identity_pool_id": "ci", "project": "ml-prod", "name": name, "disabled": true}),
        );
        assert_eq!(piece.document.pools[0], Pool { name: Some(name.to_owned()), disabled: true, complete: true });
    }
}
