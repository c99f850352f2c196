//! The resource `crosscloud_data_transfer`: Google fetches data from another cloud itself, with no key.

mod model;
mod spec;

use crosscloud_cloud::Context;
use crosscloud_trust::document::{Described, Surroundings};
use crosscloud_trust::{DataTransfer as Spec, Endpoints, Facts, Graph, Problem, Text, document};
use tfplugin::Diagnostics;

use crate::clouds::{Clouds, Permits};
use crate::composite::{Common, Composite, Computed, see, unreadable, unrecognised};
use crate::convert::{attr, is_on, option_attr};
use crate::shared::Shared;
use model::DataTransferModel;

/// The resource `crosscloud_data_transfer`.
pub(crate) struct DataTransfer;

impl Composite for DataTransfer {
    type Model = DataTransferModel;
    type Spec = Spec;

    const TYPE_NAME: &'static str = "crosscloud_data_transfer";

    const NAMES: &'static [&'static str] = &[
        "name",
        "project",
        "job_id",
        "from.s3.account_id",
        "from.s3.role_name",
        "from.s3.role_path",
        "from.azure_blob.subscription_id",
        "from.azure_blob.resource_group",
        "from.azure_blob.location",
        "from.azure_blob.identity_name",
    ];

    fn spec(model: &DataTransferModel) -> Spec {
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

    fn publish(spec: &Spec, facts: &Facts, _: &Endpoints, model: &mut DataTransferModel) {
        model.job_name = attr(&Text::concat(["transferJobs/".into(), spec.job().piece()]));
        model.agent_email = attr(&spec.agent_email(facts));
        model.agent_subject = attr(&spec.agent_subject(facts));
        model.role_arn = option_attr(&spec.role_arn());
    }

    fn permits(model: &DataTransferModel) -> Permits {
        Permits { adopt: is_on(&model.adopt), ..Permits::default() }
    }

    async fn import(clouds: &Clouds, _: &Shared, _: &Context, id: &str) -> Result<DataTransferModel, Diagnostics> {
        let looks = Spec::looks(id).map_err(|error| unrecognised(id, &error))?;
        let seen = see(clouds, looks).await.map_err(|error| unreadable(&error))?;
        let spec = Spec::reconstruct(id, &seen).map_err(|error| unrecognised(id, &error))?;
        Ok(DataTransferModel::of(&spec))
    }

    fn common(model: &DataTransferModel) -> Common<'_> {
        Common { name: &model.name, objects: &model.objects, realm: &model.realm, timeouts: &model.timeouts }
    }

    fn computed(model: &mut DataTransferModel) -> Computed<'_> {
        Computed { objects: &mut model.objects, realm: &mut model.realm }
    }
}
