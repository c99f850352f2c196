//! Cloud API requests as values, one transport, and sign-in. Knows no Terraform.
//!
//! A [`Request`] is built without any I/O and says what it needs and what it is about; a [`Transport`] sends it.
//! [`gcp::Client`], [`azure::Client`] and [`aws::Client`] put both together for the objects that trusts are made of.

pub mod api;
pub mod aws;
pub mod azure;
pub mod context;
pub mod endpoints;
pub mod error;
pub mod gcp;
pub mod rate;
pub mod request;
pub mod retry;
pub mod secret;
pub mod sign_in;
pub mod transport;

mod creation;
mod keyed_lock;
mod outcome;
mod polling;
mod single_flight;
mod xml;

pub use api::{Api, Cloud, Quota};
pub use context::Context;
pub use creation::Settling;
pub use endpoints::{AwsPartition, AwsRegion, AzureCloud, EndpointError, Endpoints, Realm};
pub use error::{Call, Error, Refusal};
pub use outcome::{Granted, Revoked};
pub use polling::Polling;
pub use rate::RateLimits;
pub use request::{Empty, Method, Path, Request};
pub use retry::RetryPolicy;
pub use secret::Secret;
pub use sign_in::TokenSource;
pub use transport::{Config, Transport};

pub use tokio_util::sync::CancellationToken;
