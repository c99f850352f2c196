//! The resource `crosscloud_trust`: what its attributes amount to. Everything else is the same for every [`Composite`].

mod import;
mod members;
pub(crate) mod model;
mod outputs;
mod spec;

use crosscloud_cloud::Context;
use crosscloud_compose::Journal;
use crosscloud_trust::document::{Described, Surroundings};
use crosscloud_trust::{Endpoints, Facts, Graph, Object, Outputs, Problem, Spec, document};

use tfplugin::Diagnostics;

use crate::clouds::{CloudError, Clouds, Permits};
use crate::composite::{Common, Composite, Computed, LeftBehind};
use crate::convert::is_on;
use crate::shared::Shared;
pub use model::TrustModel;
pub(crate) use spec::{from_model, source};

/// The resource `crosscloud_trust`.
pub(crate) struct Trust;

impl Composite for Trust {
    type Model = TrustModel;
    type Spec = Spec;

    const TYPE_NAME: &'static str = "crosscloud_trust";

    const NAMES: &'static [&'static str] = &[
        "name",
        "from.azure_managed_identity.tenant_id",
        "from.azure_managed_identity.subscription_id",
        "from.azure_managed_identity.resource_group",
        "from.azure_managed_identity.location",
        "from.azure_managed_identity.identity_name",
        "to.gcp.project",
        "to.gcp.pool_id",
        "to.gcp.service_account_id",
        "to.azure.subscription_id",
        "to.azure.resource_group",
        "to.azure.location",
        "to.azure.identity_name",
        "to.aws.account_id",
        "to.aws.role_name",
        "to.aws.role_path",
    ];

    fn spec(model: &TrustModel) -> Spec {
        model.spec()
    }

    fn problems(spec: &Spec) -> Vec<Problem> {
        spec.problems()
    }

    fn graph(spec: &Spec, facts: &Facts) -> Graph {
        Graph::of(spec, facts)
    }

    fn document(spec: &Spec, graph: &Graph, facts: &Facts, around: &Surroundings) -> Described {
        document::amid((Self::TYPE_NAME, spec), graph, facts, around)
    }

    fn publish(spec: &Spec, facts: &Facts, endpoints: &Endpoints, model: &mut TrustModel) {
        outputs::publish(&Outputs::of(spec, facts, endpoints), model);
    }

    fn permits(model: &TrustModel) -> Permits {
        let to = model.to.known();
        let gcp = to.and_then(|to| to.gcp.known());
        let azure = to.and_then(|to| to.azure.known());
        let aws = to.and_then(|to| to.aws.known());
        Permits {
            undelete: gcp.is_some_and(|gcp| is_on(&gcp.undelete)),
            adopt: gcp.is_some_and(|gcp| is_on(&gcp.adopt))
                || azure.is_some_and(|azure| is_on(&azure.adopt))
                || aws.is_some_and(|aws| is_on(&aws.adopt)),
        }
    }

    async fn left_behind(
        clouds: &Clouds,
        spec: &Spec,
        doomed: &[Object],
        journal: &Journal,
    ) -> Result<LeftBehind, CloudError> {
        members::left_behind(clouds, spec, doomed, journal).await
    }

    async fn import(clouds: &Clouds, shared: &Shared, context: &Context, id: &str) -> Result<TrustModel, Diagnostics> {
        Ok(TrustModel::of(&import::specification(clouds, shared, context, id).await?))
    }

    fn common(model: &TrustModel) -> Common<'_> {
        Common { name: &model.name, objects: &model.objects, realm: &model.realm, timeouts: &model.timeouts }
    }

    fn computed(model: &mut TrustModel) -> Computed<'_> {
        Computed { objects: &mut model.objects, realm: &mut model.realm }
    }
}
