//! The client against a cloud that misbehaves on purpose: one file a subject, all on loopback, waits in milliseconds.
#![allow(clippy::unwrap_used)]

mod aws;
mod aws_sign_in;
mod azure;
mod azure_sign_in;
mod fake_cloud;
mod google;
mod google_sign_in;
mod key;
mod log;
mod objects;
mod operations;
mod policies;
mod refusals;
mod retries;
mod secrecy;
mod sign_in;
mod tls;
mod trust_policies;

use std::time::Duration;

use crosscloud_cloud::gcp::operations::Polling;
use crosscloud_cloud::gcp::{Client, Timing};
use crosscloud_cloud::{Config, Endpoints, RetryPolicy, Settling, TokenSource, Transport};

/// Retries that take milliseconds.
pub(crate) fn quick_retry() -> RetryPolicy {
    RetryPolicy {
        max_attempts: 4,
        initial: Duration::from_millis(2),
        cap: Duration::from_millis(50),
        budget: Duration::from_secs(5),
    }
}

pub(crate) fn config(origin: &str) -> Config {
    let mut config = Config::new(Endpoints::emulator(origin).unwrap(), TokenSource::Emulator, "crosscloud-tests/1");
    config.retry = quick_retry();
    config
}

pub(crate) fn transport(origin: &str) -> Transport {
    Transport::new(config(origin)).unwrap()
}

pub(crate) fn timing() -> Timing {
    Timing {
        polling: Polling {
            initial: Duration::from_millis(2),
            max: Duration::from_millis(5),
            timeout: Duration::from_secs(2),
        },
        settling: Settling { reads: 3, interval: Duration::from_millis(2), timeout: Duration::from_millis(500) },
        gather: Duration::from_millis(15),
        ..Timing::default()
    }
}

pub(crate) fn client(origin: &str) -> Client {
    Client::new(transport(origin), timing())
}
