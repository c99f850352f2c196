//! A small resource behind the erased trait: what the host gets to see when handlers succeed, fail half-way or err.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::model::Attr;
use crate::provider::Slot;

/// A pool with members.
#[derive(Clone, Debug, PartialEq, Model)]
struct Pool {
    /// Decides what happens: "fail", "half", "forget" or "lie".
    #[attr(required, plan = crate::plan::requires_replace())]
    name: Attr<String>,
    /// Never stored.
    #[attr(optional, write_only)]
    secret: Attr<String>,
    /// Given while creating.
    #[attr(computed, plan = crate::plan::use_state_for_unknown())]
    id: Attr<String>,
    /// A share that must keep its digits.
    #[attr(optional)]
    share: Attr<f64>,
}

struct Pools;

impl Resource for Pools {
    type Model = Pool;
    type Provider = ();

    fn type_name(&self) -> &str {
        "test_pool"
    }

    fn version(&self) -> i64 {
        1
    }

    async fn plan(&self, _context: Context<Arc<()>>, plan: &mut Plan<Pool>) {
        let kept = plan.private.set("keep", &plan.planned.as_ref().map(|planned| planned.name.as_str().map(str::len)));
        plan.diagnostics.absorb(kept);
        if let Some(approved) = &plan.approved_private {
            let kept = approved.get::<usize>("keep").and_then(|kept| plan.private.set("approved", &kept));
            plan.diagnostics.absorb(kept);
        }
        if let Some(planned) = &mut plan.planned
            && planned.name.as_str() == Some("lie")
        {
            planned.name = "truth".into();
        }
    }

    async fn create(&self, _context: Context<Arc<()>>, request: Create<Pool>) -> Reply<Pool> {
        assert_eq!(request.config.secret.as_str(), Some("s"));
        assert!(request.planned.secret.is_null());
        let mut state = request.planned;
        match state.name.as_str() {
            Some("fail") => Reply::failed(Diagnostic::error("refused", "")),
            Some("half") => Reply::partial(state, Diagnostic::error("interrupted", "")),
            Some("forget") => Reply::state(state),
            _ => {
                state.id = "7".into();
                state.secret = request.config.secret;
                Reply::state(state)
            }
        }
    }

    async fn read(&self, _context: Context<Arc<()>>, request: Read<Pool>) -> Reply<Pool> {
        Reply::state(request.state)
    }

    async fn update(&self, _context: Context<Arc<()>>, _request: Update<Pool>) -> Reply<Pool> {
        Reply::failed(Diagnostic::error("refused", ""))
    }

    async fn delete(&self, _context: Context<Arc<()>>, request: Delete<Pool>) -> Reply<Pool> {
        match request.private.get::<usize>("keep") {
            Ok(Some(_)) => Reply::gone(),
            _ => Reply::failed(Diagnostic::error("refused", "")),
        }
    }

    async fn upgrade(&self, _context: Context, _from: i64, state: RawState) -> Result<Pool, Diagnostics> {
        let old: std::collections::BTreeMap<String, String> = state.json()?;
        let name = old.get("title").cloned().into_iter().next();
        Ok(Pool { name: name.into(), secret: Attr::Null, id: Attr::Null, share: Attr::Null })
    }
}

fn pools() -> Box<dyn DynResource> {
    let slot = Slot::empty();
    slot.fill((), "1.11.4");
    erase(Pools, Arc::new(slot))
}

fn context() -> Context {
    Context::new(CancellationToken::new())
}

fn pool(name: &str, secret: Value, id: Value) -> Value {
    let share = "0.1000000000000000055511151231257827021181583404541015625";
    Value::object([
        ("name", Value::from(name)),
        ("secret", secret),
        ("id", id),
        ("share", share.parse().map_or(Value::Null, Value::Number)),
    ])
}

fn config(name: &str) -> Value {
    pool(name, "s".into(), Value::Null)
}

async fn planned(name: &str, prior: Value) -> PlanResponse {
    let id = prior.attribute("id").cloned().unwrap_or(Value::Null);
    let proposed = pool(name, "s".into(), id);
    pools().plan(context(), PlanRequest { config: config(name), prior, proposed, ..PlanRequest::default() }).await
}

async fn created(name: &str) -> StateResponse {
    let plan = planned(name, Value::Null).await;
    assert_eq!(plan.diagnostics, Diagnostics::new());
    let request = ApplyRequest {
        config: config(name),
        prior: Value::Null,
        planned: plan.planned,
        planned_private: plan.private,
        ..ApplyRequest::default()
    };
    pools().apply(context(), request).await
}

