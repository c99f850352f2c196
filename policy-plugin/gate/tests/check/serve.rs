//! The run task, as HCP Terraform asks for it: the program, and a host on this machine that plays HCP Terraform's part.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{plan, provider};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const TOKEN: &str = "one.run-task.token";

/// A call that came to the host.
#[derive(Debug, Clone)]
struct Call {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

/// The part of HCP Terraform, and of the storage that it sends on to.
struct Host {
    address: String,
    calls: Arc<Mutex<Vec<Call>>>,
    verdicts: mpsc::UnboundedReceiver<Call>,
}

#[derive(Clone)]
struct Shared {
    calls: Arc<Mutex<Vec<Call>>>,
    verdicts: mpsc::UnboundedSender<Call>,
}

impl Host {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, verdicts) = mpsc::unbounded_channel();
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        let shared = Shared { calls: Arc::clone(&calls), verdicts: sender };
        let router = Router::new().fallback(answer).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, calls, verdicts }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The verdict that comes next.
    async fn verdict(&mut self) -> Value {
        let call = tokio::time::timeout(Duration::from_secs(60), self.verdicts.recv()).await.unwrap().unwrap();
        assert_eq!(call.headers["content-type"], "application/vnd.api+json");
        assert_eq!(call.headers["authorization"], format!("Bearer {TOKEN}").as_str());
        let body: Value = serde_json::from_slice(&call.body).unwrap();
        assert_eq!(body["data"]["type"], "task-results");
        body["data"].clone()
    }

    fn paths(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().map(|call| format!("{} {}", call.method, call.path)).collect()
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, String) {
    let call = Call { method, path: uri.path().to_owned(), headers, body };
    let before = {
        let mut calls = shared.calls.lock().unwrap();
        calls.push(call.clone());
        calls.iter().filter(|it| it.path == call.path).count()
    };
    let open = || plan(&[provider("ci", json!(null))]).to_string();
    let none = HeaderMap::new;
    match call.path.as_str() {
        "/callback" => {
            let _ = shared.verdicts.send(call);
            (StatusCode::OK, none(), "{}".to_owned())
        }
        "/plan/open" | "/storage/open" => (StatusCode::OK, none(), open()),
        "/plan/sound" => (StatusCode::OK, none(), plan(&[]).to_string()),
        "/plan/state" => (StatusCode::OK, none(), r#"{"version": 4, "serial": 1, "lineage": "x"}"#.to_owned()),
        // Busy twice, and there the third time.
        "/plan/late" if before < 3 => (StatusCode::SERVICE_UNAVAILABLE, none(), String::new()),
        "/plan/late" => (StatusCode::OK, none(), plan(&[]).to_string()),
        "/plan/moved" => {
            let mut headers = HeaderMap::new();
            let host = call.headers["host"].to_str().unwrap();
            headers.insert("location", format!("http://{host}/storage/open").parse().unwrap());
            (StatusCode::TEMPORARY_REDIRECT, headers, String::new())
        }
        _ => (StatusCode::NOT_FOUND, none(), String::new()),
    }
}

/// The program.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(host: &Host, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_crosscloud-gate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--loopback-http", "--allow-host", &host.address])
            .args(more)
            .env("CROSSCLOUD_GATE_HMAC_KEY", KEY)
            .env_remove("CROSSCLOUD_POLICY_FILE")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url }
    }

    /// Sends a body with its signature, or with this one.
    async fn post(&self, body: &str, signature: Option<&str>) -> StatusCode {
        let key = hmac::Key::new(hmac::HMAC_SHA512, KEY.as_bytes());
        let right: String =
            hmac::sign(&key, body.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let request = reqwest::Client::new().post(&self.url).body(body.to_owned());
        let response = request.header("X-TFC-Task-Signature", signature.unwrap_or(&right)).send().await.unwrap();
        response.status()
    }

    async fn ask(&self, task: &Value) -> StatusCode {
        self.post(&task.to_string(), None).await
    }

    /// Ends it as a supervisor does. Gives what it has logged.
    #[cfg(unix)]
    fn ends(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let mut log = String::new();
        std::io::Read::read_to_string(&mut self.child.stderr.take().unwrap(), &mut log).unwrap();
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn task(host: &Host, plan: &str) -> Value {
    json!({
        "payload_version": 1, "stage": "post_plan", "access_token": TOKEN, "run_id": "run-1", "workspace_name": "ml",
        "task_result_id": "taskrs-1", "task_result_enforcement_level": "mandatory", "is_speculative": false,
        "task_result_callback_url": host.url("/callback"), "plan_json_api_url": host.url(plan),
    })
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
fn verdicts_are_sent_back() {
    block_on(async {
        let mut host = Host::start().await;
        let server = Server::start(&host, &[]);
        assert_eq!(server.ask(&task(&host, "/plan/open")).await, StatusCode::OK);
        let denied = host.verdict().await;
        assert_eq!(denied["attributes"]["status"], "failed");
        assert!(denied["attributes"]["message"].as_str().unwrap().starts_with("denied: 1 critical"), "{denied:#}");
        let outcomes = denied["relationships"]["outcomes"]["data"].as_array().unwrap();
        assert_eq!(outcomes[0]["type"], "task-result-outcomes");
        let described = outcomes[0]["attributes"]["description"].as_str().unwrap();
        assert!(described.starts_with("gcp-wif-condition-missing: google_iam_workload"), "{described}");
        assert_eq!(outcomes[0]["attributes"]["tags"]["Severity"][0], json!({"label": "critical", "level": "error"}));
        assert!(outcomes[0]["attributes"]["body"].as_str().unwrap().contains("gets in:"));
        for (plan, status, says) in [
            ("/plan/sound", "passed", "allowed: nothing found"),
            ("/plan/late", "passed", "allowed"),
            ("/plan/state", "failed", "this is a state"),
            ("/plan/none", "failed", "127.0.0.1 answered 404"),
        ] {
            assert_eq!(server.ask(&task(&host, plan)).await, StatusCode::OK);
            let verdict = host.verdict().await;
            assert_eq!(verdict["attributes"]["status"], status, "{plan}");
            assert!(verdict["attributes"]["message"].as_str().unwrap().contains(says), "{plan}: {verdict:#}");
        }
        #[cfg(unix)]
        {
            let log = server.ends();
            assert!(log.contains("run-1 of ml: denied: 1 critical") && !log.contains(TOKEN), "{log}");
        }
    });
}

#[test]
fn nothing_is_read_before_the_signature_is_right() {
    block_on(async {
        let host = Host::start().await;
        let server = Server::start(&host, &[]);
        let body = task(&host, "/plan/open").to_string();
        let other = "0".repeat(128);
        for signature in ["", "00", other.as_str(), "not hexadecimal"] {
            assert_eq!(server.post(&body, Some(signature)).await, StatusCode::UNAUTHORIZED, "{signature}");
            assert_eq!(server.post("{ not json", Some(signature)).await, StatusCode::UNAUTHORIZED);
        }
        let unsigned = reqwest::Client::new().post(&server.url).body(body.clone()).send().await.unwrap();
        assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);
        for wrong in ["{ not json", "{}", "[]", "{\"payload_version\": 2, \"access_token\": \"x\"}"] {
            assert_eq!(server.post(wrong, None).await, StatusCode::BAD_REQUEST, "{wrong}");
        }
        assert_eq!(server.post(&"x".repeat(2 << 20), None).await, StatusCode::PAYLOAD_TOO_LARGE);
        let got = reqwest::get(&server.url).await.unwrap();
        assert_eq!(got.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(host.paths(), [] as [&str; 0]);
    });
}

#[test]
fn the_request_that_checks_the_address_is_answered() {
    block_on(async {
        let host = Host::start().await;
        let server = Server::start(&host, &[]);
        let mut ping = task(&host, "/plan/open");
        ping["access_token"] = json!("test-token");
        assert_eq!(server.ask(&ping).await, StatusCode::OK);
        assert_eq!(reqwest::get(format!("{}/healthz", server.url)).await.unwrap().status(), StatusCode::OK);
        assert_eq!(host.paths(), [] as [&str; 0]);
    });
}

#[test]
fn only_allowed_hosts_are_talked_to() {
    block_on(async {
        let mut host = Host::start().await;
        let stranger = Host::start().await;
        let server = Server::start(&host, &[]);
        let mut elsewhere = task(&host, "/plan/open");
        elsewhere["plan_json_api_url"] = json!(stranger.url("/plan/sound"));
        assert_eq!(server.ask(&elsewhere).await, StatusCode::OK);
        let verdict = host.verdict().await;
        assert_eq!(verdict["attributes"]["status"], "failed");
        assert!(verdict["attributes"]["message"].as_str().unwrap().contains("is not allowed"), "{verdict:#}");
        elsewhere["task_result_callback_url"] = json!(stranger.url("/callback"));
        assert_eq!(server.ask(&elsewhere).await, StatusCode::UNPROCESSABLE_ENTITY);
        for address in ["http://user@127.0.0.1/x", "ftp://127.0.0.1/x", "", "http://localhost/x"] {
            elsewhere["task_result_callback_url"] = json!(address);
            assert_eq!(server.ask(&elsewhere).await, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
        }
        assert_eq!(stranger.paths(), [] as [&str; 0]);
        assert_eq!(host.paths(), ["PATCH /callback"]);
    });
}

#[test]
fn redirects_are_not_followed_unless_storage_is_named() {
    block_on(async {
        let mut host = Host::start().await;
        let server = Server::start(&host, &[]);
        assert_eq!(server.ask(&task(&host, "/plan/moved")).await, StatusCode::OK);
        let verdict = host.verdict().await;
        assert_eq!(verdict["attributes"]["status"], "failed");
        assert!(verdict["attributes"]["message"].as_str().unwrap().contains("redirect"), "{verdict:#}");
        assert!(!host.paths().contains(&"GET /storage/open".to_owned()));
        drop(server);

        let address = host.address.clone();
        let server = Server::start(&host, &["--storage-host", &address]);
        assert_eq!(server.ask(&task(&host, "/plan/moved")).await, StatusCode::OK);
        assert!(host.verdict().await["attributes"]["message"].as_str().unwrap().starts_with("denied"));
        let calls = host.calls.lock().unwrap();
        let stored = calls.iter().find(|call| call.path == "/storage/open").unwrap();
        assert!(!stored.headers.contains_key("authorization"), "the token goes nowhere but to the allowed host");
    });
}

#[test]
fn what_cannot_be_judged_has_failed() {
    block_on(async {
        let mut host = Host::start().await;
        let server = Server::start(&host, &["--longest-plan", "200"]);
        let mut tasks = vec![(task(&host, "/plan/open"), "larger than 200 bytes"); 3];
        tasks[1].0["stage"] = json!("pre_plan");
        tasks[1].1 = "no plan at the stage `pre_plan`";
        tasks[2].0["plan_json_api_url"] = json!(null);
        tasks[2].1 = "names no plan";
        for (task, says) in tasks {
            assert_eq!(server.ask(&task).await, StatusCode::OK);
            let verdict = host.verdict().await;
            assert_eq!(verdict["attributes"]["status"], "failed");
            assert!(verdict["attributes"]["message"].as_str().unwrap().contains(says), "{says}: {verdict:#}");
        }
    });
}

#[test]
fn it_does_not_start_without_a_key_or_a_host() {
    let run = |arguments: &[&str], key: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crosscloud-gate"));
        command
            .arg("serve")
            .args(arguments)
            .env_remove("CROSSCLOUD_GATE_HMAC_KEY")
            .env_remove("CROSSCLOUD_POLICY_FILE");
        command.envs(key.map(|key| ("CROSSCLOUD_GATE_HMAC_KEY", key)));
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let host = ["--listen", "127.0.0.1:0", "--allow-host", "app.terraform.io"];
    for (arguments, key, says) in [
        (&host[..2], Some(KEY), "--allow-host"),
        (&host[..], None, "CROSSCLOUD_GATE_HMAC_KEY"),
        (&host[..], Some("short"), "5 bytes"),
        (&["--allow-host", "https://app.terraform.io"][..], Some(KEY), "is no host"),
        (&[&host[..], &["--policy", "nowhere.wasm"]].concat()[..], Some(KEY), "nowhere.wasm"),
        (&["--listen", "192.0.2.1:1", "--allow-host", "a.example"][..], Some(KEY), "cannot be listened on"),
    ] {
        let (code, error) = run(arguments, key);
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains(says), "{says}: {error}");
    }
}
