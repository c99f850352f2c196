//! IAM and the security token service: roles, whom they trust, and what their sessions may.

use serde_json::{Value, json};

use crate::client::{Answer, Cloud, ISSUER, SUBJECT};
use crate::signing::{self, Keys};

pub(crate) const ACCOUNT: &str = "123456789012";
const GITHUB: &str = "https://token.actions.githubusercontent.com";

impl Cloud {
    /// Calls an action of IAM or the token service with a signature.
    pub(crate) async fn action(&self, keys: &Keys, service: &str, action: &str, pairs: &[(&str, &str)]) -> Answer {
        let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let all: Vec<(&str, &str)> =
            [("Action", action), ("Version", version)].into_iter().chain(pairs.iter().copied()).collect();
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&all).finish();
        let host = self.running.http.trim_start_matches("http://").to_owned();
        let headers = signing::headers(keys, service, &host, ("POST", "/", ""), &body);
        self.signed("POST", "/", headers, body).await
    }

    pub(crate) async fn iam(&self, action: &str, pairs: &[(&str, &str)]) -> Answer {
        self.action(&Keys::operator(), "iam", action, pairs).await
    }

    /// A role with that trust policy.
    pub(crate) async fn role(&self, name: &str, statement: Value) -> Answer {
        let policy = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        self.iam("CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", &policy)]).await
    }

    async fn web_identity(&self, role: &str, token: &str) -> Answer {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        self.form(
            "/",
            &[
                ("Action", "AssumeRoleWithWebIdentity"),
                ("Version", "2011-06-15"),
                ("RoleArn", &arn),
                ("RoleSessionName", "session"),
                ("WebIdentityToken", token),
            ],
        )
        .await
    }
}

/// The text of the first element of that name.
#[track_caller]
pub(crate) fn element<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let (_, after) =
        answer.text.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {}", answer.text));
    after.split_once(&format!("</{name}>")).unwrap().0
}

/// Status and code of a refusal.
#[track_caller]
fn code(answer: &Answer) -> (u16, &str) {
    assert_eq!(answer.header("x-amzn-requestid"), Some(element(answer, "RequestId")));
    (answer.status, element(answer, "Code"))
}

pub(crate) fn assume(principal: Value, action: &str, condition: Value) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Principal": principal, "Action": action });
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

pub(crate) fn session_keys(answer: &Answer) -> Keys {
    Keys {
        id: element(answer, "AccessKeyId").to_owned(),
        secret: element(answer, "SecretAccessKey").to_owned(),
        token: Some(element(answer, "SessionToken").to_owned()),
    }
}

#[tokio::test]
async fn every_request_is_really_signed() {
    let cloud = Cloud::start().await;
    let who = cloud.action(&Keys::operator(), "sts", "GetCallerIdentity", &[]).await;
    assert_eq!(element(&who, "Arn"), format!("arn:aws:iam::{ACCOUNT}:user/operator"));
    let wrong = Keys { secret: String::from("guess"), ..Keys::operator() };
    assert_eq!(code(&cloud.action(&wrong, "sts", "GetCallerIdentity", &[]).await), (403, "SignatureDoesNotMatch"));
    let nobody = Keys { id: String::from("AKIASTRANGER"), ..Keys::operator() };
    assert_eq!(code(&cloud.action(&nobody, "sts", "GetCallerIdentity", &[]).await), (403, "InvalidClientTokenId"));
    assert_eq!(code(&cloud.action(&Keys::operator(), "sts", "ListRoles", &[]).await).0, 400);
    let unsigned = cloud.form("/", &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]).await;
    assert_eq!(code(&unsigned), (403, "MissingAuthenticationToken"));
    let host = cloud.running.http.trim_start_matches("http://").to_owned();
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let late = signing::headers_at(&Keys::operator(), "sts", &host, ("POST", "/", ""), body, "20200101T000000Z");
    assert_eq!(code(&cloud.signed("POST", "/", late, body.to_owned()).await), (403, "SignatureDoesNotMatch"));
    let other = signing::headers(&Keys::operator(), "iam", &host, ("POST", "/", ""), body);
    assert_eq!(code(&cloud.signed("POST", "/", other, body.to_owned()).await), (403, "SignatureDoesNotMatch"));
    let nothing = cloud.action(&Keys::operator(), "iam", "LaunchRockets", &[]).await;
    assert_eq!(nothing.status, 404);
}

