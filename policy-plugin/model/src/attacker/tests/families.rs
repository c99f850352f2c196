//! In which ways the attackers of each issuer differ from the intended workload. Every issuer has a row for every way: a claim that shows it, or
//! why the issuer cannot sign such a token.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::{Attack, Dimension, Scene, suspects};
use crate::issuer::Issuer;
use crate::token::Token;

/// A way to differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    OtherTenant,
    PrefixTwin,
    SuffixTwin,
    OtherWorkload,
    PullRequest,
    OtherRef,
    OtherEnvironment,
    OtherWorkflow,
    Recycled,
    OtherNamespace,
    UserLikeARole,
    CaseTwin,
    UnicodeTwin,
}

use Way::{
    CaseTwin, OtherEnvironment, OtherNamespace, OtherRef, OtherTenant, OtherWorkflow, OtherWorkload, PrefixTwin,
    PullRequest, Recycled, SuffixTwin, UnicodeTwin, UserLikeARole,
};

const ALL: [Way; 13] = [
    OtherTenant,
    PrefixTwin,
    SuffixTwin,
    OtherWorkload,
    PullRequest,
    OtherRef,
    OtherEnvironment,
    OtherWorkflow,
    Recycled,
    OtherNamespace,
    UserLikeARole,
    CaseTwin,
    UnicodeTwin,
];

/// An issuer and who comes to it.
struct Family {
    url: &'static str,
    intended: Value,
    /// A way, and the claim that shows it.
    has: &'static [(Way, &'static str)],
    /// Ways that its tokens cannot take, and why.
    lacks: &'static [(&'static [Way], &'static str)],
}

const NO_CLUSTER: (&[Way], &str) = (&[OtherNamespace, UserLikeARole], "it knows neither namespaces nor roles of AWS");
const ONE_CUSTOMER: &str = "each customer has an issuer of its own, which the provider compares";
const ASCII: &str = "names hold no capitals and no letters of other scripts";

