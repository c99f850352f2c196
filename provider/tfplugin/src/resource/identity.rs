//! Identities: what an object is called at its own place, apart from everything that can be configured about it.
//!
//! Hosts from Terraform 1.12 on store the identity beside the state, import by it and list by it.

#[cfg(test)]
mod tests;

use std::marker::PhantomData;
use std::sync::Arc;

use super::{RawState, Reply, Resource};
use crate::codec::conforms;
use crate::context::{BoxFuture, Context};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Model;
use crate::path::Path;
use crate::schema::{Presence, Schema};
use crate::types::Type;
use crate::value::Value;

/// A managed resource whose objects have an identity. Register it with
/// [`Registry::identified_resource`](crate::provider::Registry::identified_resource).
///
/// ```
/// use std::sync::Arc;
/// use tfplugin::{Attr, Context, Create, Delete, Identified, Model, Read, Reply, Resource, Update};
///
/// #[derive(Clone, Debug, Model)]
/// struct Bucket {
///     #[attr(required)]
///     name: Attr<String>,
/// }
///
/// #[derive(Clone, Debug, Model)]
/// struct BucketIdentity {
///     /// The bucket's name.
///     #[attr(required)]
///     name: Attr<String>,
/// }
///
/// struct Buckets;
///
/// impl Resource for Buckets {
///     type Model = Bucket;
///     type Provider = ();
///     // …
/// #   fn type_name(&self) -> &str { "cloud_bucket" }
/// #   async fn create(&self, _: Context<Arc<()>>, request: Create<Bucket>) -> Reply<Bucket> { Reply::state(request.planned) }
/// #   async fn read(&self, _: Context<Arc<()>>, request: Read<Bucket>) -> Reply<Bucket> { Reply::state(request.state) }
/// #   async fn update(&self, _: Context<Arc<()>>, request: Update<Bucket>) -> Reply<Bucket> { Reply::state(request.planned) }
/// #   async fn delete(&self, _: Context<Arc<()>>, _: Delete<Bucket>) -> Reply<Bucket> { Reply::gone() }
/// }
///
/// impl Identified for Buckets {
///     type Identity = BucketIdentity;
///
///     fn identity(&self, _: &(), bucket: &Bucket) -> BucketIdentity {
///         BucketIdentity { name: bucket.name.clone() }
///     }
///
///     async fn import_identity(&self, _: Context<Arc<()>>, identity: BucketIdentity) -> Reply<Bucket> {
///         Reply::state(Bucket { name: identity.name })
///     }
/// }
/// ```
pub trait Identified: Resource {
    /// The attributes of the identity: strings, numbers, booleans and lists of them. `required` ones must be given to
    /// import an object, `optional` ones may be.
    type Identity: Model;

    /// The version of the identity's shape. Raise it together with an
    /// [`upgrade_identity`](Identified::upgrade_identity).
    fn identity_version(&self) -> i64 {
        0
    }

    /// The identity of the object that is in this state. It never changes while the object exists.
    ///
    /// Also called with a planned state; what is unknown there is unknown in the identity.
    fn identity(&self, provider: &Self::Provider, state: &Self::Model) -> Self::Identity;

    /// Finds an existing object by its identity, as [`Resource::import`] does by its import id.
    fn import_identity(
        &self,
        context: Context<Arc<Self::Provider>>,
        identity: Self::Identity,
    ) -> impl Future<Output = Reply<Self::Model>> + Send;

    /// Turns an identity of an older version into the current one.
    fn upgrade_identity(
        &self,
        _context: Context,
        from_version: i64,
        _identity: RawState,
    ) -> impl Future<Output = Result<Self::Identity, Diagnostics>> + Send {
        let detail = format!(
            "The identity of {} has version {from_version}; this provider reads version {}. Use a release of the \
             provider in between to upgrade it.",
            self.type_name(),
            self.identity_version()
        );
        async move { Err(Diagnostic::error("Identity of an unknown version", detail).into()) }
    }
}

/// The identity of a resource as the erased resource needs it: without the type of the identity.
pub(super) trait IdentityOf<R: Resource>: Send + Sync {
    fn schema(&self) -> &Schema;

    fn of(&self, resource: &R, provider: &R::Provider, state: &R::Model) -> Value;

    fn import<'a>(
        &'a self,
        resource: &'a R,
        context: Context<Arc<R::Provider>>,
        identity: Value,
    ) -> BoxFuture<'a, Reply<R::Model>>;

    fn upgrade<'a>(
        &'a self,
        resource: &'a R,
        context: Context,
        version: i64,
        identity: RawState,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>>;
}

pub(super) struct Identity<R> {
    schema: Schema,
    ty: Type,
    resource: PhantomData<fn(R)>,
}

