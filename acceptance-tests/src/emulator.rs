//! The emulated clouds as a test sees them: a process of its own and its control endpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{self, Answer, Content};
use crate::programs::Programs;
use crate::terraform::isolate;

/// How long the emulator may take until it listens; it makes its signing keys first.
const START: Duration = Duration::from_secs(30);

/// The token of whoever runs terraform; the emulator takes any token that it did not issue for the operator's.
pub const OPERATOR_TOKEN: &str = "operator";

/// A running emulator, stopped when dropped.
#[derive(Debug)]
pub struct Emulator {
    process: Option<Child>,
    origin: String,
    https: String,
    ca_pem: String,
    at_start: Vec<String>,
}

/// An object of the emulated clouds.
#[derive(Clone, Debug, Deserialize)]
pub struct Object {
    /// `cloud/kind`, such as `gcp/pool`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name in the cloud.
    pub id: String,
    /// `live` or `soft_deleted`.
    pub state: String,
}

/// A request that the emulator answered.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path with its `:verb`.
    pub path: String,
    /// The answer's status; none if the connection was dropped.
    pub status: Option<u16>,
}

impl Request {
    /// Whether it changes something; Google reads policies by POST, and AWS everything.
    #[must_use]
    pub fn is_write(&self) -> bool {
        let reads = ["Action=Get", "Action=List"];
        self.method != "GET"
            && !self.path.ends_with(":getIamPolicy")
            && !reads.iter().any(|read| self.path.contains(read))
    }
}

/// A fault to inject into one request.
#[derive(Clone, Debug)]
pub struct Fault {
    /// HTTP method of the request that is hit.
    pub method: String,
    /// Part of its path.
    pub path: String,
    /// Which of the matching requests is hit, counted from 1.
    pub nth: usize,
    /// How many in a row are hit; 0 for every one from `nth` on.
    pub times: usize,
    /// The status that it is answered with.
    pub status: u16,
}

/// When a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before anything of it is done.
    Before,
    /// After everything of it is done, before the client learns of it.
    After,
}

impl Moment {
    fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

impl Emulator {
    /// Starts an emulator that logs into `folder`.
    #[track_caller]
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let ready = folder.join("emulator.json");
        let log = File::create(folder.join("emulator.log")).expect("the emulator's log can be written");
        let mut command = Command::new(&Programs::get().emulator);
        isolate(&mut command, None);
        command
            .args(["--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--ready-file"])
            .arg(&ready)
            .stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a file handle can be copied")).stderr(log);
        #[cfg(unix)]
        {
            // Ctrl-C in a terminal goes to the whole group; the emulator must outlive terraform's clean-up.
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        let mut emulator = Self::none();
        emulator.process = Some(command.spawn().expect("the emulator starts"));
        let ready = emulator.wait_for(&ready);
        emulator.origin = text(&ready["http"]).to_owned();
        emulator.https = text(&ready["https"]).to_owned();
        emulator.ca_pem = text(&ready["ca_pem"]).to_owned();
        emulator.at_start = emulator.objects().into_iter().map(|object| object.id).collect();
        emulator
    }

    /// Takes what the clouds hold now for what they held from the start: what a row finds there must be there after it.
    #[track_caller]
    pub fn is_the_start(&mut self) {
        self.at_start = self.objects().into_iter().map(|object| object.id).collect();
    }

