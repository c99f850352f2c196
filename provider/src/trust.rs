//! The resource `crosscloud_trust`: what its attributes amount to. Everything else is the same for every [`Composite`].

pub(crate) mod model;
mod outputs;
mod spec;

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_trust::{Endpoints, Facts, Graph, Outputs, Problem, Spec, document};

use crate::composite::{Common, Composite, Computed};
pub use model::TrustModel;

/// The resource `crosscloud_trust`.
pub(crate) struct Trust;

impl Composite for Trust {
    type Model = TrustModel;
    type Spec = Spec;

    const TYPE_NAME: &'static str = "crosscloud_trust";

    const NAMES: &'static [&'static str] = &["name", "to.gcp.project", "to.gcp.pool_id", "to.gcp.service_account_id"];

    fn spec(model: &TrustModel) -> Spec {
        model.spec()
    }

    fn problems(spec: &Spec) -> Vec<Problem> {
        spec.problems()
    }

    fn graph(spec: &Spec, facts: &Facts) -> Graph {
        Graph::of(spec, facts)
    }

    fn document(spec: &Spec, graph: &Graph, facts: &Facts) -> TrustDocument {
        document::of(spec, graph, facts)
    }

    fn publish(spec: &Spec, facts: &Facts, endpoints: &Endpoints, model: &mut TrustModel) {
        outputs::publish(&Outputs::of(spec, facts, endpoints), model);
    }

    fn common(model: &TrustModel) -> Common<'_> {
        Common { name: &model.name, objects: &model.objects, realm: &model.realm, timeouts: &model.timeouts }
    }

    fn computed(model: &mut TrustModel) -> Computed<'_> {
        Computed { objects: &mut model.objects, realm: &mut model.realm }
    }
}
