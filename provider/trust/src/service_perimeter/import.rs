//! Import of a perimeter. What it says and no attribute can say is refused: the next apply would take it away.

use std::collections::BTreeSet;

use super::{Admitted, GUARDED, IMPERSONATION, ServicePerimeter};
use crate::facts::{FactQuery, Facts};
use crate::import::{ImportError, Look, Seen, unless};
use crate::leaf::{Leaf, Text};
use crate::object::Object;
use crate::object::gcp::{Perimeter, Rule, RuleSource};

impl ServicePerimeter {
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
            beyond: Vec::new(),
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

    /// The specification that what was seen amounts to.
    ///
    /// # Errors
    /// [`ImportError`] where the perimeter is not there, or says what no attribute can say.
    pub fn reconstruct(seen: &Seen, facts: &Facts) -> Result<Self, ImportError> {
        let Some(Object::Perimeter(it)) = seen.objects.get("gcp/perimeter") else {
            return Err(ImportError::Missing("perimeter of this name".to_owned()));
        };
        let inside = it.resources.known().into_iter().flatten();
        let (projects, other) = inside.map(|resource| id_of(resource, facts)).partition::<Vec<_>, _>(Result::is_ok);
        let other = other.into_iter().filter_map(Result::err).map(|resource| format!("the resource {resource}"));
        let beyond: Vec<_> = it.beyond.iter().cloned().chain(other).collect();
        if !beyond.is_empty() {
            return Err(ImportError::Beyond(beyond.join(", ")));
        }
        let some = |set: &Leaf<BTreeSet<Text>>| set.known().is_some_and(|set| !set.is_empty()).then(|| set.clone());
        let usual: BTreeSet<_> = GUARDED.into_iter().map(Text::of).collect();
        let mut found = Self {
            name: it.name.clone(),
            access_policy: it.policy.clone(),
            title: unless(Some(it.title.clone()), &it.name),
            projects: Leaf::Known(projects.into_iter().filter_map(Result::ok).collect()),
            restricted_services: (it.restricted_services != Leaf::Known(usual)).then(|| it.restricted_services.clone()),
            access_levels: some(&it.access_levels),
            vpc_accessible_services: it.vpc_accessible_services.clone(),
            admit: None,
            ingress: None,
            egress: rules(&it.egress),
            disabled: Leaf::Known(false),
            dry_run: it.dry_run,
        };
        let (admit, others) = found.admitted(&it.ingress);
        found.admit = admit.map(Leaf::Known);
        found.ingress = rules(others);
        Ok(found)
    }

    /// Who the first ways in admit, and the ways in that this does not explain.
    fn admitted<'a>(&self, ingress: &'a [Rule]) -> (Option<Admitted>, &'a [Rule]) {
        let restricted = self.restricted();
        for first in [2, 1] {
            let Some((ways, others)) = ingress.split_at_checked(first) else { continue };
            let Some(way) = ways.last().filter(|way| way.identity_type.is_none()) else { continue };
            let same = |admitted: &Admitted| self.ways_in(admitted, &restricted).as_deref() == Some(ways);
            if let Some(admitted) = readings(way).into_iter().find(same) {
                return (Some(admitted), others);
            }
        }
        (None, ingress)
    }
}

/// What can have been written for a way in.
fn readings(way: &Rule) -> [Admitted; 2] {
    let level = |source: &RuleSource| match source {
        RuleSource::AccessLevel(level) if level.known().is_some_and(|level| level != "*") => Some(level.clone()),
        _ => None,
    };
    let levels: BTreeSet<_> = way.sources.iter().filter_map(level).collect();
    let with = |services: Option<BTreeSet<Text>>| Admitted {
        principals: Leaf::Known(way.identities.clone()),
        access_levels: (!levels.is_empty()).then(|| Leaf::Known(levels.clone())),
        services: services.map(Leaf::Known),
    };
    // Impersonation is admitted in any case, so only what is admitted besides was written.
    let services = way.operations.iter().map(|it| it.service.clone());
    let besides = services.filter(|service| *service != Text::of(IMPERSONATION)).collect();
    [with(None), with(Some(besides))]
}

/// The id of a project inside; the resource itself where it is no project.
fn id_of(resource: &Text, facts: &Facts) -> Result<Text, String> {
    let number = resource.known().and_then(|resource| resource.strip_prefix("projects/"));
    let id = number.and_then(|number| facts.project_id(number)).map(Text::of);
    id.ok_or_else(|| resource.known().cloned().unwrap_or_default())
}

