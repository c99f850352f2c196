//! What Google would refuse, found before anything is sent. Limits are those of the IAM v1 reference.

use crosscloud_policy_model::issuer::Issuer;
use crosscloud_policy_model::principal::{Principal, PrincipalError, Selector};

use crate::leaf::{Leaf, Text};
use crate::names::{account_id_fault, is_account_email, is_guid, pool_id_fault, project_fault};
use crate::problem::Problem;
use crate::source::{Accepted, Identity, Source, Tokens, Towards};
use crate::target::gcp::{
    ACCOUNT, AUDIENCES, CONDITION, EXISTING_ACCOUNT, EXISTING_POOL, EXISTING_PROVIDER, ExistingGcp, Gcp, MAPPING, POOL,
    PRINCIPALS, PROJECT, PROVIDER, ROLES, encryption,
};

/// Longest attribute condition in characters.
pub(crate) const MAX_CONDITION: usize = 4096;
const MAX_MAPPING: usize = 2048;
const MAX_SUBJECT: usize = 127;
const MAX_AUDIENCES: usize = 10;
const MAX_AUDIENCE: usize = 256;

/// Everything in a Google target that cannot work.
pub(crate) fn problems(name: &Text, gcp: &Gcp, source: Option<&Source>) -> Vec<Problem> {
    if let Some(Source::GcpServiceAccount(_)) = source {
        return vec![Problem::at(
            "to.gcp",
            "A Google service account is at home in Google Cloud already",
            "Grant the roles to the account itself, in whatever project, with `google_project_iam_member`; no trust is needed. The nearest that needs one is `gcp_service_account` to `azure` or to `aws`.",
        )];
    }
    let identity = source.map(|source| source.identity(Towards::Gcp, name, &Default::default()));
    let mut problems = Vec::new();
    problems.extend(
        gcp.project
            .known()
            .and_then(|id| project_fault(id).map(|fault| Problem::at(PROJECT, "Not a Google Cloud project id", fault))),
    );
    let existing = match &gcp.existing {
        Some(Leaf::Known(existing)) => existing.clone(),
        _ => ExistingGcp::default(),
    };
    existing_problems(gcp, &existing, &mut problems);
    if existing.pool.is_none() {
        problems.extend(id_problem(POOL, &gcp.pool_id, name, "workload identity pool", pool_id_fault));
    }
    problems.extend(identity.iter().flat_map(|identity| issuer_problems(gcp, name, &existing, identity.issuers())));
    if existing.provider.is_none() {
        problems.extend(id_problem(PROVIDER, &gcp.provider_id, name, "provider", pool_id_fault));
    }
    match gcp.direct {
        Leaf::Known(true) => direct_problems(gcp, &existing, &mut problems),
        Leaf::Known(false) if existing.service_account.is_none() => {
            problems.extend(id_problem(ACCOUNT, &gcp.service_account_id, name, "service account", account_id_fault));
        }
        _ => {}
    }
    role_problems(gcp, existing.service_account.is_some(), &mut problems);
    principal_problems(gcp, source, &mut problems);
    mapping_problems(gcp, &mut problems);
    condition_problems(gcp, identity.as_ref(), &mut problems);
    audience_problems(gcp, source, &mut problems);
    if let Some(identity) = &identity
        && gcp.attribute_mapping.is_none()
        && !matches!(identity.tokens, Tokens::Aws { .. })
        && let Some(subject) = identity.subjects.iter().filter_map(Leaf::known).find(|it| it.len() > MAX_SUBJECT)
    {
        problems.push(Problem::at(
            identity.subject_path,
            "Subject too long for Google",
            format!(
                "`{subject}` has {} bytes, and `google.subject` takes {MAX_SUBJECT}. Shorten the names, or map a shorter claim with `{MAPPING}`.",
                subject.len()
            ),
        ));
    }
    if let Some(Leaf::Known(keys)) = &gcp.encryption {
        problems.extend(encryption::problems(keys, name));
    }
    problems
}

/// Checks an id, at its own argument where there is one and at `name` where the id derives from that.
fn id_problem(
    path: &str,
    id: &Option<Text>,
    name: &Text,
    what: &str,
    fault: fn(&str) -> Option<&'static str>,
) -> Option<Problem> {
    let value = id.as_ref().unwrap_or(name).known()?;
    let fault = fault(value)?;
    let value = value.escape_debug();
    Some(match id {
        Some(_) => Problem::at(path, format!("Not the id of a {what}"), format!("`{value}` cannot be one: {fault}.")),
        None => Problem::at(
            "name",
            format!("The name cannot be the id of a {what}"),
            format!("`{value}` cannot be one: {fault}. Choose another name, or set `{path}`."),
        ),
    })
}

