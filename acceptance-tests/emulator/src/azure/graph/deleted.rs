//! Applications and service principals that were deleted less than thirty days ago.

use serde_json::json;

use super::{applications, filter, not_found, operator, principals};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::state::life::Life;
use crate::state::world::World;

/// Those of one type.
pub(super) fn list_applications(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = operator(world, call)?;
    let now = world.now();
    let applications = world.azure.directory.applications.values();
    let gone =
        applications.filter(|application| application.tenant == caller.tenant && is_deleted(&application.life, now));
    let chosen = filter::chosen(call, gone.map(applications::shown).collect())?;
    Ok(Answer::json(&json!({ "value": chosen })))
}

/// Those of the other type.
pub(super) fn list_principals(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = operator(world, call)?;
    let now = world.now();
    let principals = world.azure.directory.principals.values();
    let gone = principals.filter(|principal| principal.tenant == caller.tenant && is_deleted(&principal.life, now));
    let chosen = filter::chosen(call, gone.map(|principal| principals::shown(world, principal)).collect())?;
    Ok(Answer::json(&json!({ "value": chosen })))
}

pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    operator(world, call)?;
    let id = call.param("item");
    let now = world.now();
    let directory = &world.azure.directory;
    if let Some(application) = directory.applications.get(id).filter(|application| is_deleted(&application.life, now)) {
        return Ok(Answer::json(&applications::shown(application)));
    }
    match directory.principals.get(id).filter(|principal| is_deleted(&principal.life, now)) {
        Some(principal) => Ok(Answer::json(&principals::shown(world, principal))),
        None => Err(not_found(id)),
    }
}

pub(super) fn purge(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    operator(world, call)?;
    let id = call.param("item");
    let now = world.now();
    let directory = &mut world.azure.directory;
    let application = directory.applications.get(id).is_some_and(|application| is_deleted(&application.life, now));
    let principal = directory.principals.get(id).is_some_and(|principal| is_deleted(&principal.life, now));
    if !application && !principal {
        return Err(not_found(id));
    }
    if application {
        directory.applications.remove(id);
    }
    if principal {
        directory.principals.remove(id);
    }
    Ok(Answer::empty(204))
}

pub(super) fn restore(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    operator(world, call)?;
    let id = call.param("item");
    let now = world.now();
    if let Some(application) =
        world.azure.directory.applications.get_mut(id).filter(|application| is_deleted(&application.life, now))
    {
        application.life.deleted_at = None;
        return Ok(Answer::json(&applications::shown(application)));
    }
    let restored =
        match world.azure.directory.principals.get_mut(id).filter(|principal| is_deleted(&principal.life, now)) {
            Some(principal) => {
                principal.life.deleted_at = None;
                principal.clone()
            }
            None => return Err(not_found(id)),
        };
    Ok(Answer::json(&principals::shown(world, &restored)))
}

fn is_deleted(life: &Life, now: i64) -> bool {
    !life.is_live() && life.remembered(now)
}
