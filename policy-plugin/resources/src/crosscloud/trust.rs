//! `crosscloud_trust`.

use std::collections::BTreeSet;

use crosscloud_trust::document::Surroundings;
use crosscloud_trust::{
    Admits, Aks, Aws, AwsRole, Azure, AzureManagedIdentity, Encryption, Endpoints, ExistingGcp, ExistingIdentity,
    Facts, Gcp, GcpServiceAccount, GithubActions, Gitlab, Graph, KeySettings, Kubernetes, Leaf, Member, MemberOf,
    MemberOfAws, MemberOfAzure, MemberOfGcp, Oidc, Outputs, OwnedIdentity, ScopedRole, Source, Spec, Targets,
    TerraformCloud, Text, document,
};

use super::{facts, labels, root, whole};
use crate::piece::Piece;
use crate::resource::Resource;
use crate::view::View;

pub(super) fn trust(it: &Resource<'_>) -> Option<Piece> {
    let root = root(it);
    let spec = spec(&root);
    let graph = |facts: &Facts| Graph::of(&spec, facts);
    let facts = facts::planned(it, graph, |facts| outputs(&Outputs::of(&spec, facts, &Endpoints::default())));
    whole(it, document::of(&spec, &graph(&facts), &facts))
}

/// The outputs that are made of facts, and of nothing that a provider block can change.
fn outputs(it: &Outputs) -> Vec<(&'static str, Text)> {
    let outputs = [
        ("principal", &it.principal),
        ("audience", &it.audience),
        ("issuer", &it.issuer),
        ("subject", &it.subject),
        ("client_id", &it.client_id),
        ("tenant_id", &it.tenant_id),
    ];
    outputs.into_iter().filter_map(|(name, output)| Some((name, output.clone()?))).collect()
}

pub(super) fn member(it: &Resource<'_>) -> Option<Piece> {
    let root = root(it);
    let gcp = |it: &View<'_>| MemberOfGcp {
        project: it.at("project").leaf(),
        provider: it.at("existing").at("provider").leaf(),
        service_account: it.at("existing").at("service_account").option_leaf(),
        roles: it.at("roles").optional(View::leaves),
    };
    let azure = |it: &View<'_>| MemberOfAzure {
        identity: it.at("existing").at("identity").leaf(),
        credential_name: it.at("credential_name").option_leaf(),
        audience: it.at("audience").option_leaf(),
    };
    let aws = |it: &View<'_>| MemberOfAws {
        role_arn: it.at("existing").at("role").leaf(),
        audience: it.at("audience").option_leaf(),
    };
    let of = |to: &View<'_>| MemberOf {
        gcp: to.at("gcp").optional(gcp),
        azure: to.at("azure").optional(azure),
        aws: to.at("aws").optional(aws),
    };
    let spec = Member {
        name: root.at("name").leaf(),
        from: source(&root.at("from")),
        to: root.at("to").required(of),
        disabled: root.at("disabled").switch(false),
    };
    let facts = facts::planned(
        it,
        |facts| spec.graph(facts),
        |facts| outputs(&Outputs::of(&spec.spec(), facts, &Endpoints::default())),
    );
    let around = Surroundings::default();
    whole(it, document::amid((it.type_name, &spec.spec()), &spec.graph(&facts), &facts, &around).document)
}

fn spec(it: &View<'_>) -> Spec {
    let targets = |to: &View<'_>| Targets {
        gcp: to.at("gcp").optional(gcp),
        azure: to.at("azure").optional(azure),
        aws: to.at("aws").optional(aws),
    };
    Spec {
        name: it.at("name").leaf(),
        from: source(&it.at("from")),
        to: it.at("to").required(targets),
        admits: it.at("admits").optional(admits),
        disabled: it.at("disabled").switch(false),
        labels: labels(it),
    }
}

fn admits(it: &View<'_>) -> Admits {
    Admits {
        namespaces: it.at("namespaces").optional(View::leaves),
        repository_ids: it.at("repository_ids").optional(View::leaves),
        role_names: it.at("role_names").optional(View::leaves),
        role_paths: it.at("role_paths").optional(View::leaves),
    }
}

