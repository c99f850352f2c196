//! AWS: signed form posts, XML answers, and an IAM that spreads its news slowly.

use std::collections::BTreeMap;
use std::time::Duration;

use crosscloud_cloud::aws::{Client, OidcProviderArn, OidcProviderSpec, RoleSpec, Timing};
use crosscloud_cloud::{Context, Error, Granted, Settling};

use super::fake_cloud::{FakeCloud, Reply, Seen};
use super::transport;

fn client(origin: &str) -> Client {
    let settling = Settling { reads: 1, interval: Duration::from_millis(2), timeout: Duration::from_millis(200) };
    Client::new(transport(origin), Timing { settling })
}

/// A refusal in AWS's form.
fn refuse(status: u16, code: &str, message: &str) -> Reply {
    Reply::text(
        status,
        format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        ),
    )
}

fn answer(action: &str, result: &str) -> Reply {
    let inner = if result.is_empty() { String::new() } else { format!("<{action}Result>{result}</{action}Result>") };
    let metadata = "<ResponseMetadata><RequestId>r-2</RequestId></ResponseMetadata>";
    Reply::text(200, format!("<{action}Response>{inner}{metadata}</{action}Response>"))
}

fn role(description: &str) -> String {
    format!(
        "<Role><Path>/</Path><RoleName>transfer</RoleName><RoleId>AROA1</RoleId><Arn>arn:aws:iam::1:role/transfer</Arn>\
         <AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument>\
         <Description>{description}</Description><MaxSessionDuration>3600</MaxSessionDuration>\
         <Tags><member><Key>a</Key><Value>b</Value></member></Tags></Role>"
    )
}

fn spec() -> RoleSpec {
    RoleSpec {
        trust_policy: r#"{"Version": "2012-10-17"}"#.into(),
        description: "d &amp; e".replace("&amp;", "&"),
        tags: BTreeMap::from([("a".into(), "b".into())]),
        ..RoleSpec::default()
    }
}

fn action(seen: &Seen) -> String {
    let fields = url::form_urlencoded::parse(seen.body.as_bytes());
    fields.filter(|(name, _)| name == "Action").map(|(_, value)| value.into_owned()).collect()
}

#[tokio::test]
async fn a_role_is_created_signed_and_waits_for_its_principal() {
    let mut refused = 0;
    let cloud = FakeCloud::start(move |seen| match action(seen).as_str() {
        "CreateRole" if refused < 2 => {
            refused += 1;
            refuse(400, "MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"arn:aws:iam::1:role/new\"")
        }
        "CreateRole" => answer("CreateRole", &role("d &amp; e")),
        _ => answer("GetRole", &role("d &amp; e")),
    })
    .await;
    let ctx = Context::new().after_create(Duration::from_secs(5));
    let made = client(&cloud.origin).create_role("transfer", &spec(), &ctx).await.unwrap();
    assert_eq!((made.arn.as_str(), made.description.as_str()), ("arn:aws:iam::1:role/transfer", "d & e"));
    assert!(spec().difference(&made).is_empty());
    let first = &cloud.seen()[0];
    let head = first.head.to_ascii_lowercase();
    for part in [
        "authorization: aws4-hmac-sha256 credential=akiaemulatoroperator/",
        "/us-east-1/iam/aws4_request, signedheaders=content-type;host;x-amz-date, signature=",
        "content-type: application/x-www-form-urlencoded; charset=utf-8",
        "x-amz-date: ",
    ] {
        assert!(head.contains(part), "{part} is not in {head}");
    }
    assert!(first.body.contains("Version=2010-05-08") && first.body.contains("Tags.member.1.Key=a"), "{}", first.body);

    // Nobody waits for a principal that is not new.
    let cloud = FakeCloud::start(|_| refuse(400, "MalformedPolicyDocument", "Invalid principal in policy")).await;
    let error = client(&cloud.origin).create_role("transfer", &spec(), &Context::new()).await.unwrap_err();
    assert!(error.to_string().contains("Invalid principal"), "{error}");
    assert_eq!(cloud.seen().len(), 1);
}

#[tokio::test]
async fn only_what_differs_is_changed() {
    let cloud = FakeCloud::start(|seen| match action(seen).as_str() {
        "GetRole" => answer("GetRole", &role("old")),
        other => answer(other, ""),
    })
    .await;
    let client = client(&cloud.origin);
    let live = client.get_role("transfer", &Context::new()).await.unwrap().unwrap();
    let wanted = RoleSpec { tags: BTreeMap::from([("c".into(), "d".into())]), ..spec() };
    client.update_role(&live, &wanted, &Context::new()).await.unwrap();
    let actions: Vec<_> = cloud.seen().iter().map(action).collect();
    assert_eq!(actions, ["GetRole", "UpdateRole", "TagRole", "UntagRole"]);
}

