//! Built-in roles of Azure by name. Their GUIDs are the same in every tenant and never change; other roles are looked up.

use crate::names::is_guid;

const BUILT_IN: [(&str, &str); 11] = [
    ("Azure AI Developer", "64702f94-c441-49e6-a78b-ef80e0188fee"),
    ("Azure AI User", "53ca6127-db72-4b80-b1b0-d745d6d5456d"),
    ("Cognitive Services OpenAI Contributor", "a001fd3d-188f-4b5d-821b-7da978bf7442"),
    ("Cognitive Services OpenAI User", "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"),
    ("Cognitive Services User", "a97b65f3-24c7-4388-baec-2e87135dc908"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6"),
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    ("Storage Blob Data Contributor", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
    (STORAGE_BLOB_DATA_READER, "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"),
];

/// Lets a principal read blobs.
pub(crate) const STORAGE_BLOB_DATA_READER: &str = "Storage Blob Data Reader";

/// The GUID of a role definition that needs no looking up: by GUID, by resource id, or by the name of a built-in role.
pub(crate) fn definition(role: &str) -> Option<String> {
    let last = role.rsplit('/').next().unwrap_or_default();
    if is_guid(last) {
        return Some(last.to_lowercase());
    }
    BUILT_IN.iter().find(|(name, _)| *name == role).map(|(_, guid)| (*guid).to_owned())
}

/// The name of a built-in role.
pub(crate) fn name_of(guid: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(_, known)| known.eq_ignore_ascii_case(guid)).map(|(name, _)| *name)
}

/// The built-in role that was probably meant: the same name in another case.
pub(crate) fn meant(role: &str) -> Option<&'static str> {
    BUILT_IN.iter().map(|(name, _)| *name).find(|name| *name != role && name.eq_ignore_ascii_case(role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_known_by_name_guid_and_resource_id() {
        let guid = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd";
        let id = format!("/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{}", guid.to_uppercase());
        for role in ["Cognitive Services OpenAI User", guid, id.as_str()] {
            assert_eq!(definition(role).as_deref(), Some(guid), "{role}");
        }
        assert_eq!(definition("My Role"), None);
        assert_eq!(meant("cognitive services openai user"), Some("Cognitive Services OpenAI User"));
    }
}