/// A source of a kind that is not known here cannot be judged, like one that is not known yet.
fn source(from: &View<'_>) -> Leaf<Source> {
    let sources = [
        from.at("aks").required(|it| Source::Aks(aks(it))),
        from.at("aws_role").required(aws_role).flatten().map(Source::AwsRole),
        from.at("azure_managed_identity").required(|it| Source::AzureManagedIdentity(managed_identity(it))),
        from.at("github_actions").required(|it| Source::GithubActions(github_actions(it))),
        from.at("gitlab").required(|it| Source::Gitlab(gitlab(it))),
        from.at("terraform_cloud").required(|it| Source::TerraformCloud(terraform_cloud(it))),
        from.at("kubernetes").required(|it| Source::Kubernetes(kubernetes(it))),
        from.at("gcp_service_account").required(|it| Source::GcpServiceAccount(gcp_service_account(it))),
        from.at("oidc").required(|it| Source::Oidc(oidc(it))),
    ];
    sources.into_iter().find(|source| !source.is_unknown()).unwrap_or(Leaf::Unknown)
}

fn aks(it: &View<'_>) -> Aks {
    Aks {
        issuer: it.at("issuer").option_leaf(),
        cluster_id: it.at("cluster_id").option_leaf(),
        issuers: it.at("issuers").optional(View::leaf_map),
        namespace: it.at("namespace").leaf(),
        service_account: it.at("service_account").leaf(),
    }
}

/// Without knowing who vouches for the role, nothing is known of what it shows.
fn aws_role(it: &View<'_>) -> Leaf<AwsRole> {
    it.at("web_identity").switch(false).map(|web_identity| AwsRole {
        account_id: it.at("account_id").leaf(),
        role_name: it.at("role_name").leaf(),
        role_path: it.at("role_path").option_leaf(),
        session_name: it.at("session_name").option_leaf(),
        web_identity,
    })
}

fn managed_identity(it: &View<'_>) -> AzureManagedIdentity {
    let existing = |it: &View<'_>| ExistingIdentity {
        principal_id: it.at("principal_id").leaf(),
        client_id: it.at("client_id").option_leaf(),
    };
    AzureManagedIdentity {
        tenant_id: it.at("tenant_id").leaf(),
        identity: it.at("identity").optional(existing),
        owned: owned(it),
        audience: it.at("audience").option_leaf(),
    }
}

fn github_actions(it: &View<'_>) -> GithubActions {
    GithubActions {
        owner: it.at("owner").leaf(),
        owner_id: it.at("owner_id").leaf(),
        repository: it.at("repository").leaf(),
        repository_id: it.at("repository_id").leaf(),
        environment: it.at("environment").option_leaf(),
        reference: it.at("ref").option_leaf(),
        workflow: it.at("workflow").option_leaf(),
        issuer: it.at("issuer").option_leaf(),
    }
}

fn gitlab(it: &View<'_>) -> Gitlab {
    Gitlab {
        project: it.at("project").leaf(),
        project_id: it.at("project_id").leaf(),
        namespace_id: it.at("namespace_id").leaf(),
        branch: it.at("branch").option_leaf(),
        tag: it.at("tag").option_leaf(),
        environment: it.at("environment").option_leaf(),
        issuer: it.at("issuer").option_leaf(),
    }
}

fn terraform_cloud(it: &View<'_>) -> TerraformCloud {
    TerraformCloud {
        organization: it.at("organization").leaf(),
        organization_id: it.at("organization_id").leaf(),
        project: it.at("project").option_leaf(),
        workspace: it.at("workspace").leaf(),
        workspace_id: it.at("workspace_id").leaf(),
        run_phase: it.at("run_phase").option_leaf(),
        issuer: it.at("issuer").option_leaf(),
    }
}

fn kubernetes(it: &View<'_>) -> Kubernetes {
    Kubernetes {
        issuer: it.at("issuer").option_leaf(),
        issuers: it.at("issuers").optional(View::leaf_map),
        namespace: it.at("namespace").leaf(),
        service_account: it.at("service_account").leaf(),
        jwks: it.at("jwks").option_leaf(),
    }
}

