//! The options inside `#[attr(…)]` and `#[model(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, LitInt, LitStr, Result};

/// What `#[attr(…)]` says about a field.
#[derive(Default)]
pub(crate) struct FieldOptions {
    pub(crate) required: bool,
    pub(crate) optional: bool,
    pub(crate) computed: bool,
    pub(crate) sensitive: bool,
    pub(crate) write_only: bool,
    pub(crate) block: bool,
    pub(crate) min: Option<LitInt>,
    pub(crate) max: Option<LitInt>,
    pub(crate) name: Option<LitStr>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) default: Option<Expr>,
    pub(crate) validators: Vec<Expr>,
    pub(crate) modifiers: Vec<Expr>,
    pub(crate) same: Option<Expr>,
}

impl FieldOptions {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut options = FieldOptions::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("attr")) {
            attribute.parse_nested_meta(|meta| options.one(&meta))?;
        }
        Ok(options)
    }

    fn one(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match name.as_str() {
            "required" => flag(&mut self.required, meta),
            "optional" => flag(&mut self.optional, meta),
            "computed" => flag(&mut self.computed, meta),
            "sensitive" => flag(&mut self.sensitive, meta),
            "write_only" => flag(&mut self.write_only, meta),
            "block" => flag(&mut self.block, meta),
            "min" => once(&mut self.min, meta),
            "max" => once(&mut self.max, meta),
            "name" => once(&mut self.name, meta),
            "deprecated" => once(&mut self.deprecated, meta),
            "default" => once(&mut self.default, meta),
            "validate" => several(&mut self.validators, meta),
            "plan" => several(&mut self.modifiers, meta),
            "same" => once(&mut self.same, meta),
            "nested" => Err(meta.error("the field's type already says that it holds objects: leave `nested` out")),
            _ => Err(meta.error(
                "unknown option; known are required, optional, computed, sensitive, write_only, deprecated, default, \
                 validate, plan, same, name, block, min and max",
            )),
        }
    }
}

/// The expressions of `#[model(validate = …)]`.
pub(crate) fn model_validators(attributes: &[Attribute]) -> Result<Vec<Expr>> {
    let mut validators = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("model")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("validate") {
                several(&mut validators, &meta)
            } else {
                Err(meta.error("unknown option; known is validate"))
            }
        })?;
    }
    Ok(validators)
}

fn flag(place: &mut bool, meta: &ParseNestedMeta<'_>) -> Result<()> {
    if std::mem::replace(place, true) { Err(meta.error("given twice")) } else { Ok(()) }
}

fn once<T: syn::parse::Parse>(place: &mut Option<T>, meta: &ParseNestedMeta<'_>) -> Result<()> {
    let value = meta.value()?.parse()?;
    if place.replace(value).is_some() { Err(meta.error("given twice")) } else { Ok(()) }
}

/// One expression, or several in brackets.
fn several(place: &mut Vec<Expr>, meta: &ParseNestedMeta<'_>) -> Result<()> {
    match meta.value()?.parse()? {
        Expr::Array(array) => place.extend(array.elems),
        single => place.push(single),
    }
    Ok(())
}
