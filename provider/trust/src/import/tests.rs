//! What a specification made, imported, is that specification again.

use super::*;
use crate::facts::IdentityFacts;
use crate::graph::Graph;
use crate::graph::tests::{facts as project_facts, google, trust};
use crate::source::{
    Aks, AwsRole, AzureManagedIdentity, ExistingIdentity, GcpServiceAccount, GithubActions, Kubernetes, Oidc, Source,
};
use crate::target::aws::Aws;
use crate::target::azure::{Azure, OwnedIdentity, ScopedRole};
use crate::target::gcp::{Encryption, ExistingGcp, Gcp, KeySettings};

const SUBSCRIPTION: &str = "22222222-2222-4222-8222-222222222222";
const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const PRINCIPAL: &str = "44444444-4444-4444-8444-444444444444";

fn identity_id(name: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/chat/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    )
}

fn facts() -> Facts {
    let given = IdentityFacts {
        principal_id: PRINCIPAL.to_owned(),
        client_id: "55555555-5555-4555-8555-555555555555".to_owned(),
        tenant_id: TENANT.to_owned(),
    };
    let identities = ["aks-chat", "other"].map(|name| (identity_id(name), given.clone()));
    let applications = [(format!("api://{TENANT}/aks-chat"), "66666666-6666-4666-8666-666666666666".to_owned())];
    Facts { identities: identities.into(), applications: applications.into(), ..project_facts() }
}

/// Everything as it is once the specification was applied.
fn seen(spec: &Spec, id: &ImportId) -> Seen {
    let graph = Graph::of(spec, &facts());
    assert!(graph.hidden().is_empty());
    let mut seen = Seen::default();
    for look in id.looks() {
        match look {
            Look::Object(key, wanted) => {
                let made = graph.nodes().values().find(|node| node.object.id() == wanted.id());
                let made = made.unwrap_or_else(|| panic!("{key} is not in the graph"));
                if !made.referenced {
                    assert!(made.is_complete(), "{key}");
                    seen.objects.insert(key, made.object.clone());
                }
            }
            Look::Grants(resource, members) => {
                let grants = graph.nodes().values().map(|node| &node.object).filter(|object| match object {
                    Object::Grant(it) => it.resource == resource && members.include(it.member.known().unwrap()),
                    _ => false,
                });
                seen.listed.extend(grants.cloned());
            }
            Look::Assignments(_) | Look::Credentials(_) | Look::Policies(_) => {
                let listed = graph.nodes().values().map(|node| &node.object).filter(|object| match look {
                    Look::Assignments(_) => matches!(object, Object::RoleAssignment(_)),
                    Look::Policies(_) => matches!(object, Object::RolePolicy(_) | Object::RolePolicyAttachment(_)),
                    _ => matches!(object, Object::FederatedCredential(_)),
                });
                seen.listed.extend(listed.cloned());
            }
        }
    }
    seen
}

fn round_trip(spec: &Spec, id: &str) {
    let parsed: ImportId = id.parse().unwrap_or_else(|error| panic!("{id}: {error}"));
    let seen = seen(spec, &parsed);
    assert_eq!(reconstruct(&parsed, &seen, &facts()).as_ref(), Ok(spec), "{id}");
}

fn with(from: Source, gcp: Option<Gcp>, azure: Option<Azure>) -> Spec {
    let to = Targets { gcp: gcp.map(Leaf::Known), azure: azure.map(Leaf::Known), aws: None };
    Spec { from: Leaf::Known(from), to: Leaf::Known(to), ..trust() }
}

fn aks() -> Source {
    let Leaf::Known(source) = trust().from else { panic!("unknown") };
    source
}

fn aws(session: Option<&str>) -> Source {
    Source::AwsRole(AwsRole {
        account_id: Text::of("123456789012"),
        role_name: Text::of("ml"),
        role_path: None,
        session_name: session.map(Text::of),
        web_identity: false,
    })
}

