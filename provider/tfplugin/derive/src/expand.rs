//! The `Model` implementation of a struct.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::field::{ModelField, doc_text};
use crate::options::model_validators;

pub(crate) fn model(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(input.span(), "only structs with named fields can be models"));
    };
    let fields: Vec<ModelField<'_>> = match &data.fields {
        Fields::Named(fields) => fields.named.iter().map(ModelField::parse).collect::<Result<_>>()?,
        // A block without attributes is a legal schema.
        Fields::Unit => Vec::new(),
        Fields::Unnamed(fields) => return Err(Error::new(fields.span(), "a model's fields must have names")),
    };
    for (position, field) in fields.iter().enumerate() {
        if fields[..position].iter().any(|earlier| earlier.name.value() == field.name.value()) {
            return Err(Error::new(field.ident.span(), "another field has the same attribute name"));
        }
    }

    let name = &input.ident;
    let (generics, generic_arguments, bounds) = input.generics.split_for_impl();
    let description = doc_text(&input.attrs);
    let validators = model_validators(&input.attrs)?;
    let attributes = fields.iter().map(ModelField::attribute);
    let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
    let types: Vec<_> = fields.iter().map(|field| field.ty).collect();
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    // Objects are kept in the order of names: written in that order, read with the position in it.
    let mut sorted: Vec<&ModelField<'_>> = fields.iter().collect();
    sorted.sort_by_key(|field| field.name.value());
    let rank = |field: &ModelField<'_>| sorted.iter().position(|other| other.name == field.name).unwrap_or_default();
    let ranks: Vec<usize> = fields.iter().map(rank).collect();
    let (sorted_names, sorted_types, sorted_idents): (Vec<_>, Vec<_>, Vec<_>) =
        sorted.iter().map(|field| (&field.name, field.ty, field.ident)).collect();
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::tfplugin::model::Model for #name #generic_arguments #bounds {
            fn attributes() -> ::std::vec::Vec<::tfplugin::schema::Attribute> {
                ::std::vec![#(#attributes),*]
            }

            fn description() -> &'static str {
                #description
            }

            fn validators() -> ::std::vec::Vec<::tfplugin::schema::Validator> {
                ::std::vec![#(#validators),*]
            }

            fn decode(
                value: ::tfplugin::value::Value,
                path: &::tfplugin::path::Path,
            ) -> ::std::result::Result<Self, ::tfplugin::diagnostic::Diagnostics> {
                #[allow(unused_mut)]
                let mut reader = ::tfplugin::model::ObjectReader::new(value, path)?;
                // All fields are read before the first error is returned, so that the user sees all of them.
                match (#(reader.take_near::<#types>(#ranks, #names),)*) {
                    (#(::std::option::Option::Some(#idents),)*) => {
                        ::std::result::Result::Ok(Self { #(#idents),* })
                    }
                    #[allow(unreachable_patterns)]
                    _ => ::std::result::Result::Err(reader.into_diagnostics()),
                }
            }

            fn encode(&self) -> ::tfplugin::value::Value {
                ::tfplugin::model::object([
                    #((#sorted_names, <#sorted_types as ::tfplugin::model::Field>::encode(&self.#sorted_idents))),*
                ])
            }
        }
    })
}
