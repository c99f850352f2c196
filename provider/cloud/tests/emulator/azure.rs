//! Azure and Microsoft Entra.

use std::collections::BTreeMap;

use cloud_emulator::seed::azure::SUBSCRIPTION;
use crosscloud_cloud::Error;
use crosscloud_cloud::azure::{
    ApplicationApi, ApplicationCredentialSpec, ApplicationSpec, Assigned, ClaimsMatchingExpression, Client,
    ClusterName, CognitiveAccountName, FederatedCredentialSpec, IdentityName, IdentitySpec, ResourceGroupName,
    RoleAssignmentName, RoleAssignmentSpec, Timing, WorkloadIdentity,
};

use super::{ctx, emulator};

const GROUP: &str = "ml-prod";
/// An application's URI must lie in a domain that its tenant has proven to be its own.
const URI: &str = "api://example.onmicrosoft.com/vertex";
const AUDIENCE: &str = "api://AzureADTokenExchange";

fn credential(subject: &str) -> FederatedCredentialSpec {
    FederatedCredentialSpec {
        issuer: "https://issuer.example.com/cluster/".into(),
        subject: Some(subject.into()),
        audiences: vec![AUDIENCE.into()],
        claims_matching_expression: None,
    }
}

#[tokio::test]
async fn an_identity_with_credentials_and_a_role() {
    let (_running, transport) = emulator().await;
    let client = Client::new(transport, Timing::emulator());
    let ctx = ctx();
    let group = client.resource_group(&ResourceGroupName::new(SUBSCRIPTION, GROUP), &ctx).await.unwrap();
    let name = IdentityName::new(SUBSCRIPTION, GROUP, "vertex");
    assert_eq!(client.get_identity(&name, &ctx).await.unwrap(), None);
    let spec = IdentitySpec {
        location: group.location,
        tags: BTreeMap::from([("crosscloud".to_owned(), "me/t/unfinished".to_owned())]),
    };
    let made = client.create_identity(&name, &spec, &ctx).await.unwrap();
    assert!(matches!(client.create_identity(&name, &spec, &ctx).await, Err(Error::AlreadyExists(_))));
    let finished = IdentitySpec { tags: BTreeMap::new(), ..spec };
    client.update_identity(&name, &finished, &ctx).await.unwrap();
    let seen = client.get_identity(&name, &ctx).await.unwrap().unwrap();
    assert_eq!((&seen.spec.tags, &seen.properties), (&finished.tags, &made.properties));

    // Four at once, which Azure would refuse if they met.
    let names: Vec<_> = (0..4).map(|n| name.federated_credential(format!("credential-{n}"))).collect();
    let specs: Vec<_> = (0..4).map(|n| credential(&format!("system:serviceaccount:ml:{n}"))).collect();
    let writes = names.iter().zip(&specs).map(|(name, spec)| client.create_federated_credential(name, spec, &ctx));
    for made in futures::future::join_all(writes).await {
        made.unwrap();
    }
    assert_eq!(client.list_federated_credentials(&name, &ctx).await.unwrap().len(), 4);
    let changed = credential("system:serviceaccount:ml:other");
    client.update_federated_credential(&names[0], &changed, &ctx).await.unwrap();
    let seen = client.get_federated_credential(&names[0], false, &ctx).await.unwrap().unwrap();
    assert_eq!(seen.spec, changed);
    let flexible = FederatedCredentialSpec {
        issuer: "https://token.actions.githubusercontent.com".into(),
        subject: None,
        claims_matching_expression: Some(ClaimsMatchingExpression {
            value: "claims['sub'] matches 'repo:acme/ml:ref:refs/heads/*'".into(),
            language_version: 1,
        }),
        ..changed
    };
    let pattern = name.federated_credential("pattern");
    client.create_federated_credential(&pattern, &flexible, &ctx).await.unwrap();
    let seen = client.get_federated_credential(&pattern, true, &ctx).await.unwrap().unwrap();
    assert_eq!(seen.spec, flexible);

    let account = CognitiveAccountName::new(SUBSCRIPTION, GROUP, "ml-openai");
    assert!(client.cognitive_account(&account, &ctx).await.unwrap().unwrap().properties.endpoint.is_some());
    let scope = account.scope();
    let role = client.role_definition(&scope, "Cognitive Services OpenAI User", &ctx).await.unwrap().unwrap();
    assert_eq!(role.name, "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd");
    assert_eq!(client.role_definition(&scope, &role.name, &ctx).await.unwrap().unwrap(), role);
    assert_eq!(client.role_definition(&scope, "No Such Role", &ctx).await.unwrap(), None);
    let spec = RoleAssignmentSpec {
        role_definition_id: role.id,
        principal_id: made.properties.principal_id,
        ..RoleAssignmentSpec::default()
    };
    let ours = RoleAssignmentName::new(scope.clone(), "0f0e0d0c-0b0a-8908-8706-050403020100");
    let theirs = RoleAssignmentName::new(scope, "1f0e0d0c-0b0a-8908-8706-050403020100");
    assert!(matches!(client.assign_role(&ours, &spec, &ctx).await.unwrap(), Assigned::New(_)));
    assert!(matches!(client.assign_role(&ours, &spec, &ctx).await.unwrap(), Assigned::Ours(_)));
    assert!(matches!(client.assign_role(&theirs, &spec, &ctx).await.unwrap(), Assigned::Found(_)));
    assert!(client.get_role_assignment(&ours, &ctx).await.unwrap().unwrap().gives(&spec));

    assert!(client.delete_role_assignment(&ours, &ctx).await.unwrap());
    assert!(!client.delete_role_assignment(&ours, &ctx).await.unwrap());
    assert!(client.delete_federated_credential(&names[1], &ctx).await.unwrap());
    assert!(!client.delete_federated_credential(&names[1], &ctx).await.unwrap());
    assert!(client.delete_identity(&name, &ctx).await.unwrap());
    assert!(!client.delete_identity(&name, &ctx).await.unwrap());
}

