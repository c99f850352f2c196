//! Perimeters with a way round them.

use crosscloud_policy_sdk::model::document::PerimeterRule;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-perimeter-open",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A perimeter lets named identities in, from named places, to named projects.",
    documentation: "An ingress or egress policy for any identity, from anywhere, or to every resource undoes what the perimeter is for. An \
        access level for the whole internet does the same. The exchange of tokens has no identity yet, so a policy for it alone takes any. \
        Named identities from anywhere are one severity lower: workloads of other clouds have no places of their own. What is only logged is \
        judged alike, one severity lower.",
    check,
    examples: &[
        Example {
            title: "named",
            base: Base::Aks,
            changes: &[(
                "/perimeters",
                r#"[{"name": "accessPolicies/1/servicePerimeters/ml", "enforced": {"resources": ["projects/123456789012"], "restricted_services": ["aiplatform.googleapis.com"], "ingress": [{"identities": ["serviceAccount:deploy@ml-prod.iam.gserviceaccount.com"], "sources": ["accessPolicies/1/accessLevels/office"], "resources": ["projects/123456789012"], "services": ["aiplatform.googleapis.com"]}]}}]"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "any identity",
            base: Base::Aks,
            changes: &[
                (
                    "/perimeters",
                    r#"[{"name": "accessPolicies/1/servicePerimeters/ml", "enforced": {"resources": ["projects/123456789012"], "restricted_services": ["aiplatform.googleapis.com"], "ingress": [{"identities": ["serviceAccount:deploy@ml-prod.iam.gserviceaccount.com"], "sources": ["accessPolicies/1/accessLevels/office"], "resources": ["projects/123456789012"], "services": ["aiplatform.googleapis.com"]}]}}]"#,
                ),
                ("/perimeters/0/enforced/ingress/0/identities", "[]"),
                ("/perimeters/0/enforced/ingress/0/identity_type", r#""ANY_IDENTITY""#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "the exchange of tokens",
            base: Base::Aks,
            changes: &[(
                "/perimeters",
                r#"[{"name": "accessPolicies/1/servicePerimeters/ml", "enforced": {"resources": ["projects/123456789012"], "restricted_services": ["sts.googleapis.com"], "ingress": [{"identity_type": "ANY_IDENTITY", "identities": [], "sources": ["accessPolicies/1/accessLevels/office"], "resources": ["projects/123456789012"], "services": ["sts.googleapis.com"]}]}}]"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "from anywhere",
            base: Base::Aks,
            changes: &[
                (
                    "/perimeters",
                    r#"[{"name": "accessPolicies/1/servicePerimeters/ml", "enforced": {"resources": ["projects/123456789012"], "restricted_services": ["aiplatform.googleapis.com"], "ingress": [{"identities": ["serviceAccount:deploy@ml-prod.iam.gserviceaccount.com"], "sources": ["accessPolicies/1/accessLevels/office"], "resources": ["projects/123456789012"], "services": ["aiplatform.googleapis.com"]}]}}]"#,
                ),
                ("/perimeters/0/enforced/ingress/0/sources", r#"["*"]"#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "to everything",
            base: Base::Aks,
            changes: &[
                (
                    "/perimeters",
                    r#"[{"name": "accessPolicies/1/servicePerimeters/ml", "enforced": {"resources": ["projects/123456789012"], "restricted_services": ["aiplatform.googleapis.com"], "ingress": [{"identities": ["serviceAccount:deploy@ml-prod.iam.gserviceaccount.com"], "sources": ["accessPolicies/1/accessLevels/office"], "resources": ["projects/123456789012"], "services": ["aiplatform.googleapis.com"]}]}}]"#,
                ),
                ("/perimeters/0/enforced/ingress/0/resources", r#"["*"]"#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "the whole internet",
            base: Base::Aks,
            changes: &[(
                "/access_levels",
                r#"[{"name": "accessPolicies/1/accessLevels/all", "ip_subnetworks": ["0.0.0.0/0"], "members": []}]"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, perimeter) in case.document.perimeters.iter().enumerate() {
        let at = format!("/perimeters/{index}");
        for (name, config, severity) in
            [("enforced", &perimeter.enforced, Severity::High), ("dry_run", &perimeter.dry_run, Severity::Medium)]
        {
            let Some(config) = config else { continue };
            for (way, rules) in [("ingress", &config.ingress), ("egress", &config.egress)] {
                for (number, rule) in rules.iter().enumerate() {
                    if let Some((field, fault, lower)) = fault(rule, way) {
                        let pointer = format!("{at}/{name}/{way}/{number}/{field}");
                        let message = format!("An {way} policy of the perimeter {fault}.");
                        report
                            .violation(
                                pointer,
                                message,
                                "Name the identities, the places that they come from and the projects.",
                            )
                            .severity(match severity {
                                Severity::High if lower => Severity::Medium,
                                Severity::Medium if lower => Severity::Low,
                                severity => severity,
                            });
                    }
                }
            }
        }
    }
    for (index, level) in case.document.access_levels.iter().enumerate() {
        let everywhere = |range: &String| range.ends_with("/0");
        if let Some(place) = level.ip_subnetworks.iter().position(everywhere).filter(|_| level.members.is_empty()) {
            report.violation(
                format!("/access_levels/{index}/ip_subnetworks/{place}"),
                "The access level takes the whole internet.",
                "Name the address ranges of the organisation.",
            );
        }
    }
}

/// What makes a policy take everybody, and whether it is less than that: somebody named, but from anywhere.
fn fault(rule: &PerimeterRule, way: &str) -> Option<(&'static str, &'static str, bool)> {
    let star = |texts: &[String]| texts.iter().any(|text| text == "*");
    let exchange = way == "ingress" && rule.services == ["sts.googleapis.com"];
    if rule.identity_type.as_deref() == Some("ANY_IDENTITY") && !exchange {
        Some(("identity_type", "takes any identity", false))
    } else if star(&rule.sources) {
        Some(("sources", "takes calls from anywhere", rule.identity_type.is_none() || exchange))
    } else if star(&rule.resources) {
        Some(("resources", "reaches every project", false))
    } else {
        None
    }
}
