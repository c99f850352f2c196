//! Read-modify-write of allow policies: races, lost answers, gathering, bad neighbours and shared reads.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crosscloud_cloud::gcp::{Grant, Granted, PolicyResource, Revoked};
use crosscloud_cloud::{CancellationToken, Context, Error};
use serde_json::{Value, json};

use super::client;
use super::fake_cloud::{FakeCloud, Reply, Seen};

/// A policy on a server that holds writers to its etag.
#[derive(Clone)]
struct Live(Arc<Mutex<(u64, Value)>>);

impl Live {
    fn new(policy: Value) -> Self {
        Self(Arc::new(Mutex::new((1, policy))))
    }

    fn read(&self) -> Value {
        let (revision, mut policy) = self.0.lock().unwrap().clone();
        policy["etag"] = json!(format!("etag-{revision}"));
        policy
    }

    /// Someone else writes.
    fn interfere(&self) {
        self.0.lock().unwrap().0 += 1;
    }

    fn serve(&self, seen: &Seen) -> Reply {
        if seen.target.contains(":getIamPolicy") {
            return Reply::ok(self.read());
        }
        let mut policy = seen.json()["policy"].clone();
        if policy["etag"] != self.read()["etag"] {
            return Reply::refuse(409, "ABORTED", "There were concurrent policy changes");
        }
        if policy["version"] != 3 {
            return Reply::refuse(400, "INVALID_ARGUMENT", "version must be 3");
        }
        policy.as_object_mut().unwrap().remove("etag");
        let mut live = self.0.lock().unwrap();
        *live = (live.0 + 1, policy.clone());
        Reply::ok(policy)
    }
}

fn foreign() -> Value {
    json!({"version": 1, "auditConfigs": [{"service": "x"}], "bindings": [
        {"role": "roles/owner", "members": ["user:boss@example.com"]},
        {"role": "roles/viewer", "members": ["user:Guest@example.com"],
         "condition": {"title": "until", "expression": "request.time < timestamp('2030-01-01T00:00:00Z')"}}]})
}

fn project() -> PolicyResource {
    PolicyResource::Project("p".into())
}

fn grant(n: usize) -> Grant {
    Grant::new("roles/aiplatform.user", format!("principal://iam.googleapis.com/x/subject/{n}"))
}

#[tokio::test]
async fn grants_and_revokes_tell_what_they_did_and_leave_the_rest() {
    let live = Live::new(foreign());
    let served = live.clone();
    let cloud = FakeCloud::start(move |seen| served.serve(seen)).await;
    let client = client(&cloud.origin);
    let (store, ctx, project) = (client.policies(), Context::new(), project());
    assert!(!store.has(&project, &grant(1), &ctx).await.unwrap());
    assert_eq!(store.grant(&project, &grant(1), &ctx).await.unwrap(), Granted::Granted);
    assert!(store.has(&project, &grant(1), &ctx).await.unwrap(), "a write ends the life of what was read");
    assert_eq!(store.grant(&project, &grant(1), &ctx).await.unwrap(), Granted::Found);
    assert_eq!(store.revoke(&project, &grant(1), &ctx).await.unwrap(), Revoked::Revoked);
    assert_eq!(store.revoke(&project, &grant(1), &ctx).await.unwrap(), Revoked::Absent);
    assert_eq!(cloud.count(":setIamPolicy"), 2);
    let mut expected = foreign();
    expected["version"] = json!(3);
    assert_eq!(live.0.lock().unwrap().1, expected);
}

#[tokio::test]
async fn wishes_at_the_same_time_become_one_write() {
    let live = Live::new(foreign());
    let served = live.clone();
    let cloud = FakeCloud::start(move |seen| served.serve(seen)).await;
    let client = client(&cloud.origin);
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move { client.policies().grant(&project(), &grant(n), &Context::new()).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), Granted::Granted);
    }
    assert_eq!(live.read()["bindings"][2]["members"].as_array().unwrap().len(), 100);
    assert!(cloud.count(":setIamPolicy") <= 2, "{}", cloud.count(":setIamPolicy"));
    assert_eq!(live.read()["bindings"].as_array().unwrap()[..2], foreign()["bindings"].as_array().unwrap()[..]);
}