fn families() -> Vec<Family> {
    const GITHUB: &[(Way, &str)] = &[
        (OtherTenant, "repository_owner_id"),
        (PrefixTwin, "repository_owner"),
        (SuffixTwin, "repository_owner"),
        (OtherWorkload, "repository"),
        (PullRequest, "event_name"),
        (OtherRef, "ref"),
        (OtherEnvironment, "environment"),
        (OtherWorkflow, "workflow_ref"),
        (Recycled, "repository_id"),
        (CaseTwin, "ref"),
        (UnicodeTwin, "ref"),
    ];
    const KUBERNETES: &[(Way, &str)] = &[
        (PrefixTwin, "sub"),
        (SuffixTwin, "kubernetes.io/serviceaccount/name"),
        (OtherWorkload, "kubernetes.io/serviceaccount/name"),
        (OtherNamespace, "kubernetes.io/namespace"),
    ];
    const NOT_KUBERNETES: &[(&[Way], &str)] = &[
        (&[OtherTenant], ONE_CUSTOMER),
        (&[PullRequest, OtherRef, OtherEnvironment, OtherWorkflow], "it runs no workflows"),
        (&[Recycled], "a name is all that a service account is; whoever may make it anew is its owner"),
        (&[UserLikeARole], "it knows no roles of AWS"),
        (&[CaseTwin, UnicodeTwin], ASCII),
    ];
    let account = json!({"sub": "system:serviceaccount:chat:backend"});
    vec![
        Family {
            url: "https://token.actions.githubusercontent.com",
            intended: json!({"sub": "repo:octo@1001/app@2001:ref:refs/heads/main", "repository": "octo/app"}),
            has: GITHUB,
            lacks: &[NO_CLUSTER],
        },
        Family {
            url: "https://token.actions.githubusercontent.com",
            intended: json!({"sub": "repo:octo/app:ref:refs/heads/main"}),
            has: GITHUB,
            lacks: &[NO_CLUSTER],
        },
        Family {
            url: "https://gitlab.com",
            intended: json!({"sub": "project_path:octo/app:ref_type:branch:ref:main", "namespace_id": "1001", "project_id": "2001"}),
            has: &[
                (OtherTenant, "namespace_id"),
                (PrefixTwin, "namespace_path"),
                (SuffixTwin, "namespace_path"),
                (OtherWorkload, "project_path"),
                (PullRequest, "pipeline_source"),
                (OtherRef, "ref"),
                (OtherEnvironment, "environment"),
                (OtherWorkflow, "ci_config_ref_uri"),
                (Recycled, "project_id"),
                (CaseTwin, "ref"),
                (UnicodeTwin, "ref"),
            ],
            lacks: &[NO_CLUSTER],
        },
        Family {
            url: "https://app.terraform.io",
            intended: json!({"sub": "organization:octo:project:core:workspace:prod:run_phase:apply"}),
            has: &[
                (OtherTenant, "terraform_organization_id"),
                (PrefixTwin, "terraform_organization_name"),
                (SuffixTwin, "terraform_organization_name"),
                (OtherWorkload, "terraform_workspace_name"),
                (OtherEnvironment, "terraform_run_phase"),
                (Recycled, "terraform_organization_id"),
            ],
            lacks: &[
                NO_CLUSTER,
                (
                    &[PullRequest, OtherRef, OtherWorkflow],
                    "a token says the phase of a run, and nothing of what started it",
                ),
                (&[CaseTwin, UnicodeTwin], "names are plain and unique without regard to case"),
            ],
        },
        Family {
            url: "https://agent.buildkite.com",
            intended: json!({"organization_slug": "octo", "pipeline_slug": "app"}),
            has: &[
                (OtherTenant, "organization_id"),
                (PrefixTwin, "organization_slug"),
                (SuffixTwin, "organization_slug"),
                (OtherWorkload, "pipeline_slug"),
                (OtherRef, "build_branch"),
                (Recycled, "pipeline_id"),
                (CaseTwin, "build_branch"),
                (UnicodeTwin, "build_branch"),
            ],
            lacks: &[
                NO_CLUSTER,
                (&[PullRequest], "a build of a pull request says no more than its branch"),
                (&[OtherEnvironment, OtherWorkflow], "it has pipelines, which are workloads, and no environments"),
            ],
        },
        Family {
            url: "https://oidc.circleci.com/org/5034460f-c7c4-4c43-9457-de07e2029e7b",
            intended: json!({"oidc.circleci.com/project-id": "4c01b4e0-0a6c-4b3c-9d39-1c6a5b1d5c11"}),
            has: &[
                (OtherWorkload, "oidc.circleci.com/project-id"),
                (OtherRef, "oidc.circleci.com/vcs-ref"),
                (PrefixTwin, "oidc.circleci.com/vcs-ref"),
                (CaseTwin, "oidc.circleci.com/vcs-ref"),
                (UnicodeTwin, "oidc.circleci.com/vcs-ref"),
            ],
            lacks: &[
                NO_CLUSTER,
                (&[OtherTenant], ONE_CUSTOMER),
                (&[SuffixTwin, Recycled], "projects are named by ids, which are never given out again"),
                (&[PullRequest, OtherEnvironment, OtherWorkflow], "a token says nothing of them"),
            ],
        },
        Family {
            url: "https://api.bitbucket.org/2.0/workspaces/octo/pipelines-config/identity/oidc",
            intended: json!({"repositoryUuid": "{r}"}),
            has: &[
                (OtherWorkload, "repositoryUuid"),
                (OtherRef, "branchName"),
                (OtherEnvironment, "deploymentEnvironmentUuid"),
                (PrefixTwin, "branchName"),
                (CaseTwin, "branchName"),
                (UnicodeTwin, "branchName"),
            ],
            lacks: &[
                NO_CLUSTER,
                (&[OtherTenant], ONE_CUSTOMER),
                (&[SuffixTwin, Recycled], "repositories are named by ids, which are never given out again"),
                (&[PullRequest, OtherWorkflow], "a token says nothing of them"),
            ],
        },
        Family {
            url: "https://vstoken.dev.azure.com/6a1f4c0e-0000-4000-8000-000000000001",
            intended: json!({"sub": "sc://octo/core/deploy"}),
            has: &[(OtherWorkload, "sub"), (PrefixTwin, "sub"), (SuffixTwin, "sub/last")],
            lacks: &[
                NO_CLUSTER,
                (&[OtherTenant], ONE_CUSTOMER),
                (&[Recycled], "a subject names a service connection, and holds no ids"),
                (&[PullRequest, OtherRef, OtherEnvironment, OtherWorkflow], "a token says nothing of them"),
                (
                    &[CaseTwin, UnicodeTwin],
                    "names are unique without regard to case, and Entra compares subjects exactly",
                ),
            ],
        },
        Family {
            url: "https://accounts.google.com",
            intended: json!({"sub": "104857600000000000001"}),
            has: &[
                (OtherTenant, "sub"),
                (PrefixTwin, "email/name"),
                (SuffixTwin, "email"),
                (OtherWorkload, "email"),
                (Recycled, "sub"),
            ],
            lacks: &[
                NO_CLUSTER,
                (&[PullRequest, OtherRef, OtherEnvironment, OtherWorkflow], "it runs no workflows"),
                (&[CaseTwin, UnicodeTwin], ASCII),
            ],
        },
        Family {
            url: "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
            intended: json!({"oid": "3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9"}),
            has: &[(OtherWorkload, "oid"), (PrefixTwin, "xms_mirid"), (Recycled, "oid")],
            lacks: &[
                NO_CLUSTER,
                (&[OtherTenant], ONE_CUSTOMER),
                (&[SuffixTwin], "the path to an identity begins with its subscription"),
                (&[PullRequest, OtherRef, OtherEnvironment, OtherWorkflow], "it runs no workflows"),
                (&[CaseTwin, UnicodeTwin], "identities are named by ids"),
            ],
        },
        Family {
            url: "https://login.microsoftonline.com/common/v2.0",
            intended: json!({"oid": "3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9"}),
            has: &[(OtherTenant, "tid"), (OtherWorkload, "oid"), (PrefixTwin, "xms_mirid"), (Recycled, "oid")],
            lacks: &[
                NO_CLUSTER,
                (&[SuffixTwin], "the path to an identity begins with its subscription"),
                (&[PullRequest, OtherRef, OtherEnvironment, OtherWorkflow], "it runs no workflows"),
                (&[CaseTwin, UnicodeTwin], "identities are named by ids"),
            ],
        },
        Family {
            url: "https://westeurope.oic.prod-aks.azure.com/72f988bf-86f1-41af-91ab-2d7cd011db47/5a2c1e0d-0000-4000-8000-000000000001/",
            intended: account.clone(),
            has: KUBERNETES,
            lacks: NOT_KUBERNETES,
        },
        Family {
            url: "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E",
            intended: account.clone(),
            has: KUBERNETES,
            lacks: NOT_KUBERNETES,
        },
        Family {
            url: "https://container.googleapis.com/v1/projects/p/locations/europe-west4/clusters/c",
            intended: account,
            has: KUBERNETES,
            lacks: NOT_KUBERNETES,
        },
        Family {
            url: "https://oidc.example.com",
            intended: json!({"sub": "batch-7"}),
            has: &[
                (OtherWorkload, "sub"),
                (PrefixTwin, "sub"),
                (SuffixTwin, "sub"),
                (CaseTwin, "sub"),
                (UnicodeTwin, "sub"),
            ],
            lacks: &[
                NO_CLUSTER,
                (&[OtherTenant], "an issuer that nobody knows is one organisation's own"),
                (
                    &[PullRequest, OtherRef, OtherEnvironment, OtherWorkflow, Recycled],
                    "nobody knows which of its claims would say so",
                ),
            ],
        },
        Family {
            url: "https://oidc.codefresh.io",
            intended: json!({"sub": "account:a:pipeline:p", "account_id": "1"}),
            has: &[
                (OtherTenant, "account_id"),
                (PrefixTwin, "sub"),
                (SuffixTwin, "sub"),
                (CaseTwin, "sub"),
                (UnicodeTwin, "sub"),
            ],
            lacks: &[
                NO_CLUSTER,
                (
                    &[OtherWorkload],
                    "nobody knows which claim names the customer, so that everybody else counts as another one",
                ),
                (
                    &[PullRequest, OtherRef, OtherEnvironment, OtherWorkflow, Recycled],
                    "nobody knows which of its claims would say so",
                ),
            ],
        },
        Family {
            url: "https://0c9f1b2e-1111-4222-8333-444455556666.tokens.sts.global.api.aws",
            intended: json!({"sub": "arn:aws:iam::123456789012:role/team/ml/training"}),
            has: &[(OtherWorkload, "sub"), (PrefixTwin, "sub"), (SuffixTwin, "sub/last"), (UserLikeARole, "sub")],
            lacks: &[
                (&[OtherTenant], "each account has an issuer of its own"),
                (&[PullRequest, OtherRef, OtherEnvironment, OtherWorkflow, OtherNamespace], "it has none of them"),
                (&[Recycled], "an ARN holds names alone"),
                (&[CaseTwin, UnicodeTwin], "names of roles are plain and unique without regard to case"),
            ],
        },
        Family {
            // The principals of an account come without an issuer.
            url: "",
            intended: json!({"arn": "arn:aws:sts::123456789012:assumed-role/ml-training/i-0abc"}),
            has: &[(OtherWorkload, "arn"), (PrefixTwin, "arn/role"), (SuffixTwin, "arn/role"), (UserLikeARole, "arn")],
            lacks: &[
                (&[OtherTenant], "a provider for AWS takes principals of one account"),
                (&[PullRequest, OtherRef, OtherEnvironment, OtherWorkflow, OtherNamespace], "it has none of them"),
                (&[Recycled], "an ARN holds names alone"),
                (&[CaseTwin, UnicodeTwin], "names of roles are plain and unique without regard to case"),
            ],
        },
    ]
}

