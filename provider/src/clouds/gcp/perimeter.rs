//! VPC service perimeters.

use std::collections::BTreeSet;

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::perimeters;
use crosscloud_cloud::gcp::perimeters::{
    ApiOperation, Crossing, Destination, EgressPolicy, IngressPolicy, MethodSelector, PerimeterConfig, Source,
    VpcAccessibleServices,
};
use crosscloud_cloud::gcp::{PerimeterName, PerimeterSpec};
use crosscloud_trust::gcp::{Operation, Perimeter, Rule, RuleSource};
use crosscloud_trust::{Leaf, Text};
use serde_json::{Map, Value, json};

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, known_set, seen, seen_set};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

const RESTRICTION: &str = "sourceRestriction";
const RESTRICTED: &str = "SOURCE_RESTRICTION_ENABLED";
const ROLES: &str = "roles";
const EXTERNAL: &str = "externalResources";

impl Kind for Perimeter {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: PerimeterName = id.parse()?;
        let there = client(clouds).get_perimeter(&name, &clouds.context()).await?;
        Ok(Look::of(there.map(|there| of(id, there.perimeter_type == "PERIMETER_TYPE_BRIDGE", there.spec))))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        match client(clouds).create_perimeter(&name(self)?, &spec(self)?, &clouds.patient()).await {
            Ok(_) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let wanted = spec(self)?;
        let mut fields = wanted.difference(&spec(there)?);
        let side = if known(&there.dry_run)? { "spec" } else { "status" };
        if !there.beyond.is_empty() && !fields.contains(&side) {
            fields.push(side);
        }
        client(clouds).update_perimeter(&name(self)?, &wanted, &fields, &clouds.patient()).await?;
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).delete_perimeter(&id.parse()?, &clouds.patient()).await?;
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let (name, spec) = (name(self)?, PerimeterSpec::default());
        needs.look(&perimeters::get(&name)).create(&perimeters::create(&name, &spec));
        needs.update(&perimeters::update(&name, &spec, &[], "")).delete(&perimeters::delete(&name));
        Ok(())
    }
}

fn name(perimeter: &Perimeter) -> Result<PerimeterName, CloudError> {
    Ok(PerimeterName::new(known(&perimeter.policy)?, known(&perimeter.name)?))
}

fn spec(perimeter: &Perimeter) -> Result<PerimeterSpec, CloudError> {
    let allowed = perimeter.vpc_accessible_services.as_ref().map(known).transpose()?;
    let config = PerimeterConfig {
        resources: known_set(&known(&perimeter.resources)?)?,
        access_levels: known_set(&known(&perimeter.access_levels)?)?,
        restricted_services: known_set(&known(&perimeter.restricted_services)?)?,
        vpc_accessible_services: VpcAccessibleServices {
            enable_restriction: allowed.is_some(),
            allowed_services: known_set(&allowed.unwrap_or_default())?,
            ..VpcAccessibleServices::default()
        },
        ingress_policies: perimeter.ingress.iter().map(ingress).collect::<Result<_, _>>()?,
        egress_policies: perimeter.egress.iter().map(egress).collect::<Result<_, _>>()?,
        ..PerimeterConfig::default()
    };
    let dry_run = known(&perimeter.dry_run)?;
    let (status, spec) =
        if dry_run { (PerimeterConfig::default(), config) } else { (config, PerimeterConfig::default()) };
    Ok(PerimeterSpec {
        title: known(&perimeter.title)?,
        description: known(&perimeter.description)?,
        status,
        spec,
        use_explicit_dry_run_spec: dry_run,
    })
}

fn ingress(rule: &Rule) -> Result<IngressPolicy, CloudError> {
    Ok(IngressPolicy { title: known(&rule.title)?, ingress_from: crossing(rule)?, ingress_to: destination(rule)? })
}

fn egress(rule: &Rule) -> Result<EgressPolicy, CloudError> {
    let mut from = crossing(rule)?;
    if !rule.sources.is_empty() {
        // Google does not heed the sources of a way out unless it is told to.
        from.rest.insert(RESTRICTION.to_owned(), json!(RESTRICTED));
    }
    Ok(EgressPolicy { title: known(&rule.title)?, egress_from: from, egress_to: destination(rule)? })
}

fn crossing(rule: &Rule) -> Result<Crossing, CloudError> {
    let source = |source: &RuleSource| {
        Ok::<_, CloudError>(match source {
            RuleSource::AccessLevel(level) => Source { access_level: known(level)?, ..Source::default() },
            RuleSource::Resource(resource) => Source { resource: known(resource)?, ..Source::default() },
        })
    };
    Ok(Crossing {
        identities: known_set(&rule.identities)?,
        identity_type: rule.identity_type.as_ref().map(known).transpose()?.unwrap_or_default(),
        sources: rule.sources.iter().map(source).collect::<Result<_, _>>()?,
        ..Crossing::default()
    })
}