fn gcp_service_account(it: &View<'_>) -> GcpServiceAccount {
    GcpServiceAccount { unique_id: it.at("unique_id").leaf(), email: it.at("email").option_leaf() }
}

fn oidc(it: &View<'_>) -> Oidc {
    Oidc { issuer: it.at("issuer").leaf(), subject: it.at("subject").leaf(), audience: it.at("audience").option_leaf() }
}

fn gcp(it: &View<'_>) -> Gcp {
    let existing = |it: &View<'_>| ExistingGcp {
        pool: it.at("pool").option_leaf(),
        provider: it.at("provider").option_leaf(),
        service_account: it.at("service_account").option_leaf(),
    };
    Gcp {
        project: it.at("project").leaf(),
        roles: it.at("roles").required(View::leaves),
        pool_id: it.at("pool_id").option_leaf(),
        provider_id: it.at("provider_id").option_leaf(),
        service_account_id: it.at("service_account_id").option_leaf(),
        existing: it.at("existing").optional(existing),
        direct: it.at("direct").switch(false),
        attribute_condition: it.at("attribute_condition").option_leaf(),
        attribute_mapping: it.at("attribute_mapping").optional(View::leaf_map),
        principals: it.at("principals").optional(View::leaves),
        allowed_audiences: it.at("allowed_audiences").optional(View::leaves),
        disabled: it.at("disabled").switch(false),
        audit_logs: it.at("audit_logs").switch(false),
        encryption: it.at("encryption").optional(encryption),
    }
}

fn encryption(it: &View<'_>) -> Encryption {
    let keys = |keys: &View<'_>| {
        keys.entries().into_iter().map(|(id, key)| (id.to_owned(), key.required(key_settings))).collect()
    };
    Encryption {
        location: it.at("location").option_leaf(),
        key_ring: it.at("key_ring").option_leaf(),
        existing_key_ring: it.at("existing_key_ring").switch(false),
        keys: it.at("keys").optional(keys),
        rotation_period: it.at("rotation_period").option_leaf(),
        protection_level: it.at("protection_level").option_leaf(),
        service_agents: it.at("service_agents").optional(View::leaves),
    }
}

/// Settings of a key, in a trust and on its own.
pub(super) fn key_settings(it: &View<'_>) -> KeySettings {
    KeySettings {
        existing: it.at("existing").option_leaf(),
        rotation_period: it.at("rotation_period").option_leaf(),
        protection_level: it.at("protection_level").option_leaf(),
        destroy_scheduled_duration: it.at("destroy_scheduled_duration").option_leaf(),
    }
}

fn azure(it: &View<'_>) -> Azure {
    let role = |it: &View<'_>| ScopedRole { role: it.at("role").leaf(), scope: it.at("scope").leaf() };
    Azure {
        owned: owned(it),
        existing: it.at("existing").optional(|it| it.at("identity").leaf()).map(Leaf::flatten),
        roles: it.at("roles").required(|roles| roles.items().iter().map(|it| it.required(role)).collect()),
        credential_name: it.at("credential_name").option_leaf(),
        audience: it.at("audience").option_leaf(),
        disabled: it.at("disabled").switch(false),
    }
}

fn aws(it: &View<'_>) -> Aws {
    // A length that is none is as long as can be.
    let seconds = |it: &View<'_>| it.number().and_then(|it| u32::try_from(it).ok()).unwrap_or(u32::MAX);
    Aws {
        account_id: it.at("account_id").leaf(),
        role_name: it.at("role_name").option_leaf(),
        role_path: it.at("role_path").option_leaf(),
        policy_arns: it.at("policy_arns").optional(View::leaves).unwrap_or_else(|| Leaf::Known(BTreeSet::new())),
        inline_policy: it.at("inline_policy").option_leaf(),
        audience: it.at("audience").option_leaf(),
        max_session_duration: it.at("max_session_duration").optional(seconds),
        permissions_boundary: it.at("permissions_boundary").option_leaf(),
        existing_oidc_provider: it.at("existing").optional(|it| it.at("oidc_provider").leaf()).map(Leaf::flatten),
        disabled: it.at("disabled").switch(false),
    }
}