fn github(environment: Option<&str>, reference: Option<&str>, workflow: Option<&str>) -> Source {
    Source::GithubActions(GithubActions {
        owner: Text::of("octo"),
        owner_id: Text::of("1001"),
        repository: Text::of("app"),
        repository_id: Text::of("2001"),
        environment: environment.map(Text::of),
        reference: reference.map(Text::of),
        workflow: workflow.map(Text::of),
        issuer: None,
    })
}

fn owned() -> OwnedIdentity {
    OwnedIdentity {
        subscription_id: Some(Text::of(SUBSCRIPTION)),
        resource_group: Some(Text::of("chat")),
        location: Some(Text::of("westeurope")),
        name: None,
    }
}

fn azure() -> Azure {
    let role = ScopedRole {
        role: Text::of("Cognitive Services OpenAI User"),
        scope: Text::of(format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/chat")),
    };
    Azure {
        owned: owned(),
        existing: None,
        roles: Leaf::Known([Leaf::Known(role)].into()),
        credential_name: None,
        audience: None,
        disabled: Leaf::Known(false),
    }
}

const PROVIDER: &str = "projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat/providers/aks-chat";
const ACCOUNT: &str = "aks-chat@ml-prod-4711.iam.gserviceaccount.com";

#[test]
fn every_source_comes_back_from_google() {
    for (source, pair) in [
        (aks(), "aks"),
        (aws(None), "aws_role"),
        (aws(Some("i-0abc")), "aws_role"),
        (github(Some("prod:eu"), None, None), "github_actions"),
        (github(None, Some("refs/heads/main"), Some(".github/workflows/deploy.yml")), "github_actions"),
        (github(Some("prod"), Some("refs/heads/main"), None), "github_actions"),
    ] {
        round_trip(&with(source.clone(), Some(google()), None), &format!("{pair}->gcp;{PROVIDER};{ACCOUNT}"));
        let direct = Gcp { direct: Leaf::Known(true), ..google() };
        round_trip(&with(source, Some(direct), None), &format!("{pair}->gcp;{PROVIDER}"));
    }
}

#[test]
fn a_whole_repository_comes_back_with_the_name_that_only_the_user_knows() {
    let whole = with(github(None, None, None), Some(google()), None);
    round_trip(&whole, &format!("github_actions->gcp;{PROVIDER};{ACCOUNT};repo:octo/app"));
    let id: ImportId = format!("github_actions->gcp;{PROVIDER};{ACCOUNT}").parse().unwrap();
    let error = reconstruct(&id, &seen(&whole, &id), &facts()).unwrap_err().to_string();
    assert!(error.contains("add `;repo:OWNER/REPOSITORY`"), "{error}");
    // A workflow names the repository in the condition.
    let workflow = with(github(None, None, Some(".github/workflows/deploy.yml")), Some(google()), None);
    round_trip(&workflow, &format!("github_actions->gcp;{PROVIDER};{ACCOUNT}"));
}

#[test]
fn a_subject_of_the_older_form_takes_the_ids_from_the_condition() {
    let id: ImportId = format!("github_actions->gcp;{PROVIDER};{ACCOUNT}").parse().unwrap();
    let spec = with(github(Some("prod"), None, None), Some(google()), None);
    let mut seen = seen(&spec, &id);
    seen.listed.retain(|object| match object {
        Object::Grant(grant) => !grant.member.known().unwrap().contains('@'),
        _ => true,
    });
    assert_eq!(reconstruct(&id, &seen, &facts()).unwrap().from, spec.from);
}

#[test]
fn managed_identities_come_back_made_or_referred_to() {
    let source = |identity, owned, audience: Option<&str>| {
        Source::AzureManagedIdentity(AzureManagedIdentity {
            tenant_id: Text::of(TENANT),
            identity,
            owned,
            audience: audience.map(Text::of),
        })
    };
    let made = source(None, owned(), None);
    let id =
        format!("azure_managed_identity->gcp;{PROVIDER};{ACCOUNT};{};api://{TENANT}/aks-chat", identity_id("aks-chat"));
    round_trip(&with(made, Some(google()), None), &id);
    let existing = ExistingIdentity { principal_id: Text::of(PRINCIPAL), client_id: None };
    let referred = source(Some(Leaf::Known(existing)), OwnedIdentity::default(), Some("api://my-app"));
    round_trip(&with(referred, Some(google()), None), &format!("azure_managed_identity->gcp;{PROVIDER};{ACCOUNT}"));
}

#[test]
fn azure_targets_come_back_alone_and_beside_google() {
    let credential = format!("{}/federatedIdentityCredentials/aks-chat", identity_id("aks-chat"));
    round_trip(&with(aks(), None, Some(azure())), &format!("aks->azure;{credential}"));
    round_trip(
        &with(aks(), Some(google()), Some(azure())),
        &format!("aks->gcp+azure;{PROVIDER};{ACCOUNT};{credential}"),
    );
    let github = github(None, Some("refs/heads/main"), None);
    round_trip(&with(github, None, Some(azure())), &format!("github_actions->azure;{credential}"));
    let existing = Azure {
        owned: OwnedIdentity::default(),
        existing: Some(Text::of(identity_id("other"))),
        credential_name: Some(Text::of("chat-in-aks")),
        audience: Some(Text::of("api://AzureADTokenExchangeUSGov")),
        ..azure()
    };
    // Nothing that exists says what the trust is called, so the identity's name stands for it.
    let spec = Spec { name: Text::of("other"), ..with(aks(), None, Some(existing)) };
    let id = format!("aks->azure;existing:{}/federatedIdentityCredentials/chat-in-aks", identity_id("other"));
    round_trip(&spec, &id);
}

#[test]
fn settings_of_ones_own_come_back() {
    let mapping = [("google.subject", "assertion.sub"), ("attribute.ns", "assertion['kubernetes.io']['namespace']")];
    let gcp = Gcp {
        pool_id: Some(Text::of("shared-pool")),
        provider_id: Some(Text::of("aks-west")),
        service_account_id: Some(Text::of("vertex-caller")),
        roles: Leaf::Known(["roles/aiplatform.user", "roles/storage.objectViewer"].map(Text::of).into()),
        attribute_condition: Some(Text::of("assertion.sub.startsWith('system:serviceaccount:chat:')")),
        attribute_mapping: Some(Leaf::Known(mapping.map(|(key, cel)| (key.to_owned(), Text::of(cel))).into())),
        allowed_audiences: Some(Leaf::Known([Text::of("api://AzureADTokenExchange")].into())),
        disabled: Leaf::Known(true),
        audit_logs: Leaf::Known(true),
        ..google()
    };
    let id = "aks->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/shared-pool/providers/aks-west;vertex-caller@ml-prod-4711.iam.gserviceaccount.com;audit_logs";
    round_trip(&with(aks(), Some(gcp), None), id);
}

#[test]
fn what_is_only_referred_to_comes_back_so() {
    let gcp = Gcp {
        existing: Some(Leaf::Known(ExistingGcp { pool: Some(Text::of("aks-pool")), ..ExistingGcp::default() })),
        ..google()
    };
    let pool = "projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-pool";
    let id = format!("aks->gcp;existing:{pool};{pool}/providers/aks-chat;{ACCOUNT}");
    round_trip(&with(aks(), Some(gcp), None), &id);
}

#[test]
fn keys_come_back() {
    let key = |protection: Option<&str>| {
        Leaf::Known(KeySettings { protection_level: protection.map(Text::of), ..KeySettings::default() })
    };
    let encryption = Encryption {
        location: Some(Text::of("us-central1")),
        key_ring: Some(Text::of("health")),
        existing_key_ring: Leaf::Known(false),
        keys: Some(Leaf::Known([("features".to_owned(), key(None)), ("phi".to_owned(), key(Some("HSM")))].into())),
        rotation_period: None,
        protection_level: None,
        service_agents: None,
    };
    let gcp = Gcp { encryption: Some(Leaf::Known(encryption)), ..google() };
    let ring = "projects/ml-prod-4711/locations/us-central1/keyRings/health/cryptoKeys";
    let labels = Leaf::Known([("team".to_owned(), Text::of("ml"))].into());
    let spec = Spec { labels, ..with(aks(), Some(gcp), None) };
    round_trip(&spec, &format!("aks->gcp;{PROVIDER};{ACCOUNT};{ring}/features;{ring}/phi"));
}

#[test]
fn a_cluster_that_is_looked_up_comes_back_as_such() {
    let cluster = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/chat/providers/Microsoft.ContainerService/managedClusters/chat"
    );
    let Source::Aks(it) = aks() else { panic!("not AKS") };
    let by_id = Aks { issuer: None, cluster_id: Some(Text::of(&cluster)), ..it.clone() };
    let id: ImportId = format!("aks->gcp;{PROVIDER};{ACCOUNT};{cluster}").parse().unwrap();
    // The graph of the issuer itself is what the cloud holds.
    let seen = seen(&with(aks(), Some(google()), None), &id);
    let found = reconstruct(&id, &seen, &facts()).unwrap();
    assert_eq!(found.from, Leaf::Known(Source::Aks(by_id)));
}

