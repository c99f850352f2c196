//! Subjects that GitHub no longer writes.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "x-sub-template-mismatch",
    severity: Severity::High,
    scope: Scope::Plan,
    summary: "The subjects that trusts pin are those that GitHub composes.",
    documentation: "A repository or an organisation can compose its subjects from other claims. A trust that pins the default form then \
        refuses everything, and a template without the repository lets other repositories write the same subject. Judged where \
        the plan holds the template.",
    check,
    examples: &[
        Example { title: "the default", base: Base::Plan, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "the repository and the context",
            base: Base::Plan,
            changes: &[(
                "/github_subject_templates/0",
                r#"{"repository": "octo/app", "include_claim_keys": ["repo", "context"]}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "another form than the pinned one",
            base: Base::Plan,
            changes: &[(
                "/github_subject_templates/0",
                r#"{"repository": "octo/app", "include_claim_keys": ["repository_id", "environment"]}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "no repository",
            base: Base::Plan,
            changes: &[(
                "/github_subject_templates/0",
                r#"{"repository": "octo/app", "include_claim_keys": ["environment"]}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, template) in case.document.github_subject_templates.iter().enumerate() {
        let keys: Vec<&str> = template.include_claim_keys.iter().map(String::as_str).collect();
        if template.use_default || keys.is_empty() {
            continue;
        }
        let pointer = format!("/github_subject_templates/{index}/include_claim_keys");
        if !keys.iter().any(|key| matches!(*key, "repo" | "repository" | "repository_id")) {
            report.violation(
                pointer,
                "The subject is composed without the repository, so other repositories can write the same.",
                "Begin include_claim_keys with repo.",
            );
            continue;
        }
        let repository = template.repository.as_deref().unwrap_or_default();
        let short = repository.rsplit('/').next().unwrap_or_default();
        let default_form = |text: &str| {
            let named = text.strip_prefix("repo:").and_then(|rest| rest.split(':').next()).unwrap_or_default();
            let name = named.rsplit('/').next().unwrap_or_default().split('@').next().unwrap_or_default();
            text.starts_with("repo:") && (short.is_empty() || name == short)
        };
        let mut pinned = case.github_doors().flat_map(|door| &door.comparisons);
        if keys != ["repo", "context"] && pinned.any(|comparison| default_form(&comparison.literal)) {
            report.violation(
                pointer,
                "A trust pins the default form of the subject, which this template replaces.",
                "Pin the subject as the template composes it, or use the default form.",
            );
        }
    }
}
