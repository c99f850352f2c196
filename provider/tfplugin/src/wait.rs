//! Waiting for something that takes its time on the other side: asking again and again, ever more slowly, until it is
//! there, it failed, the time is over or the user stops.
//!
//! ```
//! use std::time::Duration;
//! use tfplugin::wait::{Poll, Waiter};
//! # use tfplugin::{Context, Diagnostic};
//!
//! # async fn demo(context: Context) -> Result<(), Diagnostic> {
//! let context = context.with_timeout(Duration::from_secs(600));
//! # async fn address() -> Result<Option<&'static str>, Diagnostic> { Ok(Some("10.0.0.1")) }
//! let address = Waiter::new("the cluster to get an address")
//!     .until(&context, || async { Ok::<_, Diagnostic>(address().await?.map_or(Poll::Pending, Poll::Ready)) })
//!     .await?;
//! # Ok(())
//! # }
//! ```

use std::time::Duration;

use crate::context::{Context, Stopped};
use crate::diagnostic::Diagnostic;

/// What one look at the other side says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll<T> {
    /// It is there.
    Ready(T),
    /// Not yet.
    Pending,
}

/// How to wait for one thing.
#[derive(Clone, Debug)]
pub struct Waiter {
    what: String,
    first: Duration,
    most: Duration,
}

impl Waiter {
    /// Waits for `what`, which completes the sentence "waited for …". Looks again after 250 ms at first, after 10 s at
    /// most.
    pub fn new(what: impl Into<String>) -> Self {
        Waiter { what: what.into(), first: Duration::from_millis(250), most: Duration::from_secs(10) }
    }

    /// Sets the first and the longest pause between two looks. Each pause is half as long again as the one before.
    #[must_use]
    pub fn pauses(mut self, first: Duration, most: Duration) -> Self {
        (self.first, self.most) = (first.min(most), most);
        self
    }

    /// Looks until the thing is there. Looks at least once, even if there is no time left.
    ///
    /// # Errors
    /// What a look fails with, or a diagnostic that says for what and how long it was waited in vain.
    pub async fn until<T, E, F>(&self, context: &Context<impl Sized>, mut look: impl FnMut() -> F) -> Result<T, E>
    where
        E: From<Diagnostic>,
        F: Future<Output = Result<Poll<T>, E>>,
    {
        let begun = tokio::time::Instant::now();
        let mut pause = self.first;
        loop {
            if let Poll::Ready(found) = look().await? {
                return Ok(found);
            }
            tokio::select! {
                biased;
                stopped = context.stopped() => return Err(self.in_vain(stopped, begun.elapsed()).into()),
                () = tokio::time::sleep(pause) => {}
            }
            pause = pause.saturating_mul(3).checked_div(2).map_or(self.most, |longer| longer.min(self.most));
        }
    }

    fn in_vain(&self, stopped: Stopped, waited: Duration) -> Diagnostic {
        let (what, seconds) = (&self.what, waited.as_secs_f64());
        let (summary, next) = match stopped {
            Stopped::Cancelled => ("Stopped while waiting", "Apply again to go on."),
            Stopped::TimedOut => ("Waited in vain", "Apply again to go on waiting, or allow more time."),
        };
        Diagnostic::error(summary, format!("Waited {seconds:.1} s for {what}. {next}"))
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn context() -> Context {
        Context::new(CancellationToken::new())
    }

    fn waiter() -> Waiter {
        Waiter::new("the paint to dry").pauses(Duration::from_millis(1), Duration::from_millis(2))
    }

    #[tokio::test]
    async fn it_looks_until_the_thing_is_there_or_fails() {
        let mut looks = 0;
        let found = waiter()
            .until(&context(), || {
                looks += 1;
                std::future::ready(Ok::<_, Diagnostic>(if looks < 5 { Poll::Pending } else { Poll::Ready(looks) }))
            })
            .await;
        assert_eq!(found, Ok(5));
        let broken = waiter().until(&context(), || async { Err::<Poll<()>, _>(Diagnostic::error("wet", "")) }).await;
        assert_eq!(broken.map_err(|told| told.summary), Err("wet".to_owned()));
    }

    #[tokio::test]
    async fn it_ends_with_the_time_or_with_the_users_wish() {
        let never = || async { Ok::<Poll<()>, Diagnostic>(Poll::Pending) };
        let short = context().with_timeout(Duration::from_millis(5));
        let told = waiter().until(&short, never).await.map_err(|told| told.to_string());
        assert!(told.is_err_and(|told| told.contains("Waited in vain") && told.contains("for the paint to dry")));
        let stopped = context();
        stopped.cancel.cancel();
        let told = waiter().until(&stopped, never).await.map_err(|told| told.summary);
        assert_eq!(told, Err("Stopped while waiting".to_owned()));
        let late = stopped.with_timeout(Duration::ZERO);
        let last = waiter().until(&late, || async { Ok::<_, Diagnostic>(Poll::Ready(1)) }).await;
        assert_eq!(last, Ok(1), "one look is always taken");
    }
}
