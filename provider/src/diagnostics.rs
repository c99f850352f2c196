//! What is told to the user: problems, failed calls and findings, each as one diagnostic at its attribute.

use std::collections::BTreeSet;

use crosscloud_compose::{Cause, Failure, Outcome};
use crosscloud_trust::{AttributePath, FactQuery, Graph, Object, Problem, Step};
use tfplugin::{Diagnostic, Diagnostics, Path};

use crate::clouds::CloudError;
use crate::composite::LeftBehind;

/// A path into the configuration, in the framework's words.
pub(crate) fn path(path: &AttributePath) -> Path {
    path.steps().iter().fold(Path::root(), |path, step| match step {
        Step::Attribute(name) => path.attribute(name.clone()),
        Step::Key(key) => path.key(key.clone()),
        Step::Index(index) => path.index(*index),
    })
}

/// What is wrong with a specification.
pub(crate) fn of_problems(problems: Vec<Problem>) -> Diagnostics {
    let errors = problems
        .into_iter()
        .map(|problem| Diagnostic::attribute_error(&path(&problem.path), problem.summary, problem.detail));
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend(errors);
    diagnostics
}

/// Why a fact could not be looked up. It is told at an attribute whose object waits for the fact.
pub(crate) fn of_lookup(error: &CloudError, query: &FactQuery, graph: &Graph) -> Diagnostic {
    let summary = match query {
        FactQuery::ProjectNumber { project } => format!("Cannot look up the project {project}"),
        FactQuery::ProjectId { number } => format!("Cannot look up the project with the number {number}"),
        FactQuery::TransferAgent { project } => {
            format!("Cannot look up Storage Transfer's agent in the project {project}")
        }
        FactQuery::Identity { id } => format!("Cannot look up the managed identity {id}"),
        FactQuery::Application { identifier_uri, .. } => format!("Cannot look up the application {identifier_uri}"),
        FactQuery::Issuer { cluster } => format!("Cannot look up the cluster {cluster}"),
        FactQuery::RoleDefinition { name, .. } => format!("Cannot look up the role `{name}`"),
        FactQuery::OutboundIssuer { account_id } => {
            format!("Cannot look up the issuer of the AWS account {account_id}")
        }
    };
    of_error(&summary, error).at(&place(query, graph))
}

/// What the user refers to does not exist.
pub(crate) fn of_nothing(query: &FactQuery, graph: &Graph) -> Diagnostic {
    let (summary, next) = match query {
        FactQuery::RoleDefinition { scope, name } => (
            format!("There is no role `{name}`"),
            format!(
                "No role of that name can be assigned at {scope}. `az role definition list --query \"[].roleName\"` lists them; case and spaces count."
            ),
        ),
        FactQuery::Identity { id } => {
            (format!("There is no managed identity {id}"), "Copy its id from `az identity show --query id`.".to_owned())
        }
        FactQuery::Issuer { cluster } => (
            format!("The cluster {cluster} has no OIDC issuer"),
            "Either there is no such cluster, or its issuer is off: `crosscloud_aks_workload_identity` switches it on."
                .to_owned(),
        ),
        FactQuery::OutboundIssuer { account_id } => (
            format!("The AWS account {account_id} has no issuer of its own"),
            "Switch it on with `aws iam enable-outbound-web-identity-federation`.".to_owned(),
        ),
        FactQuery::Application { identifier_uri, .. } => (
            format!("There is no application with the identifier URI {identifier_uri}"),
            "Copy the URI from `az ad app show --query identifierUris`.".to_owned(),
        ),
        FactQuery::ProjectNumber { project }
        | FactQuery::ProjectId { number: project }
        | FactQuery::TransferAgent { project } => {
            (format!("There is no project {project}"), "Check the project's id.".to_owned())
        }
    };
    Diagnostic::error(summary, next).at(&place(query, graph))
}

