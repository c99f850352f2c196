//! What Azure would refuse, found before anything is sent. Limits are those of the ARM references.

use crate::leaf::{Leaf, Text};
use crate::names::credential_name_fault;
use crate::problem::Problem;
use crate::source::{Source, aws_role, github_actions, gitlab, kubernetes};
use crate::target::azure::{
    AUDIENCE, Azure, CREDENTIAL, EXCHANGE_AUDIENCE, EXISTING, PATHS, ROLES, ScopedRole, identity, roles,
};

/// Longest issuer, subject and audience of a federated credential.
const MAX_TEXT: usize = 600;

/// Everything in an Azure target that cannot work.
pub(crate) fn problems(name: &Text, azure: &Azure, source: Option<&Source>) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(source.and_then(source_problem));
    match &azure.existing {
        Some(Leaf::Known(id)) => problems.extend(identity::id_problem(EXISTING, id)),
        Some(Leaf::Unknown) => {}
        None => problems.extend(identity::problems(&azure.owned, &PATHS, name)),
    }
    if azure.existing.is_some()
        && let Some(path) = azure.owned.first_set(&PATHS)
    {
        problems.push(Problem::at(
            path,
            "Setting of an identity that exists",
            "`existing` says which identity is meant; this would say where a new one goes. Remove one of the two.",
        ));
    }
    role_problems(azure, &mut problems);
    if let Some(value) = azure.credential_name.as_ref().unwrap_or(name).known()
        && let Some(fault) = credential_name_fault(value)
    {
        let value = value.escape_debug();
        problems.push(match azure.credential_name {
            Some(_) => Problem::at(
                CREDENTIAL,
                "Not the name of a federated credential",
                format!("`{value}` cannot be one: {fault}."),
            ),
            None => Problem::at(
                "name",
                "The name cannot be that of a federated credential",
                format!("`{value}` cannot be one: {fault}. Choose another name, or set `{CREDENTIAL}`."),
            ),
        });
    }
    if let Some(Leaf::Known(audience)) = &azure.audience {
        problems.extend(audience_problem(audience, source));
    }
    problems
}

/// Sources whose tokens Entra does not take, and settings that it cannot tell apart.
fn source_problem(source: &Source) -> Option<Problem> {
    let (path, summary, detail) = match source {
        Source::GithubActions(it) if it.environment.is_none() && it.reference.is_none() => (
            "from.github_actions",
            "No exact subject",
            "Entra compares subjects exactly, and every environment and every reference of a repository has its own. Set `environment` or `ref`.",
        ),
        Source::GithubActions(it) if it.workflow.is_some() => (
            "from.github_actions.workflow",
            "Entra cannot tell workflows apart",
            "A federated credential compares the subject, which does not name the workflow. Remove it, and protect the environment or the branch instead.",
        ),
        Source::GithubActions(it) if it.environment.is_some() && it.reference.is_some() => (
            github_actions::REF,
            "Entra cannot compare both environment and reference",
            "The subject of a job in an environment does not name the reference, and a federated credential compares nothing else. Remove it, and let the environment's deployment branches say which references may run in it.",
        ),
        Source::Gitlab(it) if it.environment.is_some() => (
            gitlab::ENVIRONMENT,
            "Entra cannot tell GitLab's environments apart",
            "A federated credential compares the subject, which names the branch or tag and not the environment. Remove it, and protect the branch instead.",
        ),
        Source::Kubernetes(it) if it.jwks.is_some() => (
            kubernetes::JWKS,
            "Entra fetches the keys itself",
            "Entra reads an issuer's keys over the internet and takes none by hand. Publish the issuer's discovery document, or let a Google service account in between: `kubernetes` to `gcp` takes the keys.",
        ),
        Source::AwsRole(it) if it.session_name.is_some() => (
            aws_role::SESSION,
            "AWS's tokens name no session",
            "The subject of a token of the account's own issuer is the role, whatever the session. Remove the argument, and give the workload a role of its own.",
        ),
        Source::AzureManagedIdentity(_) => (
            "to.azure",
            "A managed identity is at home in Azure already",
            "Assign the roles to the identity itself, with `azurerm_role_assignment`; no trust is needed. The nearest that needs one is `azure_managed_identity` to `gcp`.",
        ),
        _ => return None,
    };
    Some(Problem::at(path, summary, detail))
}

fn role_problems(azure: &Azure, problems: &mut Vec<Problem>) {
    let Some(wanted) = azure.roles.known() else { return };
    if wanted.is_empty() && azure.existing.is_none() {
        problems.push(Problem::at(
            ROLES,
            "No roles",
            "The identity would be able to do nothing. Name at least one, such as `{ role = \"Cognitive Services OpenAI User\", scope = ACCOUNT_ID }` for Azure OpenAI.",
        ));
    }
    for ScopedRole { role, scope } in wanted.iter().filter_map(Leaf::known) {
        if let Some(scope) = scope.known()
            && !is_scope(scope)
        {
            let hint = if scope.starts_with("https://") {
                " An endpoint is not a scope; `az cognitiveservices account show --query id` prints the account's id."
            } else {
                ""
            };
            problems.push(Problem::at(
                ROLES,
                "Not a scope",
                format!(
                    "`{}` is not a resource id that begins with `/subscriptions/` or `/providers/`.{hint}",
                    scope.escape_debug()
                ),
            ));
        }
        let Some(role) = role.known() else { continue };
        if let Some(meant) = roles::meant(role) {
            problems.push(Problem::at(ROLES, "Not a role", format!("`{role}` is written `{meant}`.")));
        } else if role.trim().is_empty()
            || role.trim() != role
            || role.starts_with("roles/")
            || role.chars().count() > 512
        {
            problems.push(Problem::at(
                ROLES,
                "Not a role",
                format!("`{}` is not the name, GUID or resource id of an Azure role.", role.escape_debug()),
            ));
        }
    }
}

fn is_scope(scope: &str) -> bool {
    let rest = ["/subscriptions/", "/providers/"].iter().find_map(|start| scope.strip_prefix(start));
    rest.is_some_and(|rest| {
        rest.split('/').all(|part| !part.is_empty())
            && !rest.chars().any(|c| c.is_whitespace() && c != ' ' || "*?#".contains(c))
    })
}

fn audience_problem(audience: &str, source: Option<&Source>) -> Option<Problem> {
    let detail = if audience.is_empty() {
        "A federated credential has exactly one audience. Leave the argument out for Azure's own."
    } else if audience.len() > MAX_TEXT {
        "A federated credential takes at most 600 characters."
    } else if audience.contains("iam.googleapis.com") {
        "This is the audience of Google's provider. Leave the argument out for Azure's own; a workload that calls both clouds asks for a token for each."
    } else if matches!(source, Some(Source::Aks(_))) && !audience.starts_with(EXCHANGE_AUDIENCE) {
        "The webhook of Azure Workload Identity asks for `api://AzureADTokenExchange` (with `USGov` or `China` behind it in those clouds) and for \
         nothing else, so no pod would get in. Leave the argument out."
    } else if audience.trim() != audience {
        "Audiences are compared exactly, and this one has white space around it."
    } else {
        return None;
    };
    Some(Problem::at(AUDIENCE, "Not an audience for Entra", detail))
}
