//! Azure managed identities: the instance metadata service gives the workload a token for an application, and the application's identifier URI
//! is the audience. Google takes those tokens from the tenant's own issuer.

use std::collections::BTreeMap;

use serde_json::json;

use crate::facts::{FactQuery, Facts, IdentityFacts};
use crate::graph::{Builder, Node};
use crate::import::{Evidence, known};
use crate::leaf::{Leaf, Text};
use crate::names::{cel_string, is_guid};
use crate::object::Object;
use crate::object::azure::{Application, ServicePrincipal};
use crate::object::description_of;
use crate::problem::Problem;
use crate::source::{Accepted, Identity, Selector, TokenDelivery, Tokens};
use crate::target;
use crate::target::azure::identity::{self, OwnedIdentity, Paths};

const TENANT: &str = "from.azure_managed_identity.tenant_id";
const IDENTITY: &str = "from.azure_managed_identity.identity";
const AUDIENCE: &str = "from.azure_managed_identity.audience";

const PATHS: Paths = Paths {
    all: "from.azure_managed_identity",
    subscription_id: "from.azure_managed_identity.subscription_id",
    resource_group: "from.azure_managed_identity.resource_group",
    location: "from.azure_managed_identity.location",
    name: "from.azure_managed_identity.identity_name",
    existing: IDENTITY,
};

/// The audience that Azure's own federation uses, which no managed identity can ask a token for.
const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

/// A workload that runs under an Azure managed identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureManagedIdentity {
    /// Tenant id.
    pub tenant_id: Text,
    /// An identity that exists, of either kind.
    pub identity: Option<Leaf<ExistingIdentity>>,
    /// The user-assigned identity to make, where there is none.
    pub owned: OwnedIdentity,
    /// Identifier URI of an application that exists; where there is none, one is made.
    pub audience: Option<Text>,
}

/// A managed identity that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingIdentity {
    /// Object id of its service principal: the subject of its tokens.
    pub principal_id: Text,
    /// Client id, which a machine with several identities has to ask by.
    pub client_id: Option<Text>,
}

pub(super) fn build(it: &AzureManagedIdentity, graph: &mut Builder<'_>, name: &Text, facts: &Facts) -> Identity {
    let mut after = Vec::new();
    let (principal_id, client_id, subject_path) = match &it.identity {
        Some(identity) => {
            let principal = identity.as_ref().map(|it| it.principal_id.clone()).flatten();
            let client = match identity {
                Leaf::Known(identity) => identity.client_id.clone().unwrap_or(Text::of("")),
                Leaf::Unknown => Leaf::Unknown,
            };
            (principal, client, IDENTITY)
        }
        None => {
            let (key, id) = identity::add(graph, &it.owned, name, "name");
            graph.want_text(&id, |id| FactQuery::Identity { id }, Some(&key), facts);
            after.push(key);
            let given = facts.identity(&id);
            let text = |of: fn(&IdentityFacts) -> &String| IdentityFacts::text(given, of);
            (text(|it| &it.principal_id), text(|it| &it.client_id), PATHS.name)
        }
    };
    let audience = match &it.audience {
        Some(audience) => audience.clone(),
        None => {
            let audience = Text::concat(["api://".into(), it.tenant_id.piece(), "/".into(), name.piece()]);
            after.push(add_application(it, graph, name, &audience, facts));
            audience
        }
    };
    let issuer = Text::concat(["https://sts.windows.net/".into(), it.tenant_id.piece(), "/".into()]);
    let condition = match (it.tenant_id.known(), principal_id.known()) {
        (Some(tenant), Some(principal)) => {
            Text::of(format!("assertion.tid == {} && assertion.sub == {}", cel_string(tenant), cel_string(principal)))
        }
        _ => Leaf::Unknown,
    };
    let claims = match (it.tenant_id.known(), issuer.known(), principal_id.known(), audience.known()) {
        (Some(tenant), Some(issuer), Some(principal), Some(audience)) => Leaf::Known(vec![BTreeMap::from([
            ("iss".to_owned(), json!(issuer)),
            ("sub".to_owned(), json!(principal)),
            ("oid".to_owned(), json!(principal)),
            ("tid".to_owned(), json!(tenant)),
            ("aud".to_owned(), json!(audience)),
        ])]),
        _ => Leaf::Unknown,
    };
    Identity {
        tokens: Tokens::Oidc { issuers: Accepted::one(issuer), audience: Some(audience.clone()), jwks: None },
        pins: BTreeMap::new(),
        selectors: vec![Selector::Subject(principal_id.clone())],
        subjects: vec![principal_id],
        issuer_path: TENANT,
        subject_path,
        attribute_mapping: BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]),
        condition,
        claims,
        delivery: TokenDelivery::AzureInstanceMetadata { resource: audience, client_id },
        after,
    }
}

/// Entra issues a token for an audience only if an application and its service principal stand for it.
fn add_application(
    it: &AzureManagedIdentity,
    graph: &mut Builder<'_>,
    name: &Text,
    identifier_uri: &Text,
    facts: &Facts,
) -> String {
    let application = Application {
        tenant_id: it.tenant_id.clone(),
        display_name: name.clone(),
        identifier_uri: identifier_uri.clone(),
        description: description_of("crosscloud_trust", name),
    };
    let key = graph.add("azure/application", Node::new(Object::Application(application), "name"));
    let tenant = it.tenant_id.clone();
    graph.want_text(
        identifier_uri,
        |identifier_uri| FactQuery::Application {
            tenant_id: tenant.known().cloned().unwrap_or_default(),
            identifier_uri,
        },
        Some(&key),
        facts,
    );
    let client = identifier_uri.known().and_then(|uri| facts.applications.get(uri));
    let principal = ServicePrincipal {
        tenant_id: it.tenant_id.clone(),
        identifier_uri: identifier_uri.clone(),
        application_id: client.cloned().map_or(Leaf::Unknown, Leaf::Known),
    };
    let node = Node::new(Object::ServicePrincipal(principal), "name").after([&key]).below([&key]);
    graph.add("azure/service_principal", node)
}

