//! Derive macros of the tfplugin framework.

mod expand;
mod field;
mod options;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Derives `tfplugin::Model`: schema, decoder and encoder of a struct.
///
/// Doc comments become descriptions. The field's type decides what the attribute holds; the options decide the rest.
/// A field `r#type` becomes the attribute `type`.
///
/// # On a field: `#[attr(…)]`
/// - `required`, `optional`, `computed`, or `optional, computed`: who sets it. One of these must be given.
/// - `sensitive`: hidden in output. `write_only`: never in plan or state.
/// - `deprecated = "what to use instead"`.
/// - `default = expression`: an `Into<Value>`; the attribute must be `optional, computed`.
/// - `validate = expression` or `validate = [expression, …]`: each a `Validator`; may be repeated.
/// - `plan = expression` or `plan = [expression, …]`: each a `PlanModifier`; may be repeated.
/// - `same = function`: whether two known values mean the same, a `fn(&Value, &Value) -> bool`.
/// - `name = "other"`: the attribute's name, if it is not the field's.
/// - `block`, with `min = n` and `max = n`: written as a block, for fields of nested models.
///
/// # On the struct: `#[model(…)]`
/// - `validate = expression` or `validate = [expression, …]`: checks on the object as a whole.
#[proc_macro_derive(Model, attributes(attr, model))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::model(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