#[test]
fn issuers_come_back_under_the_names_that_the_id_says() {
    const GREEN: &str = "https://westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/33333333-3333-4333-8333-333333333333/";
    let Source::Aks(it) = aks() else { panic!("not AKS") };
    let issuers = Some(Leaf::Known([("green".to_owned(), Text::of(GREEN))].into()));
    let during = Source::Aks(Aks { issuers: issuers.clone(), ..it.clone() });
    let after = Source::Aks(Aks { issuer: None, issuers, ..it });
    let credential = format!("{}/federatedIdentityCredentials/aks-chat", identity_id("aks-chat"));
    let id = |end: &str| format!("aks->gcp+azure;{PROVIDER}{end};{ACCOUNT};{credential}{end};issuer:green={GREEN}");
    round_trip(&with(during, Some(google()), Some(azure())), &id(""));
    round_trip(&with(after, Some(google()), Some(azure())), &id("-green"));
    for wrong in ["issuer:green", "issuer:=https://a/", "issuer:green=http://a/"] {
        assert!(format!("aks->gcp;{PROVIDER};{wrong}").parse::<ImportId>().is_err(), "{wrong}");
    }
    assert!(format!("gitlab->gcp;{PROVIDER};issuer:green={GREEN}").parse::<ImportId>().is_err());
}

