//! What cannot work about a perimeter.

use std::collections::BTreeSet;

use super::{Admitted, ServicePerimeter};
use crate::leaf::{Leaf, Text};
use crate::names::{is_google_service, is_number, project_fault};
use crate::object::gcp::{Rule, RuleSource};
use crate::path::AttributePath;
use crate::problem::Problem;

const IDENTITY_TYPES: [&str; 3] = ["ANY_IDENTITY", "ANY_USER_ACCOUNT", "ANY_SERVICE_ACCOUNT"];

impl ServicePerimeter {
    /// Everything that cannot work, with the attribute at fault.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(self.name.known().and_then(|name| name_problem(name)));
        if let Some(policy) = self.access_policy.known()
            && !is_number(policy)
        {
            problems.push(Problem::at(
                "access_policy",
                "Not the number of an access policy",
                format!(
                    "`{}` is not a number; `gcloud access-context-manager policies list --organization ORGANIZATION` prints it, without `accessPolicies/`.",
                    policy.escape_debug()
                ),
            ));
        }
        if let Some(title) = self.title.as_ref().and_then(Leaf::known)
            && (title.trim().is_empty() || title.chars().count() > 200)
        {
            problems.push(Problem::at("title", "Not a title", "1 to 200 characters are needed."));
        }
        if self.projects.known().is_some_and(BTreeSet::is_empty) {
            problems.push(Problem::at("projects", "No projects", "A perimeter around nothing guards nothing."));
        }
        for project in self.projects.known().into_iter().flatten().filter_map(Leaf::known) {
            if let Some(fault) = project_fault(project) {
                problems.push(Problem::at("projects", "Not a Google Cloud project id", fault));
            }
        }
        if self.restricted_services.as_ref().and_then(Leaf::known).is_some_and(BTreeSet::is_empty) {
            let detail = "Leave the argument out for the token services, Vertex AI, Cloud Storage and Cloud KMS.";
            problems.push(Problem::at("restricted_services", "No services", detail));
        }
        problems.extend(service_problems("restricted_services", self.restricted_services.as_ref()));
        problems.extend(service_problems("vpc_accessible_services", self.vpc_accessible_services.as_ref()));
        problems.extend(level_problems("access_levels", self.access_levels.as_ref(), &self.access_policy));
        if let Some(Leaf::Known(admitted)) = &self.admit {
            self.admitted_problems(admitted, &mut problems);
        }
        for (path, rules) in [("ingress", &self.ingress), ("egress", &self.egress)] {
            let rules = rules.as_ref().and_then(Leaf::known).into_iter().flatten().enumerate();
            for (index, rule) in rules.filter_map(|(index, rule)| Some((index, rule.known()?))) {
                self.rule_problems(rule, path, index, &mut problems);
            }
        }
        problems
    }

    fn rule_problems(&self, rule: &Rule, way: &str, index: usize, problems: &mut Vec<Problem>) {
        let at = |name: &str| AttributePath::dotted(way).index(index).attribute(name);
        let mut tell =
            |name: &str, summary: &str, detail: String| problems.push(Problem::new(at(name), summary, detail));
        if rule.title.known().is_some_and(|title| title.chars().count() > 100) {
            tell("title", "Not the title of a rule", "It has at most 100 characters.".to_owned());
        }
        if let Some(kind) = rule.identity_type.as_ref().and_then(Leaf::known) {
            if !IDENTITY_TYPES.contains(&kind.as_str()) {
                let detail = format!("`{}` is none of {}.", kind.escape_debug(), IDENTITY_TYPES.join(", "));
                tell("identity_type", "Not a type of identity", detail);
            }
            if !rule.identities.is_empty() {
                let detail =
                    "`identity_type` and `identities` exclude each other: keep the one that is meant.".to_owned();
                tell("identity_type", "Everybody and somebody", detail);
            }
        } else if rule.identities.is_empty() {
            let detail = "Nobody could use the rule: name `identities`, or set `identity_type`.".to_owned();
            tell("identities", "Nobody named", detail);
        }
        for identity in rule.identities.iter().filter_map(Leaf::known) {
            let group = identity.strip_prefix("group:").is_some_and(|group| group.contains('@'));
            if let Some(fault) = principal_fault(identity).filter(|_| !group) {
                tell("identities", "Not an identity for a perimeter", fault);
            }
        }
        if way == "ingress" && rule.sources.is_empty() {
            let detail =
                "A way in says from where: `access_levels`, with `*` for anywhere, or `source_resources`.".to_owned();
            tell("access_levels", "No source", detail);
        }
        if way == "ingress" && !rule.external_resources.is_empty() {
            let detail = "A way in leads to projects inside: name them in `resources`.".to_owned();
            tell("external_resources", "Not what a way in leads to", detail);
        }
        let reached = rule.resources.len() + rule.external_resources.len();
        if reached == 0 || (reached > 1 && rule.resources.contains(&Text::of("*"))) {
            let detail = "Name `projects/NUMBER`, or `*` alone.".to_owned();
            tell("resources", "Not what a rule leads to", detail);
        }
        for resource in rule.resources.iter().filter_map(Leaf::known) {
            if resource != "*" && !resource.strip_prefix("projects/").is_some_and(is_number) {
                let detail = format!("`{}` is neither `projects/NUMBER` nor `*`.", resource.escape_debug());
                tell("resources", "Not what a rule leads to", detail);
            }
        }
        if rule.operations.is_empty() == rule.roles.is_empty() {
            let detail =
                "Say either which `operations` of services may be called, or which `roles` may be used.".to_owned();
            tell("operations", "Not what a rule allows", detail);
        }
        for operation in &rule.operations {
            let Some(service) = operation.service.known() else { continue };
            let selected = !operation.methods.is_empty() || !operation.permissions.is_empty();
            if service != "*" && !is_google_service(service) {
                let detail =
                    format!("`{}` is not a service, such as `storage.googleapis.com`, or `*`.", service.escape_debug());
                tell("operations", "Not a service", detail);
            } else if selected == (service == "*") {
                let detail = format!(
                    "For `{service}`: a service needs `methods` or `permissions`, with `*` for all; `*` takes none."
                );
                tell("operations", "Not calls to a service", detail);
            }
        }
        let levels = rule.sources.iter().filter_map(|source| match source {
            RuleSource::AccessLevel(level) if *level != Text::of("*") => Some(level.clone()),
            _ => None,
        });
        let levels = Leaf::Known(levels.collect());
        let told = level_problems("access_levels", Some(&levels), &self.access_policy).into_iter();
        problems.extend(told.map(|problem| Problem::new(at("access_levels"), problem.summary, problem.detail)));
    }

    fn admitted_problems(&self, admitted: &Admitted, problems: &mut Vec<Problem>) {
        let path = "admit.principals";
        if admitted.principals.known().is_some_and(BTreeSet::is_empty) {
            problems.push(Problem::at(path, "Nobody admitted", "Leave `admit` out to admit nobody from outside."));
        }
        for principal in admitted.principals.known().into_iter().flatten().filter_map(Leaf::known) {
            problems.extend(
                principal_fault(principal).map(|detail| Problem::at(path, "Not a principal for a perimeter", detail)),
            );
        }
        problems.extend(service_problems("admit.services", admitted.services.as_ref()));
        problems.extend(level_problems("admit.access_levels", admitted.access_levels.as_ref(), &self.access_policy));
        if let (Some(Leaf::Known(services)), Leaf::Known(restricted)) = (&admitted.services, self.restricted()) {
            for service in services.iter().filter(|service| !service.is_unknown() && !restricted.contains(service)) {
                let service = service.known().cloned().unwrap_or_default();
                let detail =
                    format!("`{service}` is not among the restricted services, so nobody needs to be let in to it.");
                problems.push(Problem::at("admit.services", "Not a guarded service", detail));
            }
        }
    }
}

