//! Role assignments.

use crosscloud_cloud::azure::role_assignments;
use crosscloud_cloud::azure::{
    Assigned, RoleAssignment as Live, RoleAssignmentName, RoleAssignmentSpec, Scope, same_id,
};
use crosscloud_trust::Text;
use crosscloud_trust::azure::RoleAssignment;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::known;
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

const COLLECTION: &str = "/providers/Microsoft.Authorization/roleAssignments/";

impl Kind for RoleAssignment {
    async fn look(clouds: &Clouds, id: &str, wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: RoleAssignmentName = id.parse()?;
        let (client, context) = (client(clouds), clouds.context());
        if let Some(there) = client.get_role_assignment(&name, &context).await? {
            return Ok(Look::There(seen(id, &name, there)));
        }
        // Azure refuses a second assignment of the same role to the same principal, so one under another name serves as well.
        let Some(wanted) = wanted else { return Ok(Look::Absent) };
        let spec = match spec(wanted) {
            // An import looks again once principal and role are known.
            Err(CloudError::Unknown) => return Ok(Look::Absent),
            spec => spec?,
        };
        let found = client.find_role_assignment(&name.scope, &spec, &context).await?;
        Ok(Look::of(found.map(|_| wanted.clone())))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        Ok(match client(clouds).assign_role(&name(self)?, &spec(self)?, &clouds.patient()).await? {
            Assigned::New(_) => Made::New,
            Assigned::Ours(_) | Assigned::Found(_) => Made::Exists,
        })
    }

    /// Nothing but the description of an assignment can be changed.
    async fn update(&self, there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let (name, spec, patient) = (name(self)?, spec(self)?, clouds.patient());
        if self.grants(there) {
            client(clouds).update_role_assignment(&name, &spec, &patient).await?;
        } else {
            client(clouds).delete_role_assignment(&name, &patient).await?;
            client(clouds).assign_role(&name, &spec, &patient).await?;
        }
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).delete_role_assignment(&id.parse()?, &clouds.patient()).await?;
        Ok(())
    }

    fn equals(&self, there: &Self) -> bool {
        self.grants(there) && self.description == there.description
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        // What the assignment is called hangs on a principal that may not exist yet, and no permission hangs on it.
        let name = RoleAssignmentName::new(known(&self.scope)?.parse()?, String::new());
        let create = role_assignments::create(&name, &RoleAssignmentSpec::default());
        needs.look(&role_assignments::get(&name)).create(&create).update(&create);
        needs.delete(&role_assignments::delete(&name));
        Ok(())
    }
}

trait Grants {
    /// Whether it gives the same role to the same principal.
    fn grants(&self, there: &Self) -> bool;
}

impl Grants for RoleAssignment {
    fn grants(&self, there: &Self) -> bool {
        let same = |one: &Text, two: &Text| one.known().zip(two.known()).is_some_and(|(one, two)| same_id(one, two));
        same(&self.role_definition, &there.role_definition) && same(&self.principal_id, &there.principal_id)
    }
}

/// An assignment as Azure has it, under the id by which it was found.
pub(in crate::clouds) fn seen(id: &str, name: &RoleAssignmentName, there: Live) -> RoleAssignment {
    let role = there.spec.role_definition_id;
    RoleAssignment {
        scope: Text::of(id.split_once(COLLECTION).map_or("", |(scope, _)| scope)),
        role_definition: Text::of(role.rsplit('/').next().unwrap_or_default()),
        principal_id: Text::of(there.spec.principal_id),
        name: Text::of(name.id.clone()),
        description: Text::of(there.spec.description.unwrap_or_default()),
    }
}

fn name(assignment: &RoleAssignment) -> Result<RoleAssignmentName, CloudError> {
    let scope: Scope = known(&assignment.scope)?.parse()?;
    Ok(RoleAssignmentName::new(scope, known(&assignment.name)?))
}

fn spec(assignment: &RoleAssignment) -> Result<RoleAssignmentSpec, CloudError> {
    let scope: Scope = known(&assignment.scope)?.parse()?;
    let definition = known(&assignment.role_definition)?;
    let (subscription, description) = (scope.subscription(), known(&assignment.description)?);
    Ok(RoleAssignmentSpec {
        role_definition_id: format!(
            "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{definition}"
        ),
        principal_id: known(&assignment.principal_id)?,
        description: (!description.is_empty()).then_some(description),
        ..RoleAssignmentSpec::default()
    })
}
