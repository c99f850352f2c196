//! Grants: one role for one member on one resource. Others' grants on the same resource are theirs.

use serde_json::json;

use crate::leaf::{Leaf, Text};
use crate::object::gcp::service_account_name;
use crate::object::{Complete, Kind, complete};

complete! {
    /// One role for one member on one resource.
    pub struct Grant {
        /// What the role is granted on.
        pub resource: Resource,
        /// Role.
        pub role: Text,
        /// Member, in IAM's form.
        pub member: Text,
        /// When the grant holds; always where there is none.
        pub condition: Option<GrantCondition>,
    }

    /// An IAM condition.
    pub struct GrantCondition {
        /// Title, part of what tells two bindings apart.
        pub title: Text,
        /// CEL expression.
        pub expression: Text,
    }
}

/// What a role can be granted on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// A project.
    Project {
        /// Project id.
        project: Text,
    },
    /// A service account.
    ServiceAccount {
        /// Project id of the account.
        project: Text,
        /// Email of the account.
        email: Text,
    },
    /// A Cloud KMS key.
    CryptoKey {
        /// Resource name, `projects/…/locations/…/keyRings/…/cryptoKeys/…`.
        name: Text,
    },
    /// A Cloud Storage bucket.
    Bucket {
        /// Name of the bucket.
        bucket: Text,
    },
}

impl Resource {
    /// The resource's name. A bucket's is that of the Storage v2 API, `projects/_/buckets/NAME`.
    pub fn name(&self) -> Text {
        match self {
            Resource::Project { project } => Text::concat(["projects/".into(), project.piece()]),
            Resource::ServiceAccount { project, email } => service_account_name(project, email),
            Resource::CryptoKey { name } => name.clone(),
            Resource::Bucket { bucket } => Text::concat(["projects/_/buckets/".into(), bucket.piece()]),
        }
    }
}

impl Complete for Resource {
    fn is_complete(&self) -> bool {
        self.name().is_complete()
    }
}

impl Kind for Grant {
    const FOUND: bool = true;

    /// Says what the grant is on.
    fn type_name(&self) -> &'static str {
        match self.resource {
            Resource::Project { .. } => "cloudresourcemanager.googleapis.com/ProjectGrant",
            Resource::ServiceAccount { .. } => "iam.googleapis.com/ServiceAccountGrant",
            Resource::CryptoKey { .. } => "cloudkms.googleapis.com/CryptoKeyGrant",
            Resource::Bucket { .. } => "storage.googleapis.com/BucketGrant",
        }
    }

    /// Resource, role and member. With a condition a fourth part stands before the member: `?` and the condition as JSON without spaces. The
    /// member comes last because it alone may hold spaces.
    fn id(&self) -> Text {
        let space = || Leaf::Known(" ");
        let resource = self.resource.name();
        let condition = match &self.condition {
            None => return Text::concat([resource.piece(), space(), self.role.piece(), space(), self.member.piece()]),
            Some(condition) => condition.token(),
        };
        Text::concat([
            resource.piece(),
            space(),
            self.role.piece(),
            space(),
            condition.piece(),
            space(),
            self.member.piece(),
        ])
    }
}

impl GrantCondition {
    fn token(&self) -> Text {
        match (self.title.known(), self.expression.known()) {
            (Some(title), Some(expression)) => {
                let json = json!({ "title": title, "expression": expression }).to_string();
                Text::of(format!("?{}", json.replace(' ', "\\u0020")))
            }
            _ => Leaf::Unknown,
        }
    }
}