#[test]
fn a_foreign_description_leaves_the_pools_id_as_the_name() {
    let id: ImportId = format!("aks->gcp;{PROVIDER};{ACCOUNT}").parse().unwrap();
    let mut seen = seen(&with(aks(), Some(google()), None), &id);
    for object in seen.objects.values_mut() {
        *object = object.marked("made by hand").unwrap();
    }
    assert_eq!(reconstruct(&id, &seen, &facts()).unwrap().name, Text::of("aks-chat"));
}

#[test]
fn missing_parts_are_no_hindrance_until_nobody_says_who_is_trusted() {
    let id: ImportId = format!("aks->gcp;{PROVIDER};{ACCOUNT}").parse().unwrap();
    let whole = seen(&with(aks(), Some(google()), None), &id);
    let mut unbound = whole.clone();
    unbound.listed.clear();
    assert_eq!(reconstruct(&id, &unbound, &facts()).unwrap().from, Leaf::Known(aks()));
    let mut closed = whole;
    closed.objects.remove("gcp/provider");
    assert!(reconstruct(&id, &closed, &facts()).is_err());
}

#[test]
fn a_role_is_recognised_by_its_trust_policy() {
    let aws = |change: fn(&mut Aws)| {
        let mut aws = crate::graph::tests::aws();
        change(&mut aws);
        aws
    };
    let to = |from: Source, aws: Aws| {
        let to = Targets { gcp: None, azure: None, aws: Some(Leaf::Known(aws)) };
        Spec { from: Leaf::Known(from), to: Leaf::Known(to), ..trust() }
    };
    let kubernetes = Source::Kubernetes(Kubernetes {
        issuer: Some(Text::of("https://k8s.example.com")),
        issuers: None,
        namespace: Text::of("chat"),
        service_account: Text::of("backend"),
        jwks: None,
    });
    let google =
        Source::GcpServiceAccount(GcpServiceAccount { unique_id: Text::of("104857600000000000001"), email: None });
    let oidc =
        Source::Oidc(Oidc { issuer: Text::of("https://id.example.com"), subject: Text::of("billing"), audience: None });
    let id = |source: &str, more: &str| format!("{source}->aws;arn:aws:iam::123456789012:role{more}");
    round_trip(&to(aks(), aws(|_| {})), &id("aks", "/aks-chat"));
    round_trip(
        &to(kubernetes, aws(|aws| aws.role_path = Some(Text::of("/team/")))),
        &id("kubernetes", "/team/aks-chat"),
    );
    round_trip(&to(google, aws(|aws| aws.audience = Some(Text::of("mine")))), &id("gcp_service_account", "/aks-chat"));
    round_trip(
        &to(
            github(None, Some("refs/heads/main"), Some(".github/workflows/deploy.yml")),
            aws(|aws| {
                aws.inline_policy = Some(Text::of("{}"));
                aws.max_session_duration = Some(Leaf::Known(7200));
                aws.permissions_boundary = Some(Text::of("arn:aws:iam::aws:policy/PowerUserAccess"));
            }),
        ),
        &id("github_actions", "/aks-chat"),
    );
    let provider = "arn:aws:iam::123456789012:oidc-provider/id.example.com";
    round_trip(
        &to(
            oidc,
            aws(|aws| {
                aws.existing_oidc_provider = Some(Text::of("arn:aws:iam::123456789012:oidc-provider/id.example.com"))
            }),
        ),
        &format!("{};existing:{provider}", id("oidc", "/aks-chat")),
    );
}

