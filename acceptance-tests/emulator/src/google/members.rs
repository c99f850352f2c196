//! Policy members: which ones Google takes, and which principal each one means.
//!
//! E-mail addresses are folded to lower case. `principal://` and `principalSet://` are kept and compared letter by letter.

use super::access::Principal;
use super::projects::policy_name;
use super::refusal::invalid;
use crate::http::answer::Refusal;
use crate::state::world::World;

/// Checks a member that is about to be written into the policy of that resource, and returns it as Google keeps it.
pub(crate) fn checked(world: &World, resource: &str, member: &str) -> Result<String, Refusal> {
    if let Some(rest) = member.strip_prefix("principal://").or_else(|| member.strip_prefix("principalSet://")) {
        let set = member.starts_with("principalSet://");
        return match federated(world, rest, set) {
            Ok(()) => Ok(member.to_owned()),
            Err(why) => Err(invalid(format!("The member {member} is not valid: {why}"))),
        };
    }
    if member == "allUsers" || member == "allAuthenticatedUsers" {
        return if !resource.starts_with("//storage.googleapis.com/") {
            Err(invalid(format!("Members of type {member} cannot be set on this resource.")))
        } else {
            Ok(member.to_owned())
        };
    }
    let Some((kind, value)) = member.split_once(':') else {
        return Err(unknown_type(member));
    };
    match kind {
        "serviceAccount" => service_account(world, value),
        "user" | "group" if is_email(value) => Ok(format!("{kind}:{}", value.to_lowercase())),
        "domain" if value.contains('.') && !value.contains('@') => Ok(format!("{kind}:{}", value.to_lowercase())),
        "user" | "group" | "domain" => {
            Err(invalid(format!("Invalid member {member}: {value} is not an address of that kind.")))
        }
        "projectOwner" | "projectEditor" | "projectViewer" if world.project(value).is_some() => Ok(member.to_owned()),
        "projectOwner" | "projectEditor" | "projectViewer" => Err(invalid(format!("Project {value} does not exist."))),
        "deleted" if value.contains("?uid=") || value.starts_with("principal") => Ok(member.to_owned()),
        _ => Err(unknown_type(member)),
    }
}

/// Whether a policy member means this principal.
pub(crate) fn is(world: &World, principal: &Principal, member: &str) -> bool {
    match principal {
        Principal::User(email) => {
            member.strip_prefix("user:") == Some(email)
                || everybody(member)
                || of_project(member).is_some_and(|(role, project)| {
                    let policy = world.google.policies.get(&policy_name(project));
                    policy.is_some_and(|policy| policy.grants(role, &format!("user:{email}")))
                })
        }
        Principal::Agent(email) => member.strip_prefix("serviceAccount:") == Some(email) || everybody(member),
        Principal::Federated(federated) => federated.mapped.matches_member(&federated.pool, member),
        Principal::Account(unique_id) => {
            let account = world.google.accounts.get(unique_id);
            everybody(member)
                || account.is_some_and(|account| member.strip_prefix("serviceAccount:") == Some(&account.email))
        }
    }
}

fn everybody(member: &str) -> bool {
    member == "allUsers" || member == "allAuthenticatedUsers"
}

/// Role and project of a member that stands for everybody with a basic role, which only buckets know.
fn of_project(member: &str) -> Option<(&'static str, &str)> {
    let (kind, project) = member.split_once(':')?;
    let role = match kind {
        "projectOwner" => "roles/owner",
        "projectEditor" => "roles/editor",
        "projectViewer" => "roles/viewer",
        _ => return None,
    };
    Some((role, project))
}

fn service_account(world: &World, address: &str) -> Result<String, Refusal> {
    let email = address.to_lowercase();
    if let Some((pool, _)) = address.split_once('[') {
        return Err(invalid(format!(
            "Identity Pool does not exist ({pool}). Please check that you specified a valid resource name as returned in the `name` attribute in the configuration API."
        )));
    }
    let known = world.google.accounts.values().any(|account| account.email == email && account.life.is_live())
        || world.google.agents.get(&email).is_some_and(|visible_from| world.now() >= *visible_from);
    if known {
        Ok(format!("serviceAccount:{email}"))
    } else {
        Err(invalid(format!("Service account {email} does not exist.")))
    }
}

/// Checks what follows `principal://` or `principalSet://`.
fn federated(world: &World, rest: &str, set: bool) -> Result<(), String> {
    let mut parts = rest.splitn(7, '/');
    let mut next = || parts.next().unwrap_or_default();
    if next() != "iam.googleapis.com" {
        return Err(String::from("it must begin with iam.googleapis.com/"));
    }
    let (projects, number) = (next(), next());
    if projects != "projects" || number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(String::from("after iam.googleapis.com it must name projects/ and a project number"));
    }
    if world.project(number).is_none() {
        return Err(format!("there is no project with number {number}"));
    }
    if (next(), next()) != ("locations", "global") || next() != "workloadIdentityPools" {
        return Err(String::from("after the project it must name locations/global/workloadIdentityPools/"));
    }
    let (pool, selector) = next().split_once('/').ok_or("it must say who of the pool is meant")?;
    if pool.is_empty() {
        return Err(String::from("it must name a pool"));
    }
    let (kind, value) = selector.split_once('/').unwrap_or((selector, ""));
    let good = match (set, kind) {
        (false, "subject") | (true, "group") => !value.is_empty(),
        (true, "*") => value.is_empty(),
        (true, kind) => kind.strip_prefix("attribute.").is_some_and(|name| !name.is_empty()) && !value.is_empty(),
        (false, _) => false,
    };
    if good {
        return Ok(());
    }
    Err(String::from(if set {
        "a set is group/…, attribute.NAME/… or *"
    } else {
        "a single principal is subject/…"
    }))
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains('.') && !domain.contains('@') && !text.contains(char::is_whitespace)
    })
}

fn unknown_type(member: &str) -> Refusal {
    invalid(format!("The member {member} is of an unknown type. Please set a valid type prefix for the member."))
}
