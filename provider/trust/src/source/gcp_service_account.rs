//! Google service accounts: Google itself vouches for them. An email address can be given out again, so an account is known by its number.

use std::collections::BTreeMap;

use serde_json::json;

use crate::import::{Evidence, known};
use crate::leaf::{Leaf, Text};
use crate::problem::Problem;
use crate::source::{Accepted, Identity, Selector, TokenDelivery, Tokens};

const UNIQUE_ID: &str = "from.gcp_service_account.unique_id";
const EMAIL: &str = "from.gcp_service_account.email";

/// Google's own issuer.
pub(crate) const GOOGLE: &str = "https://accounts.google.com";

/// A workload that runs under a Google service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GcpServiceAccount {
    /// Its number.
    pub unique_id: Text,
    /// Its email address, for people and for commands.
    pub email: Option<Text>,
}

pub(super) fn identity(it: &GcpServiceAccount) -> Identity {
    let claims = it.unique_id.as_ref().map(|id| {
        let mut claims = BTreeMap::from([
            ("iss".to_owned(), json!(GOOGLE)),
            ("sub".to_owned(), json!(id)),
            ("azp".to_owned(), json!(id)),
        ]);
        if let Some(Leaf::Known(email)) = &it.email {
            claims.insert("email".to_owned(), json!(email));
        }
        vec![claims]
    });
    Identity {
        tokens: Tokens::Oidc { issuers: Accepted::one(Text::of(GOOGLE)), audience: None, jwks: None },
        condition: it.unique_id.as_ref().map(|id| format!("assertion.sub == '{id}'")),
        selectors: vec![Selector::Subject(it.unique_id.clone())],
        subjects: vec![it.unique_id.clone()],
        pins: BTreeMap::new(),
        issuer_path: "from.gcp_service_account",
        subject_path: UNIQUE_ID,
        attribute_mapping: BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]),
        claims,
        delivery: TokenDelivery::GoogleMetadata,
        after: Vec::new(),
    }
}

/// The source that the evidence speaks of.
pub(crate) fn recognise(evidence: &Evidence<'_>) -> Result<GcpServiceAccount, &'static str> {
    let id = evidence.subjects().into_iter().find(|subject| is_unique_id(subject));
    let id = id.ok_or("neither a credential nor a trust policy names the number of a service account")?;
    Ok(GcpServiceAccount { unique_id: known(id), email: None })
}

pub(super) fn problems(it: &GcpServiceAccount) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(id) = it.unique_id.known()
        && !is_unique_id(id)
    {
        let hint = if id.contains('@') { " This is its email address, which can be given out again." } else { "" };
        problems.push(Problem::at(
            UNIQUE_ID,
            "Not the unique id of a service account",
            format!(
                "`{}` is not a number of 15 to 25 digits, which `gcloud iam service-accounts describe EMAIL --format='value(uniqueId)'` prints.{hint}",
                id.escape_debug()
            ),
        ));
    }
    if let Some(Leaf::Known(email)) = &it.email
        && !crate::names::is_account_email(email)
    {
        problems.push(Problem::at(
            EMAIL,
            "Not the email of a service account",
            format!(
                "`{}` does not end in `gserviceaccount.com`. It is shown to people only; leave it out, or copy it from `gcloud iam service-accounts list`.",
                email.escape_debug()
            ),
        ));
    }
    problems
}

fn is_unique_id(text: &str) -> bool {
    (15..=25).contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|c| c.is_ascii_digit())
}
