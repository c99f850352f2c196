//! Runs policy components: load, pin, limit, evaluate.
