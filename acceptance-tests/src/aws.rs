//! AWS as a workload there sees it: a role, its session, and the signed request that Google takes for a token.

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::http::{self, Answer};
use crate::signing::{self, Keys};

/// The emulator's account.
pub const ACCOUNT: &str = "123456789012";
/// Google's libraries put the provider's name into the signature under this header, so that nobody else can use it.
const TARGET: &str = "x-goog-cloud-target-resource";

/// A session of a role: what the machine's metadata service hands out.
#[derive(Clone, Debug)]
pub struct Session(Keys);

impl Session {
    /// Makes a role that its own account may assume, and a session of it. Its name may have a path in front.
    #[track_caller]
    #[must_use]
    pub fn of_new_role(clouds: &Emulator, role: &str, session: &str) -> Self {
        let (path, name) =
            role.rsplit_once('/').map_or(("/".to_owned(), role), |(path, name)| (format!("/{path}/"), name));
        let statement = json!({
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
            "Action": "sts:AssumeRole",
        });
        let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let role_settings = [("RoleName", name), ("Path", &path), ("AssumeRolePolicyDocument", &policy)];
        by_hand(clouds, "iam", "CreateRole", &role_settings);
        Self::of_role(clouds, role, session)
    }

    /// A session of a role that its own account may assume.
    #[track_caller]
    #[must_use]
    pub fn of_role(clouds: &Emulator, role: &str, session: &str) -> Self {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        let made = by_hand(clouds, "sts", "AssumeRole", &[("RoleArn", &arn), ("RoleSessionName", session)]);
        Self(keys(&made))
    }

    /// Access key id, secret access key and session token.
    #[must_use]
    pub fn into_keys(self) -> (String, String, String) {
        (self.0.id, self.0.secret, self.0.token.unwrap_or_default())
    }

    /// A token that the account's own issuer gives the role, for an audience.
    ///
    /// # Errors
    ///
    /// The answer of the token service, where it refuses.
    pub fn web_identity_token(&self, clouds: &Emulator, audience: &str) -> Result<String, Answer> {
        let pairs = [
            ("Action", "GetWebIdentityToken"),
            ("Version", "2011-06-15"),
            ("Audience.member.1", audience),
            ("SigningAlgorithm", "RS256"),
        ];
        let answer = signed_by(&self.0, clouds, "sts", ("POST", "/"), http::form(&pairs));
        if answer.is_success() { Ok(element(&answer, "WebIdentityToken")) } else { Err(answer) }
    }

    /// The subject token for Google: a signed request that asks AWS who the caller is.
    #[track_caller]
    #[must_use]
    pub fn subject_token(&self, config: &Value) -> String {
        let source = &config["credential_source"];
        assert_eq!(source["environment_id"], "aws1", "client libraries know how to sign");
        let url = source["regional_cred_verification_url"].as_str().expect("the configuration says what to sign");
        let url = url.replace("{region}", "us-east-1");
        let (host, query) = url.trim_start_matches("https://").split_once('?').expect("the request has a query");
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let target = config["audience"].as_str().expect("the configuration names the provider");
        let more = Some((TARGET, target));
        let headers = signing::headers_with(&self.0, "sts", host, ("POST", "/", query), "", &now, more);
        let headers: Vec<Value> = headers.into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        let request = json!({"url": url, "method": "POST", "headers": headers}).to_string();
        url::form_urlencoded::byte_serialize(request.as_bytes()).collect()
    }
}

/// Becomes a role with a web identity token and reads an object of a bucket with what it gets.
///
/// # Errors
///
/// The answer of whoever refuses.
pub fn read(clouds: &Emulator, role_arn: &str, token: &str, path: &str) -> Result<String, Answer> {
    let body = http::form(&[
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", role_arn),
        ("RoleSessionName", "workload"),
        ("WebIdentityToken", token),
    ]);
    let form = [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let assumed = http::send_as_is("POST", &format!("{}/", clouds.origin()), &form, body);
    if !assumed.is_success() {
        return Err(assumed);
    }
    let answer = signed_by(&keys(&assumed), clouds, "s3", ("GET", path), String::new());
    if answer.is_success() { Ok(answer.body.as_str().unwrap_or_default().to_owned()) } else { Err(answer) }
}

/// Calls IAM or the token service as the operator.
///
/// # Panics
///
/// If AWS refuses.
#[track_caller]
pub fn by_hand(clouds: &Emulator, service: &str, action: &str, pairs: &[(&str, &str)]) -> Answer {
    let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
    let body = http::form(&[&[("Action", action), ("Version", version)], pairs].concat());
    let answer = signed(clouds, service, ("POST", "/"), body);
    assert!(answer.is_success(), "{action} was refused: {}", answer.body);
    answer
}

/// Makes a bucket.
///
/// # Panics
///
/// If AWS refuses.
#[track_caller]
pub fn bucket(clouds: &Emulator, name: &str) {
    put(clouds, &format!("/{name}"), "");
}

/// Puts an object into a bucket.
///
/// # Panics
///
/// If AWS refuses.
#[track_caller]
pub fn object(clouds: &Emulator, bucket: &str, key: &str, text: &str) {
    put(clouds, &format!("/{bucket}/{key}"), text);
}

#[track_caller]
fn put(clouds: &Emulator, path: &str, body: &str) {
    let answer = signed(clouds, "s3", ("PUT", path), body.to_owned());
    assert!(answer.is_success(), "PUT {path} was refused: {}", answer.body);
}

#[track_caller]
fn signed(clouds: &Emulator, service: &str, call: (&str, &str), body: String) -> Answer {
    signed_by(&Keys::operator(), clouds, service, call, body)
}

#[track_caller]
fn signed_by(keys: &Keys, clouds: &Emulator, service: &str, (method, path): (&str, &str), body: String) -> Answer {
    let host = clouds.origin().trim_start_matches("http://");
    let mut headers = signing::headers(keys, service, host, (method, path, ""), &body);
    headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    http::send_as_is(method, &format!("{}{path}", clouds.origin()), &headers, body)
}

/// The keys of a session that was begun.
#[track_caller]
fn keys(answer: &Answer) -> Keys {
    Keys {
        id: element(answer, "AccessKeyId"),
        secret: element(answer, "SecretAccessKey"),
        token: Some(element(answer, "SessionToken")),
    }
}

/// The text of the first element of that name.
#[track_caller]
fn element(answer: &Answer, name: &str) -> String {
    let text = answer.body.as_str().unwrap_or_default();
    let after = text.split_once(&format!("<{name}>")).map(|(_, after)| after);
    let inside = after.and_then(|after| after.split_once(&format!("</{name}>")));
    inside.unwrap_or_else(|| panic!("no {name} in {text}")).0.to_owned()
}
