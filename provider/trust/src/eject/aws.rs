//! AWS's objects as resources of `hashicorp/aws`.

use super::{Around, EjectError, Official};
use crate::hcl::Value;
use crate::leaf::Text;
use crate::object::Object;
use crate::object::aws::{OidcProvider, Role, RolePolicy, RolePolicyAttachment};

impl Around<'_> {
    pub(super) fn role(&self, it: &Role) -> Result<Official, EjectError> {
        let name = self.known(&it.name, "role_name")?;
        let session = it.max_session_duration.known().ok_or_else(|| self.unknown("max_session_duration"))?;
        let boundary =
            it.permissions_boundary.as_ref().map(|arn| self.known(arn, "permissions_boundary")).transpose()?;
        let resource = self
            .resource()
            .set("name", name.as_str())
            .set("path", self.known(&it.path, "path")?)
            .unless_empty("description", self.known(&it.description, "description")?)
            .set("max_session_duration", Value::Number(u64::from(*session)))
            .set("assume_role_policy", self.document(&it.trust_policy, "trust policy")?)
            .unless_empty("permissions_boundary", boundary.unwrap_or_default())
            .unless_empty("tags", self.map(&it.tags, "labels")?);
        Ok(Official::new(resource, name))
    }

    pub(super) fn role_policy(&self, it: &RolePolicy) -> Result<Official, EjectError> {
        let (role, name) = (self.role_name(&it.role_arn)?, self.known(&it.name, "policy name")?);
        let arn = self.known(&it.role_arn, "role")?;
        let resource = self
            .resource()
            .set("role", self.refer(&arn, "name", role.as_str()))
            .set("name", name.as_str())
            .set("policy", self.document(&it.policy, "policy")?);
        Ok(Official::new(resource, format!("{role}:{name}")))
    }

    pub(super) fn role_policy_attachment(&self, it: &RolePolicyAttachment) -> Result<Official, EjectError> {
        let (role, policy) = (self.role_name(&it.role_arn)?, self.known(&it.policy_arn, "policy_arn")?);
        let arn = self.known(&it.role_arn, "role")?;
        let resource =
            self.resource().set("role", self.refer(&arn, "name", role.as_str())).set("policy_arn", policy.as_str());
        Ok(Official::new(resource, format!("{role}/{policy}")))
    }

    pub(super) fn oidc_provider(&self, it: &OidcProvider) -> Result<Official, EjectError> {
        let audiences = self.graph.nodes().values().filter_map(|node| match &node.object {
            Object::OidcProviderClient(client) if client.provider_arn.known().is_some_and(|arn| arn == self.id) => {
                Some(&client.client_id)
            }
            _ => None,
        });
        let resource = self
            .resource()
            .set("url", self.known(&it.url, "issuer")?)
            .set("client_id_list", self.all(audiences, "audience")?)
            .unless_empty("tags", self.map(&it.tags, "labels")?);
        Ok(Official::new(resource, self.id))
    }

    fn role_name(&self, arn: &Text) -> Result<String, EjectError> {
        let arn = self.known(arn, "role")?;
        arn.rsplit('/').next().map(str::to_owned).ok_or_else(|| self.damaged())
    }

    fn document(&self, json: &Text, what: &'static str) -> Result<Value, EjectError> {
        let document: serde_json::Value = serde_json::from_str(&self.known(json, what)?).map_err(|_| self.damaged())?;
        Ok(Value::Json(Box::new(document.into())))
    }
}
