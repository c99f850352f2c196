//! AWS's objects in the document.

use std::collections::BTreeMap;

use crosscloud_policy_model::document::{AwsOidcProvider, AwsRole};
use serde_json::{Value, json};

use super::Writer;
use crate::leaf::{Leaf, Text};
use crate::object::aws;
use crate::object::{Object, aws::Role};

impl Writer<'_> {
    /// `wanted` says whom the role is meant for, whatever stands in its trust policy. `hidden`: nobody has looked at it yet.
    pub(super) fn role(&mut self, it: &Role, wanted: &Object, hidden: bool, path: &str) {
        let at = format!("/aws_roles/{}", self.document().aws_roles.len());
        let arn = Object::Role(it.clone()).id();
        let trust_policy = if hidden { &Leaf::Unknown } else { &it.trust_policy };
        let policy = self.leaf(trust_policy, format!("{at}/assume_role_policy"), path);
        let policy = policy.map_or(Value::Null, |text| json_of(&text));
        let meant = match wanted {
            Object::Role(wanted) if !self.is_foreign() => wanted.trust_policy.known().map(|text| json_of(text)),
            _ => None,
        };
        let role = AwsRole {
            name: self.leaf(&it.name, format!("{at}/name"), path),
            arn: self.leaf(&arn, format!("{at}/arn"), path),
            account_id: it.account_id.known().cloned(),
            // A role that is only referred to is nobody's of this trust, whoever the trust is for, unless that is to be let in there.
            intended: match &self.identities.aws {
                Some(_) if self.identities.refused => Vec::new(),
                Some(identity) if self.found.is_none() || self.enters => {
                    identity.claims.known().cloned().unwrap_or_default()
                }
                _ => meant.as_ref().and_then(intended).into_iter().collect(),
            },
            assume_role_policy: policy,
            max_session_duration: it.max_session_duration.known().map(|seconds| u64::from(*seconds)),
            ..AwsRole::default()
        };
        if it.max_session_duration.is_unknown() {
            self.unknown(format!("{at}/max_session_duration"));
        }
        self.document().aws_roles.push(role);
        self.origin(at, path);
    }

    /// Nodes come in the order of their keys, and a role's own stands before what is added to its trust policy.
    pub(super) fn role_statement(&mut self, it: &aws::RoleStatement) {
        let Some((index, role)) = self.role_of(&it.role_arn) else { return };
        let (Some(sid), Some(statement)) = (it.sid.known(), it.statement.known()) else {
            self.unknown(format!("/aws_roles/{index}/assume_role_policy"));
            return;
        };
        let mut statements = aws::statements::of(&role.assume_role_policy);
        // What nobody has looked at yet stays unknown.
        let Some(policy) = role.assume_role_policy.as_object_mut() else { return };
        aws::statements::join(&mut statements, sid, &json_of(statement));
        policy.insert("Statement".to_owned(), Value::Array(statements));
    }

    /// Nodes come in the order of their keys, and a role's own stands before its policies.
    pub(super) fn role_policy(&mut self, it: &aws::RolePolicy) {
        let Some((index, role)) = self.role_of(&it.role_arn) else { return };
        let place = role.inline_policies.len();
        role.inline_policies.push(it.policy.known().map_or(Value::Null, |text| json_of(text)));
        if it.policy.is_unknown() {
            self.unknown(format!("/aws_roles/{index}/inline_policies/{place}"));
        }
    }

    pub(super) fn attachment(&mut self, it: &aws::RolePolicyAttachment) {
        let Some((index, role)) = self.role_of(&it.role_arn) else { return };
        let place = role.attached_policies.len();
        role.attached_policies.push(it.policy_arn.known().cloned());
        if it.policy_arn.is_unknown() {
            self.unknown(format!("/aws_roles/{index}/attached_policies/{place}"));
        }
    }

    fn role_of(&mut self, arn: &Text) -> Option<(usize, &mut AwsRole)> {
        let arn = arn.known();
        self.document().aws_roles.iter_mut().enumerate().find(|(_, role)| role.arn.as_ref() == arn)
    }

    /// `hidden`: what else its audiences are nobody has looked at yet.
    pub(super) fn oidc_provider(&mut self, it: &aws::OidcProvider, hidden: bool, path: &str) {
        let at = format!("/aws_oidc_providers/{}", self.document().aws_oidc_providers.len());
        if hidden {
            self.unknown(format!("{at}/client_ids"));
        }
        let provider = AwsOidcProvider {
            arn: self.leaf(&Object::OidcProvider(it.clone()).id(), format!("{at}/arn"), path),
            issuer: self.leaf(&it.url, format!("{at}/issuer"), path),
            client_ids: Vec::new(),
            thumbprints: Vec::new(),
        };
        self.document().aws_oidc_providers.push(provider);
        self.origin(at, path);
    }

    /// Nodes come in the order of their keys, and a provider stands before its audiences.
    pub(super) fn oidc_provider_client(&mut self, it: &aws::OidcProviderClient, path: &str) {
        let arn = it.provider_arn.known();
        let mut providers = self.document().aws_oidc_providers.iter_mut().enumerate();
        let Some((index, provider)) = providers.find(|(_, provider)| provider.arn.as_ref() == arn) else { return };
        let at = format!("/aws_oidc_providers/{index}/client_ids/{}", provider.client_ids.len());
        provider.client_ids.push(it.client_id.known().cloned());
        self.leaf(&it.client_id, at, path);
    }
}

/// A policy as JSON; a text that is none stays a text.
fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Claims of the token that a role of our own is meant for: its trust policy names every one of them.
fn intended(policy: &Value) -> Option<BTreeMap<String, Value>> {
    let statement = policy.get("Statement")?.get(0)?;
    let issuer = statement.get("Principal")?.get("Federated")?.as_str()?;
    let issuer = issuer.split_once(":oidc-provider/").map_or(issuer, |(_, host)| host);
    let mut claims = BTreeMap::from([("iss".to_owned(), json!(format!("https://{issuer}")))]);
    for (key, value) in statement.get("Condition")?.get("StringEquals")?.as_object()? {
        let claim = key.strip_prefix(issuer)?.strip_prefix(':')?;
        claims.insert(claim.to_owned(), value.clone());
    }
    Some(claims)
}