#[tokio::test]
async fn a_lost_race_is_redone_from_the_read() {
    let live = Live::new(foreign());
    let served = live.clone();
    let mut races = 3;
    let cloud = FakeCloud::start(move |seen| {
        if seen.target.contains(":setIamPolicy") && races > 0 {
            races -= 1;
            served.interfere();
        }
        served.serve(seen)
    })
    .await;
    let client = client(&cloud.origin);
    let outcome = client.policies().grant(&project(), &grant(1), &Context::new()).await.unwrap();
    assert_eq!(outcome, Granted::Granted);
    assert_eq!((cloud.count(":getIamPolicy"), cloud.count(":setIamPolicy")), (4, 4));
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_still_counts_as_ours() {
    let live = Live::new(foreign());
    let served = live.clone();
    let mut lost = false;
    let cloud = FakeCloud::start(move |seen| {
        let reply = served.serve(seen);
        if seen.target.contains(":setIamPolicy") && !std::mem::replace(&mut lost, true) { Reply::Drop } else { reply }
    })
    .await;
    let client = client(&cloud.origin);
    let outcome = client.policies().grant(&project(), &grant(1), &Context::new()).await.unwrap();
    assert_eq!(outcome, Granted::Granted);
    assert_eq!(cloud.count(":setIamPolicy"), 1);
}

#[tokio::test]
async fn one_bad_wish_does_not_spoil_the_others() {
    let live = Live::new(foreign());
    let served = live.clone();
    let cloud = FakeCloud::start(move |seen| {
        if seen.target.contains(":setIamPolicy") && seen.body.contains("ghost@") {
            return Reply::refuse(400, "INVALID_ARGUMENT", "Service account ghost@ does not exist.");
        }
        served.serve(seen)
    })
    .await;
    let client = client(&cloud.origin);
    let (store, ctx, project) = (client.policies(), Context::new(), project());
    let ghost = Grant::new("roles/viewer", "serviceAccount:ghost@p.iam.gserviceaccount.com");
    let (one, two) = (grant(1), grant(2));
    let (a, bad, b) = tokio::join!(
        store.grant(&project, &one, &ctx),
        store.grant(&project, &ghost, &ctx),
        store.grant(&project, &two, &ctx),
    );
    assert_eq!((a.unwrap(), b.unwrap()), (Granted::Granted, Granted::Granted));
    let error = bad.unwrap_err();
    assert!(matches!(error, Error::InvalidArgument { .. }) && error.to_string().contains("does not exist"), "{error}");
}

#[tokio::test]
async fn a_member_that_is_not_known_yet_is_waited_for_without_holding_up_others() {
    let live = Live::new(foreign());
    let served = live.clone();
    let mut early = 6;
    let cloud = FakeCloud::start(move |seen| {
        if seen.target.contains(":setIamPolicy") && seen.body.contains("fresh@") && early > 0 {
            early -= 1;
            return Reply::refuse(400, "INVALID_ARGUMENT", "Service account fresh@ does not exist.");
        }
        served.serve(seen)
    })
    .await;
    let client = client(&cloud.origin);
    let (store, ctx, project) = (client.policies(), Context::new(), project());
    let patient = Context::new().after_create(Duration::from_secs(5));
    let fresh = Grant::new("roles/viewer", "serviceAccount:fresh@p.iam.gserviceaccount.com");
    let other = grant(1);
    let late = async { (store.grant(&project, &fresh, &patient).await, live.read().to_string().contains("subject/1")) };
    let ((made, other_first), other) = tokio::join!(late, store.grant(&project, &other, &ctx));
    assert_eq!((made.unwrap(), other.unwrap()), (Granted::Granted, Granted::Granted));
    assert!(other_first);

    let hasty = Context::new().after_create(Duration::from_millis(500));
    let cloud = FakeCloud::start(|_| Reply::refuse(404, "NOT_FOUND", "none")).await;
    let client = super::client(&cloud.origin);
    assert!(client.policies().grant(&project, &fresh, &hasty).await.unwrap_err().is_not_found());
    assert!(cloud.seen().len() > 1);
}

#[tokio::test]
async fn reads_at_the_same_time_are_one_request() {
    let live = Live::new(foreign());
    let cloud = FakeCloud::start(move |seen| live.serve(seen).late(Duration::from_millis(10))).await;
    let client = client(&cloud.origin);
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move { client.policies().has(&project(), &grant(n), &Context::new()).await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert!(!task.await.unwrap());
    }
    assert_eq!(cloud.seen().len(), 1);
}

#[tokio::test]
async fn on_what_does_not_exist_nothing_is_granted() {
    let cloud = FakeCloud::start(|_| Reply::refuse(404, "NOT_FOUND", "none")).await;
    let client = client(&cloud.origin);
    let (store, ctx) = (client.policies(), Context::new());
    assert!(!store.has(&project(), &grant(1), &ctx).await.unwrap());
    assert_eq!(store.revoke(&project(), &grant(1), &ctx).await.unwrap(), Revoked::Absent);
    assert!(store.grant(&project(), &grant(1), &ctx).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_refusal_reaches_every_caller_and_the_next_one_is_asked_anew() {
    let live = Live::new(foreign());
    let mut refused = 0;
    let cloud = FakeCloud::start(move |seen| {
        if seen.target.contains(":setIamPolicy") && refused < 1 {
            refused += 1;
            return Reply::refuse(403, "PERMISSION_DENIED", "Permission denied");
        }
        live.serve(seen)
    })
    .await;
    let client = client(&cloud.origin);
    let (store, ctx, project, one, two) = (client.policies(), Context::new(), project(), grant(1), grant(2));
    let (a, b) = tokio::join!(store.grant(&project, &one, &ctx), store.grant(&project, &two, &ctx));
    for result in [a, b] {
        let error = result.unwrap_err();
        assert!(
            error.to_string().starts_with(
                "could not change the allow policy of project p: permission resourcemanager.projects.setIamPolicy is missing"
            ),
            "{error}"
        );
    }
    assert_eq!(store.grant(&project, &one, &ctx).await.unwrap(), Granted::Granted);
}

#[tokio::test]
async fn a_policy_without_an_etag_is_never_written() {
    let cloud = FakeCloud::start(|_| Reply::ok(json!({"bindings": []}))).await;
    let client = client(&cloud.origin);
    let error = client.policies().grant(&project(), &grant(1), &Context::new()).await.unwrap_err();
    assert!(error.to_string().contains("has no etag"), "{error}");
    assert_eq!(cloud.count(":setIamPolicy"), 0);
}

#[tokio::test]
async fn one_interrupted_caller_does_not_take_the_others_along() {
    let live = Live::new(foreign());
    let cloud = FakeCloud::start(move |seen| live.serve(seen).late(Duration::from_millis(30))).await;
    let client = client(&cloud.origin);
    let (store, ctx, project, one, two) = (client.policies(), Context::new(), project(), grant(1), grant(2));
    let cancel = CancellationToken::new();
    let interrupted = Context::new().with_cancel(cancel.clone());
    let stop = async {
        while cloud.seen().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        cancel.cancel();
    };
    let (a, b, ()) = tokio::join!(store.grant(&project, &one, &interrupted), store.grant(&project, &two, &ctx), stop);
    assert!(a.unwrap_err().is_cancelled());
    assert_eq!(b.unwrap(), Granted::Granted);
}

#[tokio::test]
async fn a_caller_who_goes_away_before_the_write_is_forgotten() {
    let live = Live::new(foreign());
    let served = live.clone();
    let cloud = FakeCloud::start(move |seen| served.serve(seen)).await;
    let client = client(&cloud.origin);
    let (project, one, two, ctx) = (project(), grant(1), grant(2), Context::new());
    let short = tokio::time::timeout(Duration::from_millis(1), client.policies().grant(&project, &one, &ctx));
    let (gone, stayed) = tokio::join!(short, client.policies().grant(&project, &two, &ctx));
    assert!(gone.is_err());
    assert_eq!(stayed.unwrap(), Granted::Granted);
    assert!(!live.read().to_string().contains("subject/1"));
}
