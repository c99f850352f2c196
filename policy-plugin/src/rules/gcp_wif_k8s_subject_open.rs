//! Conditions that admit other service accounts of a cluster.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::{Blindness, Case, Looseness, subject};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-k8s-subject-open",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A provider for a Kubernetes cluster admits the intended service accounts only.",
    documentation: "Everyone who may create a pod in some namespace of the cluster gets tokens from its issuer. Pin namespace and name: \
        `assertion.sub == 'system:serviceaccount:NAMESPACE:NAME'`. Medium where every binding names exact subjects, \
        and for what the condition admits as members of a shared trust on purpose.",
    check,
    examples: &[
        Example { title: "the subject pinned", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "two subjects, both spelled out",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.sub in ['system:serviceaccount:chat:backend', 'system:serviceaccount:chat:worker']""#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "namespace and name pinned through the nested claim",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion['kubernetes.io'].namespace == 'chat' && assertion['kubernetes.io'].serviceaccount.name == 'backend'""#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "a whole namespace",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.sub.startsWith('system:serviceaccount:chat:')""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a namespace of possible members",
            base: Base::Aks,
            changes: &[
                (
                    "/providers/0/attribute_condition",
                    r#""(assertion.sub == 'system:serviceaccount:chat:backend') || assertion['kubernetes.io'].namespace in ['reports']""#,
                ),
                ("/providers/0/admits", r#""assertion['kubernetes.io'].namespace in ['reports']""#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "the name in any namespace",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_condition", r#""assertion.sub.endsWith(':backend')""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "the issuer only",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.sub != 'system:serviceaccount:evil:intruder'""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a mapping that is not known yet",
            base: Base::Aks,
            changes: &[("/unknown", r#"["/providers/0/attribute_mapping/google.subject"]"#)],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active().filter(|provider| !provider.door.hollow() && !provider.lacks_condition()) {
        if !matches!(provider.door.issuer, Some(Issuer::Kubernetes(_))) {
            continue;
        }
        if let Some((attack, bound, _)) = provider.door.worst_by(|_, loose| *loose == Looseness::None) {
            let pointer = provider.at("attribute_condition");
            let subject = report.shown(&pointer, &subject(&attack.token));
            let message = format!("The attribute condition also admits {}, such as {subject}.", attack.bearer);
            report
                .violation(pointer, message, provider.condition_advice(case.document))
                .lowered_if_closed(bound)
                .witness(attack);
        } else if let Some(reason) = provider.door.unclear() {
            report.undetermined(
                provider.at("attribute_condition"),
                format!("It cannot be said which service accounts the provider admits: {reason}."),
                provider.condition_advice(case.document),
            );
        } else if provider.door.blind == Some(Blindness::Mapping) {
            report.undetermined(
                provider.at("attribute_mapping"),
                "The attribute mapping is not known yet, so it cannot be said which service accounts the provider admits.",
                "Build the mapping from values that are known while planning.",
            );
        }
    }
}
