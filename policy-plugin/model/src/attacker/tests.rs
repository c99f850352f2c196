//! Every issuer's attackers: they differ from the intended workload, look like tokens of that issuer, and each condition that vendors recommend
//! keeps all strangers out.
#![allow(clippy::unwrap_used)]

mod families;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Dimension, Scene, suspects};
use crate::cel::Expression;
use crate::federation::Federation;
use crate::issuer::Issuer;

struct Given {
    url: &'static str,
    intended: Value,
    /// Keeps everybody out who is not meant, except whoever the dimensions in `open` name.
    tight: &'static str,
    open: &'static [Dimension],
    /// Lets a stranger or a colleague in.
    loose: &'static str,
}

fn given() -> Vec<Given> {
    use Dimension::{Environment, NearMiss, PullRequest, Recycled, Ref, Twin, Workflow};
    vec![
        Given {
            url: "https://token.actions.githubusercontent.com",
            intended: json!({"sub": "repo:octo@1001/app@2001:ref:refs/heads/main", "repository": "octo/app"}),
            tight: "assertion.sub == 'repo:octo@1001/app@2001:ref:refs/heads/main'",
            // `pull_request_target` runs the base branch's own workflow under the base branch's subject, as any workflow of that branch does.
            open: &[PullRequest, Workflow],
            loose: "assertion.sub.startsWith('repo:octo')",
        },
        Given {
            url: "https://token.actions.githubusercontent.com",
            intended: json!({"sub": "repo:octo/app:environment:prod"}),
            tight: "assertion.sub == 'repo:octo/app:environment:prod'",
            open: &[Recycled, Workflow],
            loose: "assertion.environment == 'prod'",
        },
        Given {
            url: "https://gitlab.com",
            intended: json!({"sub": "project_path:octo/app:ref_type:branch:ref:main", "namespace_id": "1001", "project_id": "2001"}),
            tight: "assertion.namespace_id == '1001' && assertion.sub == 'project_path:octo/app:ref_type:branch:ref:main'",
            open: &[PullRequest, Environment, Recycled, Workflow],
            loose: "assertion.sub.endsWith(':ref_type:branch:ref:main')",
        },
        Given {
            url: "https://app.terraform.io",
            intended: json!({"sub": "organization:octo:project:core:workspace:prod:run_phase:apply"}),
            tight: "assertion.sub == 'organization:octo:project:core:workspace:prod:run_phase:apply'",
            open: &[Recycled],
            loose: "assertion.sub.startsWith('organization:octo')",
        },
        Given {
            url: "https://agent.buildkite.com",
            intended: json!({"organization_slug": "octo", "pipeline_slug": "app"}),
            tight: "assertion.organization_slug == 'octo' && assertion.pipeline_slug == 'app'",
            open: &[Recycled, Ref, Twin],
            loose: "assertion.pipeline_slug == 'app'",
        },
        Given {
            url: "https://oidc.circleci.com/org/5034460f-c7c4-4c43-9457-de07e2029e7b",
            intended: json!({"oidc.circleci.com/project-id": "4c01b4e0-0a6c-4b3c-9d39-1c6a5b1d5c11"}),
            tight: "assertion['oidc.circleci.com/project-id'] == '4c01b4e0-0a6c-4b3c-9d39-1c6a5b1d5c11'",
            open: &[Ref, Twin],
            loose: "assertion['oidc.circleci.com/vcs-ref'] == 'refs/heads/main'",
        },
        Given {
            url: "https://api.bitbucket.org/2.0/workspaces/octo/pipelines-config/identity/oidc",
            intended: json!({"repositoryUuid": "{r}"}),
            tight: "assertion.repositoryUuid == '{r}'",
            open: &[Ref, Environment, Twin],
            loose: "assertion.branchName == 'main'",
        },
        Given {
            url: "https://vstoken.dev.azure.com/6a1f4c0e-0000-4000-8000-000000000001",
            intended: json!({"sub": "sc://octo/core/deploy"}),
            tight: "assertion.sub == 'sc://octo/core/deploy'",
            open: &[],
            loose: "assertion.sub.startsWith('sc://octo/core')",
        },
        Given {
            url: "https://accounts.google.com",
            intended: json!({"sub": "104857600000000000001"}),
            tight: "assertion.sub == '104857600000000000001'",
            open: &[Dimension::Workload, Twin, NearMiss],
            loose: "assertion.email_verified",
        },
        Given {
            url: "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
            intended: json!({"oid": "3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9"}),
            tight: "assertion.oid == '3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9'",
            open: &[],
            loose: "assertion.tid == '72f988bf-86f1-41af-91ab-2d7cd011db47'",
        },
        Given {
            url: "https://westeurope.oic.prod-aks.azure.com/72f988bf-86f1-41af-91ab-2d7cd011db47/5a2c1e0d-0000-4000-8000-000000000001/",
            intended: json!({"sub": "system:serviceaccount:chat:backend"}),
            tight: "assertion.sub == 'system:serviceaccount:chat:backend'",
            open: &[],
            loose: "assertion.sub.startsWith('system:serviceaccount:chat:')",
        },
        Given {
            url: "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E",
            intended: json!({"sub": "system:serviceaccount:chat:backend"}),
            tight: "assertion['kubernetes.io'].namespace == 'chat' && assertion['kubernetes.io'].serviceaccount.name == 'backend'",
            open: &[],
            loose: "assertion['kubernetes.io'].serviceaccount.name == 'backend'",
        },
        Given {
            url: "https://container.googleapis.com/v1/projects/p/locations/europe-west4/clusters/c",
            intended: json!({"sub": "system:serviceaccount:chat:backend"}),
            tight: "assertion.sub in ['system:serviceaccount:chat:backend']",
            open: &[],
            loose: "assertion.sub.matches('system:serviceaccount:chat:backend')",
        },
        Given {
            url: "https://0c9f1b2e-1111-4222-8333-444455556666.tokens.sts.global.api.aws",
            intended: json!({"sub": "arn:aws:iam::123456789012:role/team/ml/training"}),
            tight: "assertion.sub == 'arn:aws:iam::123456789012:role/team/ml/training'",
            open: &[],
            loose: "assertion['https://sts.amazonaws.com/'].request_tags.team == 'ml'",
        },
        Given {
            url: "https://0c9f1b2e-1111-4222-8333-444455556666.tokens.sts.global.api.aws",
            intended: json!({"sub": "arn:aws:iam::123456789012:role/team/ml/training"}),
            tight: "assertion.sub in ['arn:aws:iam::123456789012:role/team/ml/training']",
            open: &[],
            loose: "assertion.sub.startsWith('arn:aws:iam::123456789012:role/team/ml')",
        },
        Given {
            url: "https://oidc.example.com",
            intended: json!({"sub": "batch-7"}),
            tight: "assertion.sub == 'batch-7'",
            open: &[],
            loose: "assertion.sub.lowerAscii() == 'batch-7'",
        },
    ]
}

