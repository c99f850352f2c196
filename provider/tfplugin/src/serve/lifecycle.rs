//! What the process is busy with, and when it is to end.
//!
//! Shared by the gRPC services, which report calls and connections, and the watchers, which decide to end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Time for a reply that a handler has just returned to reach the host.
const FLUSH: Duration = Duration::from_millis(80);

/// The state of one plugin process.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    stop: Mutex<CancellationToken>,
    calls: watch::Sender<usize>,
    connections: watch::Sender<usize>,
    end: CancellationToken,
}

impl Lifecycle {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            stop: Mutex::new(CancellationToken::new()),
            calls: watch::Sender::new(0),
            connections: watch::Sender::new(0),
            end: CancellationToken::new(),
        })
    }

    /// The token that a call starting now is cancelled by.
    pub(crate) fn stop_token(&self) -> CancellationToken {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Cancels every call under way. Calls that come later run: one debugged process serves many commands.
    pub(crate) fn stop(&self) {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *stop, CancellationToken::new()).cancel();
    }

    /// Counts a call until the guard is dropped.
    pub(crate) fn call_started(self: &Arc<Self>) -> RunningCall {
        self.calls.send_modify(|count| *count += 1);
        RunningCall(Arc::clone(self))
    }

    /// Counts a connection until the guard is dropped.
    pub(crate) fn connection_opened(self: &Arc<Self>) -> OpenConnection {
        self.connections.send_modify(|count| *count += 1);
        OpenConnection(Arc::clone(self))
    }

    /// The number of open connections, now and as it changes.
    pub(crate) fn connections(&self) -> watch::Receiver<usize> {
        self.connections.subscribe()
    }

    /// Cancels every call, waits until the last one has answered or `limit` has passed, then ends the process.
    pub(crate) async fn wind_down(&self, limit: Duration) {
        self.stop();
        let mut calls = self.calls.subscribe();
        let _ = tokio::time::timeout(limit, calls.wait_for(|count| *count == 0)).await;
        self.end_after_reply().await;
    }

    /// Lets the last reply out, then ends the process.
    pub(crate) async fn end_after_reply(&self) {
        tokio::time::sleep(FLUSH).await;
        self.end.cancel();
    }

    /// Returns once the process is to end.
    pub(crate) async fn ended(&self) {
        self.end.cancelled().await;
    }
}

/// A call under way.
#[derive(Debug)]
pub(crate) struct RunningCall(Arc<Lifecycle>);

impl Drop for RunningCall {
    fn drop(&mut self) {
        self.0.calls.send_modify(|count| *count -= 1);
    }
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct OpenConnection(Arc<Lifecycle>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.connections.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopping_cancels_calls_under_way_and_no_later_one() {
        let lifecycle = Lifecycle::new();
        let before = lifecycle.stop_token();
        lifecycle.stop();
        assert!(before.is_cancelled());
        assert!(!lifecycle.stop_token().is_cancelled());
    }

    #[tokio::test]
    async fn winding_down_waits_for_calls() {
        let lifecycle = Lifecycle::new();
        let call = lifecycle.call_started();
        let stop = lifecycle.stop_token();
        let winding = tokio::spawn({
            let lifecycle = Arc::clone(&lifecycle);
            async move { lifecycle.wind_down(Duration::from_secs(60)).await }
        });
        stop.cancelled().await;
        assert!(!lifecycle.end.is_cancelled());
        drop(call);
        lifecycle.ended().await;
        assert!(winding.await.is_ok());
    }

    #[tokio::test]
    async fn winding_down_does_not_wait_for_ever() {
        let lifecycle = Lifecycle::new();
        let _call = lifecycle.call_started();
        lifecycle.wind_down(Duration::from_millis(10)).await;
        assert!(lifecycle.end.is_cancelled());
    }

    #[test]
    fn connections_are_counted() {
        let lifecycle = Lifecycle::new();
        let first = lifecycle.connection_opened();
        let second = lifecycle.connection_opened();
        assert_eq!(*lifecycle.connections().borrow(), 2);
        drop((first, second));
        assert_eq!(*lifecycle.connections().borrow(), 0);
    }
}
