//! What Google demands of a workload identity pool provider when it is written.

use serde_json::{Map, Value, json};

use super::expressions;
use super::iam::check_texts;
use super::refusal::invalid_with_violation;
use super::schema::{Field, Kind};
use crate::http::answer::Refusal;

const OIDC: &[Field] = &[
    Field("issuerUri", Kind::Text),
    Field("allowedAudiences", Kind::Texts),
    Field("jwksJson", Kind::Text),
    Field("discoveryUri", Kind::Text),
];
const AWS: &[Field] = &[Field("accountId", Kind::Text)];
const SAML: &[Field] = &[Field("idpMetadataXml", Kind::Text)];
const X509: &[Field] = &[Field("trustStore", Kind::Opaque)];

/// The fields of a provider.
pub(crate) const FIELDS: &[Field] = &[
    Field("name", Kind::Output),
    Field("state", Kind::Output),
    Field("expireTime", Kind::Output),
    Field("displayName", Kind::Text),
    Field("description", Kind::Text),
    Field("disabled", Kind::Flag),
    Field("attributeMapping", Kind::TextMap),
    Field("attributeCondition", Kind::Text),
    Field("actorProviders", Kind::Texts),
    Field("oidc", Kind::Message(OIDC)),
    Field("aws", Kind::Message(AWS)),
    Field("saml", Kind::Message(SAML)),
    Field("x509", Kind::Message(X509)),
];

const KINDS: &[&str] = &["oidc", "aws", "saml", "x509"];

/// Issuers that sign tokens for anybody: without a condition on a claim, a provider would admit all of their users.
const MULTI_TENANT: &[&str] = &[
    "https://agent.buildkite.com",
    "https://api.pulumi.com/oidc",
    "https://app.terraform.io",
    "https://gitlab.com",
    "https://oidc.vercel.com",
    "https://token.actions.githubusercontent.com",
];

const AWS_ROLE: &str = "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + \
                        assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn";

/// Which kind of provider the fields describe.
pub(crate) fn kind(fields: &Map<String, Value>) -> Option<&'static str> {
    KINDS.iter().copied().find(|kind| fields.contains_key(*kind))
}

/// Fills in what Google fills in: the mapping of an AWS provider that names none.
pub(crate) fn with_defaults(mut fields: Map<String, Value>) -> Map<String, Value> {
    let mapped = fields.get("attributeMapping").and_then(Value::as_object).is_some_and(|mapping| !mapping.is_empty());
    if kind(&fields) == Some("aws") && !mapped {
        fields.insert(
            String::from("attributeMapping"),
            json!({ "google.subject": "assertion.arn", "attribute.aws_role": AWS_ROLE }),
        );
    }
    fields
}

/// Refuses what Google refuses.
pub(crate) fn check(fields: &Map<String, Value>) -> Result<(), Refusal> {
    check_texts(fields)?;
    match KINDS.iter().filter(|kind| fields.contains_key(**kind)).count() {
        1 => {}
        0 => return Err(violation("workload_identity_pool_provider", "One of oidc, aws, saml and x509 must be set.")),
        _ => {
            return Err(violation(
                "workload_identity_pool_provider",
                "Only one of oidc, aws, saml and x509 can be set.",
            ));
        }
    }
    match kind(fields) {
        Some("oidc") => check_oidc(fields)?,
        Some("aws") => {
            let id = text(fields, "aws", "accountId");
            if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(violation("aws.account_id", &format!("'{id}' is not an AWS account id of twelve digits.")));
            }
        }
        Some("saml") => {
            let length = text(fields, "saml", "idpMetadataXml").chars().count();
            if length == 0 || length > 128 * 1024 {
                return Err(violation(
                    "saml.idp_metadata_xml",
                    "The SAML metadata must have between 1 and 131072 characters.",
                ));
            }
        }
        _ => {}
    }
    check_mapping(fields)?;
    check_condition(fields)?;
    let actors = fields.get("actorProviders").and_then(Value::as_array).map_or(0, Vec::len);
    if actors > 3 {
        return Err(violation(
            "actor_providers",
            &format!("{actors} actor providers are given; at most 3 are allowed."),
        ));
    }
    Ok(())
}

fn check_oidc(fields: &Map<String, Value>) -> Result<(), Refusal> {
    let issuer = text(fields, "oidc", "issuerUri");
    let Some(host) = https_host(issuer) else {
        return Err(violation(
            "oidc.issuer_uri",
            &format!("'{issuer}' is not a valid issuer: it must be an https URL without query and fragment."),
        ));
    };
    let discovery = text(fields, "oidc", "discoveryUri");
    if !discovery.is_empty() && (discovery.len() > 2000 || https_host(discovery).as_deref() != Some(host.as_str())) {
        return Err(violation(
            "oidc.discovery_uri",
            "The discovery URI must be an https URL on the issuer's host, of at most 2000 characters.",
        ));
    }
    let audiences = fields["oidc"]["allowedAudiences"].as_array().cloned().unwrap_or_default();
    if audiences.len() > 10 {
        return Err(violation(
            "oidc.allowed_audiences",
            &format!("{} audiences are given; at most 10 are allowed.", audiences.len()),
        ));
    }
    for audience in audiences.iter().filter_map(Value::as_str) {
        if audience.is_empty() || audience.chars().count() > 256 {
            return Err(violation("oidc.allowed_audiences", "Each audience must have between 1 and 256 characters."));
        }
    }
    let keys = text(fields, "oidc", "jwksJson");
    if !keys.is_empty() && serde_json::from_str::<jsonwebtoken::jwk::JwkSet>(keys).is_err() {
        return Err(violation("oidc.jwks_json", "The text is not a JSON Web Key Set."));
    }
    Ok(())
}

