//! Taking over the state of another resource type: what stands behind `moved` blocks across types and providers.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::RawState;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Model;
use crate::private::Private;

type Step<M> = dyn Fn(&MoveSource) -> Result<Moved<M>, Diagnostics> + Send + Sync;

/// One way in which a resource takes over the state of another type.
///
/// ```
/// use tfplugin::resource::{Moved, Mover};
/// # use tfplugin::{Attr, Model};
/// # #[derive(Clone, Debug, Model)]
/// # struct Bucket { #[attr(required)] name: Attr<String> }
/// # #[derive(Clone, Debug, Model)]
/// # struct OldBucket { #[attr(required)] title: Attr<String> }
/// let mover: Mover<Bucket> = Mover::from_model("cloud_old_bucket", |old: OldBucket| Bucket { name: old.title })
///     .of_provider("example/cloud")
///     .at_versions(0..=1);
/// assert_eq!(mover.source_type(), "cloud_old_bucket");
/// ```
pub struct Mover<M> {
    source_type: &'static str,
    provider: Option<&'static str>,
    versions: Option<RangeInclusive<i64>>,
    step: Arc<Step<M>>,
}

/// The state that is to be taken over.
#[derive(Clone, Debug)]
pub struct MoveSource {
    /// The full address of the provider that wrote it, such as `registry.terraform.io/example/cloud`.
    pub provider_address: String,
    /// The type of the object.
    pub type_name: String,
    /// The version of the state's shape.
    pub schema_version: i64,
    /// The state.
    pub state: RawState,
    /// Private data as bytes: another provider may keep anything there. Our own reads [`Private::from_bytes`].
    pub private: Vec<u8>,
    /// The identity with the version of its shape, if the host knows one.
    pub identity: Option<(i64, RawState)>,
}

/// A state that was taken over.
#[derive(Clone, Debug)]
pub struct Moved<M> {
    /// The state in its new shape. The host reads it next, so what is missing may be null.
    pub state: M,
    /// Private data to store with it.
    pub private: Private,
}

impl<M: Model> Mover<M> {
    /// Takes over the states of `source_type`, of any provider and version.
    pub fn new(
        source_type: &'static str,
        step: impl Fn(&MoveSource) -> Result<Moved<M>, Diagnostics> + Send + Sync + 'static,
    ) -> Self {
        Mover { source_type, provider: None, versions: None, step: Arc::new(step) }
    }

    /// Takes over the states of `source_type` by way of a model of them.
    pub fn from_model<S: Model>(source_type: &'static str, step: impl Fn(S) -> M + Send + Sync + 'static) -> Self {
        Mover::new(source_type, move |source| {
            Ok(Moved { state: step(source.state.model::<S>()?), private: Private::new() })
        })
    }

    /// Only those of this provider: a full address, or its end, such as `example/cloud`.
    #[must_use]
    pub fn of_provider(mut self, address: &'static str) -> Self {
        self.provider = Some(address);
        self
    }

    /// Only those whose shape has one of these versions.
    #[must_use]
    pub fn at_versions(mut self, versions: RangeInclusive<i64>) -> Self {
        self.versions = Some(versions);
        self
    }

    /// The type whose states it takes over.
    pub fn source_type(&self) -> &str {
        self.source_type
    }

    fn accepts(&self, source: &MoveSource) -> bool {
        let of_provider = |address: &str| match source.provider_address.strip_suffix(address) {
            Some(rest) => rest.is_empty() || rest.ends_with('/'),
            None => false,
        };
        self.source_type == source.type_name
            && self.provider.is_none_or(of_provider)
            && self.versions.as_ref().is_none_or(|versions| versions.contains(&source.schema_version))
    }
}

/// The state as the first mover that accepts it makes it.
pub(super) fn take_over<M: Model>(
    target: &str,
    movers: &[Mover<M>],
    source: &MoveSource,
) -> Result<Moved<M>, Diagnostics> {
    if let Some(mover) = movers.iter().find(|mover| mover.accepts(source)) {
        return (mover.step)(source);
    }
    let mut known: Vec<&str> = movers.iter().map(Mover::source_type).collect();
    known.dedup();
    let known = if known.is_empty() {
        format!("A {target} takes over no other type.")
    } else {
        format!("A {target} takes over: {}; each of certain providers and versions.", known.join(", "))
    };
    Err(Diagnostic::error(
        "Moving is not supported",
        format!(
            "A {target} cannot take over the state of a {} of {} (version {}). {known} Import the object into its new \
             address instead.",
            source.type_name, source.provider_address, source.schema_version
        ),
    )
    .into())
}

impl<M> Clone for Mover<M> {
    fn clone(&self) -> Self {
        Mover {
            source_type: self.source_type,
            provider: self.provider,
            versions: self.versions.clone(),
            step: Arc::clone(&self.step),
        }
    }
}

impl<M> fmt::Debug for Mover<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Mover")
            .field("source_type", &self.source_type)
            .field("provider", &self.provider)
            .field("versions", &self.versions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::Attr;

    /// A box.
    #[derive(Clone, Debug, PartialEq, Model)]
    struct Crate {
        /// What is on the label.
        #[attr(required)]
        label: Attr<String>,
    }

    /// A box as it was.
    #[derive(Clone, Debug, Model)]
    struct OldCrate {
        /// What is on the label.
        #[attr(required)]
        title: Attr<String>,
    }

    fn source(provider: &str, version: i64, json: &str) -> MoveSource {
        MoveSource {
            provider_address: provider.to_owned(),
            type_name: "test_old_crate".to_owned(),
            schema_version: version,
            state: RawState::new(json.as_bytes().to_vec()),
            private: Vec::new(),
            identity: None,
        }
    }

    fn movers() -> [Mover<Crate>; 2] {
        let step = |old: OldCrate| Crate { label: old.title };
        [
            Mover::from_model("test_old_crate", step).of_provider("example/test").at_versions(1..=2),
            Mover::new("test_old_crate", |_| Err(Diagnostic::error("too old", "").into())).at_versions(0..=0),
        ]
    }

    fn moved(provider: &str, version: i64, json: &str) -> Result<Attr<String>, String> {
        let moved = take_over("test_crate", &movers(), &source(provider, version, json));
        moved.map(|moved| moved.state.label).map_err(|told| told.to_string())
    }

    #[test]
    fn the_first_mover_that_accepts_the_state_takes_it() {
        let title = r#"{"title": "a", "gone": true}"#;
        assert_eq!(moved("registry.terraform.io/example/test", 2, title), Ok("a".into()));
        assert_eq!(moved("example/test", 1, title), Ok("a".into()));
        assert_eq!(moved("example/test", 0, title), Err("error: too old".to_owned()));
        let refused = moved("registry.terraform.io/counterexample/test", 1, title).unwrap_err();
        assert!(refused.contains("cannot take over the state of a test_old_crate of registry"), "{refused}");
        assert!(refused.contains("takes over: test_old_crate;"), "{refused}");
        assert!(moved("example/test", 1, "[").is_err());
        let nowhere = take_over::<Crate>("test_crate", &[], &source("example/test", 1, title));
        assert!(nowhere.unwrap_err().to_string().contains("takes over no other type"));
    }
}
