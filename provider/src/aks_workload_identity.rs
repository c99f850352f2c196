//! The resource `crosscloud_aks_workload_identity`: OIDC issuer and workload identity switched on for a cluster that exists.

mod model;
mod spec;

use crosscloud_cloud::Context;
use crosscloud_trust::document::{Described, Surroundings};
use crosscloud_trust::{AksWorkloadIdentity as Spec, Endpoints, Facts, Graph, Problem, document};
use tfplugin::Diagnostics;

use crate::clouds::Clouds;
use crate::composite::{Common, Composite, Computed, see, unreadable, unrecognised};
use crate::convert::attr;
use crate::shared::Shared;
use model::AksWorkloadIdentityModel;

/// The resource `crosscloud_aks_workload_identity`.
pub(crate) struct AksWorkloadIdentity;

impl Composite for AksWorkloadIdentity {
    type Model = AksWorkloadIdentityModel;
    type Spec = Spec;

    const TYPE_NAME: &'static str = "crosscloud_aks_workload_identity";

    const NAMES: &'static [&'static str] = &["cluster_id"];

    fn spec(model: &AksWorkloadIdentityModel) -> Spec {
        model.spec()
    }

    fn problems(spec: &Spec) -> Vec<Problem> {
        spec.problems()
    }

    fn graph(spec: &Spec, facts: &Facts) -> Graph {
        spec.graph(facts)
    }

    fn document(spec: &Spec, graph: &Graph, facts: &Facts, around: &Surroundings) -> Described {
        document::graph_amid((Self::TYPE_NAME, &spec.cluster_id), graph, facts, around)
    }

    fn publish(spec: &Spec, facts: &Facts, _: &Endpoints, model: &mut AksWorkloadIdentityModel) {
        model.issuer = attr(&spec.issuer(facts));
    }

    async fn import(
        clouds: &Clouds,
        _: &Shared,
        _: &Context,
        id: &str,
    ) -> Result<AksWorkloadIdentityModel, Diagnostics> {
        let looks = Spec::looks(id).map_err(|error| unrecognised(id, &error))?;
        let seen = see(clouds, looks).await.map_err(|error| unreadable(&error))?;
        let spec = Spec::reconstruct(&seen).map_err(|error| unrecognised(id, &error))?;
        Ok(AksWorkloadIdentityModel::of(&spec))
    }

    fn common(model: &AksWorkloadIdentityModel) -> Common<'_> {
        Common { name: &model.cluster_id, objects: &model.objects, realm: &model.realm, timeouts: &model.timeouts }
    }

    fn computed(model: &mut AksWorkloadIdentityModel) -> Computed<'_> {
        Computed { objects: &mut model.objects, realm: &mut model.realm }
    }
}
