//! The resource `crosscloud_cmek_key`: one key of one's own, and the services that may encrypt with it.

mod model;
mod spec;

use crosscloud_cloud::Context;
use crosscloud_trust::document::{Described, Surroundings};
use crosscloud_trust::{CmekKey as Spec, Endpoints, Facts, Graph, Problem, document};
use tfplugin::Diagnostics;

use crate::clouds::{Clouds, Permits};
use crate::composite::{Common, Composite, Computed, see, unreadable, unrecognised};
use crate::convert::{attr, is_on};
use crate::shared::Shared;
use model::CmekKeyModel;

/// The resource `crosscloud_cmek_key`.
pub(crate) struct CmekKey;

impl Composite for CmekKey {
    type Model = CmekKeyModel;
    type Spec = Spec;

    const TYPE_NAME: &'static str = "crosscloud_cmek_key";

    const NAMES: &'static [&'static str] = &["name", "project", "location", "key_ring", "key_id"];

    fn spec(model: &CmekKeyModel) -> Spec {
        model.spec()
    }

    fn problems(spec: &Spec) -> Vec<Problem> {
        spec.problems()
    }

    fn graph(spec: &Spec, facts: &Facts) -> Graph {
        spec.graph(facts)
    }

    fn document(spec: &Spec, graph: &Graph, facts: &Facts, around: &Surroundings) -> Described {
        document::graph_amid((Self::TYPE_NAME, &spec.name), graph, facts, around)
    }

    fn publish(spec: &Spec, _: &Facts, _: &Endpoints, model: &mut CmekKeyModel) {
        model.key_name = attr(&spec.key_name());
        model.key_ring_name = attr(&spec.key_ring_name());
    }

    fn permits(model: &CmekKeyModel) -> Permits {
        Permits { adopt: is_on(&model.adopt), ..Permits::default() }
    }

    async fn import(clouds: &Clouds, _: &Shared, _: &Context, id: &str) -> Result<CmekKeyModel, Diagnostics> {
        let looks = Spec::looks(id).map_err(|error| unrecognised(id, &error))?;
        let seen = see(clouds, looks).await.map_err(|error| unreadable(&error))?;
        let spec = Spec::reconstruct(&seen).map_err(|error| unrecognised(id, &error))?;
        Ok(CmekKeyModel::of(&spec))
    }

    fn common(model: &CmekKeyModel) -> Common<'_> {
        Common { name: &model.name, objects: &model.objects, realm: &model.realm, timeouts: &model.timeouts }
    }

    fn computed(model: &mut CmekKeyModel) -> Computed<'_> {
        Computed { objects: &mut model.objects, realm: &mut model.realm }
    }
}
