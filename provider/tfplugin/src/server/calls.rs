//! How every call runs: in a task of its own, under a span, with a way to be cancelled, and never taking the
//! process down.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::StreamExt;
use futures::stream::Map;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};
use tracing::{Instrument, Span, debug, error, error_span};

use crate::diagnostic::Diagnostic;
use crate::log;
use crate::serve::lifecycle::Lifecycle;

/// How many answers of a stream wait for a slow host before the work has to.
const WAITING_EVENTS: usize = 16;

/// The answers of a call that has many.
pub(super) type EventStream<T> = Map<ReceiverStream<T>, fn(T) -> Result<T, Status>>;

/// What a call is about, for logs and for messages.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    rpc: &'static str,
    /// The name of the resource type or its like; empty for the provider itself.
    name: String,
}

impl Subject {
    /// A call about the provider as a whole.
    pub(super) fn provider(rpc: &'static str) -> Self {
        Self { rpc, name: String::new() }
    }

    /// A call about a resource type, a data source or the like.
    pub(super) fn of(rpc: &'static str, name: &str) -> Self {
        Self { rpc, name: name.to_owned() }
    }

    fn after_panic(&self, message: &str) -> Diagnostic {
        let on = if self.name.is_empty() { String::new() } else { format!(" of {}", self.name) };
        Diagnostic::error(
            format!("The provider failed in {}{on}", self.rpc),
            format!(
                "This is a bug in the provider, not in the configuration: it panicked with {message:?}. Please report \
                 it with the stack trace that was printed to the log."
            ),
        )
    }
}

/// Runs the calls of one provider process.
#[derive(Debug)]
pub(super) struct Calls {
    lifecycle: Arc<Lifecycle>,
    /// The provider's source address, which tells its log lines from those of others.
    address: String,
    next: AtomicU64,
}

impl Calls {
    pub(super) fn new(lifecycle: Arc<Lifecycle>, address: &str) -> Self {
        Self { lifecycle, address: address.to_owned(), next: AtomicU64::new(1) }
    }

    /// Cancels what is under way.
    pub(super) fn stop(&self) {
        self.lifecycle.stop();
    }

    /// Runs `work` to its end even if the host gives up on the call, because half an apply is worse than none that
    /// is heard. A panic becomes a diagnostic, which `rescue` wraps into a response.
    pub(super) async fn run<T, F>(
        &self,
        subject: Subject,
        work: impl FnOnce(CancellationToken) -> F + Send + 'static,
        rescue: impl FnOnce(Diagnostic) -> T,
    ) -> Result<Response<T>, Status>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (request, span) = self.begin(&subject);
        let running = self.lifecycle.call_started();
        let token = self.lifecycle.stop_token();
        let task = tokio::spawn(
            async move {
                debug!("call started");
                let response = work(token).await;
                debug!("call finished");
                drop(running);
                response
            }
            .instrument(span),
        );
        match task.await {
            Ok(response) => Ok(Response::new(response)),
            Err(failure) => match failure.try_into_panic() {
                Ok(payload) => Ok(Response::new(rescue(panicked(&subject, request, payload.as_ref())))),
                Err(_) => Err(Status::unavailable("the provider is shutting down")),
            },
        }
    }

    /// Runs `work`, whose answer is a stream of what it sends. A panic becomes a last answer, which `rescue` makes. A
    /// host that drops the stream cancels the work, which then ends by itself.
    pub(super) fn stream<T, F>(
        &self,
        subject: Subject,
        work: impl FnOnce(CancellationToken, mpsc::Sender<T>) -> F + Send + 'static,
        rescue: impl FnOnce(Diagnostic) -> T + Send + 'static,
    ) -> Result<Response<EventStream<T>>, Status>
    where
        T: Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (request, span) = self.begin(&subject);
        let running = self.lifecycle.call_started();
        let token = self.lifecycle.stop_token().child_token();
        let (sender, receiver) = mpsc::channel(WAITING_EVENTS);
        let task = tokio::spawn({
            let (token, sender) = (token.clone(), sender.clone());
            async move {
                debug!("call started");
                work(token, sender).await;
                debug!("call finished");
            }
            .instrument(span)
        });
        tokio::spawn(async move {
            let mut task = task;
            let ended = tokio::select! {
                ended = &mut task => ended,
                () = sender.closed() => {
                    token.cancel();
                    task.await
                }
            };
            if let Err(failure) = ended
                && let Ok(payload) = failure.try_into_panic()
            {
                // If the host has gone too, the log has told it.
                let _ = sender.send(rescue(panicked(&subject, request, payload.as_ref()))).await;
            }
            drop(running);
        });
        let wrap: fn(T) -> Result<T, Status> = Ok;
        Ok(Response::new(ReceiverStream::new(receiver).map(wrap)))
    }

    fn begin(&self, subject: &Subject) -> (u64, Span) {
        let request = self.next.fetch_add(1, Ordering::Relaxed);
        let span = error_span!(
            "rpc",
            tf_rpc = subject.rpc,
            tf_req_id = request,
            tf_provider_addr = self.address,
            tf_resource_type = tracing::field::Empty
        );
        if !subject.name.is_empty() {
            span.record("tf_resource_type", subject.name.as_str());
        }
        (request, span)
    }
}