fn rules(rules: &[Rule]) -> Option<Leaf<Vec<Leaf<Rule>>>> {
    (!rules.is_empty()).then(|| Leaf::Known(rules.iter().cloned().map(Leaf::Known).collect()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::document::Surroundings;
    use crate::graph::tests::facts;
    use crate::object::gcp::Operation;

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
            ingress: None,
            egress: None,
            disabled: Leaf::Known(false),
            dry_run: Leaf::Known(true),
        }
    }

    fn way(title: &str) -> Rule {
        Rule {
            title: Text::of(title),
            identities: [Text::of("group:ml@example.com")].into(),
            identity_type: None,
            sources: [RuleSource::Resource(Text::of("projects/471100000011"))].into(),
            resources: [Text::of("*")].into(),
            external_resources: BTreeSet::new(),
            operations: vec![Operation {
                service: Text::of("storage.googleapis.com"),
                methods: BTreeSet::new(),
                permissions: [Text::of("storage.objects.get")].into(),
            }],
            roles: BTreeSet::new(),
        }
    }

    fn perimeter_of(made: &ServicePerimeter) -> Perimeter {
        let graph = made.graph(&facts());
        let Object::Perimeter(made) = &graph.nodes()["gcp/perimeter"].object else { panic!("not a perimeter") };
        made.clone()
    }

    fn seen(perimeter: Perimeter) -> Seen {
        Seen { objects: [("gcp/perimeter".to_owned(), Object::Perimeter(perimeter))].into(), listed: Vec::new() }
    }

    #[test]
    fn what_no_attribute_can_say_refuses_the_import() {
        let made = perimeter_of(&perimeter());
        let bridge = Perimeter { beyond: vec!["perimeterType PERIMETER_TYPE_BRIDGE".to_owned()], ..made.clone() };
        let network = "//compute.googleapis.com/projects/ml/global/networks/inside";
        let network = Perimeter { resources: Leaf::Known([Text::of(network)].into()), ..made };
        for (perimeter, said) in [(bridge, "PERIMETER_TYPE_BRIDGE"), (network, "networks/inside")] {
            let error = ServicePerimeter::reconstruct(&seen(perimeter), &facts()).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn while_it_is_disabled_every_way_is_shut_and_what_it_guards_stays_guarded() {
        let levels = Some(Leaf::Known([Text::of("accessPolicies/123456789/accessLevels/corp")].into()));
        let ways = |title| Some(Leaf::Known(vec![Leaf::Known(way(title))]));
        for dry_run in [true, false] {
            let open = ServicePerimeter {
                access_levels: levels.clone(),
                ingress: ways("Office"),
                egress: ways("Lake"),
                dry_run: Leaf::Known(dry_run),
                ..perimeter()
            };
            let shut = perimeter_of(&ServicePerimeter { disabled: Leaf::Known(true), ..open.clone() });
            let nothing = Leaf::Known(BTreeSet::new());
            let wanted =
                Perimeter { ingress: Vec::new(), egress: Vec::new(), access_levels: nothing, ..perimeter_of(&open) };
            assert_eq!(shut, wanted, "dry_run = {dry_run}");
            let without_ways = ServicePerimeter { admit: None, dry_run: Leaf::Known(dry_run), ..perimeter() };
            assert_eq!(ServicePerimeter::reconstruct(&seen(shut), &facts()), Ok(without_ways));
        }
        let unknown = ServicePerimeter { disabled: Leaf::Unknown, ..perimeter() }.graph(&facts());
        assert_eq!(unknown.hidden(), &BTreeSet::from(["disabled"]));
        let off = ServicePerimeter { disabled: Leaf::Known(true), admit: Some(Leaf::Unknown), ..perimeter() };
        assert!(off.graph(&facts()).hidden().is_empty(), "who would come in does not matter");
    }

    #[test]
    fn exchange_admits_any_identity_and_everything_else_named_ones() {
        assert_eq!(perimeter().problems(), []);
        let graph = perimeter().graph(&facts());
        let made = perimeter_of(&perimeter());
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
            ServicePerimeter { ingress: Some(Leaf::Known(vec![Leaf::Known(way("Office"))])), ..perimeter() },
            ServicePerimeter {
                admit: None,
                ingress: Some(Leaf::Known(vec![Leaf::Known(way("")), Leaf::Known(way("Office"))])),
                egress: Some(Leaf::Known(vec![Leaf::Known(way("Lake"))])),
                ..perimeter()
            },
        ] {
            assert_eq!(made.problems(), []);
            let seen = seen(perimeter_of(&made));
            assert_eq!(ServicePerimeter::queries(&seen).len(), 1);
            assert_eq!(ServicePerimeter::reconstruct(&seen, &facts()), Ok(made));
        }
        assert!(ServicePerimeter::looks("health").is_err());
    }

    #[test]
    fn a_finding_is_told_at_the_way_that_it_is_about() {
        let ways = |title| Some(Leaf::Known(vec![Leaf::Known(way(title))]));
        let made = ServicePerimeter { ingress: ways("Office"), egress: ways("Lake"), ..perimeter() };
        let document = made.document(&made.graph(&facts()), &facts(), &Surroundings::default()).document;
        for (place, attribute) in [
            ("ingress/1/services", "admit"),
            ("ingress/2/sources", "ingress[0]"),
            ("egress/0/resources/0", "egress[0]"),
            ("resources", "projects"),
            ("restricted_services", "restricted_services"),
        ] {
            assert_eq!(document.origin(&format!("/perimeters/0/dry_run/{place}")), attribute, "{place}");
        }
    }

    #[test]
    fn without_the_projects_number_the_perimeter_waits() {
        let graph = perimeter().graph(&Facts::default());
        assert!(!graph.nodes()["gcp/perimeter"].is_complete());
        assert_eq!(graph.wants().len(), 1);
    }
}
