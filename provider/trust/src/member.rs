//! `crosscloud_trust_member`: one more workload in a trust that exists. It is a trust whose objects all exist but the workload's own: on Google
//! its binding or its roles, on Azure its federated credential, on AWS its subject in the role's trust policy.

mod aws;
pub(crate) mod import;

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{FactQuery, Facts};
use crate::graph::Graph;
use crate::leaf::{Leaf, Text};
use crate::problem::Problem;
use crate::source::aws_role::web_identity;
use crate::source::{Source, github_actions, gitlab};
use crate::spec::{Spec, Targets};
use crate::target::aws::POLICIES;
use crate::target::azure::{Azure, OwnedIdentity};
use crate::target::gcp::{EXISTING_ACCOUNT, EXISTING_PROVIDER, ExistingGcp, Gcp, ROLES, SEVERAL_ISSUERS};

pub use aws::MemberOfAws;

/// One more workload in a trust that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name of the member; the federated credential takes it.
    pub name: Text,
    /// Who is let in.
    pub from: Leaf<Source>,
    /// Where.
    pub to: Leaf<MemberOf>,
    /// Whether the member stays outside for the time being.
    pub disabled: Leaf<bool>,
}

/// What a member is let in to: at least one target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberOf {
    /// Google Cloud.
    pub gcp: Option<Leaf<MemberOfGcp>>,
    /// Azure.
    pub azure: Option<Leaf<MemberOfAzure>>,
    /// AWS.
    pub aws: Option<Leaf<MemberOfAws>>,
}

/// A trust's side in Google Cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberOfGcp {
    /// Project id.
    pub project: Text,
    /// Resource name of the provider that takes the workload's tokens.
    pub provider: Text,
    /// Email of the service account that the workload may act as.
    pub service_account: Option<Text>,
    /// Roles of the workload's own, where it acts as no account.
    pub roles: Option<Leaf<BTreeSet<Text>>>,
}

/// A trust's side in Azure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberOfAzure {
    /// Resource id of the identity that the workload may act as.
    pub identity: Text,
    /// Name of the federated credential, where it is not the member's.
    pub credential_name: Option<Text>,
    /// Audience of the workload's tokens, where it is not Azure's own.
    pub audience: Option<Text>,
}

impl Member {
    /// The trust that it amounts to, all of whose objects exist but the workload's own.
    pub fn spec(&self) -> Spec {
        let to = self.to.as_ref().map(|to| Targets {
            gcp: to.gcp.as_ref().map(|gcp| gcp.as_ref().map(MemberOfGcp::target)),
            azure: to.azure.as_ref().map(|azure| azure.as_ref().map(MemberOfAzure::target)),
            aws: to.aws.as_ref().map(|aws| aws.as_ref().map(MemberOfAws::target)),
        });
        Spec {
            name: self.name.clone(),
            from: self.from.clone(),
            to,
            admits: None,
            disabled: self.disabled,
            labels: Leaf::Known(BTreeMap::new()),
        }
    }

    /// Everything that cannot work, with the attribute at fault.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let to = self.to.known();
        if let Some(Leaf::Known(gcp)) = to.and_then(|to| to.gcp.as_ref()) {
            problems.extend(gcp.problem());
        }
        if let Some(Leaf::Known(aws)) = to.and_then(|to| to.aws.as_ref()) {
            problems.extend(aws.problem());
        }
        problems.extend(self.from.known().and_then(|source| makes_objects(source, to)));
        if to.is_some_and(|to| to.gcp.is_some()) {
            problems.extend(self.from.known().and_then(beyond_a_binding));
        }
        if problems.is_empty() {
            // What the role may do is the trust's to say, and its providers are named as those of the member's issuers are.
            let own = |it: &Problem| it.path.to_string() != POLICIES && it.summary != SEVERAL_ISSUERS;
            problems.extend(self.spec().problems().into_iter().filter(own));
        }
        problems
    }

    /// The wanted objects: those that exist, which are only looked at, and the workload's own.
    pub fn graph(&self, facts: &Facts) -> Graph {
        // Whoever made the trust has switched on the APIs and the issuer that it needs; what a role may ask for is its owner's to say.
        let graph = Graph::of(&self.spec(), facts).without("gcp/service/");
        let mut graph = graph.without(web_identity::FEDERATION).without(web_identity::TOKEN_POLICY);
        graph.comes_from("gcp/pool", EXISTING_PROVIDER);
        graph.ask_after("azure/identity", |query| matches!(query, FactQuery::Identity { .. }));
        graph.ask_after("gcp/provider", |query| matches!(query, FactQuery::OutboundIssuer { .. }));
        aws::enter(graph, self.disabled)
    }
}

