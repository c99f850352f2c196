//! A list resource behind the erased trait: limits, dropped receivers, objects without an identity.

use std::ops::ControlFlow;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::model::Attr;
use crate::resource::{Create, Delete, Read, Reply, Update};

/// A star.
#[derive(Clone, Debug, PartialEq, Model)]
struct Star {
    /// Its number in the catalogue.
    #[attr(required)]
    number: Attr<i64>,
    /// Never stored.
    #[attr(optional, write_only)]
    secret: Attr<String>,
}

/// What a star is called.
#[derive(Clone, Debug, Model)]
struct StarIdentity {
    /// Its number in the catalogue.
    #[attr(required)]
    number: Attr<i64>,
}

struct Stars;

impl Resource for Stars {
    type Model = Star;
    type Provider = i64;

    fn type_name(&self) -> &str {
        "test_star"
    }

    async fn create(&self, _: Context<Arc<i64>>, request: Create<Star>) -> Reply<Star> {
        Reply::state(request.planned)
    }

    async fn read(&self, _: Context<Arc<i64>>, request: Read<Star>) -> Reply<Star> {
        Reply::state(request.state)
    }

    async fn update(&self, _: Context<Arc<i64>>, request: Update<Star>) -> Reply<Star> {
        Reply::state(request.planned)
    }

    async fn delete(&self, _: Context<Arc<i64>>, _: Delete<Star>) -> Reply<Star> {
        Reply::gone()
    }
}

impl Identified for Stars {
    type Identity = StarIdentity;

    fn identity(&self, _: &i64, star: &Star) -> StarIdentity {
        StarIdentity { number: star.number }
    }

    async fn import_identity(&self, _: Context<Arc<i64>>, identity: StarIdentity) -> Reply<Star> {
        Reply::state(Star { number: identity.number, secret: Attr::Null })
    }
}

/// Which stars to find.
#[derive(Clone, Debug, Model)]
struct Region {
    /// The first number.
    #[attr(optional)]
    from: Attr<i64>,
}

struct ListStars;

impl ListResource for ListStars {
    type Config = Region;
    type Resource = Stars;

    fn type_name(&self) -> &str {
        "test_star"
    }

    /// Finds as many stars as the provider knows; star 13 has no number.
    async fn list(&self, context: Context<Arc<i64>>, request: List<Region>, found: &mut Results<Stars>) -> Diagnostics {
        for number in request.config.from.known_or(1)..=*context.provider {
            let known = if number == 13 { Attr::Null } else { Attr::Known(number) };
            let one = Found {
                identity: StarIdentity { number: known },
                display_name: format!("star {number}"),
                state: Some(Star { number: known, secret: "s".into() }),
                diagnostics: Diagnostics::new(),
            };
            if let ControlFlow::Break(()) = found.push(one).await {
                break;
            }
        }
        Diagnostics::new()
    }
}

fn stars() -> Box<dyn DynListResource> {
    let slot = Slot::empty();
    slot.fill(1_000_000, "1.14.0");
    erase(ListStars, Arc::new(slot))
}

fn request(from: i64, limit: Option<usize>, include_state: bool) -> List<Value> {
    List { config: Value::object([("from", Value::from(from))]), include_state, limit }
}

async fn listed(request: List<Value>) -> Vec<DynFound> {
    let (sender, mut receiver) = mpsc::channel(100);
    let told = stars().list(Context::new(CancellationToken::new()), request, sender).await;
    assert_eq!(told, Diagnostics::new());
    let mut all = Vec::new();
    while let Some(found) = receiver.recv().await {
        all.push(found);
    }
    all
}

#[tokio::test]
async fn no_more_than_the_limit_is_found() {
    let found = listed(request(1, Some(3), false)).await;
    let names: Vec<_> = found.iter().map(|found| found.display_name.as_str()).collect();
    assert_eq!(names, ["star 1", "star 2", "star 3"]);
    assert_eq!(found[0].identity, Value::object([("number", Value::from(1))]));
    assert!(found.iter().all(|found| found.state.is_null()));
    let with_state = listed(request(5, Some(1), true)).await;
    assert_eq!(with_state[0].state, Value::object([("number", Value::from(5)), ("secret", Value::Null)]));
}

#[tokio::test]
async fn a_search_ends_when_nobody_listens() {
    let (sender, mut receiver) = mpsc::channel(1);
    let stars = stars();
    let search = stars.list(Context::new(CancellationToken::new()), request(1, None, false), sender);
    let listen = async move { receiver.recv().await.map(|found| found.display_name) };
    let (told, first) = tokio::join!(search, listen);
    assert_eq!((told, first.as_deref()), (Diagnostics::new(), Some("star 1")));
}

#[tokio::test]
async fn an_object_without_an_identity_is_told() {
    let found = listed(request(13, Some(1), false)).await;
    assert!(found[0].identity.is_null() && found[0].diagnostics.to_string().contains("an identity without number"));
}
