//! Requests to assume a role, and what AWS knows of each while it decides.

use std::sync::Arc;

use crate::cel::Value;
use crate::token::Token;

/// A request to assume a role.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: Caller<'a>,
    /// Address that the request comes from; none where it cannot be said.
    pub source_ip: Option<&'a str>,
}

/// Who asks for a role.
#[derive(Debug, Clone, Copy)]
pub enum Caller<'a> {
    /// The bearer of a token of an OpenID Connect provider.
    WebIdentity {
        /// The issuer without its scheme, as in the provider's ARN.
        provider: &'a str,
        /// The token.
        token: &'a Token,
    },
    /// The bearer of a SAML assertion.
    Saml {
        /// ARN of the provider.
        provider: &'a str,
    },
    /// A principal of some AWS account.
    Aws {
        /// ARN of the user or session.
        arn: &'a str,
        /// ARN of the role behind a session.
        role_arn: Option<&'a str>,
        /// Account.
        account: &'a str,
        /// Organisation that the account is in.
        organization: Option<&'a str>,
        /// External id that the request carries.
        external_id: Option<&'a str>,
    },
    /// An AWS service.
    Service {
        /// Its name, such as `ec2.amazonaws.com`.
        name: &'a str,
        /// Account on whose behalf it acts.
        source_account: &'a str,
        /// Resource on whose behalf it acts.
        source_arn: &'a str,
        /// For Roles Anywhere, the common name of the certificate.
        common_name: Option<&'a str>,
    },
}

/// What a request says under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Context {
    /// Nothing.
    Absent,
    /// One value.
    One(Arc<str>),
    /// A list of values.
    Several(Vec<Arc<str>>),
    /// Whatever the caller likes.
    Free,
    /// Something, but nobody can say what.
    Unknown(String),
}

impl<'a> Request<'a> {
    /// A request from an address that no policy names.
    #[must_use]
    pub fn of(caller: Caller<'a>) -> Self {
        Self { caller, source_ip: Some("198.51.100.77") }
    }

    /// The action that the caller has to use.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self.caller {
            Caller::WebIdentity { .. } => "sts:AssumeRoleWithWebIdentity",
            Caller::Saml { .. } => "sts:AssumeRoleWithSAML",
            Caller::Aws { .. } | Caller::Service { .. } => "sts:AssumeRole",
        }
    }

    /// What the request says under a key. The case of the key does not matter.
    #[must_use]
    pub fn context(&self, key: &str) -> Context {
        self.context_of(&key.to_ascii_lowercase())
    }

    /// As [`Request::context`], for a key in lower case.
    pub(super) fn context_of(&self, key: &str) -> Context {
        if let Caller::WebIdentity { provider, token } = self.caller
            && let Some(name) = claim_of(key, provider)
        {
            return claim(provider, name, token);
        }
        let value = |text: &str| Context::One(text.into());
        let given = |text: Option<&str>| text.map_or(Context::Absent, value);
        match key {
            "aws:securetransport" => return value("true"),
            "aws:sourceip" => {
                return self.source_ip.map_or_else(|| Context::Unknown("the address of the caller".to_owned()), value);
            }
            "aws:requestedregion" | "aws:useragent" | "aws:referer" | "sts:rolesessionname" | "sts:durationseconds" => {
                return Context::Free;
            }
            "aws:sourcevpc" | "aws:sourcevpce" | "aws:vpcsourceip" => return Context::Absent,
            "aws:viaawsservice" | "aws:principalisrootuser" => return value("false"),
            "aws:currenttime" | "aws:epochtime" | "aws:tokenissuetime" => {
                return Context::Unknown("the time of the request".to_owned());
            }
            _ => {}
        }
        match self.caller {
            Caller::Aws { arn, role_arn, account, organization, external_id } => match key {
                "aws:principalarn" => value(role_arn.unwrap_or(arn)),
                "aws:principalaccount" => value(account),
                "aws:principalorgid" => given(organization),
                "aws:principalisawsservice" => value("false"),
                "sts:externalid" => given(external_id),
                "aws:multifactorauthpresent"
                | "aws:multifactorauthage"
                | "sts:sourceidentity"
                | "aws:tagkeys"
                | "aws:username"
                | "aws:userid"
                | "aws:principaltype"
                | "sts:transitivetagkeys" => Context::Free,
                free if free.starts_with("aws:principaltag/") || free.starts_with("aws:requesttag/") => Context::Free,
                "aws:sourceaccount" | "aws:sourcearn" | "aws:sourceorgid" => Context::Absent,
                _ => unknown(key),
            },
            Caller::Service { source_account, source_arn, common_name, name } => match key {
                "aws:sourceaccount" => value(source_account),
                "aws:sourcearn" => value(source_arn),
                "aws:principalisawsservice" => value("true"),
                "aws:principalservicename" => value(name),
                "aws:sourceorgid" => value("o-evil000000"),
                "sts:externalid" | "aws:principalarn" | "aws:principalaccount" | "aws:principalorgid" => {
                    Context::Absent
                }
                "sts:sourceidentity" => given(common_name.map(|name| format!("CN={name}")).as_deref()),
                // The names of a certificate become tags of the session; all but the common name are taken to be absent.
                tag if tag.starts_with("aws:principaltag/x509") || tag.starts_with("aws:requesttag/x509") => {
                    if tag.ends_with("subject/cn") { given(common_name) } else { Context::Absent }
                }
                _ => unknown(key),
            },
            Caller::WebIdentity { .. } | Caller::Saml { .. } => match key {
                "aws:principalisawsservice" => value("false"),
                "sts:externalid"
                | "aws:principalarn"
                | "aws:principalaccount"
                | "aws:principalorgid"
                | "aws:multifactorauthpresent"
                | "aws:multifactorauthage"
                | "aws:sourceaccount"
                | "aws:sourcearn"
                | "aws:username" => Context::Absent,
                // Keys of another provider.
                other if other.ends_with(":sub") || other.ends_with(":aud") || other.ends_with(":amr") => {
                    Context::Absent
                }
                _ => unknown(key),
            },
        }
    }
}