fn check_mapping(fields: &Map<String, Value>) -> Result<(), Refusal> {
    const PLACE: &str = "attribute_mapping";
    let empty = Map::new();
    let mapping = fields.get("attributeMapping").and_then(Value::as_object).unwrap_or(&empty);
    let needs_subject = kind(fields) != Some("aws") || !mapping.is_empty();
    if needs_subject && !mapping.contains_key("google.subject") {
        return Err(violation(PLACE, "The attribute mapping must map google.subject."));
    }
    let mut custom = 0;
    for (key, expression) in mapping {
        let name = key.strip_prefix("attribute.");
        custom += usize::from(name.is_some());
        let good = match name {
            Some(name) => {
                !name.is_empty()
                    && name.len() <= 100
                    && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            }
            None => ["google.subject", "google.groups"].contains(&key.as_str()),
        };
        if !good {
            return Err(violation(
                PLACE,
                &format!(
                    "'{key}' is not a target attribute: use google.subject, google.groups or attribute.NAME with at most 100 characters from [a-z0-9_]."
                ),
            ));
        }
        let expression = expression.as_str().unwrap_or_default();
        if expression.chars().count() > 2048 {
            return Err(violation(PLACE, &format!("The mapping of '{key}' has more than 2048 characters.")));
        }
        expressions::check_mapping(&format!("attribute_mapping[{key}]"), expression)?;
    }
    if custom > 50 {
        return Err(violation(PLACE, &format!("{custom} custom attributes are mapped; at most 50 are allowed.")));
    }
    Ok(())
}

fn check_condition(fields: &Map<String, Value>) -> Result<(), Refusal> {
    let condition = fields.get("attributeCondition").and_then(Value::as_str).unwrap_or_default();
    if condition.chars().count() > 4096 {
        return Err(violation("attribute_condition", "The attribute condition has more than 4096 characters."));
    }
    if !condition.is_empty() {
        expressions::check_condition("attribute_condition", condition)?;
    }
    let issuer = text(fields, "oidc", "issuerUri");
    if MULTI_TENANT.contains(&issuer.trim_end_matches('/')) && !expressions::mentions_claim(condition) {
        return Err(violation(
            "attribute_condition",
            "The attribute condition must reference one of the provider's claims: this issuer signs tokens for many tenants.",
        ));
    }
    Ok(())
}

fn https_host(uri: &str) -> Option<String> {
    let url = url::Url::parse(uri).ok()?;
    let plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    (url.scheme() == "https" && plain && uri.len() <= 2000).then(|| url.host_str().map(str::to_owned)).flatten()
}

fn text<'a>(fields: &'a Map<String, Value>, message: &str, name: &str) -> &'a str {
    fields.get(message).and_then(|message| message[name].as_str()).unwrap_or_default()
}

fn violation(field: &str, description: &str) -> Refusal {
    invalid_with_violation(field, description)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn provider(change: impl FnOnce(&mut Value)) -> Map<String, Value> {
        let mut fields = json!({
            "attributeMapping": { "google.subject": "assertion.sub" },
            "oidc": { "issuerUri": "https://oidc.example.com/abc/" },
        });
        change(&mut fields);
        fields.as_object().unwrap().clone()
    }

    fn refused(change: impl FnOnce(&mut Value)) -> String {
        check(&provider(change)).unwrap_err().message
    }

    #[test]
    fn takes_a_plain_provider() {
        check(&provider(|_| {})).unwrap();
    }

    #[test]
    fn refuses_what_google_refuses() {
        assert!(refused(|p| p["oidc"]["issuerUri"] = json!("http://oidc.example.com")).contains("https"));
        assert!(refused(|p| p["oidc"]["issuerUri"] = json!("https://oidc.example.com?x=1")).contains("issuer"));
        assert!(refused(|p| p["oidc"]["allowedAudiences"] = json!(vec!["a"; 11])).contains("at most 10"));
        assert!(
            refused(|p| p["attributeMapping"] = json!({ "attribute.x": "assertion.x" })).contains("google.subject")
        );
        assert!(refused(|p| p["attributeMapping"]["attribute.X"] = json!("assertion.x")).contains("attribute.X"));
        assert!(refused(|p| p["attributeCondition"] = json!("x".repeat(4097))).contains("4096"));
        assert!(refused(|p| p["aws"] = json!({ "accountId": "1" })).contains("Only one"));
        assert!(refused(|p| p["displayName"] = json!("n".repeat(33))).contains("at most 32"));
        let many: Map<String, Value> = (0..51).map(|n| (format!("attribute.a{n}"), json!("assertion.sub"))).collect();
        assert!(refused(|p| p["attributeMapping"].as_object_mut().unwrap().extend(many)).contains("at most 50"));
    }

    #[test]
    fn a_multi_tenant_issuer_needs_a_condition_on_a_claim() {
        let github = |condition: &str| {
            let condition = condition.to_owned();
            check(&provider(|p| {
                p["oidc"]["issuerUri"] = json!("https://token.actions.githubusercontent.com");
                p["attributeCondition"] = json!(condition);
            }))
        };
        assert!(github("").unwrap_err().message.contains("must reference one of the provider's claims"));
        assert!(github("true").is_err());
        assert!(github("assertion.repository_owner_id == '42'").is_ok());
    }

    #[test]
    fn aws_gets_the_default_mapping() {
        let fields = json!({ "aws": { "accountId": "123456789012" } }).as_object().unwrap().clone();
        check(&fields).unwrap();
        let fields = with_defaults(fields);
        assert_eq!(fields["attributeMapping"]["google.subject"], "assertion.arn");
        check(&fields).unwrap();
    }
}