impl<R: Identified> Identity<R> {
    pub(super) fn of(resource: &R) -> Self {
        let schema = Schema::of::<R::Identity>().with_version(resource.identity_version());
        Identity { ty: schema.implied_type(), schema, resource: PhantomData }
    }
}

impl<R: Identified> IdentityOf<R> for Identity<R> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn of(&self, resource: &R, provider: &R::Provider, state: &R::Model) -> Value {
        resource.identity(provider, state).encode()
    }

    fn import<'a>(
        &'a self,
        resource: &'a R,
        context: Context<Arc<R::Provider>>,
        identity: Value,
    ) -> BoxFuture<'a, Reply<R::Model>> {
        Box::pin(async move {
            let missing = missing(&self.schema, &identity);
            if !missing.is_empty() {
                let detail = format!("The identity of a {} needs {}.", resource.type_name(), missing.join(", "));
                return Reply::failed(Diagnostic::error("Incomplete identity", detail));
            }
            match R::Identity::decode(identity, &Path::root()) {
                Ok(identity) => resource.import_identity(context, identity).await,
                Err(diagnostics) => Reply::failed(diagnostics),
            }
        })
    }

    fn upgrade<'a>(
        &'a self,
        resource: &'a R,
        context: Context,
        version: i64,
        identity: RawState,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            match version.cmp(&self.schema.version) {
                std::cmp::Ordering::Equal => identity.decode(&self.ty),
                std::cmp::Ordering::Less => {
                    resource.upgrade_identity(context, version, identity).await.map(|model| model.encode())
                }
                std::cmp::Ordering::Greater => Err(Diagnostic::error(
                    "Identity of a newer provider",
                    format!(
                        "The identity of {} was written by a newer release of the provider (version {version}, this \
                         release knows {}). Use that release or a later one.",
                        resource.type_name(),
                        self.schema.version
                    ),
                )
                .into()),
            }
        })
    }
}

/// The identity to send with a plan. Only a new object's may still have unknown parts.
pub(super) fn planned(
    type_name: &str,
    prior: Option<Value>,
    planned: Option<Value>,
    replaces: bool,
    diagnostics: &mut Diagnostics,
) -> Value {
    let (prior, planned) = match (prior, planned) {
        (Some(prior), Some(planned)) => (prior, planned),
        (prior, planned) => return planned.or(prior).unwrap_or_default(),
    };
    if replaces {
        return planned;
    }
    refuse_change(type_name, &prior, &planned, "planned", diagnostics);
    prior
}

/// Tells every attribute of an identity that is not what it was. What was unknown or null may have become anything.
pub(super) fn refuse_change(type_name: &str, before: &Value, after: &Value, done: &str, diagnostics: &mut Diagnostics) {
    for (name, before) in before.as_members().into_iter().flat_map(|members| members.iter()) {
        let after = after.attribute(name).unwrap_or(&Value::Null);
        if before.is_wholly_known() && !before.is_null() && after.is_wholly_known() && before != after {
            let detail = format!(
                "{type_name} {done} another identity for an object that stays: `{name}` would change. An identity may \
                 change only where the object is replaced. This is a bug in the provider."
            );
            diagnostics.error("Identity changed", detail);
        }
    }
}

/// The identity as a value that can be stored: wholly known and complete.
///
/// # Errors
/// A diagnostic that says what is wrong.
pub(crate) fn storable<R: Identified>(type_name: &str, identity: R::Identity) -> Result<Value, Diagnostic> {
    stored(type_name, &Schema::of::<R::Identity>(), identity.encode())
}

/// The identity to store with a state: wholly known and complete, or none. `bug` says what is wrong otherwise.
pub(super) fn stored(type_name: &str, schema: &Schema, identity: Value) -> Result<Value, Diagnostic> {
    let wrong = |what: String| {
        let detail = format!("{type_name} {what}. This is a bug in the provider.");
        Err(Diagnostic::error("Incomplete identity", detail))
    };
    if let Err(error) = conforms(&identity, &schema.implied_type()) {
        return wrong(format!("gave an identity that does not fit its schema ({error})"));
    }
    if !identity.is_wholly_known() {
        return wrong("left a part of the identity unknown".to_owned());
    }
    let missing = missing(schema, &identity);
    if missing.is_empty() { Ok(identity) } else { wrong(format!("gave an identity without {}", missing.join(", "))) }
}

fn missing<'a>(schema: &'a Schema, identity: &Value) -> Vec<&'a str> {
    let required = schema.attributes.iter().filter(|attribute| attribute.presence == Presence::Required);
    let absent = required.filter(|attribute| attribute.value_in(identity).is_null());
    absent.map(|attribute| attribute.name.as_str()).collect()
}
