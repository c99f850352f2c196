//! A provider as a process: how it starts, what it prints, how it ends.

use std::process::{Command, Stdio};
use std::time::Duration;

use tfplugin::host::{ClientIdentity, HostError, Launch};
use tfplugin_proto::tfplugin6 as wire;

use crate::support::example;
#[cfg(unix)]
use crate::support::signal;

/// Far more than anything takes, because tests share the machine with builds.
const SOON: Duration = Duration::from_secs(30);

fn by_hand(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(example("note"))
        .args(arguments)
        .env_remove("TF_PLUGIN_MAGIC_COOKIE")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn started_by_hand_it_explains_itself() {
    let (code, stdout, stderr) = by_hand(&[]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("terraform init"), "{stderr}");
    assert!(stderr.contains("source = \"example/note\""), "{stderr}");
}

#[test]
fn the_version_comes_with_the_providers_own_lines() {
    let (code, stdout, stderr) = by_hand(&["-version"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines, [concat!("terraform-provider-note v", env!("CARGO_PKG_VERSION")), "pages are plain text"]);
    assert_eq!(by_hand(&["--version"]).1, stdout);
}

#[tokio::test]
async fn the_host_ends_it_with_a_call() {
    let mut plugin = Launch::new(example("note")).start().await.unwrap();
    let address = plugin.handshake().address.clone();
    assert_eq!((plugin.handshake().protocol, plugin.handshake().certificate.clone()), (6, None));
    plugin.connect().await.unwrap().shut_down().await.unwrap();
    let status = plugin.wait(SOON).await.unwrap();
    assert_eq!(status.code(), Some(0));
    if cfg!(unix) {
        let socket = std::path::Path::new(&address);
        assert!(!socket.exists() && !socket.parent().unwrap().exists(), "{address} is left behind");
    }
    assert_eq!(plugin.stderr(), "", "a provider is silent unless asked");
}

#[tokio::test]
async fn a_host_that_speaks_older_protocols_is_still_told_ours() {
    let plugin = Launch::new(example("note")).environment("PLUGIN_PROTOCOL_VERSIONS", "4,5").start().await.unwrap();
    assert_eq!(plugin.handshake().protocol, 6);
}

#[tokio::test]
async fn multiplexing_is_answered_only_if_asked_for() {
    let plugin = Launch::new(example("note")).start().await.unwrap();
    assert_eq!(plugin.handshake().multiplexing, None);
    let plugin = Launch::new(example("note")).environment("PLUGIN_MULTIPLEX_GRPC", "true").start().await.unwrap();
    assert_eq!(plugin.handshake().multiplexing, Some(false));
}

#[cfg(unix)]
#[tokio::test]
async fn the_socket_goes_where_the_host_wants_it() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let plugin =
        Launch::new(example("note")).environment("PLUGIN_UNIX_SOCKET_DIR", directory.path()).start().await.unwrap();
    let socket = std::path::Path::new(&plugin.handshake().address);
    assert!(socket.starts_with(directory.path()), "{}", socket.display());
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

async fn failure_of(launch: Launch) -> String {
    match launch.start().await {
        Err(HostError::Handshake { line, .. }) => line,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_start_that_fails_tells_the_host_why() {
    let line = failure_of(Launch::new(example("note")).environment("PLUGIN_CLIENT_CERT", "nonsense")).await;
    assert!(line.contains("PLUGIN_CLIENT_CERT"), "{line}");
    if cfg!(unix) {
        let launch = Launch::new(example("note")).environment("PLUGIN_UNIX_SOCKET_DIR", "/nonexistent/place");
        let line = failure_of(launch).await;
        assert!(line.contains("/nonexistent/place"), "{line}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn an_interrupt_is_left_to_the_host() {
    let mut plugin = Launch::new(example("note")).identity(&ClientIdentity::generate().unwrap()).start().await.unwrap();
    let connection = plugin.connect().await.unwrap();
    signal("INT", plugin.id().unwrap().into());
    signal("INT", plugin.id().unwrap().into());
    assert!(plugin.wait(Duration::from_millis(200)).await.is_err(), "it ended");
    let schema = connection.provider().get_provider_schema(wire::get_provider_schema::Request {}).await;
    assert!(schema.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn a_termination_ends_it_and_its_socket() {
    let mut plugin = Launch::new(example("note")).start().await.unwrap();
    let address = plugin.handshake().address.clone();
    signal("TERM", plugin.id().unwrap().into());
    assert_eq!(plugin.wait(SOON).await.unwrap().code(), Some(0));
    assert!(!std::path::Path::new(&address).exists());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_does_not_outlive_its_parent() {
    use crate::support::{runs, wait_until};
    use std::io::Write;
    // A shell that starts the provider, says its id and dies without a word.
    let script = r#"PLUGIN_CLIENT_CERT= "$0" <&- >/dev/null 2>&1 & echo $! >&3; read wait"#;
    let directory = tempfile::tempdir().unwrap();
    let pid_file = directory.path().join("pid");
    let mut shell = Command::new("sh")
        .arg("-c")
        .arg(format!("exec 3>{}; {script}", pid_file.display()))
        .arg(example("note"))
        .env("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = || std::fs::read_to_string(&pid_file).ok().and_then(|text| text.trim().parse::<u32>().ok());
    wait_until("the provider starts", SOON, || pid().is_some());
    let provider = pid().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(runs(provider));
    shell.stdin.take().unwrap().write_all(b"\n").unwrap();
    shell.wait().unwrap();
    wait_until("the provider ends", SOON, || !runs(provider));
}

#[tokio::test]
async fn logs_are_lines_of_json_at_the_wanted_level() {
    let plugin = Launch::new(example("note")).environment("TF_LOG_PROVIDER_NOTE", "debug").start().await.unwrap();
    let mut provider = plugin.connect().await.unwrap().provider();
    provider.get_provider_schema(wire::get_provider_schema::Request {}).await.unwrap();
    let start = std::time::Instant::now();
    let complete = |text: String| text.contains("call finished") && text.ends_with('\n');
    while !complete(plugin.stderr()) {
        assert!(start.elapsed() < SOON, "{}", plugin.stderr());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let stderr = plugin.stderr();
    let lines: Vec<serde_json::Map<String, serde_json::Value>> =
        stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    assert!(lines.iter().flat_map(|line| line.values()).all(serde_json::Value::is_string), "{stderr}");
    let finished = lines.iter().find(|line| line["@message"] == "call finished").unwrap();
    assert_eq!(finished["tf_rpc"], "GetProviderSchema");
    assert_eq!(finished["@level"], "debug");
    let foreign = lines.iter().filter(|line| line["@module"].as_str().is_some_and(|module| module.starts_with("h2")));
    assert_eq!(foreign.count(), 0);
}
