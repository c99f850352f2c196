//! Takes the mark of an unfinished attempt from objects, once nobody can need it any more.
//!
//! The mark may go only when Terraform has received the state: a process killed before that would leave objects that nobody knows. So a trust
//! is finished a while after its reply, or when the host ends the process. A mark that stays all the same does no harm: it counts as no
//! difference, and the next change of the object takes it.

use std::sync::Arc;
use std::time::Duration;

use crosscloud_compose::Driver;
use crosscloud_trust::Object;
use futures::StreamExt;
use tokio::sync::watch;
use tracing::debug;

use crate::clouds::Clouds;

/// How long after its reply a resource is finished. The reply takes far less to reach a host on the same machine.
const REPLY: Duration = Duration::from_secs(2);
/// How many objects of a resource are finished at a time.
const CONCURRENCY: usize = 10;

/// What is left to finish.
#[derive(Debug, Clone)]
pub(crate) struct Finisher {
    state: Arc<watch::Sender<State>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// How many resources are still to be finished.
    open: usize,
    /// Whether the process is about to end.
    hurry: bool,
}

impl Default for Finisher {
    fn default() -> Self {
        Self { state: Arc::new(watch::Sender::new(State::default())) }
    }
}

impl Finisher {
    /// Takes the marks from these objects once the reply that is about to be given has been received.
    pub(crate) fn finish_soon(&self, driver: Clouds, objects: Vec<Object>) {
        if objects.is_empty() {
            return;
        }
        self.state.send_modify(|state| state.open += 1);
        let state = Arc::clone(&self.state);
        tokio::spawn(async move {
            let mut hurry = state.subscribe();
            let _ = tokio::time::timeout(REPLY, hurry.wait_for(|state| state.hurry)).await;
            futures::stream::iter(&objects)
                .for_each_concurrent(CONCURRENCY, async |object| {
                    if let Err(error) = driver.converge(object).await {
                        debug!(%error, "a mark stays until the next change");
                    }
                })
                .await;
            state.send_modify(|state| state.open -= 1);
        });
    }

    /// Finishes what is left now. Whoever calls this puts a bound on it.
    pub(crate) async fn close(&self) {
        self.state.send_modify(|state| state.hurry = true);
        let _ = self.state.subscribe().wait_for(|state| state.open == 0).await;
    }
}