fn destination(rule: &Rule) -> Result<Destination, CloudError> {
    let operation = |operation: &Operation| {
        let method = |method| MethodSelector { method, ..MethodSelector::default() };
        let permission = |permission| MethodSelector { permission, ..MethodSelector::default() };
        let methods = known_set(&operation.methods)?.into_iter().map(method);
        let permissions = known_set(&operation.permissions)?.into_iter().map(permission);
        Ok::<_, CloudError>(ApiOperation {
            service_name: known(&operation.service)?,
            method_selectors: methods.chain(permissions).collect(),
        })
    };
    let more = [(ROLES, &rule.roles), (EXTERNAL, &rule.external_resources)];
    let mut rest = Map::new();
    for (name, values) in more.into_iter().filter(|(_, values)| !values.is_empty()) {
        rest.insert(name.to_owned(), json!(known_set(values)?));
    }
    Ok(Destination {
        resources: known_set(&rule.resources)?,
        operations: rule.operations.iter().map(operation).collect::<Result<_, _>>()?,
        rest,
    })
}

/// The perimeter as Google has it: what is enforced, or else what is tried.
fn of(id: &str, bridge: bool, there: PerimeterSpec) -> Perimeter {
    let dry_run = there.use_explicit_dry_run_spec && there.status == PerimeterConfig::default();
    let (config, side) = if dry_run { (there.spec, "spec") } else { (there.status, "status") };
    let (policy, name) = match id.split('/').collect::<Vec<_>>()[..] {
        [_, policy, _, name] => (policy, name),
        _ => ("", id),
    };
    let mut beyond = Beyond::default();
    if bridge {
        beyond.0.push("perimeterType PERIMETER_TYPE_BRIDGE".to_owned());
    }
    let vpc = config.vpc_accessible_services;
    beyond.note(&format!("{side}.vpcAccessibleServices"), &vpc.rest);
    beyond.note(side, &config.rest);
    let mut rules = |rules: Vec<(String, Crossing, Destination)>, way: &str| {
        let rules = rules.into_iter().enumerate();
        rules
            .map(|(index, rule)| seen_rule(rule, &format!("{side}.{way}Policies[{index}]"), way, &mut beyond))
            .collect()
    };
    let ingress = config.ingress_policies.into_iter().map(|it| (it.title, it.ingress_from, it.ingress_to));
    let ingress = rules(ingress.collect(), "ingress");
    let egress = config.egress_policies.into_iter().map(|it| (it.title, it.egress_from, it.egress_to));
    let egress = rules(egress.collect(), "egress");
    Perimeter {
        policy: seen(policy),
        name: seen(name),
        title: seen(&there.title),
        description: seen(&there.description),
        resources: Leaf::Known(seen_set(config.resources)),
        restricted_services: Leaf::Known(seen_set(config.restricted_services)),
        access_levels: Leaf::Known(seen_set(config.access_levels)),
        vpc_accessible_services: vpc.enable_restriction.then(|| Leaf::Known(seen_set(vpc.allowed_services))),
        ingress,
        egress,
        dry_run: Leaf::Known(dry_run),
        beyond: beyond.0,
    }
}

fn seen_rule(
    (title, mut from, mut to): (String, Crossing, Destination),
    at: &str,
    way: &str,
    beyond: &mut Beyond,
) -> Rule {
    let restriction = from.rest.remove(RESTRICTION);
    let restricted = restriction == Some(json!(RESTRICTED));
    if way == "egress" && restricted == from.sources.is_empty() {
        // Sources that are not heeded, or heeded where there are none.
        beyond.0.push(format!("{at}.{way}From.{RESTRICTION}"));
    }
    let mut texts = |name: &str| match to.rest.remove(name) {
        Some(values) => serde_json::from_value::<BTreeSet<String>>(values).map(seen_set).unwrap_or_default(),
        None => BTreeSet::new(),
    };
    let (roles, external_resources) = (texts(ROLES), texts(EXTERNAL));
    for source in &from.sources {
        beyond.note(&format!("{at}.{way}From.sources"), &source.rest);
    }
    beyond.note(&format!("{at}.{way}From"), &from.rest);
    beyond.note(&format!("{at}.{way}To"), &to.rest);
    let source = |source: Source| match source.access_level.is_empty() {
        true => RuleSource::Resource(seen(&source.resource)),
        false => RuleSource::AccessLevel(seen(&source.access_level)),
    };
    let named = !from.identity_type.is_empty() && from.identity_type != "IDENTITY_TYPE_UNSPECIFIED";
    Rule {
        title: seen(&title),
        identities: seen_set(from.identities),
        identity_type: named.then(|| seen(&from.identity_type)),
        sources: from.sources.into_iter().map(source).collect(),
        resources: seen_set(to.resources),
        external_resources,
        operations: to.operations.into_iter().map(seen_operation).collect(),
        roles,
    }
}

fn seen_operation(operation: ApiOperation) -> Operation {
    let (methods, permissions): (Vec<_>, Vec<_>) =
        operation.method_selectors.into_iter().partition(|selector| selector.permission.is_empty());
    Operation {
        service: seen(&operation.service_name),
        methods: methods.into_iter().map(|selector| Text::of(selector.method)).collect(),
        permissions: permissions.into_iter().map(|selector| Text::of(selector.permission)).collect(),
    }
}

/// What a perimeter says that no specification can say.
#[derive(Debug, Default)]
struct Beyond(Vec<String>);

impl Beyond {
    fn note(&mut self, at: &str, rest: &Map<String, Value>) {
        self.0.extend(rest.keys().map(|name| format!("{at}.{name}")));
    }
}
