//! Mappings beyond Google's limits.

use crosscloud_policy_sdk::model::cel::MAPPING_LIMIT;
use crosscloud_policy_sdk::model::federation::Refusal;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

const MAX_CUSTOM: usize = 50;
const MAX_NAME: usize = 100;

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-mapping-limits",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "A mapping stays within Google's limits.",
    documentation: "At most 50 custom attributes, names of at most 100 characters from `a-z`, `0-9` and `_`, expressions of at most 2,048 characters, and a \
        subject of at most 127 bytes.",
    check,
    examples: &[
        Example { title: "within the limits", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a name with a capital",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_mapping/attribute.nameSpace",
                r#""assertion['kubernetes.io'].namespace""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a subject that is too long",
            base: Base::GitHub,
            changes: &[(
                "/providers/0/attribute_mapping/google.subject",
                r#""assertion.sub + assertion.workflow_ref + assertion.job_workflow_ref + assertion.repository""#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in &case.providers {
        let mapping = &provider.provider.attribute_mapping;
        let custom = mapping.keys().filter_map(|target| Some((target, target.strip_prefix("attribute.")?)));
        if custom.clone().count() > MAX_CUSTOM {
            report.violation(
                provider.at("attribute_mapping"),
                "The mapping has more than 50 custom attributes.",
                "Map only the attributes that conditions and bindings use.",
            );
        }
        for (target, name) in custom {
            let fits =
                |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
            if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(fits) {
                report.violation(
                    provider.at(&format!("attribute_mapping/{target}")),
                    format!("`{target}` is not a name that Google accepts."),
                    "Write attribute. and then up to 100 characters from a-z, 0-9 and _.",
                );
            }
        }
        for (target, expression) in mapping {
            let length = expression.chars().count();
            if length > MAPPING_LIMIT {
                report.violation(
                    provider.at(&format!("attribute_mapping/{target}")),
                    format!("The mapping of `{target}` has {length} characters, and Google accepts {MAPPING_LIMIT}."),
                    "Shorten the expression.",
                );
            }
        }
        let length = provider.genuine.iter().find_map(|(_, answer)| match answer {
            Err(Refusal::SubjectTooLong(length)) => Some(*length),
            _ => None,
        });
        if let Some(length) = length {
            report.violation(
                provider.at("attribute_mapping/google.subject"),
                format!("`google.subject` of the intended workload has {length} bytes, and Google accepts 127."),
                "Map a shorter claim, such as a numeric id.",
            );
        }
    }
}
