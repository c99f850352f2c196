//! The emulator over HTTP, as its users meet it.
#![allow(clippy::unwrap_used)]

mod accounts;
mod aws;
mod aws_exchange;
mod azure;
mod azure_services;
mod client;
mod control;
mod exchange;
mod faults;
mod gcloud;
mod kms;
mod origins;
mod perimeters;
mod policies;
mod pools;
mod services;
mod sign_in;
mod signing;
mod storage;
mod transfer;