#[test]
fn every_issuer_has_an_attacker_for_every_way_that_its_tokens_can_take() {
    for family in families() {
        let intended = [family.intended.as_object().unwrap().clone().into_iter().collect::<BTreeMap<_, _>>()];
        let issuer = match family.url {
            "" => Issuer::Aws { account: "123456789012".to_owned() },
            url => Issuer::classify(url),
        };
        let scene = Scene { issuer: &issuer, url: family.url, audience: "aud", intended: &intended, comparisons: &[] };
        let found = suspects(scene);
        let meant = &found.genuine[0];
        for (way, claim) in family.has {
            let shown = found.attacks.iter().any(|attack| differs(*way, claim, meant, attack));
            assert!(shown, "{}: {way:?} in {claim}", family.url);
        }
        let has: Vec<Way> = family.has.iter().map(|(way, _)| *way).collect();
        let lacks: Vec<Way> = family.lacks.iter().flat_map(|(ways, _)| ways.iter().copied()).collect();
        let both: BTreeSet<Way> = has.iter().chain(&lacks).copied().collect();
        assert_eq!(both, BTreeSet::from(ALL), "{}: a row for every way", family.url);
        assert_eq!(both.len(), has.len() + lacks.len(), "{}: one row for every way", family.url);
    }
}

