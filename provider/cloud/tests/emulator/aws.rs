//! AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cloud_emulator::seed::aws::ACCOUNT;
use crosscloud_cloud::aws::{Client, OidcProviderArn, OidcProviderSpec, RoleSpec, Timing, same_document};
use crosscloud_cloud::{Context, Error, Granted, Revoked};
use serde_json::json;

use super::{ctx, emulator};

fn trust(principal: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]})
    .to_string()
}

#[tokio::test]
async fn a_role_with_policies() {
    let (_running, transport) = emulator().await;
    let client = Client::new(transport, Timing::emulator());
    let ctx = ctx();
    let caller = client.caller_identity(&ctx).await.unwrap();
    assert_eq!(caller.account, ACCOUNT);
    let tags =
        |value: &str| BTreeMap::from([("crosscloud".to_owned(), value.to_owned()), (value.to_owned(), String::new())]);
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let spec = RoleSpec { trust_policy: trust(&root), tags: tags("a"), ..RoleSpec::default() };
    assert_eq!(client.get_role("transfer", &ctx).await.unwrap(), None);
    let made = client.create_role("transfer", &spec, &ctx).await.unwrap();
    let live = client.get_role("transfer", &ctx).await.unwrap().unwrap();
    assert!(spec.difference(&live).is_empty(), "{live:?}");
    assert!(matches!(client.create_role("transfer", &spec, &ctx).await, Err(Error::AlreadyExists(_))));
    let changed = RoleSpec {
        trust_policy: trust(&made.arn),
        description: "Entered by transfers: a & b".into(),
        max_session_duration: 7_200,
        tags: tags("c"),
        ..spec
    };
    client.update_role(&live, &changed, &ctx).await.unwrap();
    let live = client.get_role("transfer", &ctx).await.unwrap().unwrap();
    assert!(changed.difference(&live).is_empty(), "{live:?}");

    let read = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::models/*"}]})
    .to_string();
    client.create_role_policy("transfer", "read", &read, &ctx).await.unwrap();
    let again = client.create_role_policy("transfer", "read", &read, &ctx).await;
    assert!(matches!(again, Err(Error::AlreadyExists(_))), "{again:?}");
    let stored = client.get_role_policy("transfer", "read", &ctx).await.unwrap().unwrap();
    assert!(same_document(&stored.document, &read), "{stored:?}");
    assert_eq!(client.list_role_policies("transfer", &ctx).await.unwrap(), ["read"]);
    let managed = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    assert_eq!(client.attach_policy("transfer", managed, &ctx).await.unwrap(), Granted::Granted);
    assert_eq!(client.attach_policy("transfer", managed, &ctx).await.unwrap(), Granted::Found);

    let entangled = client.delete_role("transfer", &ctx).await.unwrap_err();
    assert!(matches!(entangled, Error::FailedPrecondition(_)), "{entangled:?}");
    assert_eq!(client.detach_policy("transfer", managed, &ctx).await.unwrap(), Revoked::Revoked);
    assert_eq!(client.detach_policy("transfer", managed, &ctx).await.unwrap(), Revoked::Absent);
    assert!(client.delete_role_policy("transfer", "read", &ctx).await.unwrap());
    assert!(!client.delete_role_policy("transfer", "read", &ctx).await.unwrap());
    assert!(client.delete_role("transfer", &ctx).await.unwrap());
    assert!(!client.delete_role("transfer", &ctx).await.unwrap());
}

#[tokio::test]
async fn an_oidc_provider_and_a_role_that_is_entered() {
    let (_running, transport) = emulator().await;
    let client = Client::new(transport, Timing::emulator());
    let ctx = ctx();
    let url = "https://issuer.example.com/id";
    let arn = OidcProviderArn::new("aws", ACCOUNT, url);
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    let spec = OidcProviderSpec { client_ids: set(&["a", "b"]), ..OidcProviderSpec::default() };
    assert_eq!(client.get_oidc_provider(&arn, &ctx).await.unwrap(), None);
    let live = client.create_oidc_provider(&arn, url, &spec, &ctx).await.unwrap();
    assert!(matches!(client.create_oidc_provider(&arn, url, &spec, &ctx).await, Err(Error::AlreadyExists(_))));
    let changed =
        OidcProviderSpec { client_ids: set(&["b", "c"]), tags: BTreeMap::from([("a".into(), "b".into())]), ..spec };
    client.update_oidc_provider(&arn, &live, &changed, &ctx).await.unwrap();
    let live = client.get_oidc_provider(&arn, &ctx).await.unwrap().unwrap();
    assert!(changed.difference(&live).is_empty(), "{live:?}");
    assert!(client.delete_oidc_provider(&arn, &ctx).await.unwrap());
    assert!(!client.delete_oidc_provider(&arn, &ctx).await.unwrap());

    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let spec = RoleSpec { trust_policy: trust(&root), ..RoleSpec::default() };
    let role = client.create_role("entered", &spec, &ctx).await.unwrap();
    let entered = client.assume_role(&role.arn, "test", None, None, &ctx).await.unwrap();
    assert!(entered.assumed_role_user.arn.ends_with(":assumed-role/entered/test"), "{entered:?}");
    assert!(entered.credentials.remaining().is_some_and(|left| left > Duration::from_secs(60)), "{entered:?}");
}

#[tokio::test]
async fn a_principal_that_does_not_exist_is_told() {
    let (_running, transport) = emulator().await;
    let client = Client::new(transport, Timing::emulator());
    let spec = RoleSpec { trust_policy: trust(&format!("arn:aws:iam::{ACCOUNT}:role/ghost")), ..RoleSpec::default() };
    let error = client.create_role("haunted", &spec, &Context::new()).await.unwrap_err();
    assert!(error.to_string().contains("MalformedPolicyDocument"), "{error}");
}
