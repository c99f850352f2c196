//! The data source `crosscloud_required_permissions`: which permissions a configuration takes, told from the requests that it would send.

mod model;
mod roles;

use std::collections::BTreeSet;
use std::sync::Arc;

use crosscloud_trust::{Facts, Graph};
use tfplugin::value::Dynamic;
use tfplugin::{Attr, Context, DataSource, Diagnostic, Diagnostics, Model, Outcome, Path, Schema};

use crate::aks_workload_identity::AksWorkloadIdentity;
use crate::clouds::{CloudError, Needs, Permission, Permits};
use crate::cmek_key::CmekKey;
use crate::composite::Composite;
use crate::composite::replace::stays_put;
use crate::data_transfer::DataTransfer;
use crate::diagnostics;
use crate::service_perimeter::ServicePerimeter;
use crate::shared::Shared;
use crate::trust::Trust;
use crate::trust_member::TrustMember;
pub use model::{PermissionsModel, RequiredPermissionsModel, RolesModel};

/// A marker nobody uses: whether an object can bear one is all that is asked.
const SOME_MARKER: &str = "crosscloud/required/permissions";

/// The data source `crosscloud_required_permissions`.
pub(crate) struct RequiredPermissions;

impl DataSource for RequiredPermissions {
    type Model = RequiredPermissionsModel;
    type Provider = Shared;

    fn type_name(&self) -> &str {
        "crosscloud_required_permissions"
    }

    async fn validate(&self, _context: Context<Option<Arc<Shared>>>, config: Self::Model) -> Diagnostics {
        match (config.resource.known(), config.config.known()) {
            // What is unknown inside is told when it is read.
            (Some(resource), Some(config)) if config.value.is_wholly_known() => match of(resource, config, false) {
                Ok(_) => Diagnostics::new(),
                Err(diagnostics) => diagnostics,
            },
            _ => Diagnostics::new(),
        }
    }

    async fn read(&self, context: Context<Arc<Shared>>, config: Self::Model) -> Outcome<Self::Model> {
        let (Some(resource), Some(arguments)) = (config.resource.known(), config.config.known()) else {
            return Outcome::done(config);
        };
        match of(resource, arguments, context.provider.owner.is_some()) {
            Ok(needs) => Outcome::done(told(config, needs)),
            Err(diagnostics) => Outcome::failed(diagnostics),
        }
    }
}

/// What a resource takes, and the subscriptions that it reaches into.
#[derive(Default)]
struct Required {
    plan: BTreeSet<Permission>,
    create: BTreeSet<Permission>,
    update: BTreeSet<Permission>,
    destroy: BTreeSet<Permission>,
    subscriptions: BTreeSet<String>,
}

/// The permissions of a resource of this type with these arguments.
fn of(resource: &str, arguments: &Dynamic, marks: bool) -> Result<Required, Diagnostics> {
    match resource {
        Trust::TYPE_NAME => of_composite::<Trust>(arguments, marks),
        TrustMember::TYPE_NAME => of_composite::<TrustMember>(arguments, marks),
        CmekKey::TYPE_NAME => of_composite::<CmekKey>(arguments, marks),
        ServicePerimeter::TYPE_NAME => of_composite::<ServicePerimeter>(arguments, marks),
        DataTransfer::TYPE_NAME => of_composite::<DataTransfer>(arguments, marks),
        AksWorkloadIdentity::TYPE_NAME => of_composite::<AksWorkloadIdentity>(arguments, marks),
        unknown => {
            let known = [
                Trust::TYPE_NAME,
                TrustMember::TYPE_NAME,
                CmekKey::TYPE_NAME,
                ServicePerimeter::TYPE_NAME,
                DataTransfer::TYPE_NAME,
                AksWorkloadIdentity::TYPE_NAME,
            ];
            let detail = format!("`{unknown}` is none of {}.", known.join(", "));
            Err(Diagnostic::attribute_error(&Path::root().attribute("resource"), "No such resource", detail).into())
        }
    }
}

