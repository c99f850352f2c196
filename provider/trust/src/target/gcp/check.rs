//! What Google would refuse, found before anything is sent. Limits are those of the IAM v1 reference.

use crate::leaf::{Leaf, Text};
use crate::problem::Problem;
use crate::source::Identity;
use crate::spec::Gcp;
use crate::target::gcp::{CONDITION, MAPPING, PRINCIPALS, ROLES};

const PROJECT: &str = "to.gcp.project";
const MAX_CONDITION: usize = 4096;
const MAX_MAPPING: usize = 2048;
const MAX_SUBJECT: usize = 127;

/// Everything in a Google target that cannot work.
pub(crate) fn problems(name: &Text, gcp: &Gcp, identity: Option<&Identity>) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(gcp.project.known().and_then(|id| project_problem(id)));
    problems.extend(id_problem("to.gcp.pool_id", &gcp.pool_id, name, "workload identity pool", pool_id_fault));
    problems.extend(id_problem("to.gcp.provider_id", &gcp.provider_id, name, "provider", pool_id_fault));
    problems.extend(id_problem(
        "to.gcp.service_account_id",
        &gcp.service_account_id,
        name,
        "service account",
        account_id_fault,
    ));
    role_problems(gcp, &mut problems);
    principal_problems(gcp, &mut problems);
    mapping_problems(gcp, &mut problems);
    if let Some(condition) = gcp.attribute_condition.as_ref().and_then(Leaf::known) {
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
    }
    if let Some(identity) = identity
        && let Some(subject) = identity.subject.known()
        && gcp.attribute_mapping.is_none()
        && subject.len() > MAX_SUBJECT
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
    problems
}

fn project_problem(project: &str) -> Option<Problem> {
    let bare = project.rsplit_once(':').map_or(project, |(_, id)| id);
    if !project.is_empty() && project.bytes().all(|c| c.is_ascii_digit()) {
        return Some(Problem::at(
            PROJECT,
            "A project number where the project id belongs",
            format!(
                "`{project}` is a project number. Write the id, which `gcloud projects describe {project} --format='value(projectId)'` prints; the number is looked up."
            ),
        ));
    }
    let well_formed = (6..=30).contains(&bare.len())
        && bare.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && bare.starts_with(|c: char| c.is_ascii_lowercase())
        && !bare.ends_with('-')
        && project.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-.:".contains(&c));
    (!well_formed).then(|| {
        Problem::at(
            PROJECT,
            "Not a Google Cloud project id",
            format!(
                "`{}` cannot be a project id: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter. Write the bare id, without `projects/`.",
                project.escape_debug()
            ),
        )
    })
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

fn pool_id_fault(id: &str) -> Option<&'static str> {
    if !(4..=32).contains(&id.len())
        || !id.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        || id.starts_with('-')
        || id.ends_with('-')
    {
        return Some("4 to 32 lower-case letters, digits and hyphens, with a letter or digit at each end");
    }
    id.starts_with("gcp-").then_some("the prefix `gcp-` is Google's own")
}

fn account_id_fault(id: &str) -> Option<&'static str> {
    let well_formed = (6..=30).contains(&id.len())
        && id.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-');
    (!well_formed)
        .then_some("6 to 30 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen")
}

fn role_problems(gcp: &Gcp, problems: &mut Vec<Problem>) {
    let Some(roles) = gcp.roles.known() else { return };
    if roles.is_empty() {
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

fn principal_problems(gcp: &Gcp, problems: &mut Vec<Problem>) {
    let Some(principals) = gcp.principals.as_ref().and_then(Leaf::known) else { return };
    if principals.is_empty() {
        problems.push(Problem::at(
            PRINCIPALS,
            "No principals",
            "Nobody would be able to use the trust. Leave the argument out to bind exactly the source's own subject.",
        ));
    }
    for principal in principals.iter().filter_map(Leaf::known) {
        let federated = ["principal://iam.googleapis.com/", "principalSet://iam.googleapis.com/"];
        let public = ["allUsers", "allAuthenticatedUsers"];
        if !federated.iter().any(|start| principal.starts_with(start)) && !public.contains(&principal.as_str()) {
            problems.push(Problem::at(
                PRINCIPALS,
                "Not a federated principal",
                format!(
                    "`{}` does not begin with `principal://iam.googleapis.com/` or `principalSet://iam.googleapis.com/`. Leave the argument out to bind exactly the source's own subject.",
                    principal.escape_debug()
                ),
            ));
        }
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
