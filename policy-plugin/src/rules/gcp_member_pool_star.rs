//! Every identity of a pool as a member.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::{Principal, Selector};

use crate::case::{Case, Member};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-member-pool-star",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "A grant names one workload, not every identity of a pool.",
    documentation: "`principalSet://…/*` stands for every identity that any provider of the pool maps, now or later. One more provider, or one \
        looser condition, and strangers hold the role. Name the subject, or an attribute that only the intended workloads have.",
    check,
    examples: &[
        Example { title: "one subject", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "the whole pool",
            base: Base::Aks,
            changes: &[(
                "/bindings/0/members/0",
                r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aks-chat/*""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a whole workforce pool",
            base: Base::Aks,
            changes: &[(
                "/bindings/1/members/-",
                r#""principalSet://iam.googleapis.com/locations/global/workforcePools/staff/*""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a member that is not known yet",
            base: Base::Aks,
            changes: &[("/bindings/0/members/0", "null"), ("/unknown", r#"["/bindings/0/members/0"]"#)],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for member in &case.members {
        match &member.principal {
            None => {
                report.undetermined(
                    &member.pointer,
                    "The member is not known yet, so it cannot be said whom the grant admits.",
                    "Nothing needs to be written; the grant is judged again once the member is known.",
                );
            }
            Some(Ok(Principal::Federated { pool, selector: Selector::All })) => violation(case, report, member, pool),
            Some(_) => {}
        }
    }
}

fn violation(case: &Case<'_>, report: &mut Report<'_>, member: &Member<'_>, pool: &str) {
    let of_pool = |name: &Option<String>| name.as_deref() == Some(pool);
    let provider = case.active().find(|candidate| of_pool(&candidate.provider.pool));
    let exact = provider.and_then(|provider| provider.genuine.iter().find_map(|(_, mapped)| mapped.as_ref().ok())).map(
        |mapped| {
            Principal::Federated { pool: pool.to_owned(), selector: Selector::Subject(mapped.subject.clone()) }
                .to_string()
        },
    );
    let exact = exact.unwrap_or_else(|| format!("principal://iam.googleapis.com/{pool}/subject/SUBJECT"));
    let entry = report.violation(
        &member.pointer,
        "The member stands for every identity of the pool, whichever provider it comes through.",
        format!("Name the workload instead: {exact}."),
    );
    if let Some((attack, _)) = provider.and_then(|provider| provider.door.worst(|_| true)) {
        entry.witness(attack);
    }
}
