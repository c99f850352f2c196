//! Azure's objects as resources of `hashicorp/azurerm`, and Entra's as those of `hashicorp/azuread`.

use super::{Around, EjectError, Official};
use crate::hcl::{Block, Value};
use crate::leaf::Text;
use crate::object::Object;
use crate::object::azure::{Application, FederatedCredential, ManagedIdentity, RoleAssignment, ServicePrincipal};

impl Around<'_> {
    pub(super) fn managed_identity(&self, it: &ManagedIdentity) -> Result<Official, EjectError> {
        let (group, name) = self.group_and_name(self.id)?;
        let resource = self
            .resource()
            .set("name", name)
            .set("resource_group_name", group)
            .set("location", self.known(&it.location, "location")?)
            .unless_empty("tags", self.map(&it.tags, "labels")?);
        Ok(Official::new(resource, self.id))
    }

    pub(super) fn federated_credential(&self, it: &FederatedCredential) -> Result<Official, EjectError> {
        let identity = self.known(&it.identity, "existing")?;
        let (group, _) = self.group_and_name(&identity)?;
        let resource = self
            .resource()
            .set("name", self.known(&it.name, "credential_name")?)
            .set("resource_group_name", group)
            .set("parent_id", self.refer(&identity, "id", identity.as_str()))
            .set("issuer", self.known(&it.issuer, "issuer")?)
            .set("subject", self.known(&it.subject, "subject")?)
            .set("audience", [self.known(&it.audience, "audience")?].into_iter().collect::<Value>());
        Ok(Official::new(resource, self.id))
    }

    /// The role is named as the user names it: the key says how.
    pub(super) fn role_assignment(&self, it: &RoleAssignment) -> Result<Official, EjectError> {
        let (scope, name) =
            self.id.split_once("/providers/Microsoft.Authorization/roleAssignments/").ok_or_else(|| self.damaged())?;
        let role = self.key.splitn(3, '/').nth(2).unwrap_or_default();
        let role = role.split('/').next().unwrap_or(role);
        let mut before = Vec::new();
        let principal = self.of_identity("principal_id", &it.principal_id, &mut before)?;
        let resource = self
            .resource()
            .set("name", name)
            .set("scope", scope)
            .set("role_definition_name", role)
            .set("principal_id", principal)
            .set("principal_type", "ServicePrincipal")
            .unless_empty("description", self.known(&it.description, "description")?);
        Ok(Official { before, ..Official::new(resource, self.id) })
    }

    /// What only the managed identity that the object hangs on can tell: it is read there, wherever that is.
    pub(super) fn of_identity(
        &self,
        attribute: &'static str,
        known: &Text,
        before: &mut Vec<Block>,
    ) -> Result<Value, EjectError> {
        let identity = self.node.below.iter().chain(&self.node.after).find_map(|key| {
            let node = self.graph.nodes().get(key)?;
            matches!(node.object, Object::ManagedIdentity(_)).then(|| node.object.id())
        });
        let Some(identity) = identity.as_ref().and_then(Text::known) else {
            return Ok(self.known(known, attribute)?.into());
        };
        if let Some(address) = self.given.get(identity) {
            return Ok(Value::Verbatim(format!("{address}.{attribute}")));
        }
        let (group, name) = self.group_and_name(identity)?;
        let label = &self.address.label;
        let kind = "azurerm_user_assigned_identity";
        if before.is_empty() {
            let look_up =
                Block::new("data").label(kind).label(label).set("name", name).set("resource_group_name", group);
            before.push(look_up);
        }
        Ok(Value::Verbatim(format!("data.{kind}.{label}.{attribute}")))
    }

    /// Entra imports by an object id that only Entra tells: the import looks it up.
    pub(super) fn application(&self, it: &Application) -> Result<Official, EjectError> {
        let uri = self.known(&it.identifier_uri, "audience")?;
        let label = &self.address.label;
        let look_up = Block::new("data").label("azuread_application").label(label).set("identifier_uri", uri.as_str());
        let resource = self
            .resource()
            .set("display_name", self.known(&it.display_name, "name")?)
            .set("identifier_uris", [uri].into_iter().collect::<Value>())
            .unless_empty("description", self.known(&it.description, "description")?);
        let import_id = Value::Verbatim(format!("data.azuread_application.{label}.id"));
        Ok(Official { before: vec![look_up], resource, import_id })
    }

    pub(super) fn service_principal(&self, it: &ServicePrincipal) -> Result<Official, EjectError> {
        let uri = self.known(&it.identifier_uri, "audience")?;
        let label = &self.address.label;
        let application = Block::new("data")
            .label("azuread_application")
            .label(format!("{label}_principal"))
            .set("identifier_uri", uri.as_str());
        let client_id = Value::Verbatim(format!("data.azuread_application.{label}_principal.client_id"));
        let look_up =
            Block::new("data").label("azuread_service_principal").label(label).set("client_id", client_id.clone());
        let resource = self.resource().set("client_id", client_id);
        let import_id = Value::Verbatim(format!("data.azuread_service_principal.{label}.id"));
        Ok(Official { before: vec![application, look_up], resource, import_id })
    }

    /// Resource group and name in a resource id; neither has a case that means anything, and both are kept as they are written.
    fn group_and_name(&self, id: &str) -> Result<(String, String), EjectError> {
        let mut parts = id.split('/').skip(1);
        let (_, _, word, group) = (parts.next(), parts.next(), parts.next(), parts.next());
        let name = id.rsplit('/').next().filter(|name| !name.is_empty());
        match (word, group, name) {
            (Some(word), Some(group), Some(name)) if word.eq_ignore_ascii_case("resourceGroups") => {
                Ok((group.to_owned(), name.to_owned()))
            }
            _ => Err(self.damaged()),
        }
    }
}