impl MemberOfGcp {
    fn target(&self) -> Gcp {
        let (pool, provider) = match self.provider.known().map(|name| name.split_once("/providers/")) {
            Some(Some((pool, provider))) => (Text::of(pool), Text::of(provider)),
            Some(None) | None => (Leaf::Unknown, Leaf::Unknown),
        };
        let existing =
            ExistingGcp { pool: Some(pool), provider: Some(provider), service_account: self.service_account.clone() };
        Gcp {
            project: self.project.clone(),
            roles: self.roles.clone().unwrap_or_else(|| Leaf::Known(BTreeSet::new())),
            pool_id: None,
            provider_id: None,
            service_account_id: None,
            existing: Some(Leaf::Known(existing)),
            direct: Leaf::Known(self.service_account.is_none()),
            attribute_condition: None,
            attribute_mapping: None,
            principals: None,
            allowed_audiences: None,
            disabled: Leaf::Known(false),
            audit_logs: Leaf::Known(false),
            encryption: None,
        }
    }

    fn problem(&self) -> Option<Problem> {
        if let Some(provider) = self.provider.known()
            && !matches!(
                provider.split('/').collect::<Vec<_>>()[..],
                ["projects", _, "locations", "global", "workloadIdentityPools", _, "providers", _]
            )
        {
            let detail = format!(
                "`{}` is not `projects/PROJECT/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`; of a `crosscloud_trust` it is `objects[\"gcp/provider\"].id`.",
                provider.escape_debug()
            );
            return Some(Problem::at(EXISTING_PROVIDER, "Not a provider of a workload identity pool", detail));
        }
        match (&self.service_account, &self.roles) {
            (Some(_), Some(_)) => Some(Problem::at(
                ROLES,
                "Roles of an account that others act as",
                "With `existing.service_account` the workload may do what that account may, and a role would be everybody's who acts as it. Give the account its roles where it is made, or leave it out here for roles of the workload's own.",
            )),
            (None, None) => Some(Problem::at(
                EXISTING_ACCOUNT,
                "Nothing to be let in to",
                "Set `existing.service_account` to let the workload act as an account, or `roles` for roles of its own.",
            )),
            _ => None,
        }
    }
}

impl MemberOfAzure {
    fn target(&self) -> Azure {
        Azure {
            owned: OwnedIdentity { subscription_id: None, resource_group: None, location: None, name: None },
            existing: Some(self.identity.clone()),
            roles: Leaf::Known(BTreeSet::new()),
            credential_name: self.credential_name.clone(),
            audience: self.audience.clone(),
            disabled: Leaf::Known(false),
        }
    }
}

/// Sources that need objects of their own, which a member does not make.
fn makes_objects(source: &Source, to: Option<&MemberOf>) -> Option<Problem> {
    let (path, detail) = match source {
        Source::AzureManagedIdentity(it) if it.identity.is_none() || it.audience.is_none() => (
            "from.azure_managed_identity",
            "A member makes no identity and no application. Set `identity` and `audience` to those that exist, or write a `crosscloud_trust`.",
        ),
        Source::AwsRole(_) if to.is_some_and(|to| to.azure.is_some()) => (
            "from.aws_role",
            "For Azure the account's own issuer has to be switched on and the role has to be let ask for tokens, which is a `crosscloud_trust`.",
        ),
        _ => return None,
    };
    Some(Problem::at(path, "More than a member", detail))
}

