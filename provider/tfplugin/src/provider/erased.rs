//! A provider as the server calls it: checked at start-up, its types erased.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use super::{DynProvider, Provider, Registry, Slot};
use crate::action::DynAction;
use crate::context::{BoxFuture, Context};
use crate::data_source::DynDataSource;
use crate::diagnostic::Diagnostics;
use crate::ephemeral::DynEphemeral;
use crate::function::DynFunction;
use crate::list::DynListResource;
use crate::model::Model;
use crate::path::Path;
use crate::resource::DynResource;
use crate::schema::Schema;
use crate::schema::checks::{self, SchemaKind};
use crate::types::Type;
use crate::value::Value;

/// Everything that is wrong with what a provider declares.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the provider declares what no host can accept:\n{}", .problems.join("\n"))]
pub struct StartError {
    /// The problems, each a sentence.
    pub problems: Vec<String>,
}

/// A provider as the server calls it, after everything it declares was checked.
///
/// # Errors
/// [`StartError`] with all problems of all schemas and names.
pub fn erase<P: Provider>(provider: P) -> Result<Arc<dyn DynProvider>, StartError> {
    let slot = Arc::new(Slot::empty());
    let mut registry = Registry::new(Arc::clone(&slot));
    provider.register(&mut registry);
    let schema = Schema::of::<P::Config>();
    let mut start = Start { prefix: provider.type_name().to_owned(), problems: Vec::new() };
    start.schema("provider", &schema, SchemaKind::Provider);
    let meta = provider.meta();
    if let Some(meta) = &meta {
        start.schema("provider_meta", meta, SchemaKind::ProviderMeta);
    }
    let erased = Erased {
        ty: schema.implied_type(),
        schema,
        meta,
        resources: start.by_name(
            registry.resources,
            "resource",
            |it| it.type_name().to_owned(),
            |it| Some((it.schema(), SchemaKind::Resource)),
        ),
        data_sources: start.by_name(
            registry.data_sources,
            "data source",
            |it| it.type_name().to_owned(),
            |it| Some((it.schema(), SchemaKind::DataSource)),
        ),
        ephemerals: start.by_name(
            registry.ephemerals,
            "ephemeral resource",
            |it| it.type_name().to_owned(),
            |it| Some((it.schema(), SchemaKind::EphemeralResource)),
        ),
        lists: start.by_name(
            registry.lists,
            "list resource",
            |it| it.type_name().to_owned(),
            |it| Some((it.schema(), SchemaKind::ListResource)),
        ),
        actions: start.by_name(
            registry.actions,
            "action",
            |it| it.type_name().to_owned(),
            |it| Some((it.schema(), SchemaKind::Action)),
        ),
        functions: start.by_name(registry.functions, "function", |it| it.name().to_owned(), |_| None),
        provider,
        slot,
    };
    for (name, resource) in &erased.resources {
        if let Some(identity) = resource.identity() {
            let problems = checks::check_identity(identity);
            start.problems.extend(problems.into_iter().map(|problem| format!("identity of {name}, {problem}")));
        }
    }
    for name in erased.lists.keys() {
        if erased.resources.get(name).is_none_or(|resource| resource.identity().is_none()) {
            start.problems.push(format!("list resource {name}: there is no resource {name} with an identity"));
        }
    }
    for function in erased.functions.values() {
        start.function(function.as_ref());
    }
    if start.problems.is_empty() { Ok(Arc::new(erased)) } else { Err(StartError { problems: start.problems }) }
}

struct Erased<P: Provider> {
    provider: P,
    schema: Schema,
    ty: Type,
    meta: Option<Schema>,
    slot: Arc<Slot<P::State>>,
    resources: BTreeMap<String, Box<dyn DynResource>>,
    data_sources: BTreeMap<String, Box<dyn DynDataSource>>,
    ephemerals: BTreeMap<String, Box<dyn DynEphemeral>>,
    functions: BTreeMap<String, Box<dyn DynFunction>>,
    lists: BTreeMap<String, Box<dyn DynListResource>>,
    actions: BTreeMap<String, Box<dyn DynAction>>,
}

