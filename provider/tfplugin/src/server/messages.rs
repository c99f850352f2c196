//! Diagnostics and paths on the wire.

use tfplugin_proto::tfplugin6 as wire;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::path::{Path, Step};

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