/// The summary of what a trust cannot do and a member can, which makes no provider.
pub(crate) const SEVERAL_ISSUERS: &str = "Several issuers at one provider";

/// Each issuer has a provider of its own, whose id ends in the issuer's name.
fn issuer_problems(gcp: &Gcp, name: &Text, existing: &ExistingGcp, issuers: &[Accepted]) -> Option<Problem> {
    let named = issuers.iter().find(|accepted| accepted.label.is_some())?;
    if existing.provider.is_some() {
        return Some(Problem::at(
            EXISTING_PROVIDER,
            SEVERAL_ISSUERS,
            "A provider takes tokens of one issuer. Leave `existing.provider` out to have one made for each.",
        ));
    }
    let id = named.named(gcp.provider_id.as_ref().unwrap_or(name));
    let id = id.known()?;
    let fault = pool_id_fault(id)?;
    Some(Problem::at(
        if gcp.provider_id.is_some() { PROVIDER } else { "name" },
        "Too long for a provider with an issuer's name",
        format!("`{}` cannot be the id of a provider: {fault}.", id.escape_debug()),
    ))
}

fn existing_problems(gcp: &Gcp, existing: &ExistingGcp, problems: &mut Vec<Problem>) {
    if let Some(Leaf::Known(pool)) = &existing.pool {
        let id = match pool.split('/').collect::<Vec<_>>()[..] {
            [id] => Some(id),
            ["projects", project, "locations", "global", "workloadIdentityPools", id] if !project.is_empty() => {
                Some(id)
            }
            _ => None,
        };
        if id.is_none_or(|id| pool_id_fault(id).is_some()) {
            problems.push(Problem::at(
                EXISTING_POOL,
                "Not a workload identity pool",
                format!(
                    "`{}` is neither the id of a pool in this project nor `projects/NUMBER/locations/global/workloadIdentityPools/ID`.",
                    pool.escape_debug()
                ),
            ));
        }
    }
    if let Some(Leaf::Known(provider)) = &existing.provider
        && let Some(fault) = pool_id_fault(provider)
    {
        let detail = format!("`{}` cannot be one: {fault}. Write the bare id.", provider.escape_debug());
        problems.push(Problem::at(EXISTING_PROVIDER, "Not the id of a provider", detail));
    }
    if existing.provider.is_some() && existing.pool.is_none() {
        let detail = "A provider that exists is in a pool that exists: set `pool` too.";
        problems.push(Problem::at(EXISTING_PROVIDER, "Provider without its pool", detail));
    }
    if let Some(Leaf::Known(email)) = &existing.service_account
        && !is_account_email(email)
    {
        let hint = if email.starts_with("serviceAccount:") { " Leave out `serviceAccount:`." } else { "" };
        let detail = format!("`{}` is not the email of a service account.{hint}", email.escape_debug());
        problems.push(Problem::at(EXISTING_ACCOUNT, "Not a service account", detail));
    }
    let pairs = [
        (existing.pool.is_some() && gcp.pool_id.is_some(), POOL, "pool"),
        (existing.provider.is_some() && gcp.provider_id.is_some(), PROVIDER, "provider"),
        (existing.service_account.is_some() && gcp.service_account_id.is_some(), ACCOUNT, "service_account"),
    ];
    for (_, path, what) in pairs.into_iter().filter(|(both, ..)| *both) {
        let detail =
            format!("`existing.{what}` refers to one that exists, and this names one to make. Remove one of the two.");
        problems.push(Problem::at(path, "Named twice", detail));
    }
    if existing.provider.is_some() {
        let settings = [
            (gcp.attribute_condition.is_some(), CONDITION),
            (gcp.attribute_mapping.is_some(), MAPPING),
            (gcp.allowed_audiences.is_some(), AUDIENCES),
        ];
        for (_, path) in settings.into_iter().filter(|(set, _)| *set) {
            problems.push(Problem::at(
                path,
                "Setting of a provider that exists",
                "The provider is only referred to and never changed. Remove this, or leave `existing.provider` out for a provider of the trust's own.",
            ));
        }
    }
}

