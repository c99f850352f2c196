//! A trust policy that several people edit: turns, races, and what nobody may lose.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crosscloud_cloud::aws::{Client, Timing};
use crosscloud_cloud::{Context, Error, Settling};
use serde_json::{Value, json};

use super::fake_cloud::{FakeCloud, Reply, Seen};
use super::transport;

/// The trust policy of a role on a server that takes whatever it is sent, as IAM does.
#[derive(Clone)]
struct Live(Arc<Mutex<String>>);

impl Live {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(json!({"Version": "2012-10-17", "Statement": [foreign()]}).to_string())))
    }

    fn read(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    fn write(&self, policy: String) {
        *self.0.lock().unwrap() = policy;
    }

    fn serve(&self, seen: &Seen) -> Reply {
        let field = |name: &str| {
            let fields = url::form_urlencoded::parse(seen.body.as_bytes());
            fields.filter(|(field, _)| field == name).map(|(_, value)| value.into_owned()).collect::<String>()
        };
        let result = match field("Action").as_str() {
            "UpdateAssumeRolePolicy" => {
                self.write(field("PolicyDocument"));
                String::new()
            }
            _ => {
                let policy = url::form_urlencoded::byte_serialize(self.read().as_bytes()).collect::<String>();
                format!(
                    "<GetRoleResult><Role><RoleName>r</RoleName><RoleId>AROA1</RoleId><Arn>arn:aws:iam::1:role/r</Arn>\
                     <AssumeRolePolicyDocument>{policy}</AssumeRolePolicyDocument></Role></GetRoleResult>"
                )
            }
        };
        Reply::text(
            200,
            format!("<Response>{result}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></Response>"),
        )
    }

    fn sids(&self) -> Vec<String> {
        sids(&self.read())
    }
}

fn foreign() -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"})
}

fn edited(policy: &str, edit: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut policy: Value = serde_json::from_str(policy).unwrap();
    edit(policy["Statement"].as_array_mut().unwrap());
    policy.to_string()
}

fn sids(policy: &str) -> Vec<String> {
    let policy: Value = serde_json::from_str(policy).unwrap();
    let all = policy["Statement"].as_array().unwrap().iter();
    all.map(|it| it.get("Sid").and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
}

/// The policy with a statement of this `Sid`; nothing where it has one.
fn with(policy: &str, sid: &str) -> Option<String> {
    let statement = json!({"Sid": sid, "Effect": "Allow", "Principal": {"Federated": "p"}, "Action": "sts:AssumeRoleWithWebIdentity"});
    (!sids(policy).iter().any(|it| it == sid)).then(|| edited(policy, |all| all.push(statement)))
}

/// The policy without the statement of this `Sid`; nothing where it has none.
fn without(policy: &str, sid: &str) -> Option<String> {
    sids(policy).iter().any(|it| it == sid).then(|| edited(policy, |all| all.retain(|it| it["Sid"] != sid)))
}

fn client(origin: &str) -> Client {
    let settling = Settling { reads: 1, interval: Duration::from_millis(2), timeout: Duration::from_millis(200) };
    Client::new(transport(origin), Timing { settling })
}

fn writes(cloud: &FakeCloud) -> usize {
    cloud.seen().iter().filter(|seen| seen.body.contains("UpdateAssumeRolePolicy")).count()
}

#[tokio::test]
async fn writers_at_the_same_time_take_turns_and_lose_nobody() {
    let live = Live::new();
    let served = live.clone();
    let cloud = FakeCloud::start(move |seen| served.serve(seen)).await;
    let client = client(&cloud.origin);
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let client = client.clone();
            let sid = format!("m{n}");
            tokio::spawn(
                async move { client.edit_trust_policy("r", |policy| with(policy, &sid), &Context::new()).await },
            )
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap().unwrap());
    }
    let mut there = live.sids();
    there.sort();
    assert_eq!(there, ["", "m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"]);
    let policy: Value = serde_json::from_str(&live.read()).unwrap();
    assert_eq!(policy["Statement"][0], foreign());
    for removed in [true, false] {
        let edit = |policy: &str| without(policy, "m3");
        assert_eq!(client.edit_trust_policy("r", edit, &Context::new()).await.unwrap(), removed);
    }
    assert_eq!((live.sids().len(), writes(&cloud)), (8, 9));
}

#[tokio::test]
async fn what_is_as_wanted_is_not_written() {
    let live = Live::new();
    let served = live.clone();
    let cloud = FakeCloud::start(move |seen| served.serve(seen)).await;
    let (client, ctx) = (client(&cloud.origin), Context::new());
    assert!(client.edit_trust_policy("r", |policy| with(policy, "m"), &ctx).await.unwrap());
    assert!(!client.edit_trust_policy("r", |policy| with(policy, "m"), &ctx).await.unwrap());
    // Order and white space say nothing.
    let same = |policy: &str| Some(format!(" {} ", edited(policy, |all| all.reverse())));
    assert!(!client.edit_trust_policy("r", same, &ctx).await.unwrap());
    assert_eq!(writes(&cloud), 1);
}

#[tokio::test]
async fn what_somebody_writes_between_two_reads_stays() {
    let live = Live::new();
    let served = live.clone();
    let mut reads = 0;
    let cloud = FakeCloud::start(move |seen| {
        reads += usize::from(seen.body.contains("GetRole"));
        let reply = served.serve(seen);
        if reads == 1 {
            served.write(with(&served.read(), "theirs").unwrap());
        }
        reply
    })
    .await;
    client(&cloud.origin).edit_trust_policy("r", |policy| with(policy, "m"), &Context::new()).await.unwrap();
    assert_eq!((live.sids(), writes(&cloud)), (vec![String::new(), "theirs".into(), "m".into()], 1));
}

#[tokio::test]
async fn who_writes_over_it_is_noticed() {
    let live = Live::new();
    let served = live.clone();
    let mut first = true;
    let cloud = FakeCloud::start(move |seen| {
        let reply = served.serve(seen);
        if seen.body.contains("UpdateAssumeRolePolicy") && std::mem::take(&mut first) {
            // Somebody who had read the policy before puts theirs in its place.
            let others = without(&served.read(), "m").unwrap();
            served.write(with(&others, "theirs").unwrap());
        }
        reply
    })
    .await;
    client(&cloud.origin).edit_trust_policy("r", |policy| with(policy, "m"), &Context::new()).await.unwrap();
    assert_eq!((live.sids(), writes(&cloud)), (vec![String::new(), "theirs".into(), "m".into()], 2));
}

#[tokio::test]
async fn somebody_who_never_stops_writing_is_told() {
    let live = Live::new();
    let mut count = 0;
    let cloud = FakeCloud::start(move |seen| {
        count += 1;
        live.write(with(&live.read(), &format!("n{count}")).unwrap());
        live.serve(seen)
    })
    .await;
    let error =
        client(&cloud.origin).edit_trust_policy("r", |policy| with(policy, "m"), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)) && error.to_string().contains("10 times in a row"), "{error}");
    assert_eq!(writes(&cloud), 0);
}

#[tokio::test]
async fn the_policy_of_a_role_that_has_gone_cannot_be_edited() {
    let refusal = "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>";
    let cloud = FakeCloud::start(move |_| Reply::text(404, refusal)).await;
    let edited = client(&cloud.origin).edit_trust_policy("r", |policy| with(policy, "m"), &Context::new()).await;
    assert!(edited.unwrap_err().is_not_found());
    assert_eq!(writes(&cloud), 0);
}