/// The source that the evidence speaks of.
pub(crate) fn recognise(evidence: &Evidence<'_>) -> Result<AzureManagedIdentity, &'static str> {
    let tenant = evidence
        .issuer()
        .and_then(|issuer| issuer.strip_prefix("https://sts.windows.net/")?.strip_suffix('/'))
        .ok_or("the provider is not there, or does not trust a tenant of Entra")?;
    let made = evidence.id.application.as_deref().map(known);
    let (identity, owned) = match &evidence.id.identity {
        Some(id) => (None, target::azure::import::owned(evidence, id)),
        None => {
            let principal = evidence.subjects().into_iter().find(|subject| is_guid(subject));
            let principal = principal.ok_or("neither a binding nor the condition names an identity")?;
            let existing = ExistingIdentity { principal_id: known(principal), client_id: None };
            (Some(Leaf::Known(existing)), OwnedIdentity::default())
        }
    };
    Ok(AzureManagedIdentity {
        tenant_id: known(tenant),
        identity,
        owned,
        audience: evidence.audience().map(known).filter(|audience| made.as_ref() != Some(audience)),
    })
}

pub(super) fn problems(it: &AzureManagedIdentity, name: &Text) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(tenant) = it.tenant_id.known()
        && !is_guid(tenant)
    {
        let hint = if tenant.contains("://") {
            " The issuer URL is made of it."
        } else if ["common", "organizations", "consumers"].contains(&tenant.as_str()) {
            " That would trust the tokens of every tenant of Entra."
        } else {
            ""
        };
        problems.push(Problem::at(
            TENANT,
            "Not a tenant id",
            format!("`{}` is not a GUID; `az account show --query tenantId` prints it.{hint}", tenant.escape_debug()),
        ));
    } else if it.tenant_id.known().is_some_and(|tenant| tenant.bytes().any(|c| c.is_ascii_uppercase())) {
        problems.push(Problem::at(
            TENANT,
            "Tenant id in upper case",
            "Entra writes it in lower case into its tokens, and Google compares issuers exactly. Write it in lower case.",
        ));
    }
    match &it.identity {
        Some(Leaf::Known(existing)) => {
            problems.extend(existing_problems(existing));
            if let Some(path) = it.owned.first_set(&PATHS) {
                problems.push(Problem::at(
                    path,
                    "Setting of an identity that exists",
                    "`identity` says which existing identity is meant; this would say where a new one goes. Remove one of the two.",
                ));
            }
        }
        Some(Leaf::Unknown) => {}
        None => problems.extend(identity::problems(&it.owned, &PATHS, name)),
    }
    if let Some(Leaf::Known(audience)) = &it.audience {
        problems.extend(audience_problem(audience));
    }
    problems
}

fn existing_problems(existing: &ExistingIdentity) -> Vec<Problem> {
    let mut problems = Vec::new();
    let guid = |path: &str, value: &Text, what: &str, query: &str| {
        let value = value.known().filter(|value| !is_guid(value))?;
        Some(Problem::at(
            path,
            format!("Not {what}"),
            format!("`{}` is not a GUID; `az identity show --query {query}` prints it.", value.escape_debug()),
        ))
    };
    let principal_path = "from.azure_managed_identity.identity.principal_id";
    problems.extend(guid(principal_path, &existing.principal_id, "a principal id", "principalId"));
    if let Some(client) = &existing.client_id {
        let client_path = "from.azure_managed_identity.identity.client_id";
        problems.extend(guid(client_path, client, "a client id", "clientId"));
        if problems.is_empty() && client.known().is_some() && *client == existing.principal_id {
            problems.push(Problem::at(
                principal_path,
                "Client id where the principal id belongs",
                "Both are the same, and an identity's never are. Tokens carry the principal id as `sub`: `az identity show --query principalId`.",
            ));
        }
    }
    problems
}

fn audience_problem(audience: &str) -> Option<Problem> {
    let detail = if audience == EXCHANGE_AUDIENCE {
        format!(
            "`{EXCHANGE_AUDIENCE}` is the audience of tokens that are shown to Entra. No managed identity can ask for one: it asks for a token for an application of your tenant. Leave the argument out to have an application made, or write the identifier URI of yours."
        )
    } else if audience.contains("iam.googleapis.com") {
        "Entra issues tokens for applications of your tenant, not for Google's provider. Leave the argument out to have an application made."
            .to_owned()
    } else if is_guid(audience) {
        format!(
            "`{audience}` is a client id. Write the application's identifier URI, such as `api://{audience}`, which the tokens carry as `aud`."
        )
    } else if audience.len() <= 255
        && ["api://", "https://"].iter().any(|start| audience.len() > start.len() && audience.starts_with(start))
        && !audience.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        return None;
    } else {
        format!("`{}` is not `api://…` or `https://…` of at most 255 characters.", audience.escape_debug())
    };
    Some(Problem::at(AUDIENCE, "Not the identifier URI of an application", detail))
}
