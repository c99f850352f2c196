//! One field of a model, and the attribute that it declares.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Field, Ident, Lit, LitStr, Meta, Result, Type};

use crate::options::FieldOptions;

/// A field with everything that is said about it.
pub(crate) struct ModelField<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) name: LitStr,
    description: String,
    options: FieldOptions,
    presence: TokenStream,
}

impl<'a> ModelField<'a> {
    pub(crate) fn parse(field: &'a Field) -> Result<Self> {
        let ident = field.ident.as_ref().ok_or_else(|| Error::new(field.span(), "a model's fields must have names"))?;
        let options = FieldOptions::parse(&field.attrs)?;
        let name = options.name.clone().unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span()));
        let presence = presence(ident, &options)?;
        if !options.block && (options.min.is_some() || options.max.is_some()) {
            return Err(Error::new(ident.span(), "`min` and `max` count blocks: add `block`"));
        }
        Ok(ModelField { ident, ty: &field.ty, name, description: doc_text(&field.attrs), options, presence })
    }

    /// The expression that makes the attribute of the schema.
    pub(crate) fn attribute(&self) -> TokenStream {
        let ModelField { ty, name, description, options, presence, .. } = self;
        let mut attribute = quote! {
            <#ty as ::tfplugin::model::Field>::shape().attribute(#name).presence(#presence)
        };
        if !description.is_empty() {
            attribute.extend(quote! { .describe(#description) });
        }
        if options.sensitive {
            attribute.extend(quote! { .sensitive() });
        }
        if options.write_only {
            attribute.extend(quote! { .write_only() });
        }
        if options.block {
            let zero =
                Expr::from(syn::ExprLit { attrs: Vec::new(), lit: Lit::Int(syn::LitInt::new("0", name.span())) });
            let limit =
                |limit: &Option<syn::LitInt>| limit.as_ref().map_or(quote! { #zero }, |limit| quote! { #limit });
            let (min, max) = (limit(&options.min), limit(&options.max));
            attribute.extend(quote! { .block(#min, #max) });
        }
        if let Some(message) = &options.deprecated {
            attribute.extend(quote! { .deprecated(#message) });
        }
        if let Some(default) = &options.default {
            attribute.extend(quote! { .default_value(#default) });
        }
        for validator in &options.validators {
            attribute.extend(quote! { .validate(#validator) });
        }
        for modifier in &options.modifiers {
            attribute.extend(quote! { .modify(#modifier) });
        }
        if let Some(same) = &options.same {
            attribute.extend(quote! { .same(#same) });
        }
        attribute
    }
}

fn presence(ident: &Ident, options: &FieldOptions) -> Result<TokenStream> {
    let presence = match (options.required, options.optional, options.computed) {
        (true, false, false) => quote! { Required },
        (false, true, false) => quote! { Optional },
        (false, false, true) => quote! { Computed },
        (false, true, true) => quote! { OptionalComputed },
        // A block is there or not; only its attributes can be required.
        (false, false, false) if options.block => quote! { Optional },
        (true, _, _) => return Err(Error::new(ident.span(), "`required` excludes `optional` and `computed`")),
        (false, false, false) => {
            let message = "say who sets it: `#[attr(required)]`, `#[attr(optional)]`, `#[attr(computed)]` or \
                           `#[attr(optional, computed)]`";
            return Err(Error::new(ident.span(), message));
        }
    };
    Ok(quote! { ::tfplugin::schema::Presence::#presence })
}

/// The text of doc comments as Markdown.
pub(crate) fn doc_text(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
        // A doc comment's text begins with the space after the slashes.
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned())
        .collect();
    lines.join("\n").trim().to_owned()
}
