//! The resource `crosscloud_trust_member`: one more workload in a trust that exists.

mod model;
mod spec;

use crosscloud_cloud::Context;
use crosscloud_trust::document::{Described, Surroundings};
use crosscloud_trust::import::{ImportError, MemberImportId};
use crosscloud_trust::{Endpoints, Facts, Graph, Member as Spec, Outputs, Problem, document};
use tfplugin::{Diagnostic, Diagnostics};

use crate::clouds::Clouds;
use crate::composite::{Common, Composite, Computed, ask, see, unreadable};
use crate::convert::{map_attr, option_attr};
use crate::shared::Shared;
use model::TrustMemberModel;

/// The resource `crosscloud_trust_member`.
pub(crate) struct TrustMember;

impl Composite for TrustMember {
    type Model = TrustMemberModel;
    type Spec = Spec;

    const TYPE_NAME: &'static str = "crosscloud_trust_member";

    const NAMES: &'static [&'static str] = &["name"];

    const OWNS_WHAT_IT_IMPORTS: bool = true;

    fn spec(model: &TrustMemberModel) -> Spec {
        model.spec()
    }

    fn problems(spec: &Spec) -> Vec<Problem> {
        spec.problems()
    }

    fn graph(spec: &Spec, facts: &Facts) -> Graph {
        spec.graph(facts)
    }

    fn document(spec: &Spec, graph: &Graph, facts: &Facts, around: &Surroundings) -> Described {
        document::amid((Self::TYPE_NAME, &spec.spec()), graph, facts, around)
    }

    fn publish(spec: &Spec, facts: &Facts, endpoints: &Endpoints, model: &mut TrustMemberModel) {
        let outputs = Outputs::of(&spec.spec(), facts, endpoints);
        model.principal = option_attr(&outputs.principal);
        model.audience = option_attr(&outputs.audience);
        model.issuer = option_attr(&outputs.issuer);
        model.subject = option_attr(&outputs.subject);
        model.credential_config = option_attr(&outputs.credential_config);
        model.kubernetes_manifest = option_attr(&outputs.kubernetes_manifest);
        model.aws_config = option_attr(&outputs.aws_config);
        model.environment = map_attr(&outputs.environment);
        model.token_commands = map_attr(&outputs.token_commands);
    }

    async fn import(
        clouds: &Clouds,
        shared: &Shared,
        context: &Context,
        id: &str,
    ) -> Result<TrustMemberModel, Diagnostics> {
        let told = |error: ImportError| Diagnostic::error("The member cannot be reconstructed", format!("{error}."));
        let parsed: MemberImportId = id.parse().map_err(told)?;
        let mut facts = Facts::default();
        for query in parsed.queries() {
            ask(shared, &query, context, &mut facts).await.map_err(|error| unreadable(&error))?;
        }
        let seen = see(clouds, parsed.looks()).await.map_err(|error| unreadable(&error))?;
        facts.merge(clouds.learnt());
        Ok(TrustMemberModel::of(&parsed.reconstruct(&seen, &facts).map_err(told)?))
    }

    fn common(model: &TrustMemberModel) -> Common<'_> {
        Common { name: &model.name, objects: &model.objects, realm: &model.realm, timeouts: &model.timeouts }
    }

    fn computed(model: &mut TrustMemberModel) -> Computed<'_> {
        Computed { objects: &mut model.objects, realm: &mut model.realm }
    }
}
