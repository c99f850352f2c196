//! Many lives, one after the other: none may leave a socket or a process behind.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::time::Duration;

use tfplugin::host::{ClientIdentity, Launch};
use tfplugin_proto::tfplugin6 as wire;
use tokio::task::JoinSet;

use crate::support::{example, runs, signal};

const SOON: Duration = Duration::from_secs(60);
/// Lives that overlap.
const AT_ONCE: usize = 5;

/// One life: started with or without TLS, its socket where the host or the system wants it, asked for its schema, ended
/// by a call or by a signal. Gives the process id.
async fn live(number: usize, sockets: &Path, identity: &ClientIdentity) -> u32 {
    let place = if number.is_multiple_of(2) { "PLUGIN_UNIX_SOCKET_DIR" } else { "TMPDIR" };
    let mut launch = Launch::new(example("note")).environment(place, sockets);
    if !number.is_multiple_of(3) {
        launch = launch.identity(identity);
    }
    let mut plugin = launch.start().await.unwrap();
    let id = plugin.id().unwrap();
    assert!(Path::new(&plugin.handshake().address).starts_with(sockets), "{:?}", plugin.handshake());
    let connection = plugin.connect().await.unwrap();
    connection.provider().get_provider_schema(wire::get_provider_schema::Request {}).await.unwrap();
    if number.is_multiple_of(5) {
        signal("TERM", id.into());
    } else {
        connection.shut_down().await.unwrap();
    }
    assert_eq!(plugin.wait(SOON).await.unwrap().code(), Some(0), "{}", plugin.stderr());
    id
}

async fn many_lives(count: usize) {
    let sockets = tempfile::tempdir().unwrap();
    let identity = ClientIdentity::generate().unwrap();
    let mut lives = JoinSet::new();
    let mut ended = Vec::new();
    for number in 0..count {
        if lives.len() == AT_ONCE {
            ended.push(lives.join_next().await.unwrap().unwrap());
        }
        let (place, identity) = (sockets.path().to_owned(), identity.clone());
        lives.spawn(async move { live(number, &place, &identity).await });
    }
    ended.extend(lives.join_all().await);
    assert_eq!(ended.len(), count);
    let left: Vec<_> = std::fs::read_dir(sockets.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    let name = example("note");
    let still = |id: &&u32| runs(**id) && std::fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == name);
    assert_eq!(ended.iter().filter(still).count(), 0, "processes are left behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_lives_leave_nothing_behind() {
    many_lives(50).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a thousand processes take a minute"]
async fn a_thousand_lives_leave_nothing_behind() {
    many_lives(1000).await;
}