#[tokio::test]
async fn what_was_planned_is_stored_without_secrets_and_with_every_digit() {
    let response = created("good").await;
    assert_eq!(response.diagnostics, Diagnostics::new());
    assert_eq!(response.state, pool("good", Value::Null, "7".into()));
    assert_eq!(response.private, br#"{"keep":4}"#);
    let read = pools().read(context(), ReadRequest { state: response.state.clone(), ..ReadRequest::default() }).await;
    assert_eq!(read.state, response.state);
}

#[tokio::test]
async fn an_apply_that_plans_again_sees_what_was_approved() {
    let request = |approved: Option<&[u8]>| PlanRequest {
        config: config("remember"),
        proposed: config("remember"),
        approved_private: approved.map(<[u8]>::to_vec),
        ..PlanRequest::default()
    };
    let first = pools().plan(context(), request(None)).await;
    assert_eq!(first.private, br#"{"keep":8}"#);
    let again = pools().plan(context(), request(Some(&first.private))).await;
    assert_eq!(again.private, br#"{"approved":8,"keep":8}"#);
    let foreign = pools().plan(context(), request(Some(b"\x80"))).await;
    assert!(foreign.diagnostics.has_error());
}

#[tokio::test]
async fn a_failed_create_stores_exactly_what_was_made() {
    let nothing = created("fail").await;
    assert!(nothing.diagnostics.has_error());
    assert_eq!(nothing.state, Value::Null);
    let half = created("half").await;
    assert!(half.diagnostics.has_error());
    assert_eq!(half.state, pool("half", Value::Null, Value::Null));
}

#[tokio::test]
async fn a_handler_that_breaks_the_rules_is_told_by_attribute() {
    let plan = planned("lie", Value::Null).await;
    let places: Vec<_> = plan.diagnostics.iter().map(|diagnostic| diagnostic.path.clone()).collect();
    assert_eq!(places, [Some(Path::root().attribute("name"))]);
    let forgotten = created("forget").await;
    let places: Vec<_> = forgotten.diagnostics.iter().map(|diagnostic| diagnostic.path.clone()).collect();
    assert_eq!(places, [Some(Path::root().attribute("id"))]);
}

#[tokio::test]
async fn a_failed_update_keeps_the_prior_state() {
    let prior = pool("a", Value::Null, "7".into());
    let plan = planned("b", prior.clone()).await;
    assert_eq!(plan.requires_replace, [Path::root().attribute("name")]);
    assert_eq!(plan.planned, pool("b", Value::Null, "7".into()));
    let request = ApplyRequest {
        config: config("b"),
        prior: prior.clone(),
        planned: plan.planned,
        planned_private: plan.private.clone(),
        ..ApplyRequest::default()
    };
    let response = pools().apply(context(), request).await;
    assert!(response.diagnostics.has_error());
    assert_eq!((response.state, response.private), (prior, plan.private));
}

#[tokio::test]
async fn a_delete_sees_planned_private_data_and_foreign_bytes_are_refused() {
    let prior = pool("a", Value::Null, "7".into());
    let delete = |private: &[u8]| ApplyRequest {
        config: Value::Null,
        prior: prior.clone(),
        planned: Value::Null,
        planned_private: private.to_vec(),
        ..ApplyRequest::default()
    };
    let gone = pools().apply(context(), delete(br#"{"keep":1}"#)).await;
    assert_eq!((gone.state, gone.diagnostics), (Value::Null, Diagnostics::new()));
    for private in [&b"{}"[..], b"\x80foreign"] {
        let left = pools().apply(context(), delete(private)).await;
        assert!(left.diagnostics.has_error());
        assert_eq!(left.state, prior);
    }
}

#[tokio::test]
async fn states_of_every_version_are_read() {
    let same = pools().upgrade(context(), 1, br#"{"name": "a", "gone": 1}"#.to_vec()).await;
    assert_eq!(same.state.attribute("name"), Some(&Value::from("a")));
    assert_eq!(same.state.attribute("id"), Some(&Value::Null));
    let older = pools().upgrade(context(), 0, br#"{"title": "a"}"#.to_vec()).await;
    assert_eq!(older.state.attribute("name"), Some(&Value::from("a")));
    let newer = pools().upgrade(context(), 2, b"{}".to_vec()).await;
    assert!(newer.diagnostics.has_error());
}

#[tokio::test]
async fn without_configuration_only_validation_works() {
    let pools = erase(Pools, Arc::new(Slot::empty()));
    let request = ValidateRequest { config: config("a"), write_only_allowed: true };
    assert_eq!(pools.validate(context(), request.clone()).await, Diagnostics::new());
    let old_host = ValidateRequest { write_only_allowed: false, ..request };
    assert!(pools.validate(context(), old_host).await.has_error());
    assert!(pools.import(context(), ImportTarget::Id("x".to_owned())).await.diagnostics.has_error());
}