/// Puts all attackers to a condition; gives those that get in.
fn admitted(given: &Given, condition: &str) -> Vec<super::Attack> {
    let intended = [given.intended.as_object().unwrap().clone().into_iter().collect::<BTreeMap<_, _>>()];
    let issuer = Issuer::classify(given.url);
    let comparisons = Expression::parse(condition).unwrap().comparisons();
    let scene =
        Scene { issuer: &issuer, url: given.url, audience: "aud", intended: &intended, comparisons: &comparisons };
    let found = suspects(scene);
    let mapping = BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]);
    let federation = Federation::parse(&mapping, Some(condition)).unwrap();
    for token in &found.genuine {
        assert!(federation.admit(token).is_ok(), "{}: {condition} refuses {:?}", given.url, token.claims());
        assert_eq!(federation.admit(token), federation.exchange(&token.claims()));
        assert_eq!(token.text("iss").as_deref(), Some(given.url));
    }
    assert!(found.attacks.len() > 3, "{}: {}", given.url, found.attacks.len());
    let distinct: BTreeSet<String> =
        found.attacks.iter().map(|attack| Value::Object(attack.token.claims()).to_string()).collect();
    assert_eq!(distinct.len(), found.attacks.len(), "{}: one token twice", given.url);
    let mut through = Vec::new();
    for attack in found.attacks {
        let whole = federation.exchange(&attack.token.claims());
        assert_eq!(federation.admit(&attack.token).is_ok(), whole.is_ok(), "{condition}: {:?}", attack.token.claims());
        if whole.is_ok() {
            through.push(attack);
        }
    }
    through
}

#[test]
fn recommended_conditions_keep_attackers_out_and_loose_ones_do_not() {
    for given in given() {
        let through = admitted(&given, given.tight);
        let unexpected: Vec<_> = through.iter().filter(|attack| !given.open.contains(&attack.dimension)).collect();
        assert!(unexpected.is_empty(), "{}: {unexpected:?}", given.url);
        assert!(!admitted(&given, given.loose).is_empty(), "{}: nobody passes {}", given.url, given.loose);
    }
}

#[test]
fn principals_of_aws_include_users_that_imitate_roles() {
    let issuer = Issuer::Aws { account: "123456789012".to_owned() };
    let intended =
        [BTreeMap::from([("arn".to_owned(), json!("arn:aws:sts::123456789012:assumed-role/ml-training/i-0abc"))])];
    let through = |condition: &str| {
        let comparisons = Expression::parse(condition).unwrap().comparisons();
        let scene = Scene { issuer: &issuer, url: "", audience: "", intended: &intended, comparisons: &comparisons };
        let federation = Federation::parse(
            &BTreeMap::from([("google.subject".to_owned(), "assertion.arn".to_owned())]),
            Some(condition),
        )
        .unwrap();
        let found = suspects(scene);
        assert!(federation.admit(&found.genuine[0]).is_ok(), "{condition}");
        let attacks = found.attacks.into_iter().filter(|attack| federation.admit(&attack.token).is_ok());
        attacks.map(|attack| attack.token.text("arn").unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(through("assertion.arn.startsWith('arn:aws:sts::123456789012:assumed-role/ml-training/')"), [""; 0]);
    let loose = through("assertion.arn.contains('assumed-role/ml-training/')");
    assert!(loose.iter().any(|arn| arn.contains(":user/")), "{loose:?}");
    assert!(!through("assertion.account == '123456789012'").is_empty());
    assert!(!through("assertion.arn.startsWith('arn:aws:sts::123456789012:assumed-role/ml-training')").is_empty());
}

#[test]
fn a_condition_without_intended_workloads_is_its_own_guess() {
    let url = "https://token.actions.githubusercontent.com";
    let issuer = Issuer::classify(url);
    let condition = "assertion.repository_owner_id == '555'";
    let comparisons = Expression::parse(condition).unwrap().comparisons();
    let scene = Scene { issuer: &issuer, url, audience: "aud", intended: &[], comparisons: &comparisons };
    let mapping = BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]);
    let federation = Federation::parse(&mapping, Some(condition)).unwrap();
    let attacks = suspects(scene).attacks;
    let through: Vec<_> = attacks.iter().filter(|attack| federation.admit(&attack.token).is_ok()).collect();
    assert!(through.iter().any(|attack| attack.dimension == Dimension::Workload), "colleagues are among the attackers");
    assert!(through.iter().all(|attack| !attack.stranger));
}
