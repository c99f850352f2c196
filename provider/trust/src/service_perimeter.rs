//! `crosscloud_service_perimeter`: a VPC service perimeter around projects, with the ways in that federated workloads need. Token exchange has no
//! identity yet, so its way in admits any, for that one service; everything behind it admits named principals only.

use std::collections::BTreeSet;

use crate::facts::{FactQuery, Facts};
use crate::graph::{Builder, Graph, Node};
use crate::import::{ImportError, Look, Seen, unless};
use crate::leaf::{Leaf, Text};
use crate::names::{is_google_service, is_number, project_fault};
use crate::object::gcp::{Ingress, IngressSource, Operation, Perimeter};
use crate::object::{Object, description_of};
use crate::problem::Problem;

/// The type of the resource.
const RESOURCE: &str = "crosscloud_service_perimeter";

/// What is guarded where nobody says: the token services, Vertex AI, and where its data and keys are.
const GUARDED: [&str; 5] =
    ["aiplatform.googleapis.com", "cloudkms.googleapis.com", IMPERSONATION, "storage.googleapis.com", TOKEN_EXCHANGE];

const TOKEN_EXCHANGE: &str = "sts.googleapis.com";
const IMPERSONATION: &str = "iamcredentials.googleapis.com";

/// A perimeter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePerimeter {
    /// Short name in the access policy.
    pub name: Text,
    /// Number of the access policy.
    pub access_policy: Text,
    /// Title; the name where there is none.
    pub title: Option<Text>,
    /// Ids of the projects inside.
    pub projects: Leaf<BTreeSet<Text>>,
    /// Services that are guarded.
    pub restricted_services: Option<Leaf<BTreeSet<Text>>>,
    /// Access levels that let anybody in.
    pub access_levels: Option<Leaf<BTreeSet<Text>>>,
    /// Services that are reachable from inside.
    pub vpc_accessible_services: Option<Leaf<BTreeSet<Text>>>,
    /// Federated workloads that may come in.
    pub admit: Option<Leaf<Admitted>>,
    /// Whether violations are only logged.
    pub dry_run: Leaf<bool>,
}

/// Who may come in, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Principals, principal sets and service accounts, in IAM's form.
    pub principals: Leaf<BTreeSet<Text>>,
    /// Access levels that they have to come from; anywhere where there are none.
    pub access_levels: Option<Leaf<BTreeSet<Text>>>,
    /// Guarded services that they may call; all where nobody says.
    pub services: Option<Leaf<BTreeSet<Text>>>,
}

impl ServicePerimeter {
    /// The objects that the perimeter wants.
    pub fn graph(&self, facts: &Facts) -> Graph {
        let nothing = Default::default();
        let mut graph = Builder::new(&nothing);
        for project in self.projects.known().into_iter().flatten() {
            graph.want_text(project, |project| FactQuery::ProjectNumber { project }, None, facts);
        }
        let restricted = self.restricted();
        let ingress = match &self.admit {
            None => Vec::new(),
            Some(Leaf::Known(admitted)) => match self.ingress(admitted, &restricted) {
                Some(ingress) => ingress,
                None => {
                    graph.hide("admit");
                    return graph.finish();
                }
            },
            Some(Leaf::Unknown) => {
                graph.hide("admit");
                return graph.finish();
            }
        };
        let number = |project: &Text| Text::concat(["projects/".into(), facts.project_number(project).piece()]);
        let perimeter = Perimeter {
            policy: self.access_policy.clone(),
            name: self.name.clone(),
            title: self.title.as_ref().unwrap_or(&self.name).clone(),
            description: description_of(RESOURCE, &self.name),
            resources: self.projects.as_ref().map(|projects| projects.iter().map(number).collect()),
            restricted_services: restricted,
            access_levels: self.access_levels.clone().unwrap_or(Leaf::Known(BTreeSet::new())),
            vpc_accessible_services: self.vpc_accessible_services.clone(),
            ingress,
            egress: Vec::new(),
            dry_run: self.dry_run,
        };
        graph.add("gcp/perimeter", Node::new(Object::Perimeter(perimeter), "name"));
        graph.finish()
    }

    /// The perimeter's resource name.
    pub fn resource_name(&self) -> Text {
        let policy = self.access_policy.piece();
        Text::concat(["accessPolicies/".into(), policy, "/servicePerimeters/".into(), self.name.piece()])
    }

    fn restricted(&self) -> Leaf<BTreeSet<Text>> {
        let usual = || Leaf::Known(GUARDED.into_iter().map(Text::of).collect());
        self.restricted_services.clone().unwrap_or_else(usual)
    }

