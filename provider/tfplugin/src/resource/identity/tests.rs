//! A resource with an identity behind the erased trait.

use tokio_util::sync::CancellationToken;

use super::super::*;
use super::Identified;
use crate::model::Attr;
use crate::provider::Slot;
use crate::value::Value;

/// A key that is filed in a vault.
#[derive(Clone, Debug, PartialEq, Model)]
struct Key {
    /// Decides what happens: "forget" leaves the number open, "fail" fails half-way.
    #[attr(required)]
    name: Attr<String>,
    /// Cannot be changed.
    #[attr(optional, plan = crate::plan::requires_replace())]
    alloy: Attr<String>,
    /// Given while creating.
    #[attr(computed, plan = crate::plan::use_state_for_unknown())]
    number: Attr<i64>,
}

/// What a key is called.
#[derive(Clone, Debug, PartialEq, Model)]
struct KeyIdentity {
    /// The vault.
    #[attr(optional)]
    vault: Attr<String>,
    /// Its number in the vault.
    #[attr(required)]
    number: Attr<i64>,
}

struct Keys;

impl Resource for Keys {
    type Model = Key;
    type Provider = String;

    fn type_name(&self) -> &str {
        "test_key"
    }

    async fn create(&self, _: Context<Arc<String>>, request: Create<Key>) -> Reply<Key> {
        let name = request.planned.name.as_str().unwrap_or_default().to_owned();
        let made = Key { number: 7.into(), ..request.planned.clone() };
        match name.as_str() {
            "forget" => Reply::state(Key { number: Attr::Null, ..made }),
            "fail" => Reply::partial(Key { number: Attr::Null, ..made }, Diagnostic::error("interrupted", "")),
            _ => Reply::state(made),
        }
    }

    async fn read(&self, _: Context<Arc<String>>, request: Read<Key>) -> Reply<Key> {
        match request.state.name.as_str() {
            Some("moved") => Reply::state(Key { number: 8.into(), ..request.state }),
            Some("gone") => Reply::gone(),
            _ => Reply::state(request.state),
        }
    }

    async fn update(&self, _: Context<Arc<String>>, request: Update<Key>) -> Reply<Key> {
        Reply::state(request.planned)
    }

    async fn delete(&self, _: Context<Arc<String>>, _: Delete<Key>) -> Reply<Key> {
        Reply::gone()
    }

    async fn import(&self, _: Context<Arc<String>>, id: String) -> Reply<Key> {
        Reply::state(Key { name: id.into(), alloy: Attr::Null, number: Attr::Unknown })
    }
}

impl Identified for Keys {
    type Identity = KeyIdentity;

    fn identity_version(&self) -> i64 {
        2
    }

    fn identity(&self, vault: &String, key: &Key) -> KeyIdentity {
        KeyIdentity { vault: vault.as_str().into(), number: key.number }
    }

    async fn import_identity(&self, _: Context<Arc<String>>, identity: KeyIdentity) -> Reply<Key> {
        match identity.number {
            Attr::Known(404) => Reply::gone(),
            number => Reply::state(Key { name: "found".into(), alloy: Attr::Null, number }),
        }
    }

    async fn upgrade_identity(&self, _: Context, _: i64, old: RawState) -> Result<KeyIdentity, Diagnostics> {
        let number: i64 = old.json()?;
        Ok(KeyIdentity { vault: Attr::Null, number: number.into() })
    }
}

fn keys() -> Box<dyn DynResource> {
    let slot = Slot::empty();
    slot.fill("north".to_owned(), "1.14.0");
    erase_identified(Keys, Arc::new(slot))
}

fn context() -> Context {
    Context::new(CancellationToken::new())
}

fn key(name: &str, number: Value) -> Value {
    Value::object([("name", Value::from(name)), ("alloy", Value::Null), ("number", number)])
}

fn identity(number: Value) -> Value {
    Value::object([("vault", Value::from("north")), ("number", number)])
}

async fn planned(name: &str, prior: Value, prior_identity: Value) -> PlanResponse {
    let number = prior.attribute("number").cloned().unwrap_or_default();
    let (config, proposed) = (key(name, Value::Null), key(name, number));
    keys().plan(context(), PlanRequest { config, prior, proposed, prior_identity, ..Default::default() }).await
}

async fn applied(name: &str, prior: Value, plan: PlanResponse) -> StateResponse {
    let request = ApplyRequest {
        config: key(name, Value::Null),
        prior,
        planned: plan.planned,
        planned_private: plan.private,
        planned_identity: plan.identity,
    };
    keys().apply(context(), request).await
}

#[tokio::test]
async fn an_identity_is_decided_by_create_and_kept_by_update() {
    let plan = planned("a", Value::Null, Value::Null).await;
    assert_eq!(plan.identity, identity(Value::UNKNOWN));
    let made = applied("a", Value::Null, plan).await;
    assert_eq!(made.diagnostics, Diagnostics::new());
    assert_eq!(made.identity, identity(7.into()));

    let plan = planned("b", made.state.clone(), made.identity.clone()).await;
    assert_eq!((plan.identity.clone(), plan.diagnostics.len()), (identity(7.into()), 0));
    let changed = applied("b", made.state, plan).await;
    assert_eq!((changed.identity, changed.diagnostics.len()), (identity(7.into()), 0));
    // A state from before there were identities gets one.
    let plan = planned("b", changed.state, Value::Null).await;
    assert_eq!(plan.identity, identity(7.into()));
}

