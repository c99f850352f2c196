//! Runs a graph of cloud objects: order, parallelism, journal and drift.
