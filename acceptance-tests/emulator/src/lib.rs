//! The cloud APIs that the provider uses, on loopback.
