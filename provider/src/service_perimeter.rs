//! The resource `crosscloud_service_perimeter`: a perimeter with the ways in that federated workloads need.

mod model;
mod spec;

use crosscloud_cloud::Context;
use crosscloud_trust::document::{Described, Surroundings};
use crosscloud_trust::{Endpoints, Facts, Graph, Problem, ServicePerimeter as Spec};
use tfplugin::Diagnostics;

use crate::clouds::{Clouds, Permits};
use crate::composite::{Common, Composite, Computed, ask, see, unreadable, unrecognised};
use crate::convert::{attr, is_on, map_attr};
use crate::shared::Shared;
use model::ServicePerimeterModel;

/// The resource `crosscloud_service_perimeter`.
pub(crate) struct ServicePerimeter;

impl Composite for ServicePerimeter {
    type Model = ServicePerimeterModel;
    type Spec = Spec;

    const TYPE_NAME: &'static str = "crosscloud_service_perimeter";

    const NAMES: &'static [&'static str] = &["name", "access_policy"];

    fn spec(model: &ServicePerimeterModel) -> Spec {
        model.spec()
    }

    fn problems(spec: &Spec) -> Vec<Problem> {
        spec.problems()
    }

    fn graph(spec: &Spec, facts: &Facts) -> Graph {
        spec.graph(facts)
    }

    fn document(spec: &Spec, graph: &Graph, facts: &Facts, around: &Surroundings) -> Described {
        spec.document(graph, facts, around)
    }

    fn publish(spec: &Spec, facts: &Facts, _: &Endpoints, model: &mut ServicePerimeterModel) {
        model.resource_name = attr(&spec.resource_name());
        model.project_numbers = map_attr(&Some(spec.project_numbers(facts)));
    }

    fn permits(model: &ServicePerimeterModel) -> Permits {
        Permits { adopt: is_on(&model.adopt), ..Permits::default() }
    }

    async fn import(
        clouds: &Clouds,
        shared: &Shared,
        context: &Context,
        id: &str,
    ) -> Result<ServicePerimeterModel, Diagnostics> {
        let looks = Spec::looks(id).map_err(|error| unrecognised(id, &error))?;
        let seen = see(clouds, looks).await.map_err(|error| unreadable(&error))?;
        let mut facts = Facts::default();
        for query in Spec::queries(&seen) {
            ask(shared, &query, context, &mut facts).await.map_err(|error| unreadable(&error))?;
        }
        let spec = Spec::reconstruct(&seen, &facts).map_err(|error| unrecognised(id, &error))?;
        Ok(ServicePerimeterModel::of(&spec))
    }

    fn common(model: &ServicePerimeterModel) -> Common<'_> {
        Common { name: &model.name, objects: &model.objects, realm: &model.realm, timeouts: &model.timeouts }
    }

    fn computed(model: &mut ServicePerimeterModel) -> Computed<'_> {
        Computed { objects: &mut model.objects, realm: &mut model.realm }
    }
}
