//! What members add to roles' trust policies: their subjects in a statement that those share who differ in nothing else.

use crosscloud_cloud::aws::{roles, same_document};
use crosscloud_trust::aws::{RoleStatement, statements};
use serde_json::Value;

use super::{client, role_name, split};
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for RoleStatement {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let (arn, sid, subjects) = parts(id)?;
        let role = client(clouds).get_role(role_name(arn)?, &clouds.context()).await?;
        let there = role.and_then(|role| statements::find(&role.trust_policy, sid, &subjects));
        Ok(Look::of(there.map(|mut there| {
            there.as_object_mut().map(|fields| fields.remove(statements::SID));
            Self { role_arn: seen(arn), sid: seen(sid), statement: seen(&there.to_string()) }
        })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (arn, sid, statement) = (known(&self.role_arn)?, known(&self.sid)?, parsed(self)?);
        let subjects = statements::subjects(&statement);
        let edit = |policy: &str| {
            let there = statements::find(policy, &sid, &subjects).is_some();
            (!there).then(|| statements::with(policy, &sid, &statement)).flatten()
        };
        let written = client(clouds).edit_trust_policy(role_name(&arn)?, edit, &clouds.patient()).await?;
        Ok(if written { Made::New } else { Made::Exists })
    }

    async fn update(&self, _there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let (arn, sid, statement) = (known(&self.role_arn)?, known(&self.sid)?, parsed(self)?);
        let edit = |policy: &str| statements::with(policy, &sid, &statement);
        client(clouds).edit_trust_policy(role_name(&arn)?, edit, &clouds.patient()).await?;
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        let (arn, sid, subjects) = parts(id)?;
        let role = role_name(arn)?;
        // Nobody waits for a role that has gone.
        if client(clouds).get_role(role, &clouds.context()).await?.is_none() {
            return Ok(());
        }
        let edit = |policy: &str| statements::without(policy, sid, &subjects);
        client(clouds).edit_trust_policy(role, edit, &clouds.patient()).await?;
        Ok(())
    }

    fn equals(&self, there: &Self) -> bool {
        self.statement.known().zip(there.statement.known()).is_some_and(|(wanted, there)| same_document(wanted, there))
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let arn = known(&self.role_arn)?;
        let role = role_name(&arn)?;
        let (read, write) = (roles::get(role), roles::set_trust_policy(role, ""));
        needs.look(&read).create(&write).update(&write).delete(&write);
        Ok(())
    }
}

/// The role, the `Sid` and the subjects in an id.
fn parts(id: &str) -> Result<(&str, &str, Vec<String>), CloudError> {
    let damaged =
        || CloudError::Id { id: id.to_owned(), what: "a role's ARN, a `Sid` and subjects, separated by spaces" };
    let (arn, rest) = split(id)?;
    let (sid, subjects) = rest.split_once(' ').ok_or_else(damaged)?;
    Ok((arn, sid, statements::listed(subjects).ok_or_else(damaged)?))
}

/// The statement as JSON.
fn parsed(it: &RoleStatement) -> Result<Value, CloudError> {
    serde_json::from_str(&known(&it.statement)?).map_err(|_| CloudError::Unknown)
}
