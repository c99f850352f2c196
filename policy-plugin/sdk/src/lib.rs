//! What an author of a policy needs.
//!
//! Implement [`Policy`], name the type in [`export_policy!`], build a `cdylib` for `wasm32-unknown-unknown`, and the host does the rest. The
//! same type runs natively in unit tests: see [`testing`]. A policy to begin with lies in `template/`; `cargo xtask policy new` copies it.

pub mod rule;
pub mod testing;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod glue;

pub use crosscloud_policy_model as model;

use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_model::policy::{Metadata, Request};

/// A policy. Each call comes to a fresh memory, so there is nothing to keep and no `self`.
pub trait Policy {
    /// What the policy is and which rules it holds.
    fn metadata() -> Metadata;

    /// Checks settings; one entry a problem. By default there are no settings.
    ///
    /// # Errors
    /// One sentence for each problem.
    fn validate_settings(settings: &serde_json::Value) -> Result<(), Vec<String>> {
        let none = settings.is_null() || settings.as_object().is_some_and(serde_json::Map::is_empty);
        if none { Ok(()) } else { Err(vec!["this policy has no settings".to_owned()]) }
    }

    /// Judges one trust document. The settings have passed [`Policy::validate_settings`].
    fn evaluate(request: &Request) -> Vec<Finding>;

    /// Judges one trust document, for a policy that cannot always answer. No answer refuses the plan, as it must.
    ///
    /// # Errors
    /// Why there is no answer.
    fn try_evaluate(request: &Request) -> Result<Vec<Finding>, String> {
        Ok(Self::evaluate(request))
    }
}

/// Exports a [`Policy`] from a `cdylib`. It has an effect on `wasm32` only, so the crate also builds natively for its tests.
#[macro_export]
macro_rules! export_policy {
    ($policy:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Component;
            impl $crate::bindings::exports::crosscloud::policy::judge::Guest for Component {
                fn metadata() -> $crate::bindings::exports::crosscloud::policy::judge::Description {
                    $crate::glue::metadata::<$policy>()
                }
                fn validate_settings(
                    settings: ::std::string::String,
                ) -> ::std::result::Result<(), ::std::vec::Vec<::std::string::String>> {
                    $crate::glue::validate_settings::<$policy>(&settings)
                }
                fn evaluate(
                    document: ::std::string::String,
                    settings: ::std::string::String,
                ) -> ::std::result::Result<
                    ::std::vec::Vec<$crate::bindings::exports::crosscloud::policy::judge::Finding>,
                    $crate::bindings::exports::crosscloud::policy::judge::Error,
                > {
                    $crate::glue::evaluate::<$policy>(&document, &settings)
                }
            }
    $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        };
    };
}