fn of_composite<C: Composite>(arguments: &Dynamic, marks: bool) -> Result<Required, Diagnostics> {
    let schema = Schema::of::<C::Model>();
    let value = arguments.convert(&schema.implied_type()).map_err(|error| {
        let place = if error.path.is_root() { String::new() } else { format!("`{}`: ", error.path) };
        refused(C::TYPE_NAME, &format!("{place}{error}"))
    })?;
    let mut checked = schema.validate(&value);
    let model = checked.absorb(C::Model::decode(value, &Path::root()));
    let spec = model.as_ref().map(C::spec);
    if let Some(spec) = &spec {
        checked.extend(diagnostics::of_problems(C::problems(spec)));
    }
    let (Some(model), Some(spec), false) = (model, spec, checked.has_error()) else {
        return Err(below_config(C::TYPE_NAME, checked));
    };
    let graph = C::graph(&spec, &Facts::default());
    if let Some(hidden) = graph.hidden().first() {
        return Err(refused(C::TYPE_NAME, &format!("`{hidden}` is not set, so it cannot be told what there will be")));
    }
    required(&graph, &C::permits(&model), marks).map_err(|error| {
        refused(C::TYPE_NAME, &format!("{error}; every required argument has to be set, to values that are known"))
    })
}

fn required(graph: &Graph, permits: &Permits, marks: bool) -> Result<Required, CloudError> {
    let mut required = Required::default();
    for node in graph.nodes().values() {
        let mut needs = Needs::default();
        if node.referenced {
            needs.referenced(&node.object)?;
        } else {
            needs.object(&node.object)?;
        }
        required.plan.extend(needs.look);
        if let Some(subscription) = node.object.id().known().and_then(|id| subscription(id)) {
            required.subscriptions.insert(subscription);
        }
        // What has no identity of its own comes and goes by changes in place: with a role that is added, and with `disabled`.
        if !stays_put(&node.object) {
            required.update.extend(needs.create.iter().chain(&needs.delete).copied());
        }
        required.create.extend(needs.create);
        if permits.undelete {
            required.create.extend(needs.revive);
        }
        // A mark is set and taken away by a change: of an unfinished creation, and of a deletion that has begun.
        if marks && node.object.marked(SOME_MARKER).is_some() {
            required.create.extend(needs.update.iter().copied());
            required.destroy.extend(needs.update.iter().copied());
        }
        required.update.extend(needs.update);
        required.destroy.extend(needs.delete);
    }
    for want in graph.wants() {
        let mut needs = Needs::default();
        needs.fact(&want.query)?;
        required.plan.extend(needs.look);
    }
    for set in [&mut required.create, &mut required.update, &mut required.destroy] {
        set.extend(required.plan.iter().copied());
        let names: BTreeSet<_> = set.iter().map(|it| it.name).collect();
        set.retain(|it| it.within.is_none_or(|more| !names.contains(more)));
    }
    Ok(required)
}

/// `/subscriptions/ID` at the head of an id of Azure's.
fn subscription(id: &str) -> Option<String> {
    let rest = id.strip_prefix("/subscriptions/")?;
    Some(format!("/subscriptions/{}", rest.split('/').next().unwrap_or(rest)))
}

fn told(config: RequiredPermissionsModel, required: Required) -> RequiredPermissionsModel {
    let sets = [&required.plan, &required.create, &required.update, &required.destroy];
    let all: BTreeSet<Permission> = sets.into_iter().flatten().copied().collect();
    let roles = roles::of(&all, &required.subscriptions, config.role_name.as_str().unwrap_or(roles::NAME));
    let [plan, create, update, destroy] = sets.map(|set| Attr::Known(PermissionsModel::of(set)));
    RequiredPermissionsModel { plan, create, update, destroy, roles: Attr::Known(roles), ..config }
}

fn refused(resource: &str, what: &str) -> Diagnostics {
    let detail = format!("These are no arguments of `{resource}`: {what}.");
    Diagnostic::attribute_error(&Path::root().attribute("config"), "The configuration cannot be read", detail).into()
}

/// What is said of the arguments, at the place where they were given.
fn below_config(resource: &str, told: Diagnostics) -> Diagnostics {
    let mut moved = Diagnostics::new();
    for diagnostic in told {
        let place = match &diagnostic.path {
            Some(path) if !path.is_root() => format!("In `{path}` of `{resource}`: "),
            _ => String::new(),
        };
        let detail = format!("{place}{}", diagnostic.detail);
        moved.push(Diagnostic { detail, ..diagnostic }.at(&Path::root().attribute("config")));
    }
    moved
}
