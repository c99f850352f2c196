//! What stands behind the objects that a resource only refers to, read for the policy: the other providers of a pool, the bindings of an
//! account, the trust policy of a role. It becomes diagnostics and nothing else, so a plan says the same whatever others do meanwhile.

use crosscloud_policy_model::finding::{Finding, Severity, Verdict};
use crosscloud_trust::document::{Beside, Surroundings};
use crosscloud_trust::{Graph, Key, Node, Object, Text, gcp};
use futures::future::join_all;

use crate::clouds::{CloudError, Clouds, Look};

/// The rule under which it is told that something could not be looked at. Levels and waivers of that rule count.
const UNREAD: &str = "x-unknown-trust";

/// What was seen, and what could not be.
#[derive(Debug, Clone, Default)]
pub(super) struct Live {
    /// What was seen.
    pub(super) around: Surroundings,
    /// One finding for each object that could not be looked at.
    pub(super) unread: Vec<Finding>,
}

/// Looks at what the graph refers to.
pub(super) async fn look(clouds: &Clouds, graph: &Graph) -> Live {
    let referenced = |node: &Node| node.referenced && node.object.id().known().is_some();
    let nodes: Vec<_> = graph.nodes().iter().filter(|(_, node)| referenced(node)).collect();
    let seen = join_all(nodes.iter().map(|(_, node)| see(clouds, &node.object, graph))).await;
    let mut live = Live::default();
    for ((key, node), seen) in nodes.into_iter().zip(seen) {
        match seen {
            // Whether it has to be there, the apply says: it may be made by the same plan.
            Ok(None) => {}
            Ok(Some(Seen { object, beside })) => {
                live.around.seen.insert(key.clone(), object);
                live.around.beside.extend(beside.into_iter().map(|it| (key.clone(), it)));
            }
            // The plan that makes it may switch its API on first. The apply looks again, and writes nothing before it has seen it.
            Err(error) if error.is_switched_off() => {}
            Err(error) => live.unread.push(unread(node, &error)),
        }
    }
    live
}

/// An object that exists, and what others put into or onto it.
struct Seen {
    object: Object,
    beside: Vec<Beside>,
}

/// Looks at one object. None: it is not there, or there is nothing about it to judge.
async fn see(clouds: &Clouds, object: &Object, graph: &Graph) -> Result<Option<Seen>, CloudError> {
    let judged = matches!(
        object,
        Object::Pool(_)
            | Object::Provider(_)
            | Object::ServiceAccount(_)
            | Object::CryptoKey(_)
            | Object::Role(_)
            | Object::ManagedIdentity(_)
    );
    let there = match object {
        _ if !judged => return Ok(None),
        // All that matters about these stands beside them.
        Object::ServiceAccount(_) | Object::ManagedIdentity(_) => object.clone(),
        _ => match clouds.look_for(object).await? {
            Look::There(there) => there,
            Look::Absent | Look::Deleted(_) => return Ok(None),
        },
    };
    let beside = beside(clouds, object).await?.into_iter().filter(|it| !is_wanted(it, graph)).collect();
    Ok(Some(Seen { object: there, beside }))
}

/// Everything that lies in or on an object.
pub(crate) async fn beside(clouds: &Clouds, object: &Object) -> Result<Vec<Beside>, CloudError> {
    Ok(match object {
        Object::Pool(pool) => clouds.providers(pool).await?.into_iter().map(Beside::Provider).collect(),
        Object::ServiceAccount(it) => {
            let name = object.id().known().cloned().unwrap_or_default();
            let email = name.rsplit('/').next().unwrap_or_default();
            let resource = gcp::Resource::ServiceAccount { project: it.project.clone(), email: Text::of(email) };
            clouds.grants(&resource).await?.into_iter().map(Beside::Grant).collect()
        }
        Object::CryptoKey(_) => {
            let resource = gcp::Resource::CryptoKey { name: object.id() };
            clouds.grants(&resource).await?.into_iter().map(Beside::Grant).collect()
        }
        Object::ManagedIdentity(it) => {
            let id = it.id.known().cloned().unwrap_or_default();
            let all = clouds.all_credentials(&id).await?;
            all.into_iter().map(|(credential, expression)| Beside::Credential { credential, expression }).collect()
        }
        _ => Vec::new(),
    })
}

/// Whether it is one of the graph's own, which stands in the document as it is wanted.
fn is_wanted(it: &Beside, graph: &Graph) -> bool {
    let same_id = |one: &Object, other: &Object| match (one.id().known(), other.id().known()) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    };
    let object = match it {
        Beside::Provider(it) => Object::Provider(it.clone()),
        Beside::Credential { credential, .. } => Object::FederatedCredential(credential.clone()),
        Beside::Grant(it) => return graph.nodes().values().any(|node| node.object == Object::Grant(it.clone())),
    };
    let same_kind = |node: &&Node| node.object.type_name() == object.type_name();
    graph.nodes().values().filter(same_kind).any(|node| same_id(&node.object, &object))
}

fn unread(node: &Node, error: &CloudError) -> Finding {
    let key: Key = node.object.id().known().cloned().unwrap_or_default();
    Finding {
        rule: UNREAD.to_owned(),
        severity: Severity::High,
        verdict: Verdict::Undetermined,
        pointer: String::new(),
        path: node.path.to_string(),
        message: format!("{key} exists and could not be looked at, so it cannot be said who else it lets in: {error}."),
        remediation: format!(
            "Let whoever runs the plan read it, or answer for it: with a waiver of {UNREAD} or with that rule at `warn`."
        ),
        witness: None,
    }
}
