//! Targets: what a source may act as. Each adds its objects to the graph.

pub(crate) mod aws;
pub(crate) mod azure;
pub(crate) mod gcp;