/// The claim that a key stands for, where it is one of the provider's. Case does not matter.
pub(super) fn claim_of<'k>(key: &'k str, provider: &str) -> Option<&'k str> {
    let (prefix, claim) = key.split_at_checked(provider.len())?;
    if prefix.eq_ignore_ascii_case(provider) { claim.strip_prefix(':') } else { None }
}

/// What AWS makes of a claim. It reads only some claims, and which ones depends on the issuer.
fn claim(provider: &str, name: &str, token: &Token) -> Context {
    let texts = |name: &str| match token.value(name) {
        None | Some(Value::Null) => Context::Absent,
        Some(Value::List(items)) => Context::Several(items.iter().map(text).collect()),
        Some(other) => Context::One(text(&other)),
    };
    match name {
        "sub" | "amr" => texts(name),
        // With an authorised party the audience is that; the real one is then called `oaud`.
        "aud" if token.value("azp").is_some() => texts("azp"),
        "aud" => texts("aud"),
        "oaud" if provider == "accounts.google.com" => texts("aud"),
        _ => match extra_claims(provider) {
            Some(known) if known.contains(&name) => texts(name),
            // AWS has added claims of these issuers before, so another name may be one more.
            Some(_) => Context::Unknown(format!("whether AWS reads the claim `{name}`")),
            None => Context::Absent,
        },
    }
}

/// Claims that AWS reads besides `sub`, `aud` and `amr`, for the issuers for which there are such.
fn extra_claims(provider: &str) -> Option<&'static [&'static str]> {
    let host = provider.split('/').next().unwrap_or_default();
    match host {
        "token.actions.githubusercontent.com" => Some(&[
            "actor",
            "actor_id",
            "enterprise_id",
            "environment",
            "job_workflow_ref",
            "ref",
            "repository",
            "repository_id",
            "workflow",
        ]),
        "accounts.google.com" => Some(&["email", "google/organization_number"]),
        "oidc.circleci.com" => Some(&["oidc.circleci.com/project-id"]),
        "cognito-identity.amazonaws.com" | "graph.facebook.com" | "www.amazon.com" => Some(&[]),
        oracle if oracle.ends_with(".oraclecloud.com") => Some(&["rpst_id"]),
        _ => None,
    }
}

fn unknown(key: &str) -> Context {
    Context::Unknown(format!("what a request says under `{key}`"))
}

fn text(value: &Value) -> Arc<str> {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_json().to_string().into(),
    }
}
