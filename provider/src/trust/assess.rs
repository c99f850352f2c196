//! What a configuration amounts to: its problems, its facts, its graph, what the workload needs, and what the policy says of it.

use std::collections::BTreeMap;

use crosscloud_cloud::CancellationToken;
use crosscloud_compose::{Graph as Resolved, Node};
use crosscloud_trust::{Facts, Graph, Leaf, Object, Outputs, Spec, Text, document};
use tfplugin::{Attr, Diagnostic, Diagnostics};

use crate::diagnostics;
use crate::policy;
use crate::shared::Shared;
use crate::trust::model::TrustModel;

/// What a configuration amounts to.
pub(crate) struct Assessment {
    /// The wanted objects.
    pub(crate) graph: Graph,
    /// Errors and warnings.
    pub(crate) diagnostics: Diagnostics,
    outputs: Outputs,
}

/// Checks a configuration without asking anybody. The policy's findings are warnings here: errors begin at plan, where the provider's own
/// policy settings are known.
pub(crate) fn validate(shared: Option<&Shared>, config: &TrustModel) -> Diagnostics {
    let spec = config.spec();
    let mut found = diagnostics::of_problems(spec.problems());
    if found.has_error() {
        return found;
    }
    let facts = Facts::default();
    let document = document::of(&spec, &Graph::of(&spec, &facts), &facts);
    found.extend(policy::warnings(shared.map(|shared| &shared.policy), document));
    found
}

/// Assesses a configuration, with the facts that it needs looked up and the policy asked.
pub(crate) async fn assess(shared: &Shared, model: &TrustModel, cancel: &CancellationToken) -> Assessment {
    let spec = model.spec();
    let mut diagnostics = diagnostics::of_problems(spec.problems());
    let facts = if diagnostics.has_error() {
        Facts::default()
    } else {
        diagnostics.absorb(look_up(shared, &spec, cancel).await).unwrap_or_default()
    };
    let mut assessment = Assessment::of(shared, &spec, &facts);
    if !diagnostics.has_error() {
        let document = document::of(&spec, &assessment.graph, &facts);
        diagnostics.extend(policy::judge(&shared.policy, document));
    }
    assessment.diagnostics = diagnostics;
    assessment
}

/// Assesses a state: what it stands for was checked and judged when it was made.
pub(crate) async fn recall(shared: &Shared, state: &TrustModel, cancel: &CancellationToken) -> Assessment {
    let spec = state.spec();
    let mut diagnostics = Diagnostics::new();
    let facts = diagnostics.absorb(look_up(shared, &spec, cancel).await).unwrap_or_default();
    Assessment { diagnostics, ..Assessment::of(shared, &spec, &facts) }
}

impl Assessment {
    /// The shape of a state's graph, without the facts.
    pub(crate) fn offline(shared: &Shared, state: &TrustModel) -> Self {
        Self::of(shared, &state.spec(), &Facts::default())
    }

    fn of(shared: &Shared, spec: &Spec, facts: &Facts) -> Self {
        Self {
            graph: Graph::of(spec, facts),
            outputs: Outputs::of(spec, facts, &shared.token_endpoints()),
            diagnostics: Diagnostics::new(),
        }
    }

    /// The graph to run, once nothing in it is unknown any more.
    ///
    /// # Errors
    /// What is still unknown, or what kept it from becoming known.
    pub(crate) fn resolved(&self) -> Result<Resolved<Object>, Diagnostics> {
        if self.diagnostics.has_error() {
            return Err(self.diagnostics.clone());
        }
        let unknown = |what: &str| {
            let detail = format!("`{what}` is still unknown, so the trust's objects cannot be named.");
            Diagnostics::from(Diagnostic::error("A value is not known yet", detail))
        };
        if let Some(path) = self.graph.hidden().first() {
            return Err(unknown(path));
        }
        let mut nodes = BTreeMap::new();
        for (key, node) in self.graph.nodes() {
            let id = node.object.id().known().cloned().ok_or_else(|| unknown(key))?;
            nodes.insert(key.clone(), self.node(node, id));
        }
        Resolved::new(nodes)
            .map_err(|error| Diagnostic::error("The trust's objects have no order", error.to_string()).into())
    }

    /// The graph as far as it is known, for its order and its ids: an id that is not known yet is empty.
    pub(crate) fn order(&self) -> Resolved<Object> {
        let nodes =
            self.graph.nodes().iter().map(|(key, node)| {
                (key.clone(), self.node(node, node.object.id().known().cloned().unwrap_or_default()))
            });
        Resolved::new(nodes.collect()).unwrap_or_default()
    }

    fn node(&self, node: &crosscloud_trust::Node, id: String) -> Node<Object> {
        let kind = node.object.type_name().to_owned();
        Node { object: node.object.clone(), kind, id, after: node.after.clone(), below: node.below.clone() }
    }

    /// Sets the attributes that a workload reads.
    pub(crate) fn fill_outputs(&self, model: &mut TrustModel) {
        let outputs = &self.outputs;
        model.principal = attr(&outputs.principal);
        model.audience = attr(&outputs.audience);
        model.issuer = attr(&outputs.issuer);
        model.subject = attr(&outputs.subject);
        model.service_account_email = attr(&outputs.service_account_email);
        model.credential_config = attr(&outputs.credential_config);
        model.kubernetes_manifest = attr(&outputs.kubernetes_manifest);
        model.environment = match &outputs.environment {
            Leaf::Known(variables) => {
                Attr::Known(variables.iter().map(|(name, value)| (name.clone(), attr(value))).collect())
            }
            Leaf::Unknown => Attr::Unknown,
        };
    }
}

/// The project's number, which audiences and principals are made of.
async fn look_up(shared: &Shared, spec: &Spec, cancel: &CancellationToken) -> Result<Facts, Diagnostics> {
    let Some(project) = spec.google_project() else { return Ok(Facts::default()) };
    let context = crosscloud_cloud::Context::new().with_cancel(cancel.clone());
    match shared.google.project(project, &context).await {
        Ok(found) => Ok(Facts { project_numbers: [(project.clone(), found.number)].into(), ..Facts::default() }),
        Err(error) => Err(diagnostics::of_lookup(&error, project).into()),
    }
}

fn attr(text: &Text) -> Attr<String> {
    text.known().cloned().map_or(Attr::Unknown, Attr::Known)
}
