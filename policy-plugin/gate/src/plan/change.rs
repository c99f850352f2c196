//! What a plan does with one resource.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::malformed;
use crate::error::InputError;

/// What a plan does with one resource. Its values are read when they are asked for.
#[derive(Deserialize)]
pub(crate) struct Change<'a> {
    /// Whole address.
    #[serde(borrow)]
    pub(crate) address: Cow<'a, str>,
    /// Address of its module, with the keys of instances; none in the root.
    #[serde(borrow, default)]
    pub(crate) module_address: Option<Cow<'a, str>>,
    /// `managed` or `data`.
    #[serde(borrow, default)]
    pub(crate) mode: Cow<'a, str>,
    /// Type.
    #[serde(borrow, rename = "type", default)]
    pub(crate) type_name: Cow<'a, str>,
    /// Name.
    #[serde(borrow, default)]
    pub(crate) name: Cow<'a, str>,
    /// Key of the instance, as JSON.
    #[serde(borrow, default)]
    pub(crate) index: Option<&'a RawValue>,
    /// Names an instance that was replaced and waits for its deletion.
    #[serde(borrow, default)]
    deposed: Option<Cow<'a, str>>,
    #[serde(borrow)]
    change: &'a RawValue,
    /// Values of a resource that others refer to, kept once they were read.
    #[serde(skip)]
    kept: OnceLock<Option<Values>>,
}

/// What will be there.
#[derive(Debug, Deserialize)]
pub(crate) struct Values {
    actions: Vec<String>,
    #[serde(default)]
    pub(crate) after: Value,
    #[serde(default, rename = "after_unknown")]
    pub(crate) unknown: Value,
    #[serde(default, rename = "after_sensitive")]
    pub(crate) sensitive: Value,
    #[serde(default)]
    importing: Option<serde::de::IgnoredAny>,
}

impl Change<'_> {
    /// Whether it is a resource, and the one that will be there: what is deposed only waits for its deletion.
    pub(crate) fn is_managed(&self) -> bool {
        self.mode != "data" && self.deposed.is_none()
    }

    /// Reads its values.
    pub(crate) fn values(&self) -> Result<Values, InputError> {
        serde_json::from_str(self.change.get()).map_err(|error| match malformed(&error) {
            // Lines are counted from the beginning of the plan everywhere else.
            InputError::Malformed(_) | InputError::Truncated { .. } => {
                InputError::Malformed(format!("the change of {} has another form than in plans", self.address))
            }
            other => other,
        })
    }

    /// Its values, for others that refer to it. One that cannot be read tells nothing.
    pub(crate) fn kept_values(&self) -> Option<&Values> {
        self.kept.get_or_init(|| self.values().ok()).as_ref()
    }
}

impl Values {
    /// Whether nothing is there afterwards, as far as Terraform has to do with it.
    pub(crate) fn is_gone(&self) -> bool {
        self.actions.iter().all(|action| action == "delete" || action == "forget")
    }

    /// Whether the plan changes it, or begins to manage it.
    pub(crate) fn is_changed(&self) -> bool {
        self.importing.is_some() || self.actions.iter().any(|action| action != "no-op" && action != "read")
    }

    /// Whether nothing of its name was there before.
    pub(crate) fn is_new(&self) -> bool {
        self.importing.is_none() && self.actions == ["create"]
    }
}
