//! Targets: what a source may act as. Each adds its objects to the graph.

pub(crate) mod azure;
pub(crate) mod gcp;