/// Settings that only the condition of a provider of one's own compares. A member's binding on Google is its subject, and its condition is shared.
fn beyond_a_binding(source: &Source) -> Option<Problem> {
    let (path, what) = match source {
        Source::GithubActions(it) if it.workflow.is_some() => (github_actions::WORKFLOW, "the workflow"),
        Source::GithubActions(it) if it.environment.is_some() && it.reference.is_some() => {
            (github_actions::REF, "the reference beside the environment")
        }
        Source::Gitlab(it) if it.environment.is_some() => (gitlab::ENVIRONMENT, "the environment"),
        _ => return None,
    };
    let detail = format!(
        "A member is bound by its subject, which does not name {what}, and the condition that members share does not compare it. Remove it, and let the platform protect its environments and branches, or write a `crosscloud_trust` of its own."
    );
    Some(Problem::at(path, "More than a binding compares", detail))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graph::tests::{facts, trust};
    use crate::object::Object;
    use crate::source::GithubActions;

    const PROVIDER: &str = "projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat/providers/aks-chat";
    const IDENTITY: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-openai";

    fn google(account: Option<&str>, roles: Option<&[&str]>) -> MemberOfGcp {
        MemberOfGcp {
            project: Text::of("ml-prod-4711"),
            provider: Text::of(PROVIDER),
            service_account: account.map(Text::of),
            roles: roles.map(|roles| Leaf::Known(roles.iter().map(|role| Text::of(*role)).collect())),
        }
    }

    fn member(gcp: Option<MemberOfGcp>, azure: bool) -> Member {
        let identity = || MemberOfAzure { identity: Text::of(IDENTITY), credential_name: None, audience: None };
        let to = MemberOf { gcp: gcp.map(Leaf::Known), azure: azure.then(|| Leaf::Known(identity())), aws: None };
        Member { name: Text::of("reports"), from: trust().from, to: Leaf::Known(to), disabled: Leaf::Known(false) }
    }

    /// The keys of what it makes, and of what it only looks at.
    fn keys(member: &Member) -> (Vec<String>, Vec<String>) {
        assert_eq!(member.problems(), []);
        let graph = member.graph(&facts());
        for node in graph.nodes().values() {
            assert!(node.after.iter().all(|key| graph.nodes().contains_key(key)), "{:?}", node.after);
        }
        let of = |referenced| {
            let nodes = graph.nodes().iter().filter(|(_, node)| node.referenced == referenced);
            nodes.map(|(key, _)| key.clone()).collect()
        };
        (of(false), of(true))
    }

    #[test]
    fn a_member_is_a_binding_or_roles_or_a_credential_and_nothing_else() {
        let account = "aks-chat@ml-prod-4711.iam.gserviceaccount.com";
        let (own, seen) = keys(&member(Some(google(Some(account), None)), false));
        assert_eq!(own, ["gcp/service_account_grant/roles/iam.workloadIdentityUser"]);
        assert_eq!(seen, ["gcp/pool", "gcp/provider", "gcp/service_account"]);
        let (own, seen) = keys(&member(Some(google(None, Some(&["roles/aiplatform.user"]))), false));
        assert_eq!(own, ["gcp/project_grant/roles/aiplatform.user"]);
        assert_eq!(seen, ["gcp/pool", "gcp/provider"]);
        let (own, seen) = keys(&member(None, true));
        assert_eq!(own, ["azure/federated_credential"]);
        assert_eq!(seen, ["azure/identity"]);
    }

    #[test]
    fn in_aws_a_member_is_a_statement_in_a_role_that_exists() {
        let aws = |arn: &str| {
            let aws = MemberOfAws { role_arn: Text::of(arn), audience: None };
            Member {
                to: Leaf::Known(MemberOf { aws: Some(Leaf::Known(aws)), ..MemberOf::default() }),
                ..member(None, false)
            }
        };
        let it = aws("arn:aws:iam::123456789012:role/ml/platform");
        let (own, seen) = keys(&it);
        assert_eq!((own, seen), (vec!["aws/role_statement".to_owned()], vec!["aws/role".to_owned()]));
        let graph = it.graph(&facts());
        let Object::RoleStatement(statement) = &graph.nodes()["aws/role_statement"].object else { panic!() };
        assert!(statement.statement.known().unwrap().contains("system:serviceaccount:chat:backend"), "{statement:?}");
        assert_eq!(statement.role_arn, Text::of("arn:aws:iam::123456789012:role/ml/platform"));
        let off = Member { disabled: Leaf::Known(true), ..it }.graph(&facts());
        assert_eq!(off.nodes().keys().collect::<Vec<_>>(), ["aws/role"]);
        assert_eq!(aws("platform").problems()[0].path.to_string(), aws::EXISTING_ROLE);
    }

    #[test]
    fn what_google_would_not_compare_is_refused() {
        let from = |environment: bool, reference: bool, workflow: bool| {
            let text = |given: bool, text: &str| given.then(|| Text::of(text));
            Source::GithubActions(GithubActions {
                owner: Text::of("octo"),
                owner_id: Text::of("1001"),
                repository: Text::of("tools"),
                repository_id: Text::of("2002"),
                environment: text(environment, "production"),
                reference: text(reference, "refs/heads/main"),
                workflow: text(workflow, ".github/workflows/deploy.yml"),
                issuer: None,
            })
        };
        let of = |source: Source, azure: bool| {
            let gcp = (!azure).then(|| google(None, Some(&["roles/aiplatform.user"])));
            let member = Member { from: Leaf::Known(source), ..member(gcp, azure) };
            member.problems().into_iter().map(|it| it.path.to_string()).collect::<Vec<_>>()
        };
        for azure in [false, true] {
            assert!(of(from(true, false, false), azure).is_empty() && of(from(false, true, false), azure).is_empty());
            assert_eq!(of(from(true, false, true), azure), [github_actions::WORKFLOW]);
            assert_eq!(of(from(true, true, false), azure), [github_actions::REF]);
        }
    }

    #[test]
    fn what_is_no_member_is_told_at_its_attribute() {
        let wrong = MemberOfGcp { provider: Text::of("aks-chat"), ..google(None, Some(&["roles/aiplatform.user"])) };
        let both = google(Some("a@ml-prod-4711.iam.gserviceaccount.com"), Some(&["roles/aiplatform.user"]));
        for (gcp, path) in [(wrong, EXISTING_PROVIDER), (both, ROLES), (google(None, None), EXISTING_ACCOUNT)] {
            let problems = member(Some(gcp), false).problems();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!(problems[0].path.to_string(), path);
        }
    }
}