#[tokio::test]
async fn a_role_lives_as_iam_has_it() {
    let cloud = Cloud::start().await;
    let trust = assume(json!({ "AWS": ACCOUNT }), "sts:AssumeRole", Value::Null);
    let made = cloud.role("Trainer", trust.clone()).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(element(&made, "Arn"), format!("arn:aws:iam::{ACCOUNT}:role/Trainer"));
    assert!(element(&made, "AssumeRolePolicyDocument").starts_with("%7B%22"), "{}", made.text);
    assert_eq!(code(&cloud.role("trainer", trust).await), (409, "EntityAlreadyExists"));
    let role = ("RoleName", "Trainer");
    let s3 = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" } }).to_string();
    let broken = cloud.iam("PutRolePolicy", &[role, ("PolicyName", "read"), ("PolicyDocument", "{}")]).await;
    assert_eq!(code(&broken), (400, "MalformedPolicyDocument"));
    assert_eq!(cloud.iam("PutRolePolicy", &[role, ("PolicyName", "read"), ("PolicyDocument", &s3)]).await.status, 200);
    assert_eq!(element(&cloud.iam("ListRolePolicies", &[role]).await, "member"), "read");
    let managed = ("PolicyArn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
    assert_eq!(cloud.iam("AttachRolePolicy", &[role, managed]).await.status, 200);
    let unknown = cloud.iam("AttachRolePolicy", &[role, ("PolicyArn", "arn:aws:iam::aws:policy/NoSuchThing")]).await;
    assert_eq!(code(&unknown), (404, "NoSuchEntity"));
    assert_eq!(code(&cloud.iam("DeleteRole", &[role]).await), (409, "DeleteConflict"));
    assert_eq!(cloud.iam("DetachRolePolicy", &[role, managed]).await.status, 200);
    assert_eq!(code(&cloud.iam("DeleteRole", &[role]).await), (409, "DeleteConflict"));
    assert_eq!(cloud.iam("DeleteRolePolicy", &[role, ("PolicyName", "read")]).await.status, 200);
    let tags = [role, ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "ml")];
    assert_eq!(cloud.iam("TagRole", &tags).await.status, 200);
    assert!(cloud.iam("GetRole", &[role]).await.text.contains("<Key>team</Key>"));
    assert_eq!(cloud.iam("DeleteRole", &[role]).await.status, 200);
    assert_eq!(code(&cloud.iam("GetRole", &[role]).await), (404, "NoSuchEntity"));
    assert!(cloud.objects("aws/role").await.is_empty());
}

