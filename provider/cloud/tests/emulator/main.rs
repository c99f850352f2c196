//! The clients against the emulated clouds, which enforce what the real ones enforce: the life of every kind of object, one file a cloud.
#![allow(clippy::unwrap_used)]

mod aws;
mod azure;
mod google;

use std::time::Duration;

use cloud_emulator::{Emulator, Options, Running};
use crosscloud_cloud::{Config, Context, Endpoints, TokenSource, Transport};

/// A fresh emulator and a transport to it.
pub(crate) async fn emulator() -> (Running, Transport) {
    let running = Emulator::start(Options::default()).await.unwrap();
    let endpoints = Endpoints::emulator(&running.http).unwrap();
    let transport = Transport::new(Config::new(endpoints, TokenSource::Emulator, "crosscloud-tests/1")).unwrap();
    (running, transport)
}

/// Patient with what was just created or switched on.
pub(crate) fn ctx() -> Context {
    let patience = Duration::from_secs(10);
    Context::new().with_timeout(Duration::from_secs(60)).after_create(patience).after_enable(patience)
}