    /// The ways in. None: what decides how many there are is not known yet.
    fn ingress(&self, admitted: &Admitted, restricted: &Leaf<BTreeSet<Text>>) -> Option<Vec<Ingress>> {
        let restricted = restricted.known()?;
        let services = match &admitted.services {
            None => restricted.clone(),
            Some(services) => services.known()?.clone(),
        };
        let sources: Vec<_> = match &admitted.access_levels {
            None => vec![IngressSource::AccessLevel(Text::of("*"))],
            Some(levels) => levels.known()?.iter().cloned().map(IngressSource::AccessLevel).collect(),
        };
        let exchange = Text::of(TOKEN_EXCHANGE);
        let mut behind: BTreeSet<Text> = services.into_iter().filter(|service| *service != exchange).collect();
        let impersonation = Text::of(IMPERSONATION);
        if restricted.contains(&impersonation) {
            behind.insert(impersonation);
        }
        let everything = || BTreeSet::from([Text::of("*")]);
        let mut ingress = Vec::new();
        if restricted.contains(&exchange) {
            ingress.push(Ingress {
                title: Text::of("Token exchange"),
                identities: BTreeSet::new(),
                identity_type: Some(Text::of("ANY_IDENTITY")),
                sources: sources.clone(),
                resources: everything(),
                operations: vec![Operation { service: exchange, methods: everything() }],
            });
        }
        ingress.push(Ingress {
            title: Text::of("Federated workloads"),
            identities: admitted.principals.known()?.clone(),
            identity_type: None,
            sources,
            resources: everything(),
            operations: behind.into_iter().map(|service| Operation { service, methods: everything() }).collect(),
        });
        Some(ingress)
    }

    /// What an import has to look at, from the perimeter's resource name.
    ///
    /// # Errors
    /// The expected form, where the id is not of it.
    pub fn looks(id: &str) -> Result<Vec<Look>, ImportError> {
        let ["accessPolicies", policy, "servicePerimeters", name] = id.split('/').collect::<Vec<_>>()[..] else {
            return Err(ImportError::Form {
                id: id.to_owned(),
                form: "`accessPolicies/NUMBER/servicePerimeters/NAME`",
            });
        };
        let perimeter = Perimeter {
            policy: Text::of(policy),
            name: Text::of(name),
            title: Leaf::Unknown,
            description: Leaf::Unknown,
            resources: Leaf::Unknown,
            restricted_services: Leaf::Unknown,
            access_levels: Leaf::Unknown,
            vpc_accessible_services: None,
            ingress: Vec::new(),
            egress: Vec::new(),
            dry_run: Leaf::Unknown,
        };
        Ok(vec![Look::object("gcp/perimeter", Object::Perimeter(perimeter))])
    }

    /// Facts that reconstruction needs: the ids of the projects inside.
    pub fn queries(seen: &Seen) -> Vec<FactQuery> {
        let Some(Object::Perimeter(it)) = seen.objects.get("gcp/perimeter") else { return Vec::new() };
        let projects = it.resources.known().into_iter().flatten().filter_map(Leaf::known);
        let numbers = projects.filter_map(|project| project.strip_prefix("projects/"));
        numbers.map(|number| FactQuery::ProjectId { number: number.to_owned() }).collect()
    }

    /// The specification that what was seen amounts to. Ways in that this resource would not have made come back as differences.
    ///
    /// # Errors
    /// [`ImportError`] where the perimeter is not there.
    pub fn reconstruct(seen: &Seen, facts: &Facts) -> Result<Self, ImportError> {
        let Some(Object::Perimeter(it)) = seen.objects.get("gcp/perimeter") else {
            return Err(ImportError::Missing("perimeter of this name".to_owned()));
        };
        let id_of = |project: &Text| {
            let number = project.known().and_then(|project| project.strip_prefix("projects/"))?;
            facts.project_id(number).map(Text::of)
        };
        let projects = it.resources.known().into_iter().flatten().filter_map(id_of).collect();
        let some = |set: &Leaf<BTreeSet<Text>>| set.known().is_some_and(|set| !set.is_empty()).then(|| set.clone());
        let usual: BTreeSet<_> = GUARDED.into_iter().map(Text::of).collect();
        let mut found = Self {
            name: it.name.clone(),
            access_policy: it.policy.clone(),
            title: unless(Some(it.title.clone()), &it.name),
            projects: Leaf::Known(projects),
            restricted_services: (it.restricted_services != Leaf::Known(usual)).then(|| it.restricted_services.clone()),
            access_levels: some(&it.access_levels),
            vpc_accessible_services: it.vpc_accessible_services.clone(),
            admit: None,
            dry_run: it.dry_run,
        };
        found.admit = found.admitted(&it.ingress).map(Leaf::Known);
        Ok(found)
    }

