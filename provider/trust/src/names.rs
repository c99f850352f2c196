//! What names and ids must look like in each cloud. Limits are those of the vendors' API references.

use crosscloud_policy_model::issuer::{IssuerError, check as check_issuer};
use sha2::{Digest, Sha256};

/// Whether this is a GUID in its usual form, of either case.
pub(crate) fn is_guid(text: &str) -> bool {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|c| c == b'-' || c.is_ascii_hexdigit())
}

/// Whether this is an AWS account id.
pub(crate) fn is_aws_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|c| c.is_ascii_digit())
}

/// Whether this is a decimal number without a leading zero, as GitHub's and Google's ids are.
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('0') && text.len() <= 20 && text.bytes().all(|c| c.is_ascii_digit())
}

/// Why this cannot be a Google project id.
pub(crate) fn project_fault(project: &str) -> Option<String> {
    if !project.is_empty() && project.bytes().all(|c| c.is_ascii_digit()) {
        return Some(format!(
            "`{project}` is a project number. Write the id, which `gcloud projects describe {project} --format='value(projectId)'` prints; the number is looked up."
        ));
    }
    let bare = project.rsplit_once(':').map_or(project, |(_, id)| id);
    let well_formed = is_google_id(bare, 6..=30)
        && bare.starts_with(|c: char| c.is_ascii_lowercase())
        && project.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-.:".contains(&c));
    (!well_formed).then(|| {
        format!(
            "`{}` cannot be a project id: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter. Write the bare id, without `projects/`.",
            project.escape_debug()
        )
    })
}

/// Why this cannot be the id of a workload identity pool or of one of its providers.
pub(crate) fn pool_id_fault(id: &str) -> Option<&'static str> {
    if !is_google_id(id, 4..=32) || id.starts_with('-') {
        return Some("4 to 32 lower-case letters, digits and hyphens, with a letter or digit at each end");
    }
    id.starts_with("gcp-").then_some("the prefix `gcp-` is Google's own")
}

/// Why this cannot be the id of a service account.
pub(crate) fn account_id_fault(id: &str) -> Option<&'static str> {
    let well_formed = is_google_id(id, 6..=30) && id.starts_with(|c: char| c.is_ascii_lowercase());
    (!well_formed)
        .then_some("6 to 30 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen")
}

/// Why this cannot be the id of a key ring or of a key.
pub(crate) fn kms_id_fault(id: &str) -> Option<&'static str> {
    let well_formed =
        (1..=63).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-".contains(&c));
    (!well_formed).then_some("1 to 63 letters, digits, hyphens and underscores")
}

/// Whether this can be a location of Google Cloud, such as `europe-west4`, `eu` or `global`.
pub(crate) fn is_google_location(text: &str) -> bool {
    is_google_id(text, 2..=32) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// Whether this can be the name of a Google API, such as `aiplatform.googleapis.com`.
pub(crate) fn is_google_service(text: &str) -> bool {
    text.strip_suffix(".googleapis.com").is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-.".contains(&c))
    })
}

fn is_google_id(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && !text.ends_with('-')
}

/// Why this cannot be the name of an Azure resource group.
pub(crate) fn resource_group_fault(name: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_alphanumeric() || "_-.()".contains(c);
    (name.is_empty() || name.chars().count() > 90 || !name.chars().all(plain) || name.ends_with('.'))
        .then_some("1 to 90 letters, digits, hyphens, underscores, parentheses and periods, not ending in a period")
}

/// Why this cannot be the name of a user-assigned managed identity.
pub(crate) fn identity_name_fault(name: &str) -> Option<&'static str> {
    let well_formed = (3..=128).contains(&name.len())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-".contains(&c))
        && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    (!well_formed).then_some("3 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit")
}

/// Why this cannot be the name of a federated credential.
pub(crate) fn credential_name_fault(name: &str) -> Option<&'static str> {
    let well_formed = (3..=120).contains(&name.len())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-".contains(&c))
        && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    (!well_formed).then_some("3 to 120 letters, digits, hyphens and underscores, beginning with a letter or digit")
}

/// Whether this can be an Azure region by its short name, such as `westeurope`.
pub(crate) fn is_azure_location(text: &str) -> bool {
    (3..=40).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// Why this cannot be the name of an AWS role.
pub(crate) fn role_name_fault(name: &str) -> Option<&'static str> {
    let well_formed =
        (1..=64).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"_+=,.@-".contains(&c));
    (!well_formed).then_some("1 to 64 letters, digits and `_+=,.@-`")
}

/// Account, path and name in the ARN of a role.
pub(crate) fn parse_role_arn(arn: &str) -> Option<(&str, &str, &str)> {
    let (account, resource) = arn.strip_prefix("arn:aws:iam::")?.split_once(":role")?;
    let name = resource.rfind('/')?;
    let (path, name) = resource.split_at(name + 1);
    (is_aws_account(account) && !name.is_empty() && path.starts_with('/')).then_some((account, path, name))
}

