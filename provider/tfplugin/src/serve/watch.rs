//! Reasons for a plugin process to end other than being told so: signals, a dead host, a host that went away.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, warn};

use super::lifecycle::Lifecycle;

/// A terminated plugin gives its calls this long to save what they have done.
#[cfg(unix)]
const DRAIN_ON_SIGNAL: Duration = Duration::from_secs(25);
/// Nobody hears the answers any more; what is half done is only brought to a halt.
const DRAIN_ALONE: Duration = Duration::from_secs(2);
#[cfg(unix)]
const PARENT_POLL: Duration = Duration::from_secs(1);

/// How long a plugin stays without a connection.
struct Patience {
    first: Duration,
    again: Duration,
}

/// Hosts connect at once, and their own limit for a start is a minute.
const PATIENCE: Patience = Patience { first: Duration::from_secs(120), again: Duration::from_secs(10) };

/// Starts every watch of a plugin that a host started.
///
/// An interrupt is swallowed: it reaches the whole process group, and the host, which got it too, sends
/// `StopProvider` to those it wants stopped.
pub(crate) fn plugin(lifecycle: &Arc<Lifecycle>) -> io::Result<()> {
    swallow_interrupts()?;
    end_on_termination(lifecycle)?;
    #[cfg(unix)]
    tokio::spawn(end_without_parent(Arc::clone(lifecycle), std::os::unix::process::parent_id(), PARENT_POLL));
    tokio::spawn(end_without_connection(Arc::clone(lifecycle), PATIENCE));
    Ok(())
}

/// Starts the watches of a process that a person started: an interrupt ends it.
pub(crate) fn debugged(lifecycle: &Arc<Lifecycle>) -> io::Result<()> {
    end_on_termination(lifecycle)?;
    let lifecycle = Arc::clone(lifecycle);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            lifecycle.wind_down(DRAIN_ALONE).await;
        }
    });
    Ok(())
}

#[cfg(unix)]
fn swallow_interrupts() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupts = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        while interrupts.recv().await.is_some() {
            debug!("interrupt left to the host");
        }
    });
    Ok(())
}

#[cfg(windows)]
fn swallow_interrupts() -> io::Result<()> {
    let mut interrupts = tokio::signal::windows::ctrl_c()?;
    tokio::spawn(async move {
        while interrupts.recv().await.is_some() {
            debug!("interrupt left to the host");
        }
    });
    Ok(())
}

#[cfg(unix)]
fn end_on_termination(lifecycle: &Arc<Lifecycle>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminations = signal(SignalKind::terminate())?;
    let lifecycle = Arc::clone(lifecycle);
    tokio::spawn(async move {
        terminations.recv().await;
        warn!("terminated: cancelling what is under way");
        tokio::select! {
            () = lifecycle.wind_down(DRAIN_ON_SIGNAL) => {}
            // A second signal means it.
            _ = terminations.recv() => lifecycle.end_after_reply().await,
        }
    });
    Ok(())
}

#[cfg(windows)]
fn end_on_termination(_: &Arc<Lifecycle>) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
async fn end_without_parent(lifecycle: Arc<Lifecycle>, parent: u32, poll: Duration) {
    while std::os::unix::process::parent_id() == parent {
        tokio::time::sleep(poll).await;
    }
    warn!("the host died");
    lifecycle.wind_down(DRAIN_ALONE).await;
}

async fn end_without_connection(lifecycle: Arc<Lifecycle>, patience: Patience) {
    let mut connections = lifecycle.connections();
    let mut limit = patience.first;
    loop {
        let connected = tokio::time::timeout(limit, connections.wait_for(|count| *count > 0)).await.is_ok();
        if !connected {
            break;
        }
        limit = patience.again;
        if connections.wait_for(|count| *count == 0).await.is_err() {
            break;
        }
    }
    warn!("no host is connected any more");
    lifecycle.wind_down(DRAIN_ALONE).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(40);
    const LONG: Duration = Duration::from_secs(60);

    async fn ends_within(lifecycle: &Lifecycle, limit: Duration) -> bool {
        tokio::time::timeout(limit, lifecycle.ended()).await.is_ok()
    }

    #[tokio::test]
    async fn a_host_that_never_connects_is_given_up() {
        let lifecycle = Lifecycle::new();
        tokio::spawn(end_without_connection(Arc::clone(&lifecycle), Patience { first: SHORT, again: LONG }));
        assert!(ends_within(&lifecycle, LONG).await);
    }

    #[tokio::test]
    async fn a_host_that_leaves_for_good_is_given_up() {
        let lifecycle = Lifecycle::new();
        tokio::spawn(end_without_connection(Arc::clone(&lifecycle), Patience { first: LONG, again: SHORT }));
        let open = lifecycle.connection_opened();
        assert!(!ends_within(&lifecycle, SHORT * 4).await);
        drop(open);
        assert!(ends_within(&lifecycle, LONG).await);
    }

    #[tokio::test]
    async fn a_host_may_come_back() {
        let lifecycle = Lifecycle::new();
        tokio::spawn(end_without_connection(Arc::clone(&lifecycle), Patience { first: LONG, again: LONG }));
        for _ in 0..3 {
            let open = lifecycle.connection_opened();
            tokio::task::yield_now().await;
            drop(open);
            tokio::task::yield_now().await;
        }
        assert!(!ends_within(&lifecycle, SHORT * 4).await);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn another_parent_means_that_the_host_died() {
        let own = std::os::unix::process::parent_id();
        let lifecycle = Lifecycle::new();
        tokio::spawn(end_without_parent(Arc::clone(&lifecycle), own, SHORT / 4));
        assert!(!ends_within(&lifecycle, SHORT * 4).await);
        tokio::spawn(end_without_parent(Arc::clone(&lifecycle), own + 1, SHORT / 4));
        assert!(ends_within(&lifecycle, LONG).await);
    }
}
