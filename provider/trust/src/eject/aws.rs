//! AWS's objects as resources of `hashicorp/aws`.

use serde_json::Value as Json;

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
            .set("assume_role_policy", self.trust_policy(&it.trust_policy)?)
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

    /// The role's own statements, and behind them those of members that leave with it.
    fn trust_policy(&self, own: &Text) -> Result<Value, EjectError> {
        let mut policy = self.json(own, "trust policy")?;
        let statements = policy.get_mut("Statement").and_then(Json::as_array_mut).ok_or_else(|| self.damaged())?;
        statements.extend(self.module.statements_in(self.id).cloned());
        Ok(Value::Json(Box::new(policy.into())))
    }

    fn document(&self, json: &Text, what: &'static str) -> Result<Value, EjectError> {
        Ok(Value::Json(Box::new(self.json(json, what)?.into())))
    }

    fn json(&self, json: &Text, what: &'static str) -> Result<Json, EjectError> {
        serde_json::from_str(&self.known(json, what)?).map_err(|_| self.damaged())
    }
}