fn direct_problems(gcp: &Gcp, existing: &ExistingGcp, problems: &mut Vec<Problem>) {
    let set = [(gcp.service_account_id.is_some(), ACCOUNT), (existing.service_account.is_some(), EXISTING_ACCOUNT)];
    for (_, path) in set.into_iter().filter(|(set, _)| *set) {
        problems.push(Problem::at(
            path,
            "Service account beside direct access",
            "With `direct = true` the roles go to the workload itself, and no service account takes part. Remove one of the two.",
        ));
    }
}

fn condition_problems(gcp: &Gcp, identity: Option<&Identity>, problems: &mut Vec<Problem>) {
    let Some(condition) = gcp.attribute_condition.as_ref().and_then(Leaf::known) else { return };
    if condition.chars().count() > MAX_CONDITION {
        problems.push(Problem::at(
            CONDITION,
            "Attribute condition too long",
            format!("Google takes at most {MAX_CONDITION} characters; this has {}.", condition.chars().count()),
        ));
    }
    if !condition.is_empty() && condition.trim().is_empty() {
        problems.push(Problem::at(
            CONDITION,
            "Blank attribute condition",
            "Leave the argument out for the tight default; `\"\"` asks for no condition at all.",
        ));
    }
    let shared =
        identity.and_then(Identity::issuer).and_then(Leaf::known).is_some_and(|it| Issuer::classify(it).is_shared());
    if shared && !["assertion.", "assertion[", "attribute.", "google."].iter().any(|claim| condition.contains(claim)) {
        problems.push(Problem::at(
            CONDITION,
            "Condition without a claim",
            "Strangers get tokens from the same issuer, so Google refuses a provider whose condition looks at no claim. Leave the argument out for the tight default.",
        ));
    }
}

fn audience_problems(gcp: &Gcp, source: Option<&Source>, problems: &mut Vec<Problem>) {
    let Some(audiences) = gcp.allowed_audiences.as_ref().and_then(Leaf::known) else { return };
    let mut told = |summary: &str, detail: String| problems.push(Problem::at(AUDIENCES, summary, detail));
    match source {
        Some(Source::AwsRole(it)) if !it.web_identity => {
            return told(
                "AWS has no audience",
                "A signed `GetCallerIdentity` request names the provider itself. Remove the argument, or set `from.aws_role.web_identity`.".to_owned(),
            );
        }
        Some(Source::AzureManagedIdentity(_)) => {
            return told(
                "Audience of a managed identity",
                "The identity's tokens carry the identifier URI of an Entra application. Set `from.azure_managed_identity.audience` to it, or leave both out.".to_owned(),
            );
        }
        _ => {}
    }
    if audiences.is_empty() || audiences.len() > MAX_AUDIENCES {
        told(
            "Not a set of audiences",
            format!(
                "1 to {MAX_AUDIENCES} are needed. Leave the argument out for the provider's own resource name, the tight default."
            ),
        );
    }
    for audience in audiences.iter().filter_map(Leaf::known) {
        if audience.is_empty() || audience.chars().count() > MAX_AUDIENCE || audience.trim() != audience {
            told(
                "Not an audience",
                format!(
                    "`{}` is not 1 to {MAX_AUDIENCE} characters without white space around them.",
                    audience.escape_debug()
                ),
            );
        }
    }
}

fn role_problems(gcp: &Gcp, account_exists: bool, problems: &mut Vec<Problem>) {
    let Some(roles) = gcp.roles.known() else { return };
    // An account that exists may have its roles already.
    if roles.is_empty() && !account_exists {
        problems.push(Problem::at(
            ROLES,
            "No roles",
            "The service account would be able to do nothing. Name at least one role, such as `roles/aiplatform.user` for Vertex AI.",
        ));
    }
    for role in roles.iter().filter_map(Leaf::known) {
        let name = match role.split('/').collect::<Vec<_>>()[..] {
            ["roles", name] => name,
            ["projects" | "organizations", owner, "roles", name] if !owner.is_empty() => name,
            _ => "",
        };
        if name.is_empty() || !name.bytes().all(|c| c.is_ascii_alphanumeric() || b"._".contains(&c)) {
            problems.push(Problem::at(
                ROLES,
                "Not a role",
                format!(
                    "`{}` is not a role: write `roles/SERVICE.ROLE`, or `projects/PROJECT/roles/ROLE` for a custom one.",
                    role.escape_debug()
                ),
            ));
        }
    }
}

