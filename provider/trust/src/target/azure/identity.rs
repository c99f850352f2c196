//! User-assigned managed identities, made or referred to: what a workload acts as in Azure, and what vouches for one that comes from there.

use crate::graph::{Builder, Node};
use crate::leaf::{Leaf, Text};
use crate::names::{ArmId, identity_name_fault, is_azure_location, is_guid, resource_group_fault};
use crate::object::azure::ManagedIdentity;
use crate::object::{Key, MARKER, Object, description_of};
use crate::problem::Problem;

/// The ARM type of user-assigned managed identities.
pub(crate) const IDENTITY_KIND: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

/// A user-assigned managed identity to make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnedIdentity {
    /// Subscription id.
    pub subscription_id: Option<Text>,
    /// Resource group, which exists.
    pub resource_group: Option<Text>,
    /// Region.
    pub location: Option<Text>,
    /// Name, where it is not the trust's.
    pub name: Option<Text>,
}

/// Where the settings of an identity are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paths {
    pub(crate) all: &'static str,
    pub(crate) subscription_id: &'static str,
    pub(crate) resource_group: &'static str,
    pub(crate) location: &'static str,
    pub(crate) name: &'static str,
    /// Where an existing identity can be named instead.
    pub(crate) existing: &'static str,
}

/// Adds an identity to make for a trust, and returns its key and resource id.
pub(crate) fn add(graph: &mut Builder<'_>, it: &OwnedIdentity, name: &Text, path: &'static str) -> (Key, Text) {
    add_for(graph, it, "crosscloud_trust", name, path)
}

/// Adds an identity to make for a resource of another type.
pub(crate) fn add_for(
    graph: &mut Builder<'_>,
    it: &OwnedIdentity,
    resource: &str,
    name: &Text,
    path: &'static str,
) -> (Key, Text) {
    let id = it.id(name);
    let mut tags = graph.labels();
    tags.insert(MARKER.to_owned(), description_of(resource, name));
    let identity = ManagedIdentity { id: id.clone(), location: it.location.clone().unwrap_or(Leaf::Unknown), tags };
    (graph.add("azure/identity", Node::new(Object::ManagedIdentity(identity), path)), id)
}

/// Adds an identity that exists.
pub(crate) fn refer(graph: &mut Builder<'_>, id: &Text, path: &'static str) -> Key {
    let identity = ManagedIdentity { id: id.clone(), location: Leaf::Unknown, tags: Default::default() };
    graph.add("azure/identity", Node::new(Object::ManagedIdentity(identity), path).referenced(true))
}

impl OwnedIdentity {
    /// The resource id that the identity will have.
    pub(crate) fn id(&self, name: &Text) -> Text {
        let part = |text: &Option<Text>| text.clone().unwrap_or(Leaf::Unknown);
        let (subscription, group) = (part(&self.subscription_id), part(&self.resource_group));
        let name = self.name.as_ref().unwrap_or(name);
        Text::concat([
            "/subscriptions/".into(),
            subscription.piece(),
            "/resourceGroups/".into(),
            group.piece(),
            "/providers/".into(),
            IDENTITY_KIND.into(),
            "/".into(),
            name.piece(),
        ])
    }

    /// The first of its settings that somebody wrote.
    pub(crate) fn first_set(&self, paths: &Paths) -> Option<&'static str> {
        let settings = [
            (&self.subscription_id, paths.subscription_id),
            (&self.resource_group, paths.resource_group),
            (&self.location, paths.location),
            (&self.name, paths.name),
        ];
        settings.into_iter().find_map(|(setting, path)| setting.is_some().then_some(path))
    }
}

/// What is wrong with an identity to make.
pub(crate) fn problems(it: &OwnedIdentity, paths: &Paths, name: &Text) -> Vec<Problem> {
    let mut problems = Vec::new();
    let needed =
        [("subscription_id", &it.subscription_id), ("resource_group", &it.resource_group), ("location", &it.location)];
    let missing: Vec<_> =
        needed.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| format!("`{name}`")).collect();
    if !missing.is_empty() {
        let existing = paths.existing.rsplit('.').next().unwrap_or_default();
        problems.push(Problem::at(
            paths.all,
            "Nowhere to make the identity",
            format!(
                "Missing: {}. They say where the managed identity is made; name one that exists with `{existing}` instead.",
                missing.join(", ")
            ),
        ));
    }
    let mut told = |path: &str, summary: &str, value: &str, fault: &str| {
        problems.push(Problem::at(path, summary, format!("`{}` cannot be one: {fault}.", value.escape_debug())));
    };
    if let Some(Leaf::Known(id)) = &it.subscription_id
        && !is_guid(id)
    {
        told(paths.subscription_id, "Not a subscription id", id, "it is a GUID, without `/subscriptions/` in front");
    }
    if let Some(Leaf::Known(group)) = &it.resource_group
        && let Some(fault) = resource_group_fault(group)
    {
        told(paths.resource_group, "Not the name of a resource group", group, fault);
    }
    if let Some(Leaf::Known(location)) = &it.location
        && !is_azure_location(location)
    {
        let fault = "it is a region's short name, such as `westeurope`; `az account list-locations --query [].name` prints them";
        told(paths.location, "Not an Azure region", location, fault);
    }
    if let Some(value) = it.name.as_ref().unwrap_or(name).known()
        && let Some(fault) = identity_name_fault(value)
    {
        match it.name {
            Some(_) => told(paths.name, "Not the name of a managed identity", value, fault),
            None => told("name", "The name cannot be that of a managed identity", value, fault),
        }
    }
    problems
}

/// What is wrong with the resource id of an identity that exists.
pub(crate) fn id_problem(path: &str, id: &str) -> Option<Problem> {
    if ArmId::parse(id, IDENTITY_KIND).is_some() {
        return None;
    }
    let hint =
        if is_guid(id) { " This is a client id or a principal id; neither says where the identity is." } else { "" };
    Some(Problem::at(
        path,
        "Not the resource id of a managed identity",
        format!(
            "`{}` is not `/subscriptions/ID/resourceGroups/GROUP/providers/{IDENTITY_KIND}/NAME`, which `az identity show --query id` prints.{hint}",
            id.escape_debug()
        ),
    ))
}