#[test]
fn malformed_ids_show_the_form_of_their_pair() {
    for (id, said) in [
        ("", "write SOURCE->TARGET"),
        ("aks", "write SOURCE->TARGET"),
        ("aks->aws", "the role is missing; the form is `aks->aws;arn:aws:iam::ACCOUNT:role/NAME`"),
        ("aks->aws;x", "`x` is not the id of an object"),
        ("lambda->gcp;x", "write SOURCE->TARGET"),
        ("aks->gcp+gcp;x", "write SOURCE->TARGET"),
        ("aks->gcp", "the provider of the workload identity pool is missing; the form is `aks->gcp;projects/PROJECT"),
        ("aks->azure", "the managed identity is missing; the form is `aks->azure;/subscriptions/"),
        ("aks->gcp;aks-chat", "`aks-chat` is not the id of an object"),
        ("aks->gcp;projects/p/locations/global/workloadIdentityPools/aks-chat", "is not the id of an object"),
        ("aks->azure;projects/p/locations/global/workloadIdentityPools/aks-chat/providers/aks-chat", "is not the id"),
        ("github_actions->gcp;repo:octo", "is not the id of an object"),
        ("aks->gcp;repo:octo/app", "is not the id of an object"),
        ("aws_role->gcp;api://x", "`api://x` is not the id of an object"),
    ] {
        let error = id.parse::<ImportId>().unwrap_err().to_string();
        assert!(error.contains(said), "{id}: {error}");
    }
}
