//! Role assignments: found by what they give, made under a name that is recognised again.

use super::Client;
use crate::azure::role_assignments::{self, RoleAssignment, RoleAssignmentSpec};
use crate::azure::role_definitions::{self, RoleDefinition, guid_of};
use crate::azure::{RoleAssignmentName, Scope, same_id};
use crate::context::Context;
use crate::creation;
use crate::error::Error;

/// What became of a wish for a role assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assigned {
    /// It was made.
    New(RoleAssignment),
    /// It was there under the very name that was to be given to it: an earlier run made it.
    Ours(RoleAssignment),
    /// It was there under another name: somebody else made it.
    Found(RoleAssignment),
}

impl Assigned {
    /// The assignment, whoever made it.
    pub fn assignment(&self) -> &RoleAssignment {
        match self {
            Assigned::New(it) | Assigned::Ours(it) | Assigned::Found(it) => it,
        }
    }
}

impl Client {
    /// Finds a role that can be assigned on the scope, by its name, GUID or id; asked once in a client's life.
    pub async fn role_definition(
        &self,
        scope: &Scope,
        role: &str,
        ctx: &Context,
    ) -> Result<Option<RoleDefinition>, Error> {
        let key = (scope.subscription().to_ascii_lowercase(), role.to_owned());
        let find = async {
            if let Some(guid) = guid_of(role) {
                return self.find(&role_definitions::by_id(scope, guid), ctx).await;
            }
            let found = self.transport.send(&role_definitions::by_name(scope, role), ctx).await?;
            Ok(found.value.into_iter().find(|it| it.properties.role_name == role))
        };
        let found = self.shared.roles.get(&key, find).await?;
        if found.is_none() {
            // Somebody may be about to make it.
            self.shared.roles.invalidate(&key);
        }
        Ok(found)
    }

    /// Reads an assignment.
    pub async fn get_role_assignment(
        &self,
        name: &RoleAssignmentName,
        ctx: &Context,
    ) -> Result<Option<RoleAssignment>, Error> {
        self.find(&role_assignments::get(name), ctx).await
    }

    /// The assignment on exactly this scope that gives what is wanted, whatever its name.
    pub async fn find_role_assignment(
        &self,
        scope: &Scope,
        spec: &RoleAssignmentSpec,
        ctx: &Context,
    ) -> Result<Option<RoleAssignment>, Error> {
        let mut request = role_assignments::list(scope, &spec.principal_id);
        loop {
            let page = self.transport.send(&request, ctx).await?;
            let here = |it: &RoleAssignment| it.parsed_name().is_some_and(|name| name.scope == *scope);
            if let Some(found) = page.value.into_iter().find(|it| here(it) && it.gives(spec)) {
                return Ok(Some(found));
            }
            match self.next_page(&request, page.next_link.as_deref())? {
                Some(next) => request = next,
                None => return Ok(None),
            }
        }
    }

    /// Lists the role assignments of a principal that hold on the scope or below it.
    pub async fn list_role_assignments(
        &self,
        scope: &Scope,
        principal_id: &str,
        ctx: &Context,
    ) -> Result<Vec<RoleAssignment>, Error> {
        let mut all = Vec::new();
        let mut request = role_assignments::list(scope, principal_id);
        loop {
            let page = self.transport.send(&request, ctx).await?;
            all.extend(page.value);
            match self.next_page(&request, page.next_link.as_deref())? {
                Some(next) => request = next,
                None => return Ok(all),
            }
        }
    }

    /// Makes sure of a role assignment. One that gives the same already is left as it is, whatever its name, because Azure allows no second.
    ///
    /// While the principal or the scope is still unknown to a part of Azure, waits as long as the context is patient.
    pub async fn assign_role(
        &self,
        name: &RoleAssignmentName,
        spec: &RoleAssignmentSpec,
        ctx: &Context,
    ) -> Result<Assigned, Error> {
        if let Some(found) = self.find_role_assignment(&name.scope, spec, ctx).await? {
            return Ok(recognise(name, found));
        }
        let create = role_assignments::create(name, spec);
        let send = || self.transport.send(&create, ctx);
        match creation::once_known(&self.transport, send, is_new_principal, ctx).await {
            Ok(made) => Ok(Assigned::New(made)),
            // Somebody was faster, or an answer to our own call was lost.
            Err(error @ Error::AlreadyExists(_)) => {
                let found = self.find_role_assignment(&name.scope, spec, ctx).await?;
                found.map(|found| recognise(name, found)).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Changes the description or the condition of an assignment, which is all that can be changed.
    pub async fn update_role_assignment(
        &self,
        name: &RoleAssignmentName,
        spec: &RoleAssignmentSpec,
        ctx: &Context,
    ) -> Result<RoleAssignment, Error> {
        self.transport.send(&role_assignments::create(name, spec), ctx).await
    }

    /// Takes an assignment away. Answers `false` when it was not there.
    pub async fn delete_role_assignment(&self, name: &RoleAssignmentName, ctx: &Context) -> Result<bool, Error> {
        self.delete(&role_assignments::delete(name), &role_assignments::get(name).answering(), ctx).await
    }
}

fn recognise(name: &RoleAssignmentName, found: RoleAssignment) -> Assigned {
    let ours = same_id(&found.name, &name.id);
    if ours { Assigned::Ours(found) } else { Assigned::Found(found) }
}

/// Whether a part of Azure has not heard of the principal yet.
fn is_new_principal(error: &Error) -> bool {
    let reason = error.refusal().and_then(|refusal| refusal.reason.as_deref());
    matches!(error, Error::InvalidArgument { .. } | Error::NotFound(_))
        && matches!(reason, Some("PrincipalNotFound" | "ResourceNotFound"))
}
