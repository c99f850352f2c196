//! Cloud API requests as values, one transport, and sign-in.
