//! AWS: IAM and the security token service over the Query protocol, and S3 far enough to be a source.

use crate::seed::Seed;
use crate::state::world::World;

/// Everything that AWS holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {}

/// Puts the seed's accounts into an empty world.
pub(crate) fn plant(_: &mut World, _: &Seed) {}