/// The attribute to point at when a fact cannot be had.
fn place(query: &FactQuery, graph: &Graph) -> Path {
    let node = graph.nodes().values().find(|node| match query {
        FactQuery::RoleDefinition { .. } => matches!(node.object, Object::RoleAssignment(_)),
        FactQuery::Identity { id } => node.object.id().known() == Some(id),
        FactQuery::Issuer { .. } => matches!(node.object, Object::FederatedCredential(_) | Object::Provider(_)),
        FactQuery::Application { .. } => matches!(node.object, Object::Provider(_)),
        FactQuery::OutboundIssuer { .. } => matches!(node.object, Object::OutboundFederation(_)),
        _ => node.path.to_string().ends_with("project"),
    });
    node.map(|node| path(&node.path)).unwrap_or_default()
}

/// What failed in a run over a graph, and what was not attempted because of it.
pub(crate) fn of_outcome(outcome: &Outcome<CloudError>, graph: &Graph) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for failure in &outcome.failures {
        let at = graph.nodes().get(&failure.key).map(|node| path(&node.path)).unwrap_or_default();
        let kind = graph.nodes().get(&failure.key).map(|node| node.object.type_name());
        diagnostics.push(of_failure(failure, kind).at(&at));
    }
    if !outcome.skipped.is_empty() {
        let because = if outcome.failures.is_empty() { "The run was interrupted" } else { "See the errors above" };
        diagnostics.error(
            "The trust is incomplete",
            format!(
                "{because}. Not attempted: {}. What was done so far is in the state; the next apply goes on from there.",
                outcome.skipped.join(", ")
            ),
        );
    }
    diagnostics
}

/// A failed call that belongs to no single object of a run.
pub(crate) fn of_error(summary: &str, error: &CloudError) -> Diagnostic {
    let (what, next) = explained(error);
    Diagnostic::error(summary, told(&what, &next))
}

fn explained(error: &CloudError) -> (String, String) {
    let next = match error {
        CloudError::Cloud(error) => error.next_step(),
        CloudError::Foreign { .. } => {
            "Delete those providers for good, or choose another id for the pool, then apply again.".to_owned()
        }
        CloudError::AzureId(_) => "Write the id as `az resource show --query id` prints it.".to_owned(),
        CloudError::Name(_) | CloudError::Id { .. } | CloudError::Kind(_) | CloudError::Unknown => {
            "Please report this, with the configuration and the log.".to_owned()
        }
    };
    (error.to_string(), next)
}

fn of_failure(failure: &Failure<CloudError>, kind: Option<&str>) -> Diagnostic {
    let Failure { key, id, action, cause } = failure;
    let summary = format!("Cannot {action} {key}");
    let (what, next) = match cause {
        Cause::Driver(error) => explained(error),
        Cause::Taken => (
            format!("{id} exists already, and this trust did not make it."),
            format!(
                "Nothing was changed. {} Otherwise choose another name or id, or delete the object if nothing uses it. What an apply of this \
                 configuration left behind when it was killed is recognised only under the `owner` that it was made for.",
                way_in(kind, id)
            ),
        ),
        Cause::SoftDeleted => of_deleted(kind, id),
        Cause::Absent => (
            format!("{id} does not exist, and the configuration refers to it as existing."),
            "Create it first, or leave the reference out to have it made.".to_owned(),
        ),
    };
    Diagnostic::error(summary, told(&what, &next))
}

/// That a name is still taken by a deleted object, and what can be done.
fn of_deleted(kind: Option<&str>, id: &str) -> (String, String) {
    let what = format!("{id} was deleted less than 30 days ago, and its name is taken until then.");
    let next = match kind {
        Some("storagetransfer.googleapis.com/TransferJob") => {
            "Nothing was changed. Google never brings a deleted job back: set `job_id` to another name. Role, identity and grants stay as they are."
        }
        Some("cloudkms.googleapis.com/CryptoKey") => {
            "Nothing was changed. Choose another name for the key, or bring its versions back with `gcloud kms keys versions restore` and import it."
        }
        _ => {
            "Nothing was changed. Choose another name or id for this trust, or bring the old object back with `gcloud iam \
             workload-identity-pools undelete` and delete what you do not need; tokens that were issued under it work again then."
        }
    };
    (what, next.to_owned())
}

