//! What the emulated clouds remember: the world, its clock, its long-running operations, and the journal of requests.

pub(crate) mod clock;
pub(crate) mod faults;
pub(crate) mod journal;
pub(crate) mod life;
pub(crate) mod logs;
pub(crate) mod machine;
pub(crate) mod operations;
pub(crate) mod restriction;
pub(crate) mod world;
