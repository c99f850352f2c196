//! A workload's proof from AWS: a signed request for its own identity that Google sends on. AWS checks the signature and says who it is.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::providers::Provider;
use super::sts::oauth;
use crate::aws::signature::{self, Signed};
use crate::http::answer::Refusal;
use crate::http::request::percent_decoded;
use crate::state::world::World;

const TARGET: &str = "x-goog-cloud-target-resource";

/// Headers without which Google does not send the request on.
const REQUIRED: &[&str] = &["authorization", "host", "x-amz-date", TARGET];

/// The request, as the token carries it.
#[derive(Deserialize)]
struct Carried {
    url: String,
    method: String,
    headers: Vec<Header>,
    #[serde(default)]
    body: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    key: String,
    value: String,
}

/// The claims of a token that this provider accepts: account, ARN and user id.
pub(crate) fn verified(world: &World, provider: &Provider, token: &str) -> Result<Map<String, Value>, Refusal> {
    let text = percent_decoded(&token.replace('+', "%20"));
    let carried: Carried = serde_json::from_str(&text).map_err(|_| {
        invalid("The AWS subject token is not a URL-encoded JSON request with url, method and headers.")
    })?;
    if carried.method != "POST" {
        return Err(invalid("The method of the AWS GetCallerIdentity request must be POST."));
    }
    let url = checked_url(&carried.url)?;
    let headers: Vec<(String, String)> =
        carried.headers.into_iter().map(|header| (header.key.to_ascii_lowercase(), header.value)).collect();
    let value = |name: &str| headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    if let Some(missing) = REQUIRED.iter().find(|name| value(name).is_empty()) {
        return Err(invalid(&format!("The AWS GetCallerIdentity request has no header {missing}.")));
    }
    if value("host") != url.host_str().unwrap_or_default() {
        return Err(invalid("The header host does not match the host of the url."));
    }
    // The signature covers this header where the workload chose so; it keeps a token from being used with another provider.
    let own =
        [format!("//iam.googleapis.com/{}", provider.name), format!("https://iam.googleapis.com/{}", provider.name)];
    if !own.iter().any(|name| name == value(TARGET)) {
        return Err(invalid(&format!(
            "The header {TARGET} '{}' does not match the provider {}.",
            value(TARGET),
            own[0]
        )));
    }
    let body = carried.body.unwrap_or_default();
    let signed = Signed { method: "POST", url: &url, headers: &headers, body: body.as_bytes(), service: "sts" };
    let caller = signature::caller(world, &signed).map_err(|refusal| {
        invalid(&format!("AWS refused the GetCallerIdentity request: {} {}", refusal.code, refusal.message))
    })?;
    let account = provider.fields["aws"]["accountId"].as_str().unwrap_or_default();
    if caller.account != account {
        return Err(invalid(&format!(
            "The AWS account {} of the credential does not match the account {account} of the provider.",
            caller.account
        )));
    }
    let claims = json!({ "account": caller.account, "arn": caller.arn, "userid": caller.user_id });
    Ok(claims.as_object().cloned().unwrap_or_default())
}

/// The URL, if it asks a security token service of AWS for the caller's identity and for nothing else.
fn checked_url(text: &str) -> Result<url::Url, Refusal> {
    let refused = || {
        invalid(&format!(
            "'{text}' is not https://sts.REGION.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15."
        ))
    };
    let url = url::Url::parse(text).map_err(|_| refused())?;
    let host = url.host_str().unwrap_or_default();
    let service = host.strip_suffix(".amazonaws.com").unwrap_or_default();
    let region = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let known = service == "sts" || service.strip_prefix("sts.").is_some_and(region);
    let mut query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    query.sort();
    let asks = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>()
        == [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    if known && asks && url.scheme() == "https" && url.port().is_none() && ["", "/"].contains(&url.path()) {
        Ok(url)
    } else {
        Err(refused())
    }
}

fn invalid(description: &str) -> Refusal {
    oauth("invalid_grant", description)
}

#[cfg(test)]
mod tests {
    use super::checked_url;

    #[test]
    fn only_the_services_own_question_is_sent_on() {
        let question = "Action=GetCallerIdentity&Version=2011-06-15";
        for host in ["sts.amazonaws.com", "sts.eu-central-1.amazonaws.com", "sts.eu-central-1.amazonaws.com/"] {
            assert!(checked_url(&format!("https://{host}?{question}")).is_ok(), "{host}");
        }
        for url in [
            format!("http://sts.amazonaws.com?{question}"),
            format!("https://sts.amazonaws.com.example.com?{question}"),
            format!("https://evil.amazonaws.com?{question}"),
            format!("https://sts.amazonaws.com/x?{question}"),
            format!("https://sts.amazonaws.com:444?{question}"),
            String::from("https://sts.amazonaws.com?Action=AssumeRole&Version=2011-06-15"),
            format!("https://sts.amazonaws.com?{question}&X=1"),
        ] {
            assert!(checked_url(&url).is_err(), "{url}");
        }
    }
}
