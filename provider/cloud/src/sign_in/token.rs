//! A bearer token that was fetched, and when to fetch the next one.

use std::time::{Duration, Instant};

use crate::retry::full_jitter;
use crate::secret::Secret;

/// A fetched token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) secret: Secret,
    pub(super) renew_at: Instant,
}

impl Token {
    /// A token that was asked for at `asked` and lasts for `life`.
    pub(super) fn new(secret: Secret, asked: Instant, life: Duration) -> Self {
        Self { secret, renew_at: renew_at(asked, life) }
    }

    pub(super) fn is_good(&self) -> bool {
        Instant::now() < self.renew_at
    }
}

/// Early enough that no call carries credentials that expire on their way, at a time of one's own, so that runs that began together do not
/// renew together; and for short-lived credentials at half their time.
pub(super) fn renew_at(asked: Instant, life: Duration) -> Instant {
    let early = Duration::from_secs(240) + full_jitter(Duration::from_secs(60));
    asked + life.saturating_sub(early).max(life / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_renewed_before_they_expire() {
        let asked = Instant::now();
        let early = |life: u64| asked + Duration::from_secs(life) - renew_at(asked, Duration::from_secs(life));
        for _ in 0..100 {
            assert!((240..=300).contains(&early(3_600).as_secs()), "{:?}", early(3_600));
            // Half of a short life is enough for a call on its way.
            assert_eq!(early(300), Duration::from_secs(150));
            assert_eq!(early(0), Duration::ZERO);
        }
    }

    #[test]
    fn a_token_is_good_until_then() {
        let long_ago = Instant::now().checked_sub(Duration::from_secs(3_400));
        let token = |asked| Token::new(Secret::new("t"), asked, Duration::from_secs(3_600));
        assert!(token(Instant::now()).is_good());
        assert!(long_ago.is_none_or(|asked| !token(asked).is_good()));
    }
}
