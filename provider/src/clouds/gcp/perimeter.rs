//! VPC service perimeters.

use std::collections::BTreeSet;

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::perimeters::{
    ApiOperation, Crossing, Destination, EgressPolicy, IngressPolicy, MethodSelector, PerimeterConfig, Source,
    VpcAccessibleServices,
};
use crosscloud_cloud::gcp::{PerimeterName, PerimeterSpec};
use crosscloud_trust::gcp::{Egress, Ingress, IngressSource, Operation, Perimeter};
use crosscloud_trust::{Leaf, Text};

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, known_set, seen, seen_set};
use crate::clouds::{CloudError, Clouds};

impl Kind for Perimeter {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: PerimeterName = id.parse()?;
        let there = client(clouds).get_perimeter(&name, &clouds.context()).await?;
        Ok(Look::of(there.map(|there| of(id, there.spec))))
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
        let fields = wanted.difference(&spec(there)?);
        client(clouds).update_perimeter(&name(self)?, &wanted, &fields, &clouds.patient()).await?;
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).delete_perimeter(&id.parse()?, &clouds.patient()).await?;
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

fn ingress(rule: &Ingress) -> Result<IngressPolicy, CloudError> {
    let source = |source: &IngressSource| {
        Ok::<_, CloudError>(match source {
            IngressSource::AccessLevel(level) => Source { access_level: known(level)?, ..Source::default() },
            IngressSource::Resource(resource) => Source { resource: known(resource)?, ..Source::default() },
        })
    };
    Ok(IngressPolicy {
        title: known(&rule.title)?,
        ingress_from: Crossing {
            sources: rule.sources.iter().map(source).collect::<Result<_, _>>()?,
            ..crossing(&rule.identities, rule.identity_type.as_ref())?
        },
        ingress_to: destination(&rule.resources, &rule.operations)?,
    })
}

fn egress(rule: &Egress) -> Result<EgressPolicy, CloudError> {
    Ok(EgressPolicy {
        title: known(&rule.title)?,
        egress_from: crossing(&rule.identities, rule.identity_type.as_ref())?,
        egress_to: destination(&rule.resources, &rule.operations)?,
    })
}

fn crossing(identities: &BTreeSet<Text>, identity_type: Option<&Text>) -> Result<Crossing, CloudError> {
    Ok(Crossing {
        identities: known_set(identities)?,
        identity_type: identity_type.map(known).transpose()?.unwrap_or_default(),
        ..Crossing::default()
    })
}

fn destination(resources: &BTreeSet<Text>, operations: &[Operation]) -> Result<Destination, CloudError> {
    let operation = |operation: &Operation| {
        let methods = known_set(&operation.methods)?.into_iter();
        Ok::<_, CloudError>(ApiOperation {
            service_name: known(&operation.service)?,
            method_selectors: methods.map(|method| MethodSelector { method, ..MethodSelector::default() }).collect(),
        })
    };
    Ok(Destination {
        resources: known_set(resources)?,
        operations: operations.iter().map(operation).collect::<Result<_, _>>()?,
        ..Destination::default()
    })
}

/// The perimeter as Google has it: what is enforced, or else what is tried.
fn of(id: &str, there: PerimeterSpec) -> Perimeter {
    let dry_run = there.use_explicit_dry_run_spec && there.status == PerimeterConfig::default();
    let config = if dry_run { there.spec } else { there.status };
    let (policy, name) = match id.split('/').collect::<Vec<_>>()[..] {
        [_, policy, _, name] => (policy, name),
        _ => ("", id),
    };
    let vpc = config.vpc_accessible_services;
    Perimeter {
        policy: seen(policy),
        name: seen(name),
        title: seen(&there.title),
        description: seen(&there.description),
        resources: Leaf::Known(seen_set(config.resources)),
        restricted_services: Leaf::Known(seen_set(config.restricted_services)),
        access_levels: Leaf::Known(seen_set(config.access_levels)),
        vpc_accessible_services: vpc.enable_restriction.then(|| Leaf::Known(seen_set(vpc.allowed_services))),
        ingress: config.ingress_policies.into_iter().map(seen_ingress).collect(),
        egress: config.egress_policies.into_iter().map(seen_egress).collect(),
        dry_run: Leaf::Known(dry_run),
    }
}

fn seen_ingress(rule: IngressPolicy) -> Ingress {
    let source = |source: Source| match source.access_level.is_empty() {
        true => IngressSource::Resource(seen(&source.resource)),
        false => IngressSource::AccessLevel(seen(&source.access_level)),
    };
    Ingress {
        title: seen(&rule.title),
        identities: seen_set(rule.ingress_from.identities),
        identity_type: optional(rule.ingress_from.identity_type),
        sources: rule.ingress_from.sources.into_iter().map(source).collect(),
        resources: seen_set(rule.ingress_to.resources),
        operations: rule.ingress_to.operations.into_iter().map(seen_operation).collect(),
    }
}

fn seen_egress(rule: EgressPolicy) -> Egress {
    Egress {
        title: seen(&rule.title),
        identities: seen_set(rule.egress_from.identities),
        identity_type: optional(rule.egress_from.identity_type),
        resources: seen_set(rule.egress_to.resources),
        operations: rule.egress_to.operations.into_iter().map(seen_operation).collect(),
    }
}

fn seen_operation(operation: ApiOperation) -> Operation {
    let method = |selector: MethodSelector| Text::of(selector.method + &selector.permission);
    Operation {
        service: seen(&operation.service_name),
        methods: operation.method_selectors.into_iter().map(method).collect(),
    }
}

fn optional(text: String) -> Option<Text> {
    (!text.is_empty()).then(|| Text::of(text))
}