/// Why this cannot be the path of an AWS role.
pub(crate) fn role_path_fault(path: &str) -> Option<&'static str> {
    let well_formed = path.len() <= 512
        && path.starts_with('/')
        && path.ends_with('/')
        && !path.contains("//")
        && path.bytes().all(|c| (0x21..=0x7e).contains(&c) && c != b'*');
    (!well_formed).then_some("it has a slash at each end, such as `/` or `/team/`, and no white space")
}

/// Whether this is the email of a Google service account.
pub(crate) fn is_account_email(email: &str) -> bool {
    let plain = |name: &str| !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-.".contains(&c));
    email
        .split_once('@')
        .is_some_and(|(name, domain)| plain(name) && plain(domain) && domain.ends_with(".gserviceaccount.com"))
}

/// Why this cannot be the issuer of tokens. `private`: nobody has to reach it, because its keys are handed over.
pub(crate) fn issuer_fault(issuer: &str, private: bool) -> Option<String> {
    if issuer.chars().any(|c| c.is_whitespace() || c.is_control() || "\\*".contains(c)) {
        return Some(format!("`{}` has characters that no issuer has.", issuer.escape_debug()));
    }
    match check_issuer(issuer) {
        Ok(()) => None,
        Err(IssuerError::Local) if private => None,
        Err(fault) => Some(format!("`{}` cannot be trusted: {fault}.", issuer.escape_debug())),
    }
}

/// A resource id of Azure, taken apart: `/subscriptions/S/resourceGroups/G/providers/TYPE/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArmId {
    /// Subscription id.
    pub(crate) subscription: String,
    /// Resource group.
    pub(crate) group: String,
    /// Name of the resource.
    pub(crate) name: String,
}

impl ArmId {
    /// Takes apart the id of a resource of type `kind`, such as `Microsoft.ManagedIdentity/userAssignedIdentities`. Azure compares these ids
    /// without regard to case.
    pub(crate) fn parse(id: &str, kind: &str) -> Option<Self> {
        let (namespace, plain_kind) = kind.split_once('/')?;
        match id.split('/').collect::<Vec<_>>()[..] {
            ["", subscriptions, subscription, groups, group, providers, in_namespace, of_kind, name]
                if subscriptions.eq_ignore_ascii_case("subscriptions")
                    && groups.eq_ignore_ascii_case("resourceGroups")
                    && providers.eq_ignore_ascii_case("providers")
                    && in_namespace.eq_ignore_ascii_case(namespace)
                    && of_kind.eq_ignore_ascii_case(plain_kind)
                    && is_guid(subscription)
                    && resource_group_fault(group).is_none()
                    && !name.is_empty() =>
            {
                Some(Self { subscription: subscription.into(), group: group.into(), name: name.into() })
            }
            _ => None,
        }
    }
}

/// A GUID made of parts: the same parts, whatever their case, always give the same. It is a UUID of version 8 (RFC 9562) on SHA-256.
pub(crate) fn guid_of(parts: &[&str]) -> String {
    let whole = parts.join("\n").to_lowercase();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&Sha256::digest(whole)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A string literal of CEL.
pub(crate) fn cel_string(text: &str) -> String {
    let mut literal = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c => literal.push(c),
        }
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn azure_ids_are_taken_apart_whatever_their_case() {
        let id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.managedidentity/userAssignedIdentities/chat";
        let arm = ArmId::parse(id, "Microsoft.ManagedIdentity/userAssignedIdentities").unwrap();
        assert_eq!((arm.group.as_str(), arm.name.as_str()), ("rg", "chat"));
        for wrong in ["", "chat", "/subscriptions/x/resourceGroups/rg/providers/A/b/c", &format!("{id}/x")] {
            assert_eq!(ArmId::parse(wrong, "Microsoft.ManagedIdentity/userAssignedIdentities"), None, "{wrong}");
        }
    }

    #[test]
    fn a_guid_depends_on_every_part_and_on_no_case() {
        let guid = guid_of(&["/scope", "role", "identity"]);
        assert!(is_guid(&guid), "{guid}");
        assert_eq!(guid, guid_of(&["/SCOPE", "role", "identity"]));
        assert_ne!(guid, guid_of(&["/scope", "role", "other"]));
        assert_ne!(guid_of(&["a", "b"]), guid_of(&["ab", ""]));
    }

    #[test]
    fn text_in_cel_stays_text() {
        assert_eq!(cel_string("main"), "'main'");
        assert_eq!(cel_string(r"it's \ all"), r"'it\'s \\ all'");
    }
}