/// Whether an attacker differs from the one who is meant in this way, as this claim shows.
fn differs(way: Way, claim: &str, meant: &Token, attack: &Attack) -> bool {
    let (wanted, found) = (part(meant, claim).unwrap_or_default(), part(&attack.token, claim));
    let Some(found) = found.filter(|found| *found != wanted) else { return false };
    let longer = found.len() > wanted.len();
    match way {
        OtherTenant => attack.dimension == Dimension::Tenant && attack.stranger,
        PrefixTwin => longer && found.starts_with(&wanted),
        SuffixTwin => longer && found.ends_with(&wanted),
        OtherWorkload => attack.dimension == Dimension::Workload && !attack.stranger,
        PullRequest => attack.dimension == Dimension::PullRequest && !attack.stranger,
        OtherRef => attack.dimension == Dimension::Ref && !attack.stranger,
        OtherEnvironment => attack.dimension == Dimension::Environment && !attack.stranger,
        OtherWorkflow => attack.dimension == Dimension::Workflow && !attack.stranger,
        Recycled => attack.dimension == Dimension::Recycled,
        OtherNamespace => attack.dimension == Dimension::Namespace,
        UserLikeARole => {
            let roles = ["assumed-role/ml-training", "role/team/ml/training"];
            found.contains(":user/") && roles.iter().any(|role| found.contains(role))
        }
        CaseTwin => found.to_lowercase() == wanted.to_lowercase(),
        UnicodeTwin => !found.is_ascii() && found.chars().count() == wanted.chars().count(),
    }
}

/// A claim, or a part of one.
fn part(token: &Token, claim: &str) -> Option<String> {
    match claim.split_once('/') {
        Some(("kubernetes.io", path)) => {
            let all = token.claim("kubernetes.io")?;
            path.split('/').try_fold(&all, |value, name| value.get(name))?.as_str().map(str::to_owned)
        }
        Some(("sub", "last")) => token.text("sub")?.rsplit('/').next().map(str::to_owned),
        Some(("email", "name")) => token.text("email")?.split('@').next().map(str::to_owned),
        Some(("arn", "role")) => token.text("arn")?.split('/').nth(1).map(str::to_owned),
        _ => token.text(claim),
    }
}