impl<P: Provider> DynProvider for Erased<P> {
    fn type_name(&self) -> &str {
        self.provider.type_name()
    }

    fn version(&self) -> &str {
        self.provider.version()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn ty(&self) -> &Type {
        &self.ty
    }

    fn meta(&self) -> Option<&Schema> {
        self.meta.as_ref()
    }

    fn validate(&self, context: Context, config: Value) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async move {
            let mut diagnostics = self.schema.validate(&config);
            if let Some(config) = diagnostics.absorb(P::Config::decode(config, &Path::root())) {
                diagnostics.extend(self.provider.validate(context, config).await);
            }
            diagnostics
        })
    }

    fn configure(&self, mut context: Context, terraform_version: &str, config: Value) -> BoxFuture<'_, Diagnostics> {
        let terraform_version: Arc<str> = Arc::from(terraform_version);
        context.terraform_version = Some(Arc::clone(&terraform_version));
        Box::pin(async move {
            self.slot.set_deferring(self.provider.defers_unknown_config() && !config.is_wholly_known());
            let config = match P::Config::decode(config, &Path::root()) {
                Ok(config) => config,
                Err(diagnostics) => return diagnostics,
            };
            let outcome = self.provider.configure(context, config).await;
            if let Some(state) = outcome.value {
                self.slot.fill(state, &terraform_version);
            }
            outcome.diagnostics
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if let Some(state) = self.slot.state() {
                self.provider.close(state).await;
            }
        })
    }

    fn resources(&self) -> &BTreeMap<String, Box<dyn DynResource>> {
        &self.resources
    }

    fn data_sources(&self) -> &BTreeMap<String, Box<dyn DynDataSource>> {
        &self.data_sources
    }

    fn ephemerals(&self) -> &BTreeMap<String, Box<dyn DynEphemeral>> {
        &self.ephemerals
    }

    fn functions(&self) -> &BTreeMap<String, Box<dyn DynFunction>> {
        &self.functions
    }

    fn lists(&self) -> &BTreeMap<String, Box<dyn DynListResource>> {
        &self.lists
    }

    fn actions(&self) -> &BTreeMap<String, Box<dyn DynAction>> {
        &self.actions
    }
}

/// Collects what is wrong while the parts are sorted by name.
struct Start {
    prefix: String,
    problems: Vec<String>,
}

impl Start {
    fn by_name<T: ?Sized>(
        &mut self,
        parts: Vec<Box<T>>,
        what: &str,
        name: impl Fn(&T) -> String,
        schema: impl Fn(&T) -> Option<(&Schema, SchemaKind)>,
    ) -> BTreeMap<String, Box<T>> {
        let mut sorted = BTreeMap::new();
        for part in parts {
            let name = name(&part);
            if let Some((schema, kind)) = schema(&part) {
                if !name.strip_prefix(&self.prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')) {
                    self.problems.push(format!("{what} {name}: the name does not begin with {}_", self.prefix));
                }
                self.schema(&format!("{what} {name}"), schema, kind);
            }
            if sorted.insert(name.clone(), part).is_some() {
                self.problems.push(format!("{what} {name}: is registered twice"));
            }
        }
        sorted
    }

    fn schema(&mut self, owner: &str, schema: &Schema, kind: SchemaKind) {
        let problems = checks::check(schema, kind);
        self.problems.extend(problems.into_iter().map(|problem| format!("{owner}, {problem}")));
    }

    fn function(&mut self, function: &dyn DynFunction) {
        let name = function.name();
        let identifier = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if !identifier(name) {
            self.problems.push(format!("function {name:?}: the name is not an identifier"));
        }
        let signature = function.signature();
        let mut names = std::collections::BTreeSet::new();
        for parameter in signature.parameters.iter().chain(&signature.variadic) {
            if !identifier(&parameter.name) {
                self.problems.push(format!("function {name}, {:?}: the name is not an identifier", parameter.name));
            }
            if !names.insert(parameter.name.clone()) {
                self.problems.push(format!("function {name}, {}: is declared twice", parameter.name));
            }
        }
    }
}
