//! Import, the pure half: an id of a composite says which native objects it is made of; what is seen of them says what the specification must
//! have been. Importing what a specification made gives that specification back.

use std::collections::BTreeMap;

use crate::admits::{self, Admits};
use crate::facts::Facts;
use crate::leaf::{Leaf, Text};
use crate::object::gcp::Grant;
use crate::object::{Key, MARKER, Object, described_name};
use crate::source::Towards;
use crate::spec::{Spec, Targets};
use crate::target::aws::border;

mod evidence;
mod id;
mod look;

pub use crate::member::import::MemberImportId;
pub(crate) use evidence::{Evidence, known};
pub use id::{ImportId, ParseImportError};
pub use look::{Look, Members};

/// Objects as they were seen in the clouds. One that was not there is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Objects, by the keys that [`ImportId::looks`] gave them.
    pub objects: BTreeMap<Key, Object>,
    /// Grants, role assignments and credentials that were found by listing.
    pub listed: Vec<Object>,
}

/// Why nothing can be made of what was seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// What says who is trusted is missing or says it in a way that no specification does.
    #[error("what was found does not say who is trusted: {0}")]
    Source(String),
    /// The text is not an import id of this resource.
    #[error("`{id}` is not an import id of this resource; the form is {form}")]
    Form {
        /// The text.
        id: String,
        /// The form.
        form: &'static str,
    },
    /// What was found says more than a specification can: the next apply would take it away.
    #[error(
        "it has what no attribute of this resource can say, and the next apply would take that away: {0}; leave it to whoever set it up, or remove that first"
    )]
    Beyond(String),
    /// What is needed of a target was not there.
    #[error("there is no {0}")]
    Missing(String),
}

/// The specification that what was seen amounts to.
///
/// # Errors
/// [`ImportError`] where too little of it is there.
pub fn reconstruct(id: &ImportId, seen: &Seen, facts: &Facts) -> Result<Spec, ImportError> {
    let name = name(id, seen).ok_or_else(|| ImportError::Missing("object that has a name".to_owned()))?;
    reconstruct_as(Text::of(name), id, seen, facts)
}

/// The same under a name that is known.
pub(crate) fn reconstruct_as(name: Text, id: &ImportId, seen: &Seen, facts: &Facts) -> Result<Spec, ImportError> {
    let seen = &without_members(seen);
    let evidence = Evidence::new(id, seen, facts, &name);
    let source = evidence.source()?;
    let identity = |towards| source.identity(towards, &name, facts);
    let mut admits = None;
    let gcp = id.provider.as_ref().map(|_| {
        let identity = identity(Towards::Gcp);
        let mut gcp = crate::target::gcp::import::recognise(&evidence, &identity);
        let condition = gcp.attribute_condition.as_ref();
        admits = condition.and_then(|it| Admits::recognise(it, &source, &identity.condition)).map(Leaf::Known);
        gcp.attribute_condition.take_if(|_| admits.is_some());
        Leaf::Known(gcp)
    });
    let azure = id.targets.contains(&"azure").then(|| Leaf::Known(crate::target::azure::import::recognise(&evidence)));
    let aws = id.role.as_ref().map(|_| {
        let identity = identity(Towards::Aws);
        let policy = evidence.role().and_then(|role| role.trust_policy.known());
        admits = admits.take().or_else(|| border::recognise(policy?, &source, &identity).map(Leaf::Known));
        Leaf::Known(crate::target::aws::import::recognise(&evidence, &identity))
    });
    Ok(Spec {
        labels: Leaf::Known(labels(seen)),
        name,
        from: Leaf::Known(source),
        to: Leaf::Known(Targets { gcp, azure, aws }),
        admits,
        disabled: Leaf::Known(false),
    })
}

/// What was seen of a trust itself, where its condition admits members: what they are bound to is theirs.
fn without_members(seen: &Seen) -> Seen {
    let mut seen = seen.clone();
    let condition = match seen.objects.get("gcp/provider") {
        Some(Object::Provider(provider)) => provider.attribute_condition.known().cloned(),
        _ => None,
    };
    if let Some(own) = condition.as_deref().and_then(admits::own_of) {
        seen.listed.retain(|object| match object {
            Object::Grant(Grant { member: Leaf::Known(member), .. }) if member.starts_with("principal") => {
                let value = member.split_once("/workloadIdentityPools/").and_then(|(_, it)| it.splitn(3, '/').nth(2));
                let value = value.map(|it| it.split_once('/').map_or(it, |(_, value)| value));
                // With a slash behind it, it is all sessions of a role.
                let named = |it: &str| own.contains(&format!("'{it}'")) || own.contains(&format!("'{it}/'"));
                value.is_some_and(named)
            }
            _ => true,
        });
    }
    seen
}

/// The name that the objects say they are for; else the id of the pool, or the name of the identity.
fn name(id: &ImportId, seen: &Seen) -> Option<String> {
    let said = seen.objects.values().filter_map(Object::marker).filter_map(Leaf::known);
    let said = said.filter_map(|text| described_name("crosscloud_trust", text)).next();
    let pool = || id.provider.as_ref().map(|provider| provider.pool.clone());
    let identity = || id.identity.as_ref().and_then(|identity| identity.rsplit('/').next()).map(str::to_owned);
    let role = || id.role.as_ref().and_then(|role| role.rsplit('/').next()).map(str::to_owned);
    said.map(str::to_owned).or_else(pool).or_else(identity).or_else(role)
}

/// The labels that the user set: every object that takes labels has them.
fn labels(seen: &Seen) -> BTreeMap<String, Text> {
    let of = |object: &Object| match object {
        Object::ManagedIdentity(it) => Some(it.tags.clone()),
        Object::CryptoKey(it) => Some(it.labels.clone()),
        Object::Role(it) => Some(it.tags.clone()),
        _ => None,
    };
    let mut labels = seen.objects.values().find_map(of).unwrap_or_default();
    labels.remove(MARKER);
    labels
}

/// Where a text differs from what it would be anyway.
pub(crate) fn unless(value: Option<Text>, usual: &Text) -> Option<Text> {
    value.filter(|value| value != usual)
}

/// The grants among what was listed.
pub(crate) fn grants(seen: &Seen) -> impl Iterator<Item = &Grant> {
    seen.listed.iter().filter_map(|object| match object {
        Object::Grant(grant) => Some(grant),
        _ => None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
