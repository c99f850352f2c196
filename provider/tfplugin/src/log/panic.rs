//! Makes panics visible: hosts show the lines after one that starts with `panic: ` to the user, and no other form.

use std::any::Any;
use std::backtrace::Backtrace;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::Once;

use super::mask::masked;

/// Hosts keep a hundred lines.
const MOST_LINES: usize = 90;

/// Replaces the process's panic hook, once.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let report = report(info, &Backtrace::force_capture());
            let _ = io::stderr().lock().write_all(report.as_bytes());
        }));
    });
}

/// The message that a panic carries, as far as it is text.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a value that is not text"
    }
}

fn report(info: &PanicHookInfo<'_>, backtrace: &Backtrace) -> String {
    let message = info.payload_as_str().unwrap_or("a value that is not text");
    let mut report = format!("panic: {}\n", masked(message));
    if let Some(location) = info.location() {
        let _ = writeln!(report, "  at {location}");
    }
    let thread = std::thread::current();
    let _ = writeln!(report, "  in thread {}", thread.name().unwrap_or("without a name"));
    for line in backtrace.to_string().lines().take(MOST_LINES) {
        let _ = writeln!(report, "{line}");
    }
    report
}
