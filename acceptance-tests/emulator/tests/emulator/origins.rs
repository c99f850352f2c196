//! Where the emulator listens, and the program around it.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cloud_emulator::{Emulator, Options, StartError};
use serde_json::Value;

use crate::client::NUMBER;

#[tokio::test]
async fn other_addresses_than_loopback_are_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = Emulator::start(Options { http: address.parse().unwrap(), ..Options::default() }).await;
        assert!(matches!(refused, Err(StartError::NotLoopback(_))), "{address}");
        let https = Some(address.parse().unwrap());
        let refused = Emulator::start(Options { https, ..Options::default() }).await;
        assert!(matches!(refused, Err(StartError::NotLoopback(_))), "{address}");
    }
}

#[tokio::test]
async fn https_serves_the_same_world_to_whoever_trusts_its_authority() {
    let https = Some("127.0.0.1:0".parse().unwrap());
    let running = Emulator::start(Options { https, ..Options::default() }).await.unwrap();
    let url = format!("{}/v1/projects/{NUMBER}", running.https.as_ref().unwrap());
    assert!(reqwest::Client::new().get(&url).bearer_auth("x").send().await.is_err());
    let authority = reqwest::Certificate::from_pem(running.ca_pem.as_ref().unwrap().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([authority]).build().unwrap();
    assert_eq!(client.get(&url).bearer_auth("x").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn dropping_it_ends_it() {
    let running = Emulator::start(Options::default()).await.unwrap();
    let url = format!("{}/_emulator/objects", running.http);
    assert_eq!(reqwest::get(&url).await.unwrap().status(), 200);
    drop(running);
    let deadline = Instant::now() + Duration::from_secs(5);
    while reqwest::get(&url).await.is_ok() {
        assert!(Instant::now() < deadline, "still answering");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[cfg(unix)]
#[test]
fn the_program_says_where_it_listens_and_ends_when_told() {
    let folder = std::env::temp_dir().join(format!("cloud-emulator-test-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let ready = folder.join("ready.json");
    let mut program = Command::new(env!("CARGO_BIN_EXE_cloud-emulator"))
        .args(["--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--ready-file"])
        .arg(&ready)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !ready.exists() {
        assert!(Instant::now() < deadline, "no ready file");
        std::thread::sleep(Duration::from_millis(10));
    }
    let told: Value = serde_json::from_str(&fs::read_to_string(&ready).unwrap()).unwrap();
    assert!(told["http"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert!(told["https"].as_str().unwrap().starts_with("https://127.0.0.1:"));
    assert!(told["ca_pem"].as_str().unwrap().contains("BEGIN CERTIFICATE"));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

    let ended = Command::new("kill").args(["-TERM", &program.id().to_string()]).status().unwrap();
    assert!(ended.success());
    assert!(program.wait().unwrap().success());

    let seed = folder.join("seed.json");
    fs::write(&seed, r#"{"project": []}"#).unwrap();
    let refused = Command::new(env!("CARGO_BIN_EXE_cloud-emulator"))
        .args(["--http", "127.0.0.1:0", "--ready-file"])
        .arg(&ready)
        .arg("--seed")
        .arg(&seed)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("unknown field `project`"));
    fs::remove_dir_all(&folder).unwrap();
}
