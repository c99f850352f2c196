//! Single statements of roles' trust policies.

use crosscloud_cloud::Error;
use crosscloud_cloud::aws::roles;
use crosscloud_cloud::aws::same_document;
use crosscloud_trust::aws::RoleStatement;
use serde_json::Value;

use super::{client, role_name, split};
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for RoleStatement {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let (arn, sid) = split(id)?;
        let there = client(clouds).get_trust_statement(role_name(arn)?, sid, &clouds.context()).await?;
        Ok(Look::of(there.map(|mut there| {
            there.as_object_mut().map(|fields| fields.remove("Sid"));
            Self { role_arn: seen(arn), sid: seen(sid), statement: seen(&there.to_string()) }
        })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (arn, sid, statement) = (known(&self.role_arn)?, known(&self.sid)?, parsed(self)?);
        match client(clouds).add_trust_statement(role_name(&arn)?, &sid, &statement, &clouds.patient()).await {
            Ok(()) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, _there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let (arn, sid, statement) = (known(&self.role_arn)?, known(&self.sid)?, parsed(self)?);
        client(clouds).put_trust_statement(role_name(&arn)?, &sid, &statement, &clouds.patient()).await?;
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        let (arn, sid) = split(id)?;
        client(clouds).remove_trust_statement(role_name(arn)?, sid, &clouds.patient()).await?;
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

/// The statement as JSON.
fn parsed(it: &RoleStatement) -> Result<Value, CloudError> {
    serde_json::from_str(&known(&it.statement)?).map_err(|_| CloudError::Unknown)
}