fn panicked(subject: &Subject, request: u64, payload: &(dyn Any + Send)) -> Diagnostic {
    let message = log::masked(log::panic_message(payload));
    error!(tf_rpc = subject.rpc, tf_req_id = request, panic = %message, "call panicked");
    subject.after_panic(&message)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    fn calls() -> Calls {
        Calls::new(Lifecycle::new(), "example.com/test/test")
    }

    #[tokio::test]
    async fn a_panic_names_the_call_and_its_subject() {
        let work = |_| async { panic!("the roof is on fire") };
        let told = calls().run(Subject::of("ReadResource", "note"), work, |told| told).await.unwrap().into_inner();
        assert_eq!(told.summary, "The provider failed in ReadResource of note");
        assert!(told.detail.contains("the roof is on fire"), "{}", told.detail);
    }

    #[tokio::test]
    async fn a_panic_never_tells_a_secret() {
        log::mask("calls-test-secret");
        let work = |_| async { panic!("token calls-test-secret refused") };
        let told = calls().run(Subject::provider("ReadResource"), work, |told| told).await.unwrap().into_inner();
        assert!(told.detail.contains("token *** refused"), "{}", told.detail);
    }

    #[tokio::test]
    async fn a_stream_ends_with_what_its_panic_says() {
        let work = |_, events: mpsc::Sender<String>| async move {
            events.send("one".to_owned()).await.unwrap();
            panic!("out of breath");
        };
        let stream = calls().stream(Subject::provider("InvokeAction"), work, |told| told.detail).unwrap().into_inner();
        let events: Vec<String> = stream.map(Result::unwrap).collect().await;
        assert_eq!((events.len(), events[0].as_str()), (2, "one"));
        assert!(events[1].contains("out of breath"), "{events:?}");
    }

    #[tokio::test]
    async fn a_dropped_stream_cancels_its_work() {
        let (sender, cancelled) = oneshot::channel();
        let work = |stop: CancellationToken, _events: mpsc::Sender<()>| async move {
            stop.cancelled().await;
            sender.send(()).unwrap();
        };
        drop(calls().stream(Subject::provider("ListResource"), work, |_| ()));
        cancelled.await.unwrap();
    }

    #[tokio::test]
    async fn work_goes_on_when_the_host_gives_up() {
        let calls = calls();
        let (sender, receiver) = oneshot::channel();
        let work = |_| async move {
            tokio::time::sleep(Duration::from_millis(30)).await;
            sender.send("done").unwrap();
        };
        let call = calls.run(Subject::provider("ApplyResourceChange"), work, |_| ());
        assert!(tokio::time::timeout(Duration::from_millis(5), call).await.is_err());
        assert_eq!(receiver.await.unwrap(), "done");
    }

    #[tokio::test]
    async fn stopping_reaches_calls_under_way() {
        let calls = Arc::new(calls());
        let (started, has_started) = oneshot::channel();
        let call = tokio::spawn({
            let calls = Arc::clone(&calls);
            async move {
                let work = |stop: CancellationToken| async move {
                    started.send(()).unwrap();
                    stop.cancelled().await;
                    "stopped"
                };
                calls.run(Subject::provider("ApplyResourceChange"), work, |_| "panicked").await
            }
        });
        has_started.await.unwrap();
        calls.stop();
        assert_eq!(call.await.unwrap().unwrap().into_inner(), "stopped");
    }
}