fn principal_problems(gcp: &Gcp, source: Option<&Source>, problems: &mut Vec<Problem>) {
    let Some(principals) = gcp.principals.as_ref().and_then(Leaf::known) else { return };
    if principals.is_empty() {
        problems.push(Problem::at(
            PRINCIPALS,
            "No principals",
            "Nobody would be able to use the trust. Leave the argument out to bind exactly the source's own subject.",
        ));
    }
    for principal in principals.iter().filter_map(Leaf::known) {
        let detail = match principal.parse::<Principal>() {
            Ok(Principal::Federated { selector, .. }) => selector_fault(gcp, source, &selector),
            Ok(Principal::AllUsers | Principal::AllAuthenticatedUsers) => None,
            Ok(_) | Err(PrincipalError::UnknownKind(_)) => Some(format!(
                "`{}` does not begin with `principal://iam.googleapis.com/` or `principalSet://iam.googleapis.com/`.",
                principal.escape_debug()
            )),
            Err(error) => Some(format!("{error}.")),
        };
        if let Some(detail) = detail {
            let detail = format!("{detail} Leave the argument out to bind exactly the source's own subject.");
            problems.push(Problem::at(PRINCIPALS, "Not a federated principal of this trust", detail));
        }
    }
}

/// Why nobody would ever match.
fn selector_fault(gcp: &Gcp, source: Option<&Source>, selector: &Selector) -> Option<String> {
    match selector {
        Selector::Attribute { name, value } => {
            let signed = !matches!(source, Some(Source::AwsRole(it)) if it.web_identity);
            if name == "aws_role" && value.starts_with("arn:aws:iam::") && signed {
                let role = value.rsplit('/').next().unwrap_or_default();
                return Some(format!(
                    "`attribute.aws_role` is never `{value}`: Google takes it from the session, so it is `arn:aws:sts::ACCOUNT:assumed-role/{role}`."
                ));
            }
            let mapped = match &gcp.attribute_mapping {
                Some(Leaf::Known(mapping)) => mapping.contains_key(&format!("attribute.{name}")),
                Some(Leaf::Unknown) => true,
                None => source.is_none_or(|source| {
                    let identity = source.identity(Towards::Gcp, &Leaf::Unknown, &Default::default());
                    identity.attribute_mapping.contains_key(&format!("attribute.{name}"))
                }),
            };
            if value.contains("/attribute.") {
                return Some(format!(
                    "`attribute.{name}/{value}` combines two attributes, and a principal set takes one."
                ));
            }
            (!mapped).then(|| format!("`attribute.{name}` is not mapped, so it is never set. Map it with `{MAPPING}`."))
        }
        Selector::Subject(subject) if gcp.attribute_mapping.is_none() => match source {
            Some(Source::Aks(_) | Source::Kubernetes(_)) if !subject.starts_with("system:serviceaccount:") => {
                Some(format!(
                    "Tokens of the cluster have subjects like `system:serviceaccount:NAMESPACE:SERVICE_ACCOUNT`, never `{subject}`{}.",
                    if is_guid(subject) { ", which is the id of an Azure identity" } else { "" }
                ))
            }
            _ => None,
        },
        _ => None,
    }
}

fn mapping_problems(gcp: &Gcp, problems: &mut Vec<Problem>) {
    let Some(mapping) = gcp.attribute_mapping.as_ref().and_then(Leaf::known) else { return };
    if !mapping.contains_key("google.subject") {
        problems.push(Problem::at(
            MAPPING,
            "Mapping without a subject",
            "Google requires `google.subject` to be mapped; `assertion.sub` is the usual expression for it.",
        ));
    }
    for (key, cel) in mapping {
        let custom = key.strip_prefix("attribute.").is_some_and(|attribute| {
            (1..=100).contains(&attribute.len())
                && attribute.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
        });
        if !custom && !["google.subject", "google.groups"].contains(&key.as_str()) {
            problems.push(Problem::at_key(
                MAPPING,
                key,
                "Not an attribute that can be mapped",
                format!(
                    "`{}` is none of `google.subject`, `google.groups` and `attribute.NAME` (lower-case letters, digits and underscores).",
                    key.escape_debug()
                ),
            ));
        }
        let Some(cel) = cel.known() else { continue };
        if cel.trim().is_empty() || cel.chars().count() > MAX_MAPPING {
            problems.push(Problem::at_key(
                MAPPING,
                key,
                "Not a mapping expression",
                format!("A CEL expression of 1 to {MAX_MAPPING} characters is needed, such as `assertion.sub`."),
            ));
        }
    }
}
