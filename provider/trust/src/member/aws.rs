//! A member in AWS: its subjects in a statement of the trust policy of the trust's role.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::graph::{Graph, Node};
use crate::leaf::{Leaf, Text};
use crate::names::parse_role_arn;
use crate::object::Object;
use crate::object::aws::members::sid_of;
use crate::object::aws::{Role, RoleStatement, statements};
use crate::problem::Problem;
use crate::target::aws::Aws;

pub(super) const EXISTING_ROLE: &str = "to.aws.existing.role";

/// A trust's side in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberOfAws {
    /// ARN of the role that the workload may become.
    pub role_arn: Text,
    /// Audience of the workload's tokens, where it is not AWS's own.
    pub audience: Option<Text>,
}

impl MemberOfAws {
    pub(super) fn target(&self) -> Aws {
        let parts = self.role_arn.known().and_then(|arn| parse_role_arn(arn));
        let part =
            |part: fn((&str, &str, &str)) -> String| parts.map_or(Leaf::Unknown, |parts| Leaf::Known(part(parts)));
        Aws {
            account_id: part(|(account, ..)| account.to_owned()),
            role_path: Some(part(|(_, path, _)| path.to_owned())),
            role_name: Some(part(|(.., name)| name.to_owned())),
            policy_arns: Leaf::Known(BTreeSet::new()),
            inline_policy: None,
            audience: self.audience.clone(),
            max_session_duration: None,
            permissions_boundary: None,
            existing_oidc_provider: None,
            disabled: Leaf::Known(false),
        }
    }

    pub(super) fn problem(&self) -> Option<Problem> {
        let arn = self.role_arn.known().filter(|arn| parse_role_arn(arn).is_none())?;
        let detail = format!(
            "`{}` is not `arn:aws:iam::ACCOUNT:role/NAME`; of a `crosscloud_trust` it is `role_arn`.",
            arn.escape_debug()
        );
        Some(Problem::at(EXISTING_ROLE, "Not a role", detail))
    }
}

/// Turns the role of a trust like the member's own into the trust's role that exists, and what its trust policy would say into statements of
/// the member's.
pub(super) fn enter(graph: Graph, disabled: Leaf<bool>) -> Graph {
    let mut graph = graph.without("aws/oidc_provider");
    let Some(Node { object: Object::Role(wanted), after, .. }) = graph.take("aws/role") else { return graph };
    let object = Object::Role(Role { trust_policy: Leaf::Unknown, ..wanted.clone() });
    let arn = object.id();
    graph.put("aws/role", Node::new(object, EXISTING_ROLE).after(&after).referenced(true));
    match disabled {
        Leaf::Known(false) => {}
        Leaf::Known(true) => return graph,
        Leaf::Unknown => {
            graph.hide("disabled");
            return graph;
        }
    }
    for (index, statement) in statements(&wanted.trust_policy).into_iter().enumerate() {
        let nth = if index == 0 { String::new() } else { format!("/{}", index + 1) };
        let sid = statement.as_ref().map(sid_of);
        let statement = statement.as_ref().map(Value::to_string);
        let statement = RoleStatement { role_arn: arn.clone(), sid, statement };
        let role = "aws/role".to_owned();
        let node = Node::new(Object::RoleStatement(statement), EXISTING_ROLE).after([&role]).below([&role]);
        graph.put(format!("aws/role_statement{nth}"), node);
    }
    graph
}

/// What a trust policy says, a statement each; one that is not known yet where nobody can tell.
fn statements(policy: &Text) -> Vec<Leaf<Value>> {
    let Some(policy) = policy.known() else { return vec![Leaf::Unknown] };
    statements::all(policy).into_iter().map(Leaf::Known).collect()
}