/// Where an identity is made, and how it is called.
pub(super) fn owned(it: &View<'_>) -> OwnedIdentity {
    OwnedIdentity {
        subscription_id: it.at("subscription_id").option_leaf(),
        resource_group: it.at("resource_group").option_leaf(),
        location: it.at("location").option_leaf(),
        name: it.at("identity_name").option_leaf(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::partly;

    #[test]
    fn a_trust_is_a_document_of_its_own() {
        let piece = partly(
            "crosscloud_trust",
            json!({
                "name": "aks-chat",
                "from": {"aks": {"issuer": "https://westeurope.oic.prod-aks.azure.com/t/c/", "cluster_id": null, "namespace": "chat", "service_account": "backend"},
                    "github_actions": null},
                "to": {"gcp": {"project": "ml-prod-4711", "roles": ["roles/aiplatform.user"], "attribute_condition": ""}, "azure": null},
                "objects": {"gcp/pool": {"id": "projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat"}},
                "audience": "https://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aks-chat/providers/aks-chat",
            }),
            json!({"objects": {"gcp/pool": {"status": false}}}),
        );
        assert_eq!(piece.document.subject, "crosscloud_trust/aks-chat");
        assert_eq!(piece.document.providers[0].attribute_condition.as_deref(), Some(""));
        assert_eq!(
            piece.document.pools[0].name.as_deref(),
            Some("projects/123456789012/locations/global/workloadIdentityPools/aks-chat")
        );
        assert!(piece.document.unknown.is_empty(), "{:?}", piece.document.unknown);
        assert_eq!(piece.document.origin("/providers/0/attribute_condition"), "to.gcp.attribute_condition");
    }

    #[test]
    fn a_member_binds_itself_exactly_in_a_trust_that_nobody_has_looked_at() {
        let pool = "projects/123456789012/locations/global/workloadIdentityPools/aks-platform";
        let piece = partly(
            "crosscloud_trust_member",
            json!({
                "name": "reports",
                "from": {"aks": {"issuer": "https://westeurope.oic.prod-aks.azure.com/t/c/", "namespace": "reports", "service_account": "backend"}},
                "to": {
                    "gcp": {
                        "project": "ml-prod-4711",
                        "existing": {
                            "provider": "projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-platform/providers/aks-platform",
                            "service_account": "aks-platform@ml-prod-4711.iam.gserviceaccount.com",
                        },
                    },
                    "aws": {"existing": {"role": "arn:aws:iam::123456789012:role/aks-platform"}},
                },
                "audience": format!("https://iam.googleapis.com/{pool}/providers/aks-platform"),
            }),
            json!({}),
        );
        let document = piece.document;
        assert_eq!(document.subject, "crosscloud_trust_member/reports");
        let member = format!("principal://iam.googleapis.com/{pool}/subject/system:serviceaccount:reports:backend");
        assert_eq!(document.bindings.len(), 1, "{:?}", document.bindings);
        assert_eq!(document.bindings[0].members, [Some(member)]);
        assert!(!document.pools[0].complete);
        // What lets it in is the trust's, and a plan does not tell it.
        assert!(document.is_unknown("/providers/0/attribute_condition"));
        assert!(document.is_unknown("/aws_roles/0/assume_role_policy"));
    }

    #[test]
    fn what_is_not_known_yet_stays_unknown() {
        let piece = partly(
            "crosscloud_trust",
            json!({"name": "aks-chat", "from": {"aks": {"namespace": "chat", "service_account": "backend"}}, "to": {"gcp": {"project": "p"}}}),
            json!({"from": {"aks": {"issuer": true}}, "to": {"gcp": {"roles": true, "attribute_condition": true}}}),
        );
        assert!(piece.document.is_unknown("/providers/0/source/issuer"));
        assert!(piece.document.is_unknown("/providers/0/attribute_condition"));
        assert!(piece.document.bindings.iter().any(|binding| binding.members == [None]));
    }
}