fn name_problem(name: &str) -> Option<Problem> {
    let well_formed = (1..=50).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    (!well_formed).then(|| {
        Problem::at(
            "name",
            "Not the name of a perimeter",
            format!(
                "`{}` cannot be one: 1 to 50 letters, digits and underscores, beginning with a letter.",
                name.escape_debug()
            ),
        )
    })
}

fn service_problems(path: &str, services: Option<&Leaf<BTreeSet<Text>>>) -> Vec<Problem> {
    let known = services.and_then(Leaf::known).into_iter().flatten().filter_map(Leaf::known);
    let wrong = known.filter(|service| !is_google_service(service) && *service != "RESTRICTED-SERVICES");
    let told = |service: &String| {
        let detail =
            format!("`{}` is not the name of a service, such as `aiplatform.googleapis.com`.", service.escape_debug());
        Problem::at(path, "Not a service", detail)
    };
    wrong.map(told).collect()
}

fn level_problems(path: &str, levels: Option<&Leaf<BTreeSet<Text>>>, policy: &Text) -> Vec<Problem> {
    let known = levels.and_then(Leaf::known).into_iter().flatten().filter_map(Leaf::known);
    let told = |level: &String| {
        let fault = match level.split('/').collect::<Vec<_>>()[..] {
            ["accessPolicies", of, "accessLevels", name] if !name.is_empty() => match policy.known() {
                Some(policy) if policy != of => {
                    format!("it is of the access policy {of}, and the perimeter is of {policy}")
                }
                _ => return None,
            },
            _ => "write `accessPolicies/NUMBER/accessLevels/NAME`".to_owned(),
        };
        Some(Problem::at(path, "Not an access level of this policy", format!("`{}`: {fault}.", level.escape_debug())))
    };
    known.filter_map(told).collect()
}

fn principal_fault(principal: &str) -> Option<String> {
    use crosscloud_policy_model::principal::{Principal, PrincipalError};
    match principal.parse::<Principal>() {
        Ok(Principal::Federated { .. } | Principal::ServiceAccount(_) | Principal::User(_)) => None,
        Ok(Principal::AllUsers | Principal::AllAuthenticatedUsers) => {
            Some(format!("`{principal}` would let everybody in."))
        }
        Ok(_) | Err(PrincipalError::UnknownKind(_)) => Some(format!(
            "`{}` is none of `principal://…`, `principalSet://…`, `serviceAccount:EMAIL` and `user:EMAIL`.",
            principal.escape_debug()
        )),
        Err(error) => Some(format!("{error}.")),
    }
}