#[tokio::test]
async fn each_code_has_its_meaning() {
    type Check = fn(&Error) -> bool;
    let cases: [(u16, &str, Check); 6] = [
        (409, "EntityAlreadyExists", |e| matches!(e, Error::AlreadyExists(_))),
        (403, "SignatureDoesNotMatch", |e| e.next_step().contains("clock")),
        (403, "InvalidClientTokenId", |e| e.next_step().contains("AWS_ACCESS_KEY_ID")),
        (409, "LimitExceeded", |e| matches!(e, Error::Rejected(_))),
        (400, "ValidationError", |e| matches!(e, Error::InvalidArgument { .. })),
        (
            403,
            "AccessDenied",
            |e| matches!(e, Error::PermissionDenied { permission: Some(p), .. } if p == "iam:GetRole"),
        ),
    ];
    for (status, code, check) in cases {
        let cloud = FakeCloud::start(move |_| refuse(status, code, "no")).await;
        let error = client(&cloud.origin).get_role("r", &Context::new()).await.unwrap_err();
        assert!(check(&error), "{code} became {error:?}");
        assert!(error.to_string().contains(&format!("(HTTP {status} {code}, request id r-1)")), "{error}");
    }
    let cloud = FakeCloud::start(|_| refuse(404, "NoSuchEntity", "none")).await;
    let client = client(&cloud.origin);
    assert_eq!(client.get_role("r", &Context::new()).await.unwrap(), None);
    assert!(!client.delete_role("r", &Context::new()).await.unwrap());
    assert!(!client.has_attached_policy("r", "arn", &Context::new()).await.unwrap());
}

#[tokio::test]
async fn throttling_is_retried_whatever_its_status() {
    let cloud = FakeCloud::start(|seen| match seen.index {
        0 => refuse(400, "Throttling", "Rate exceeded"),
        1 => refuse(503, "ServiceUnavailable", "later"),
        _ => answer("GetRole", &role("")),
    })
    .await;
    assert!(client(&cloud.origin).get_role("r", &Context::new()).await.unwrap().is_some());
}

#[tokio::test]
async fn attachments_that_are_there_are_found_page_by_page() {
    let cloud = FakeCloud::start(|seen| match action(seen).as_str() {
        "ListAttachedRolePolicies" if seen.body.contains("Marker=m") => answer(
            "ListAttachedRolePolicies",
            "<AttachedPolicies><member><PolicyArn>arn:b</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated>",
        ),
        "ListAttachedRolePolicies" => answer(
            "ListAttachedRolePolicies",
            "<AttachedPolicies/><IsTruncated>true</IsTruncated><Marker>m</Marker>",
        ),
        other => answer(other, ""),
    })
    .await;
    let client = client(&cloud.origin);
    assert_eq!(client.attach_policy("r", "arn:b", &Context::new()).await.unwrap(), Granted::Found);
    assert_eq!(client.attach_policy("r", "arn:c", &Context::new()).await.unwrap(), Granted::Granted);
    let attached = cloud.seen().iter().filter(|seen| action(seen) == "AttachRolePolicy").count();
    assert_eq!(attached, 1);
}

#[tokio::test]
async fn answers_that_are_no_xml_are_protocol_errors() {
    for body in ["", "{}", "<a", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"] {
        let cloud = FakeCloud::start(move |_| Reply::text(200, body)).await;
        let arn = OidcProviderArn::new("aws", "1", "https://i");
        let error = client(&cloud.origin).get_oidc_provider(&arn, &Context::new()).await.unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_provider_that_nobody_may_look_at_is_made_all_the_same() {
    let cloud = FakeCloud::start(|seen| match action(seen).as_str() {
        "CreateOpenIDConnectProvider" => {
            answer("CreateOpenIDConnectProvider", "<OpenIDConnectProviderArn>a</OpenIDConnectProviderArn>")
        }
        _ => Reply::text(
            403,
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
        ),
    })
    .await;
    let arn = OidcProviderArn::new("aws", "1", "https://i");
    let spec = OidcProviderSpec::default();
    let made = client(&cloud.origin).create_oidc_provider(&arn, "https://i", &spec, &Context::new()).await;
    assert!(made.as_ref().is_err_and(Error::is_accepted), "{made:?}");
    let creations = cloud.seen().iter().filter(|seen| action(seen) == "CreateOpenIDConnectProvider").count();
    assert_eq!(creations, 1);
}