    /// No emulator at all.
    pub(crate) fn none() -> Self {
        Self { process: None, origin: String::new(), https: String::new(), ca_pem: String::new(), at_start: Vec::new() }
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Where it listens with TLS, and the certificate of the authority that vouches for it.
    #[must_use]
    pub fn https(&self) -> (&str, &str) {
        (&self.https, &self.ca_pem)
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Lets the process run on after this one has ended.
    pub fn leave_running(mut self) {
        self.process = None;
    }

    /// Every object that the clouds hold, soft-deleted ones included.
    #[track_caller]
    #[must_use]
    pub fn objects(&self) -> Vec<Object> {
        serde_json::from_value(self.control("GET", "objects", None)).expect("the emulator lists its objects")
    }

    /// The live objects of a kind, with everything that the control API says of them.
    #[track_caller]
    #[must_use]
    pub fn objects_of(&self, kind: &str) -> Vec<Value> {
        let path = format!("objects?state=live&type={kind}");
        serde_json::from_value(self.control("GET", &path, None)).expect("the emulator lists its objects")
    }

    /// The public keys that an issuer publishes, as a JWK set.
    #[track_caller]
    #[must_use]
    pub fn published_keys(&self, issuer: &str) -> Value {
        let issuer: String = url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect();
        self.control("GET", &format!("issuers/{issuer}/jwks"), None)
    }

    /// Takes an issuer out of the clouds' reach.
    #[track_caller]
    pub fn hide_issuer(&self, issuer: &str) {
        self.control("POST", "issuers", Some(&json!({"issuer": issuer, "reachable": false})));
    }

    /// What was made since the start and is there, each with the ids that the clouds chose for it: an object that was made anew differs.
    /// APIs that were switched on are left out.
    #[track_caller]
    #[must_use]
    pub fn made(&self) -> BTreeMap<String, BTreeSet<String>> {
        let objects: Vec<Value> =
            serde_json::from_value(self.control("GET", "objects?state=live&seeded=false", None)).unwrap_or_default();
        let made = objects.iter().filter(|object| object["type"] != "gcp/service").map(|object| {
            let mut ids = BTreeSet::new();
            chosen_ids(object, &mut ids);
            (format!("{} {}", text(&object["type"]), text(&object["id"])), ids)
        });
        made.collect()
    }

    /// The clouds must hold what they held when the emulator started, and nothing else that anyone could use.
    ///
    /// Some things may stay: what was deleted is remembered for thirty days, a grant whose member was deleted lets nobody
    /// in, an API or an issuer that was switched on and a service's agent stay, because something else may have come to rely on them,
    /// and key rings are never deleted.
    #[track_caller]
    pub fn is_empty(&self) {
        let left = self.objects().into_iter().filter(|object| {
            let stays = ["gcp/service", "gcp/service_agent", "gcp/key_ring", "aws/outbound_federation"];
            let stays = stays.contains(&object.kind.as_str());
            let usable = object.state == "live" && !stays && !object.id.contains(" deleted:");
            usable && !self.at_start.contains(&object.id)
        });
        let left: Vec<String> = left.map(|object| format!("{} {}", object.kind, object.id)).collect();
        assert!(left.is_empty(), "the clouds still hold:\n  {}", left.join("\n  "));
        let held: Vec<String> = self.objects().into_iter().map(|object| object.id).collect();
        let lost: Vec<&String> = self.at_start.iter().filter(|id| !held.contains(id)).collect();
        assert!(lost.is_empty(), "the clouds have lost what was there before: {lost:?}");
    }

    /// Every request to a cloud since the start or the last [`Emulator::forget_requests`], in order.
    #[track_caller]
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        serde_json::from_value(self.control("GET", "requests", None)).expect("the emulator lists its requests")
    }

    /// Starts the list of requests anew.
    #[track_caller]
    pub fn forget_requests(&self) {
        self.control("DELETE", "requests", None);
    }

    /// Makes one request fail.
    #[track_caller]
    pub fn inject(&self, fault: &Fault) {
        let fault = json!({
            "match": {"method": fault.method, "path_contains": fault.path},
            "nth": fault.nth,
            "times": fault.times,
            "action": {"status": fault.status},
        });
        self.control("POST", "faults", Some(&fault));
    }

    /// Takes every other permission than these from whoever the provider signs in as.
    #[track_caller]
    pub fn operator_may(&self, permissions: &BTreeSet<String>) {
        self.control("POST", "operator", Some(&json!({ "permissions": permissions })));
    }

    /// Gives whoever the provider signs in as every permission again.
    #[track_caller]
    pub fn operator_may_everything(&self) {
        self.control("POST", "operator", Some(&json!({ "permissions": null })));
    }

    /// Says who runs on the simulated machines, and what is shown there for credentials.
    #[track_caller]
    pub fn machine_is(&self, machine: &Value) {
        self.control("POST", "machine", Some(machine));
    }

    /// Lets time pass in the clouds, and nowhere else.
    #[track_caller]
    pub fn time_passes(&self, seconds: u32) {
        self.control("POST", "clock", Some(&json!({ "advance_seconds": seconds })));
    }

    /// Makes every answer late.
    #[track_caller]
    pub fn delay_every_call(&self, by: Duration) {
        let fault = json!({"match": {}, "nth": 1, "times": 0, "action": {"delay_ms": by.as_millis()}});
        self.control("POST", "faults", Some(&fault));
    }

    /// Holds one request, before anything of it is done or after everything is.
    #[track_caller]
    pub fn hold(&self, method: &str, path: &str, nth: usize, moment: Moment) {
        let fault = json!({
            "match": {"method": method, "path_contains": path},
            "nth": nth,
            "times": 1,
            "action": {"hold": moment.word()},
        });
        self.control("POST", "faults", Some(&fault));
    }

    /// Whether a request is held within this time.
    #[track_caller]
    #[must_use]
    pub fn holds_one(&self, within: Duration) -> bool {
        let answer = self.control("GET", &format!("held?count=1&wait_ms={}", within.as_millis()), None);
        !answer.as_array().is_none_or(Vec::is_empty)
    }

    /// Ends every fault.
    #[track_caller]
    pub fn end_faults(&self) {
        self.control("DELETE", "faults", None);
    }

    /// Takes the clouds back to what they held at the start.
    #[track_caller]
    pub fn reset(&self) {
        self.control("POST", "reset", None);
    }

    /// A token that `issuer` signs, with these claims.
    #[track_caller]
    #[must_use]
    pub fn token(&self, request: &Value) -> String {
        let answer = self.control("POST", "tokens", Some(request));
        answer["token"].as_str().expect("the emulator issues a token").to_owned()
    }

    /// Calls a cloud as the operator: what someone does by hand, behind terraform's back.
    #[track_caller]
    pub fn by_hand(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let answer = self.try_by_hand(method, path, body);
        assert!(answer.is_success(), "{method} {path} was refused: {} {}", answer.status, answer.body);
        answer
    }

    /// Calls a cloud as the operator, whatever the answer is.
    #[track_caller]
    #[must_use]
    pub fn try_by_hand(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        http::send(method, &format!("{}{path}", self.origin), &Content { token: Some(OPERATOR_TOKEN), body })
    }

    #[track_caller]
    fn control(&self, method: &str, what: &str, body: Option<&Value>) -> Value {
        let url = format!("{}/_emulator/{what}", self.origin);
        let answer = http::send(method, &url, &Content { token: None, body });
        assert!(answer.is_success(), "{method} /_emulator/{what} was refused: {} {}", answer.status, answer.body);
        answer.body
    }

    /// Waits for the file that says where the emulator listens.
    #[track_caller]
    fn wait_for(&mut self, ready: &Path) -> Value {
        let start = Instant::now();
        loop {
            let said = std::fs::read_to_string(ready).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
            if let Some(said) = said.filter(|said| said["http"].is_string()) {
                return said;
            }
            let ended = self.process.as_mut().and_then(|process| process.try_wait().ok().flatten());
            let log = || std::fs::read_to_string(ready.with_extension("log")).unwrap_or_default();
            assert!(ended.is_none(), "the emulator ended at once: {}", log());
            assert!(start.elapsed() < START, "the emulator does not say that it listens: {}", log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The ids in an object that a cloud chooses when it makes one.
fn chosen_ids(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(id)
                        if ["uniqueId", "clientId", "principalId", "appId", "roleId"].contains(&name.as_str()) =>
                    {
                        ids.insert(format!("{name} {id}"));
                    }
                    nested => chosen_ids(nested, ids),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| chosen_ids(item, ids)),
        _ => {}
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