    /// Who the ways in admit.
    fn admitted(&self, ingress: &[Ingress]) -> Option<Admitted> {
        let way = ingress.iter().find(|way| way.identity_type.is_none())?;
        let level = |source: &IngressSource| match source {
            IngressSource::AccessLevel(level) if level.known().is_some_and(|level| level != "*") => Some(level.clone()),
            _ => None,
        };
        let levels: BTreeSet<_> = way.sources.iter().filter_map(level).collect();
        let services: BTreeSet<_> = way.operations.iter().map(|it| it.service.clone()).collect();
        let with = |services: Option<BTreeSet<Text>>| Admitted {
            principals: Leaf::Known(way.identities.clone()),
            access_levels: (!levels.is_empty()).then(|| Leaf::Known(levels.clone())),
            services: services.map(Leaf::Known),
        };
        let restricted = self.restricted();
        let same = |admitted: &Admitted| self.ingress(admitted, &restricted).as_deref() == Some(ingress);
        let all = with(None);
        if same(&all) {
            return Some(all);
        }
        // Impersonation is admitted in any case, so only what is admitted besides was written.
        let besides = services.into_iter().filter(|service| *service != Text::of(IMPERSONATION)).collect();
        Some(with(Some(besides)))
    }

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
        problems
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graph::tests::facts;

    fn perimeter() -> ServicePerimeter {
        let principal =
            "principal://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/p/subject/s";
        ServicePerimeter {
            name: Text::of("health"),
            access_policy: Text::of("123456789"),
            title: None,
            projects: Leaf::Known([Text::of("ml-prod-4711")].into()),
            restricted_services: None,
            access_levels: None,
            vpc_accessible_services: None,
            admit: Some(Leaf::Known(Admitted {
                principals: Leaf::Known([Text::of(principal)].into()),
                access_levels: None,
                services: Some(Leaf::Known([Text::of("aiplatform.googleapis.com")].into())),
            })),
            dry_run: Leaf::Known(true),
        }
    }

    #[test]
    fn exchange_admits_any_identity_and_everything_else_named_ones() {
        assert_eq!(perimeter().problems(), []);
        let graph = perimeter().graph(&facts());
        let Object::Perimeter(made) = &graph.nodes()["gcp/perimeter"].object else { panic!("not a perimeter") };
        assert_eq!(made.resources, Leaf::Known([Text::of("projects/471100000011")].into()));
        let [exchange, workloads] = &made.ingress[..] else { panic!("{:?}", made.ingress) };
        assert_eq!(exchange.operations.len(), 1);
        assert_eq!(exchange.operations[0].service, Text::of("sts.googleapis.com"));
        assert_eq!(workloads.identity_type, None);
        let services: Vec<_> = workloads.operations.iter().map(|it| it.service.known().unwrap().as_str()).collect();
        assert_eq!(services, ["aiplatform.googleapis.com", "iamcredentials.googleapis.com"]);
        assert!(graph.nodes()["gcp/perimeter"].is_complete());
    }

    #[test]
    fn an_imported_perimeter_is_the_perimeter_that_was_made() {
        let levels = Some(Leaf::Known([Text::of("accessPolicies/123456789/accessLevels/corp")].into()));
        let Some(Leaf::Known(admitted)) = perimeter().admit else { panic!("nobody") };
        let everything = Admitted { services: None, access_levels: levels, ..admitted };
        let enforced = Leaf::Known(false);
        for made in [
            perimeter(),
            ServicePerimeter { admit: None, dry_run: enforced, ..perimeter() },
            ServicePerimeter { admit: Some(Leaf::Known(everything)), title: Some(Text::of("Health")), ..perimeter() },
        ] {
            let object = made.graph(&facts()).nodes()["gcp/perimeter"].object.clone();
            let seen = Seen { objects: [("gcp/perimeter".to_owned(), object)].into(), listed: Vec::new() };
            assert_eq!(ServicePerimeter::queries(&seen).len(), 1);
            assert_eq!(ServicePerimeter::reconstruct(&seen, &facts()), Ok(made));
        }
        assert!(ServicePerimeter::looks("health").is_err());
    }

    #[test]
    fn without_the_projects_number_the_perimeter_waits() {
        let graph = perimeter().graph(&Facts::default());
        assert!(!graph.nodes()["gcp/perimeter"].is_complete());
        assert_eq!(graph.wants().len(), 1);
    }
}
