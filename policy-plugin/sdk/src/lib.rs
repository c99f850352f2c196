//! What an author of a policy needs.
