//! Turning a failed assertion into words: what it said and which line of the test said it.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Where the assertion stands that failed last; nothing outside of [`attempt`].
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a step of a test.
///
/// # Errors
///
/// If an assertion in it fails: the line that it stands on and what it said.
pub fn attempt(step: impl FnOnce()) -> Result<(), String> {
    remember_places();
    // An attempt inside of another one leaves the outer one as it was.
    let outer = PLACE.replace(Some(String::new()));
    let outcome = catch_unwind(AssertUnwindSafe(step));
    let place = PLACE.replace(outer).unwrap_or_default();
    outcome.map_err(|said| format!("{place}: {}", words(said.as_ref())))
}

/// Panics inside of [`attempt`] leave their place instead of a backtrace: a test's own line says more.
fn remember_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let otherwise = take_hook();
        set_hook(Box::new(move |panic| {
            if PLACE.with_borrow(Option::is_some) {
                PLACE.set(Some(panic.location().map(ToString::to_string).unwrap_or_default()));
            } else {
                otherwise(panic);
            }
        }));
    });
}

fn words(said: &(dyn Any + Send)) -> String {
    let text = said.downcast_ref::<String>().map(String::as_str).or_else(|| said.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::attempt;

    #[test]
    fn a_failed_assertion_says_where_and_what() {
        assert_eq!(attempt(|| {}), Ok(()));
        let said = attempt(|| panic!("no {}", "way")).expect_err("it panics");
        assert!(said.contains("attempt.rs") && said.ends_with("no way"), "{said}");
    }
}
