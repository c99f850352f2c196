//! Resources of the `github` provider: what guards and names the workflows whose tokens trusts accept.

use crosscloud_policy_model::document::{GitHubEnvironment, GitHubSubjectTemplate};

use crate::piece::Piece;
use crate::resource::Resource;
use crate::types::Reader;
use crate::view::View;

pub(crate) fn reader(type_name: &str) -> Option<Reader> {
    Some(match type_name {
        "github_repository_environment" => environment,
        "github_actions_repository_oidc_subject_claim_customization_template"
        | "github_actions_organization_oidc_subject_claim_customization_template" => template,
        _ => return None,
    })
}

fn environment(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let all = View::of(it.values, it.unknown, it.sensitive);
    let named = |list: &View<'_>| !list.is_absent();
    let reviewers = all.block("reviewers").is_some_and(|it| named(&it.at("teams")) || named(&it.at("users")));
    let policy = all.block("deployment_branch_policy").is_some_and(|it| {
        let on = |name: &str| it.at(name).flag().unwrap_or(it.at(name).is_unknown());
        on("protected_branches") || on("custom_branch_policies")
    });
    let environment = GitHubEnvironment {
        repository: piece.text(&it.at("repository"), "/github_environments/0/repository"),
        name: piece.text(&it.at("environment"), "/github_environments/0/name"),
        reviewers,
        branch_policy: policy,
    };
    piece.document.github_environments.push(environment);
    Some(piece)
}

fn template(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let at = "/github_subject_templates/0";
    let template = GitHubSubjectTemplate {
        repository: piece.text(&it.at("repository"), format!("{at}/repository")),
        use_default: piece.flag(&it.at("use_default"), format!("{at}/use_default")),
        include_claim_keys: piece.texts(&it.at("include_claim_keys"), format!("{at}/include_claim_keys")),
    };
    piece.document.github_subject_templates.push(template);
    Some(piece)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{known, partly};

    #[test]
    fn environments_with_and_without_a_guard() {
        let open = known(
            "github_repository_environment",
            json!({"repository": "app", "environment": "prod", "reviewers": [], "deployment_branch_policy": [], "wait_timer": 30}),
        );
        let it = &open.document.github_environments[0];
        assert!(!it.reviewers && !it.branch_policy);
        let guarded = partly(
            "github_repository_environment",
            json!({"repository": "app", "environment": "prod", "reviewers": [{"teams": null}],
                "deployment_branch_policy": [{"protected_branches": true, "custom_branch_policies": false}]}),
            json!({"reviewers": [{"teams": [true]}]}),
        );
        let it = &guarded.document.github_environments[0];
        assert!(it.reviewers && it.branch_policy);
    }

    #[test]
    fn a_template_for_subjects() {
        let piece = known(
            "github_actions_repository_oidc_subject_claim_customization_template",
            json!({"repository": "app", "use_default": false, "include_claim_keys": ["actor", "ref"]}),
        );
        assert_eq!(piece.document.github_subject_templates[0].include_claim_keys, ["actor", "ref"]);
    }
}
