//! The `tracing` layer that writes the lines.

use std::io::Write;
use std::time::SystemTime;

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::record::{self, Fields, Head};
use super::timestamp;

/// Transport crates that would drown everything else, and could print what they carry.
const SILENT_TARGETS: [&str; 9] = ["h2", "hyper", "hyper_util", "rustls", "tonic", "tower", "tokio", "mio", "reqwest"];

/// Writes events with the fields of every span around them; the innermost field of a name wins.
pub(super) struct Hclog<W> {
    level: Level,
    writer: W,
}

impl<W> Hclog<W> {
    /// `writer` makes the output that one line is written to.
    pub(super) fn new(level: Level, writer: W) -> Self {
        Self { level, writer }
    }
}

impl<S, W, O> Layer<S> for Hclog<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn() -> O + 'static,
    O: Write,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= self.level && !is_silent(metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(self.level))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.0.extend(outer.0.iter().map(|(name, value)| (*name, value.clone())));
            }
        }
        event.record(&mut fields);
        let metadata = event.metadata();
        let head = Head {
            level: *metadata.level(),
            timestamp: timestamp::render(SystemTime::now()),
            target: metadata.target(),
            caller: metadata.file().zip(metadata.line()).map(|(file, line)| format!("{file}:{line}")),
        };
        // A log that cannot be written is no reason to fail.
        let _ = (self.writer)().write_all(record::render(&head, fields).as_bytes());
    }
}

fn is_silent(target: &str) -> bool {
    let root = target.split("::").next().unwrap_or(target);
    SILENT_TARGETS.contains(&root)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: Level, body: impl FnOnce()) -> Vec<BTreeMap<String, String>> {
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber = Registry::default().with(Hclog::new(level, move || writer.clone()));
        tracing::subscriber::with_default(subscriber, body);
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn events_carry_the_fields_of_their_spans() {
        let lines = logged(Level::INFO, || {
            let request =
                tracing::error_span!("rpc", tf_rpc = "ReadResource", tf_req_id = 7, late = tracing::field::Empty);
            request.record("late", true);
            let _entered = request.enter();
            tracing::info!(tf_rpc = "inner", status = 404, "gone");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["@message"], "gone");
        assert_eq!(lines[0]["@level"], "info");
        assert_eq!(lines[0]["tf_rpc"], "inner");
        assert_eq!(lines[0]["tf_req_id"], "7");
        assert_eq!(lines[0]["late"], "true");
        assert_eq!(lines[0]["status"], "404");
    }

    #[test]
    fn lower_levels_and_transport_crates_are_silent() {
        let lines = logged(Level::INFO, || {
            tracing::debug!("too low");
            tracing::error!(target: "h2::proto", "transport");
            tracing::error!(target: "h2o", "kept");
        });
        assert_eq!(lines.iter().map(|line| line["@message"].as_str()).collect::<Vec<_>>(), ["kept"]);
    }

    #[test]
    fn errors_are_told_with_their_sources() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] io::Error);
        let lines = logged(Level::ERROR, || {
            let error = Outer(io::Error::other("inner"));
            tracing::error!(error = &error as &(dyn std::error::Error + 'static), "failed");
        });
        assert_eq!(lines[0]["error"], "outer: inner");
    }
}
