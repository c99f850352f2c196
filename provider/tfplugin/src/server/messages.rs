//! Diagnostics and paths on the wire.

use tfplugin_proto::tfplugin6 as wire;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::deferral::{Deferral, Deferrals};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::path::{Path, Step};
use crate::provider::DynProvider;
use crate::schema::{Attribute, Schema};
use crate::server::values;
use crate::value::Value;

/// The context of a call that can be put off.
pub(super) fn context(stop: CancellationToken, client: Option<wire::ClientCapabilities>) -> Context {
    Context::new(stop).allow_deferral(client.is_some_and(|client| client.deferral_allowed))
}

/// What a module says in its `provider_meta` block: null if there is none, or if the provider knows no such block.
pub(super) fn meta(provider: &dyn DynProvider, sent: Option<wire::DynamicValue>) -> Result<Value, Diagnostics> {
    match provider.meta() {
        Some(schema) => values::decode(sent, &schema.implied_type(), "provider_meta block"),
        None => Ok(Value::Null),
    }
}

/// The reason why a call is put off, or an error where the host cannot wait.
pub(super) fn deferred(deferrals: &Deferrals, subject: &str, diagnostics: &mut Diagnostics) -> Option<wire::Deferred> {
    use wire::deferred::Reason;
    let reason = match deferrals.answer(subject, diagnostics)? {
        Deferral::ResourceConfigUnknown => Reason::ResourceConfigUnknown,
        Deferral::ProviderConfigUnknown => Reason::ProviderConfigUnknown,
        Deferral::AbsentPrerequisite => Reason::AbsentPrereq,
    };
    Some(wire::Deferred { reason: reason.into() })
}

/// The messages of a response.
pub(super) fn diagnostics(diagnostics: Diagnostics) -> Vec<wire::Diagnostic> {
    diagnostics.into_iter().map(diagnostic).collect()
}

/// One message.
pub(super) fn diagnostic(diagnostic: Diagnostic) -> wire::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => wire::diagnostic::Severity::Error,
        Severity::Warning => wire::diagnostic::Severity::Warning,
    };
    wire::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        attribute: diagnostic.path.as_ref().filter(|path| !path.is_root()).map(path),
    }
}

/// The messages about a configuration, each at a place that a host can find.
///
/// Hosts find an attribute and one element of it, and walk blocks to the end; an attribute inside an attribute ends up at the head of the whole
/// block. So such a path goes out as far as it can be found, which shows every line of the outer attribute, and the whole of it stands before
/// the detail.
pub(super) fn placed(diagnostics: Diagnostics, schema: &Schema) -> Vec<wire::Diagnostic> {
    diagnostics.into_iter().map(|told| diagnostic(findable(told, schema))).collect()
}

fn findable(told: Diagnostic, schema: &Schema) -> Diagnostic {
    let Some(path) = &told.path else { return told };
    let [Step::Attribute(name), inner @ ..] = path.steps() else { return told };
    if schema.attribute(name).is_none_or(Attribute::is_block) {
        return told;
    }
    let outer = Path::root().attribute(name.clone());
    let place = match inner {
        [] => return told,
        [Step::Attribute(_), ..] => outer,
        [element, ..] => outer.step(element.clone()),
    };
    if *path == place {
        return told;
    }
    let detail = format!("{path}: {}", told.detail);
    Diagnostic { path: Some(place), detail, ..told }
}

/// A path to an attribute or element.
pub(super) fn path(path: &Path) -> wire::AttributePath {
    use wire::attribute_path::step::Selector;
    let steps = path.steps().iter().map(|step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone().into_owned()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
        };
        wire::attribute_path::Step { selector: Some(selector) }
    });
    wire::AttributePath { steps: steps.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_out_as_far_as_a_host_can_find_it() {
        let inner = || vec![Attribute::new("project", crate::types::Type::String)];
        let gcp = Attribute::nested("gcp", crate::schema::Nesting::Single, inner());
        let schema = Schema::new(vec![Attribute::nested("to", crate::schema::Nesting::Single, vec![gcp])]);
        let to = Path::root().attribute("to");
        let place = |path: &Path| findable(Diagnostic::attribute_error(path, "bad", "worse"), &schema);

        let deep = place(&to.attribute("gcp").attribute("project"));
        assert_eq!(deep.path, Some(to.clone()));
        assert_eq!(deep.detail, "to.gcp.project: worse");
        assert_eq!(place(&to.key("gcp")).detail, "worse");
        assert_eq!(place(&to.key("gcp").index(1)).path, Some(to.key("gcp")));
        assert_eq!(place(&to).path, Some(to.clone()));
        let elsewhere = Path::root().attribute("rule").attribute("port");
        assert_eq!(place(&elsewhere).path, Some(elsewhere.clone()), "what is no attribute is left alone");
    }

    #[test]
    fn severities_and_steps_are_kept() {
        use wire::attribute_path::step::Selector;
        let place = Path::root().attribute("to").key("eu").index(2);
        let told = diagnostics(
            [Diagnostic::attribute_error(&place, "bad", "worse"), Diagnostic::warning("slow", "")]
                .into_iter()
                .collect(),
        );
        assert_eq!(told[0].severity, 1);
        assert_eq!((told[0].summary.as_str(), told[0].detail.as_str()), ("bad", "worse"));
        let steps: Vec<_> =
            told[0].attribute.iter().flat_map(|path| &path.steps).map(|step| step.selector.clone()).collect();
        assert_eq!(
            steps,
            [
                Some(Selector::AttributeName("to".into())),
                Some(Selector::ElementKeyString("eu".into())),
                Some(Selector::ElementKeyInt(2))
            ]
        );
        assert_eq!(told[1].severity, 2);
        assert_eq!(told[1].attribute, None);
    }
}