/// That a plan wants a deleted object under its name again, which never comes back. A warning, since Terraform also plans like this before it
/// destroys; the apply is refused.
pub(crate) fn of_gone(object: &Object, id: &str, at: &AttributePath) -> Diagnostic {
    let (what, next) = of_deleted(Some(object.type_name()), id);
    Diagnostic::attribute_warning(&path(at), "A deleted object does not come back", told(&what, &next))
}

/// That objects are left to a later attempt, of which nobody can tell from here whether Terraform knows it.
pub(crate) fn of_taken_over(ids: &BTreeSet<String>) -> Diagnostic {
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let detail = format!(
        "{}\n\nA later attempt to create this has taken them over, as their marks show. Where that attempt is in the state they are its own. Where it \
         was killed before Terraform heard of it nobody looks after them: apply the configuration once more, which takes them over, and \
         destroy then.",
        ids.join("\n")
    );
    Diagnostic::warning("Objects are left to a later attempt", detail)
}

/// That a trust goes by which others come in. None: nobody does. An error where the trust says that it has members.
pub(crate) fn of_left_behind(left_behind: &LeftBehind) -> Option<Diagnostic> {
    let LeftBehind { names, awaited } = left_behind;
    if names.is_empty() {
        return None;
    }
    let names = names.join("\n");
    Some(if *awaited {
        let detail = format!(
            "{names}\n\nThey come in by this trust, and would stay outside without it. Destroy these members first, in whatever state they are; or \
             take `admits` out of the trust and apply, which shuts them out, and destroy the trust then."
        );
        Diagnostic::error("The trust has members", detail)
    } else {
        let detail =
            format!("{names}\n\nSomebody else had let them in by what has been destroyed; they stay outside now.");
        Diagnostic::warning("Others came in by the same trust", detail)
    })
}

/// How an object that exists can become part of the resource: by a reference that leaves it alone, or by an import that takes it over.
fn way_in(kind: Option<&str>, id: &str) -> String {
    let last = id.rsplit('/').next().unwrap_or(id);
    let refer = |place: &str, reference: String| {
        format!(
            "To use it and leave it alone, write `{reference}` in `{place}`; to take it over, import the resource by the id that its page shows."
        )
    };
    match kind {
        Some("iam.googleapis.com/WorkloadIdentityPool") => {
            refer("to.gcp", format!("existing = {{ pool = \"{last}\" }}"))
        }
        Some("iam.googleapis.com/ServiceAccount") => {
            refer("to.gcp", format!("existing = {{ service_account = \"{last}\" }}"))
        }
        Some("Microsoft.ManagedIdentity/userAssignedIdentities") => {
            refer("to.azure", format!("existing = {{ identity = \"{id}\" }}"))
        }
        Some("AWS::IAM::OIDCProvider") => refer("to.aws", format!("existing = {{ oidc_provider = \"{id}\" }}")),
        Some("cloudkms.googleapis.com/CryptoKey") => {
            refer("to.gcp.encryption", format!("keys = {{ \"{last}\" = {{ existing = \"{id}\" }} }}"))
        }
        _ => format!(
            "To take it over, import it: `import {{ to = ADDRESS, id = \"{id}\" }}`, or the id that the resource's page shows."
        ),
    }
}

/// What happened, then what to do.
fn told(what: &str, next: &str) -> String {
    let mut what = what.to_owned();
    if !what.ends_with(['.', '!', '?']) {
        what.push('.');
    }
    if next.is_empty() { what } else { format!("{what}\n\n{next}") }
}
