//! Statements of a trust policy that several people write: turns, races, and what nobody may lose.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crosscloud_cloud::aws::{Client, Timing, trust_statements};
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
        let all = trust_statements::all(&self.read()).into_iter();
        all.map(|it| it.get("Sid").and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
    }
}

fn foreign() -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"})
}

fn mine() -> Value {
    json!({"Effect": "Allow", "Principal": {"Federated": "p"}, "Action": "sts:AssumeRoleWithWebIdentity"})
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
            tokio::spawn(
                async move { client.add_trust_statement("r", &format!("m{n}"), &mine(), &Context::new()).await },
            )
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let mut sids = live.sids();
    sids.sort();
    assert_eq!(sids, ["", "m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"]);
    assert_eq!(trust_statements::all(&live.read())[0], foreign());
    assert!(client.remove_trust_statement("r", "m3", &Context::new()).await.unwrap());
    assert!(!client.remove_trust_statement("r", "m3", &Context::new()).await.unwrap());
    assert_eq!((live.sids().len(), writes(&cloud)), (8, 9));
}

#[tokio::test]
async fn a_name_that_is_taken_is_told_and_nothing_is_written() {
    let live = Live::new();
    let served = live.clone();
    let cloud = FakeCloud::start(move |seen| served.serve(seen)).await;
    let (client, ctx) = (client(&cloud.origin), Context::new());
    client.add_trust_statement("r", "m", &mine(), &ctx).await.unwrap();
    let error = client.add_trust_statement("r", "m", &mine(), &ctx).await.unwrap_err();
    assert!(matches!(error, Error::AlreadyExists(_)), "{error}");
    client.put_trust_statement("r", "m", &mine(), &ctx).await.unwrap();
    assert_eq!(writes(&cloud), 1, "what is as wanted is not written");
    assert_eq!(client.get_trust_statement("r", "m", &ctx).await.unwrap().unwrap()["Effect"], "Allow");
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
            served.write(trust_statements::with(&served.read(), "theirs", &mine()).unwrap());
        }
        reply
    })
    .await;
    client(&cloud.origin).add_trust_statement("r", "m", &mine(), &Context::new()).await.unwrap();
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
            let without = trust_statements::without(&served.read(), "m").unwrap();
            served.write(trust_statements::with(&without, "theirs", &mine()).unwrap());
        }
        reply
    })
    .await;
    client(&cloud.origin).add_trust_statement("r", "m", &mine(), &Context::new()).await.unwrap();
    assert_eq!((live.sids(), writes(&cloud)), (vec![String::new(), "theirs".into(), "m".into()], 2));
}

#[tokio::test]
async fn somebody_who_never_stops_writing_is_told() {
    let live = Live::new();
    let mut count = 0;
    let cloud = FakeCloud::start(move |seen| {
        count += 1;
        live.write(trust_statements::with(&live.read(), &format!("n{count}"), &mine()).unwrap());
        live.serve(seen)
    })
    .await;
    let error = client(&cloud.origin).add_trust_statement("r", "m", &mine(), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)) && error.to_string().contains("10 times in a row"), "{error}");
    assert_eq!(writes(&cloud), 0);
}

#[tokio::test]
async fn of_a_role_that_has_gone_nothing_is_left_to_remove() {
    let refusal = "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>";
    let cloud = FakeCloud::start(move |_| Reply::text(404, refusal)).await;
    let (client, patient) = (client(&cloud.origin), Context::new().after_create(Duration::from_secs(60)));
    assert!(!client.remove_trust_statement("r", "m", &patient).await.unwrap());
    assert!(client.add_trust_statement("r", "m", &mine(), &Context::new()).await.unwrap_err().is_not_found());
}