#[tokio::test]
async fn an_update_that_changes_the_identity_is_a_bug() {
    let plan = planned("b", key("a", 7.into()), identity(9.into())).await;
    let told = plan.diagnostics.to_string();
    assert!(told.contains("Identity changed") && told.contains("`number` would change"), "{told}");
    let read =
        |name: &str| ReadRequest { state: key(name, 7.into()), identity: identity(7.into()), ..ReadRequest::default() };
    let moved = keys().read(context(), read("moved")).await;
    assert!(moved.diagnostics.to_string().contains("test_key read another identity"), "{:?}", moved.diagnostics);
    let gone = keys().read(context(), read("gone")).await;
    assert_eq!((gone.state, gone.identity), (Value::Null, Value::Null));
}

#[tokio::test]
async fn a_replacement_gets_a_new_identity_and_a_destroy_keeps_the_old() {
    let mut config = key("a", Value::Null);
    if let Some(alloy) = config.get_mut(&Path::root().attribute("alloy")) {
        *alloy = "brass".into();
    }
    let half = |prior: Value, proposed: Value| {
        let prior_identity = identity(7.into());
        let config = config.clone();
        let request = PlanRequest { config, prior, proposed, prior_identity, ..Default::default() };
        async move { keys().plan(context(), request).await }
    };
    let old = half(key("a", 7.into()), config.clone()).await;
    assert_eq!(old.requires_replace, [Path::root().attribute("alloy")]);
    assert_eq!(old.diagnostics, Diagnostics::new());
    let new = half(Value::Null, config.clone()).await;
    assert_eq!((new.identity, new.diagnostics), (identity(Value::UNKNOWN), Diagnostics::new()));
    let request = PlanRequest { prior: key("a", 7.into()), prior_identity: identity(7.into()), ..Default::default() };
    let destroyed = keys().plan(context(), request).await;
    assert_eq!((destroyed.identity, destroyed.planned), (identity(7.into()), Value::Null));
}

#[tokio::test]
async fn an_incomplete_identity_is_told_unless_the_create_failed_anyway() {
    let plan = planned("forget", Value::Null, Value::Null).await;
    let forgotten = applied("forget", Value::Null, plan).await;
    assert!(forgotten.diagnostics.to_string().contains("an identity without number"), "{:?}", forgotten.diagnostics);
    let plan = planned("fail", Value::Null, Value::Null).await;
    let failed = applied("fail", Value::Null, plan).await;
    assert_eq!((failed.diagnostics.len(), failed.identity), (1, Value::Null));
}

#[tokio::test]
async fn objects_are_imported_by_id_or_by_identity() {
    let by_id = keys().import(context(), ImportTarget::Id("x".to_owned())).await;
    assert_eq!((by_id.state, by_id.identity), (key("x", Value::Null), Value::Null));
    let import =
        |number: Value| async move { keys().import(context(), ImportTarget::Identity(identity(number))).await };
    let found = import(5.into()).await;
    assert_eq!((found.state, found.identity), (key("found", 5.into()), identity(5.into())));
    assert!(import(404.into()).await.diagnostics.to_string().contains("no object with this identity"));
    assert!(import(Value::Null).await.diagnostics.to_string().contains("needs number"));
    // The vault is the provider's: an identity of another one cannot be found here.
    let elsewhere = Value::object([("vault", Value::from("south")), ("number", 5.into())]);
    let refused = keys().import(context(), ImportTarget::Identity(elsewhere)).await;
    assert!(refused.diagnostics.has_error());
}

#[tokio::test]
async fn identities_of_every_version_are_read() {
    let upgrade = |version, json: &str| {
        let json = json.as_bytes().to_vec();
        async move { keys().upgrade_identity(context(), version, json).await }
    };
    assert_eq!(
        upgrade(2, r#"{"number": 4, "gone": 1}"#).await.value.unwrap_or_default().attribute("number"),
        Some(&4.into())
    );
    assert_eq!(upgrade(1, "6").await.value.unwrap_or_default().attribute("number"), Some(&6.into()));
    assert!(upgrade(1, "{").await.diagnostics.has_error());
    assert!(upgrade(3, "{}").await.diagnostics.to_string().contains("newer release"));
}

#[test]
fn an_identity_holds_primitives_and_says_how_it_is_imported() {
    use crate::schema::{Attribute, Nesting, checks};
    use crate::types::Type;
    assert_eq!(checks::check_identity(&Schema::of::<KeyIdentity>()), Vec::<String>::new());
    let wrong = Schema::new(vec![
        Attribute::new("tags", Type::map(Type::String)).required(),
        Attribute::nested("owner", Nesting::Single, vec![]).optional(),
        Attribute::new("id", Type::String).computed(),
        Attribute::new("names", Type::list(Type::String)).required(),
    ]);
    let problems = checks::check_identity(&wrong);
    let places: Vec<_> =
        problems.iter().filter_map(|problem| problem.split_once(':').map(|(place, _)| place)).collect();
    assert_eq!(places, ["tags", "owner", "id"]);
    assert_eq!(checks::check_identity(&Schema::default()), ["has no attributes"]);
}