#[tokio::test]
async fn a_cluster_gets_its_issuer_and_keeps_the_rest() {
    let (_running, transport) = emulator().await;
    let client = Client::new(transport, Timing::emulator());
    let ctx = ctx();
    let name = ClusterName::new(SUBSCRIPTION, GROUP, "ml-aks");
    let before = client.cluster(&name, &ctx).await.unwrap().unwrap();
    assert_eq!(before.issuer_url(), None);
    let wanted = WorkloadIdentity { oidc_issuer: true, webhook: Some(true) };
    let made = client.set_workload_identity(&name, &wanted, &ctx).await.unwrap();
    assert!(made.has(&wanted) && made.issuer_url().is_some_and(|url| url.ends_with('/')), "{made:?}");
    let after = client.cluster(&name, &ctx).await.unwrap().unwrap();
    assert_eq!((after.issuer_url(), after.location()), (made.issuer_url(), before.location()));
    let etag = after.etag().map(str::to_owned);
    let again = client.set_workload_identity(&name, &wanted, &ctx).await.unwrap();
    assert_eq!(again.etag().map(str::to_owned), etag, "nothing was written");
    assert_eq!(client.cluster(&ClusterName::new(SUBSCRIPTION, GROUP, "none"), &ctx).await.unwrap(), None);
}

#[tokio::test]
async fn an_application_with_its_service_principal_comes_back_after_deletion() {
    let (_running, transport) = emulator().await;
    let client = Client::new(transport, Timing::emulator());
    let ctx = ctx();
    let spec = ApplicationSpec {
        display_name: "Vertex AI for the VM".into(),
        identifier_uris: vec![URI.into()],
        tags: vec!["crosscloud/me/t".into()],
        api: ApplicationApi { requested_access_token_version: Some(2), ..ApplicationApi::default() },
        ..ApplicationSpec::default()
    };
    let made = client.create_application(&spec, &ctx).await.unwrap();
    assert!(matches!(client.create_application(&spec, &ctx).await, Err(Error::AlreadyExists(_))));
    assert!(spec.difference(&made.spec).is_empty(), "{made:?}");
    let described = ApplicationSpec { description: "For the VM".into(), ..spec };
    client.update_application(&made.id, &described, &described.difference(&made.spec), &ctx).await.unwrap();
    let found = client.application_by_uri(URI, &ctx).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.spec.description.as_str()), (made.id.as_str(), "For the VM"));
    assert_eq!(client.applications_by_tag("crosscloud/me/t", &ctx).await.unwrap().len(), 1);
    assert_eq!(client.application_by_app_id(&made.app_id, &ctx).await.unwrap().unwrap().id, made.id);

    assert_eq!(client.get_service_principal(&made.app_id, &ctx).await.unwrap(), None);
    let principal = client.create_service_principal(&made.app_id, &["mark".into()], &ctx).await.unwrap();
    let again = client.create_service_principal(&made.app_id, &[], &ctx).await;
    assert!(matches!(again, Err(Error::AlreadyExists(_))), "{again:?}");
    assert_eq!(client.get_service_principal(&made.app_id, &ctx).await.unwrap().unwrap().id, principal.id);

    let credential = ApplicationCredentialSpec {
        name: "transfer".into(),
        issuer: "https://accounts.google.com".into(),
        subject: Some("123".into()),
        audiences: vec![AUDIENCE.into()],
        ..ApplicationCredentialSpec::default()
    };
    let stored = client.create_application_credential(&made.id, &credential, &ctx).await.unwrap();
    let changed = ApplicationCredentialSpec { subject: Some("456".into()), ..credential };
    client.update_application_credential(&made.id, &stored.id, &changed, &ctx).await.unwrap();
    assert_eq!(client.list_application_credentials(&made.id, &ctx).await.unwrap()[0].spec, changed);
    assert!(client.delete_application_credential(&made.id, &stored.id, &ctx).await.unwrap());

    assert!(client.delete_application(&made.id, &ctx).await.unwrap());
    assert!(!client.delete_application(&made.id, &ctx).await.unwrap());
    let deleted = client.get_deleted_application(&made.id, &ctx).await.unwrap().unwrap();
    assert_eq!((deleted.id.as_str(), &deleted.spec.identifier_uris), (made.id.as_str(), &made.spec.identifier_uris));
    assert_eq!(client.restore_application(&made.id, &ctx).await.unwrap().app_id, made.app_id);
    assert!(client.delete_application(&made.id, &ctx).await.unwrap());
    assert!(client.purge_application(&made.id, &ctx).await.unwrap());
    assert!(!client.purge_application(&made.id, &ctx).await.unwrap());
}