#[tokio::test]
async fn a_trust_policy_that_iam_would_refuse_is_refused() {
    let cloud = Cloud::start().await;
    let github = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com");
    let web = "sts:AssumeRoleWithWebIdentity";
    let refused = [
        (json!({ "Effect": "Allow", "Action": web }), "Principal"),
        (assume(json!({ "AWS": ACCOUNT }), "s3:GetObject", Value::Null), "STS AssumeRole"),
        (
            assume(json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:role/nobody") }), "sts:AssumeRole", Value::Null),
            "Invalid principal",
        ),
        (assume(json!({ "Federated": "someone" }), web, Value::Null), "Invalid principal"),
        (assume(json!({ "Federated": github }), web, Value::Null), "token.actions.githubusercontent.com:sub"),
        (
            assume(
                json!({ "Federated": github }),
                web,
                json!({ "StringLike": { "token.actions.githubusercontent.com:sub": "*" } }),
            ),
            "token.actions.githubusercontent.com:sub",
        ),
        (
            assume(json!({ "AWS": ACCOUNT }), "sts:AssumeRole", json!({ "StringIs": { "a": "b" } })),
            "Invalid Condition type",
        ),
    ];
    for (statement, says) in refused {
        let answer = cloud.role("trial", statement.clone()).await;
        assert_eq!(code(&answer), (400, "MalformedPolicyDocument"), "{statement}");
        assert!(element(&answer, "Message").contains(says), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_workload_assumes_the_role_that_trusts_it_and_no_other() {
    let cloud = Cloud::start().await;
    let host = ISSUER.strip_prefix("https://").unwrap();
    let provider = cloud
        .iam("CreateOpenIDConnectProvider", &[("Url", ISSUER), ("ClientIDList.member.1", "sts.amazonaws.com")])
        .await;
    let arn = element(&provider, "OpenIDConnectProviderArn").to_owned();
    assert_eq!(arn, format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"));
    let again = cloud.iam("CreateOpenIDConnectProvider", &[("Url", ISSUER)]).await;
    assert_eq!(code(&again), (409, "EntityAlreadyExists"));
    let condition =
        json!({ "StringEquals": { format!("{host}:sub"): SUBJECT, format!("{host}:aud"): "sts.amazonaws.com" } });
    let made = cloud.role("pod", assume(json!({ "Federated": arn }), "sts:AssumeRoleWithWebIdentity", condition)).await;
    assert_eq!(made.status, 200, "{}", made.text);

    let order = |subject: &str, audience: &str| json!({ "issuer": ISSUER, "subject": subject, "audience": audience });
    let good = cloud.token(order(SUBJECT, "sts.amazonaws.com")).await;
    let session = cloud.web_identity("pod", &good).await;
    assert_eq!(element(&session, "SubjectFromWebIdentityToken"), SUBJECT);
    let keys = session_keys(&session);
    let who = cloud.action(&keys, "sts", "GetCallerIdentity", &[]).await;
    assert_eq!(element(&who, "Arn"), format!("arn:aws:sts::{ACCOUNT}:assumed-role/pod/session"));
    assert_eq!(code(&cloud.action(&keys, "iam", "GetRole", &[("RoleName", "pod")]).await), (403, "AccessDenied"));

    let other = cloud.token(order("system:serviceaccount:chat:other", "sts.amazonaws.com")).await;
    assert_eq!(code(&cloud.web_identity("pod", &other).await), (403, "AccessDenied"));
    let audience = cloud.token(order(SUBJECT, "api://AzureADTokenExchange")).await;
    assert_eq!(code(&cloud.web_identity("pod", &audience).await), (400, "InvalidIdentityToken"));
    let stranger = cloud.token(json!({ "issuer": GITHUB, "subject": SUBJECT, "audience": "sts.amazonaws.com" })).await;
    assert_eq!(code(&cloud.web_identity("pod", &stranger).await), (400, "InvalidIdentityToken"));
    let mut forged = order(SUBJECT, "sts.amazonaws.com");
    forged["signed_by"] = json!("https://evil.example.com");
    let forged = cloud.token(forged).await;
    assert_eq!(code(&cloud.web_identity("pod", &forged).await), (400, "InvalidIdentityToken"));
    let mut old = order(SUBJECT, "sts.amazonaws.com");
    old["expires_in"] = json!(-10);
    let old = cloud.token(old).await;
    assert_eq!(code(&cloud.web_identity("pod", &old).await), (400, "ExpiredTokenException"));
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 4000 })).await.ok();
    assert_eq!(code(&cloud.action(&keys, "sts", "GetCallerIdentity", &[]).await), (403, "ExpiredToken"));
}

#[tokio::test]
async fn google_is_known_without_a_provider_and_pinned_by_its_numeric_subject() {
    let cloud = Cloud::start().await;
    let condition = json!({ "StringEquals": { "accounts.google.com:sub": "117000000000000000001", "accounts.google.com:oaud": "transfer" } });
    cloud
        .role(
            "google",
            assume(json!({ "Federated": "accounts.google.com" }), "sts:AssumeRoleWithWebIdentity", condition),
        )
        .await;
    let order = |subject: &str| json!({ "issuer": "https://accounts.google.com", "subject": subject, "audience": "transfer", "claims": { "azp": subject } });
    let good = cloud.token(order("117000000000000000001")).await;
    assert_eq!(element(&cloud.web_identity("google", &good).await, "Provider"), "accounts.google.com");
    let other = cloud.token(order("117000000000000000002")).await;
    assert_eq!(code(&cloud.web_identity("google", &other).await), (403, "AccessDenied"));
}

#[tokio::test]
async fn a_role_that_comes_back_is_not_the_one_that_was_trusted() {
    let cloud = Cloud::start().await;
    let root = || assume(json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }), "sts:AssumeRole", Value::Null);
    cloud.role("worker", root()).await;
    let worker = format!("arn:aws:iam::{ACCOUNT}:role/worker");
    let made = cloud.role("target", assume(json!({ "AWS": worker }), "sts:AssumeRole", Value::Null)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let target = format!("arn:aws:iam::{ACCOUNT}:role/target");
    let into = |arn: &str| [("RoleArn", arn.to_owned()), ("RoleSessionName", String::from("job"))];
    let assumed = async |keys: &Keys, arn: &str| {
        let pairs = into(arn);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        cloud.action(keys, "sts", "AssumeRole", &pairs).await
    };
    let keys = session_keys(&assumed(&Keys::operator(), &worker).await);
    assert_eq!(assumed(&keys, &target).await.status, 200);
    assert_eq!(code(&assumed(&Keys::operator(), &target).await), (403, "AccessDenied"));
    cloud.iam("DeleteRole", &[("RoleName", "worker")]).await;
    cloud.role("worker", root()).await;
    let shown = cloud.iam("GetRole", &[("RoleName", "target")]).await;
    assert!(element(&shown, "AssumeRolePolicyDocument").contains("AROA"), "{}", shown.text);
    let keys = session_keys(&assumed(&Keys::operator(), &worker).await);
    assert_eq!(code(&assumed(&keys, &target).await), (403, "AccessDenied"));
}

#[tokio::test]
async fn an_account_vends_tokens_once_that_is_switched_on() {
    let cloud = Cloud::start().await;
    let ask = [("Audience.member.1", "api://AzureADTokenExchange"), ("SigningAlgorithm", "RS256")];
    let off = cloud.action(&Keys::operator(), "sts", "GetWebIdentityToken", &ask).await;
    assert_eq!(code(&off), (403, "OutboundWebIdentityFederationDisabled"));
    let on = cloud.iam("EnableOutboundWebIdentityFederation", &[]).await;
    let issuer = element(&on, "IssuerIdentifier").to_owned();
    assert_eq!(code(&cloud.iam("EnableOutboundWebIdentityFederation", &[]).await), (409, "FeatureEnabled"));
    let vended = cloud.action(&Keys::operator(), "sts", "GetWebIdentityToken", &ask).await;
    let token = element(&vended, "WebIdentityToken");
    let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(token).unwrap();
    assert_eq!(
        (claims["iss"].as_str(), claims["sub"].as_str()),
        (Some(issuer.as_str()), Some("arn:aws:iam::123456789012:user/operator"))
    );
}

#[tokio::test]
async fn faults_tell_actions_apart() {
    let cloud = Cloud::start().await;
    let fault = json!({ "match": { "path_contains": "Action=CreateRole" }, "action": { "status": 503 } });
    cloud.post("/_emulator/faults", fault).await.ok();
    assert_eq!(cloud.iam("ListRoles", &[]).await.status, 200);
    let trust = assume(json!({ "AWS": ACCOUNT }), "sts:AssumeRole", Value::Null);
    assert_eq!(code(&cloud.role("a-role", trust.clone()).await), (503, "ServiceUnavailable"));
    assert_eq!(cloud.role("a-role", trust).await.status, 200);
    let requests = cloud.get("/_emulator/requests").await.ok();
    let paths: Vec<&str> =
        requests.as_array().unwrap().iter().map(|request| request["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/?Action=ListRoles", "/?Action=CreateRole", "/?Action=CreateRole"]);
}

#[tokio::test]
async fn what_changes_is_seen_late_when_asked() {
    let cloud = Cloud::start().await;
    let lag = |action: &str| json!({ "match": { "path_contains": action }, "action": { "lag_ms": 60000 } });
    let google = |subject: &str| {
        let condition = json!({ "StringEquals": { "accounts.google.com:sub": subject } });
        assume(json!({ "Federated": "accounts.google.com" }), "sts:AssumeRoleWithWebIdentity", condition)
    };
    cloud.role("agent", google("1")).await;
    let order = |subject: &str| json!({ "issuer": "https://accounts.google.com", "subject": subject, "audience": "a" });
    let (old, new) = (cloud.token(order("1")).await, cloud.token(order("2")).await);
    cloud.post("/_emulator/faults", lag("UpdateAssumeRolePolicy")).await.ok();
    let policy = json!({ "Version": "2012-10-17", "Statement": google("2") }).to_string();
    assert_eq!(
        cloud.iam("UpdateAssumeRolePolicy", &[("RoleName", "agent"), ("PolicyDocument", &policy)]).await.status,
        200
    );
    assert_eq!(cloud.web_identity("agent", &old).await.status, 200);
    assert_eq!(code(&cloud.web_identity("agent", &new).await), (403, "AccessDenied"));
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 61 })).await.ok();
    assert_eq!(code(&cloud.web_identity("agent", &old).await), (403, "AccessDenied"));
    assert_eq!(cloud.web_identity("agent", &new).await.status, 200);

    cloud.post("/_emulator/faults", lag("Action=CreateRole")).await.ok();
    let trust = assume(json!({ "AWS": ACCOUNT }), "sts:AssumeRole", Value::Null);
    assert_eq!(cloud.role("fresh", trust.clone()).await.status, 200);
    assert_eq!(code(&cloud.iam("GetRole", &[("RoleName", "fresh")]).await), (404, "NoSuchEntity"));
    assert_eq!(code(&cloud.role("fresh", trust).await), (409, "EntityAlreadyExists"));
    let fresh = assume(json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:role/fresh") }), "sts:AssumeRole", Value::Null);
    assert_eq!(code(&cloud.role("target", fresh).await), (400, "MalformedPolicyDocument"));
}
