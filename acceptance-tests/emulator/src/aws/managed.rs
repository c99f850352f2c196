//! Managed policies of AWS that the emulated services know, with what they allow.

use serde_json::json;

use super::policy::Document;

/// Name below `arn:aws:iam::aws:policy/` and actions, on every resource.
const POLICIES: &[(&str, &[&str])] = &[
    ("AdministratorAccess", &["*"]),
    ("ReadOnlyAccess", &["iam:Get*", "iam:List*", "s3:Get*", "s3:List*", "bedrock:Get*", "bedrock:List*"]),
    ("SecurityAudit", &["iam:Get*", "iam:List*", "s3:GetBucketLocation", "s3:ListAllMyBuckets"]),
    ("IAMFullAccess", &["iam:*"]),
    ("IAMReadOnlyAccess", &["iam:Get*", "iam:List*"]),
    ("AmazonS3FullAccess", &["s3:*"]),
    ("AmazonS3ReadOnlyAccess", &["s3:Get*", "s3:List*"]),
    ("AmazonBedrockFullAccess", &["bedrock:*"]),
    ("AmazonBedrockReadOnly", &["bedrock:Get*", "bedrock:List*"]),
    ("AmazonBedrockLimitedAccess", &["bedrock:Get*", "bedrock:List*", "bedrock:Invoke*"]),
];

/// What a managed policy allows, if it exists.
pub(crate) fn document(arn: &str) -> Option<Document> {
    let name = arn.strip_prefix("arn:aws:iam::aws:policy/")?;
    let (_, actions) = POLICIES.iter().find(|(known, _)| *known == name)?;
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    Document::parsed(&json!({ "Version": "2012-10-17", "Statement": statement }).to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_reads_as_a_document() {
        for (name, _) in POLICIES {
            assert!(document(&format!("arn:aws:iam::aws:policy/{name}")).is_some(), "{name}");
        }
        assert!(document("arn:aws:iam::123456789012:policy/ReadOnlyAccess").is_none());
    }
}
