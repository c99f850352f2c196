//! Custom roles that hold given permissions, in the form that each cloud's command line takes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tfplugin::Attr;

use super::RolesModel;
use super::model::Kind;
use crate::clouds::Permission;

/// Title of the roles where the user gives none.
pub(super) const NAME: &str = "crosscloud";

const DESCRIPTION: &str = "What Terraform's crosscloud provider needs, and nothing else.";

/// A role for each cloud that any of the permissions is for.
pub(super) fn of(permissions: &BTreeSet<Permission>, subscriptions: &BTreeSet<String>, name: &str) -> RolesModel {
    let names = |kind: Kind| -> BTreeSet<&str> {
        permissions.iter().filter(|it| Kind::of(it.api) == kind).map(|it| it.name).collect()
    };
    let written = |names: &BTreeSet<&str>, role: Value| {
        if names.is_empty() { Attr::Null } else { Attr::Known(format!("{role:#}")) }
    };
    let (google, azure, aws) = (names(Kind::Google), names(Kind::Azure), names(Kind::Aws));
    RolesModel {
        gcp: written(
            &google,
            json!({ "title": name, "description": DESCRIPTION, "stage": "GA", "includedPermissions": google }),
        ),
        azure: written(
            &azure,
            json!({
                "Name": name,
                "Description": DESCRIPTION,
                "IsCustom": true,
                "Actions": azure,
                "NotActions": [],
                "DataActions": [],
                "NotDataActions": [],
                "AssignableScopes": subscriptions,
            }),
        ),
        aws: written(
            &aws,
            json!({
                "Version": "2012-10-17",
                "Statement": [{ "Sid": "Crosscloud", "Effect": "Allow", "Action": aws, "Resource": "*" }],
            }),
        ),
    }
}
