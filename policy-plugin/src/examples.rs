//! Examples of rules: small changes to a trust that no rule objects to. They are tests, and the documentation shows them.

use crosscloud_policy_sdk::model::document::TrustDocument;
use crosscloud_policy_sdk::model::policy::Request;
use serde_json::Value;

/// Where a change sets the settings of the policy instead of a part of the trust.
const SETTINGS: &str = "/settings";

/// A trust, and what its rule says of it.
#[derive(Debug)]
pub struct Example {
    /// What it shows, in a few words.
    pub title: &'static str,
    /// The trust that is changed.
    pub base: Base,
    /// JSON pointer and JSON value; a pointer may end in `/-` to append. `/settings` sets those of the policy.
    pub changes: &'static [(&'static str, &'static str)],
    /// What the rule says.
    pub outcome: Outcome,
}

/// A trust without fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// One service account of an AKS cluster acts as a Google service account.
    Aks,
    /// One branch of one GitHub repository acts as a Google service account.
    GitHub,
    /// One branch of one GitHub repository assumes an AWS role.
    AwsRole,
    /// One branch of one GitHub repository acts as an Entra application.
    Entra,
    /// All of these in one plan, with what GitHub says of its environments and subjects.
    Plan,
}

/// What a rule says of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Pass,
    /// A violation.
    Violation,
    /// That it cannot say.
    Undetermined,
}

impl Example {
    /// The trust after the changes.
    ///
    /// # Errors
    /// If a change does not apply or what comes out is no trust document.
    pub fn document(&self) -> Result<TrustDocument, String> {
        let text = match self.base {
            Base::Aks => include_str!("examples/aks.json"),
            Base::GitHub => include_str!("examples/github.json"),
            Base::AwsRole => include_str!("examples/aws_role.json"),
            Base::Entra => include_str!("examples/entra.json"),
            Base::Plan => include_str!("examples/plan.json"),
        };
        let mut document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for (pointer, value) in self.changes.iter().filter(|(pointer, _)| *pointer != SETTINGS) {
            let value: Value = serde_json::from_str(value).map_err(|error| format!("{pointer}: {error}"))?;
            set(&mut document, pointer, value).ok_or_else(|| format!("{pointer} does not exist"))?;
        }
        serde_json::from_value(document).map_err(|error| error.to_string())
    }

    /// The question to the policy: the trust after the changes, and the settings.
    ///
    /// # Errors
    /// As [`Example::document`].
    pub fn request(&self) -> Result<Request, String> {
        let settings = self.changes.iter().find(|(pointer, _)| *pointer == SETTINGS);
        let settings = settings.map(|(_, value)| serde_json::from_str(value)).transpose();
        Ok(Request {
            document: self.document()?,
            settings: settings.map_err(|error| error.to_string())?.unwrap_or_default(),
        })
    }
}

fn set(document: &mut Value, pointer: &str, value: Value) -> Option<()> {
    let (parent, key) = pointer.rsplit_once('/')?;
    match document.pointer_mut(parent)? {
        Value::Object(entries) => {
            entries.insert(key.to_owned(), value);
        }
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => *items.get_mut(key.parse::<usize>().ok()?)? = value,
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests;
