//! Federated credentials of Entra identities, asked.

use crosscloud_policy_sdk::model::attacker::{Attack, Scene, Suspects, suspects};
use crosscloud_policy_sdk::model::document::{EntraIdentity, FederatedCredential, TrustDocument};
use crosscloud_policy_sdk::model::entra::Match;
use crosscloud_policy_sdk::model::policy::BuiltInSettings;
use crosscloud_policy_sdk::model::token::Token;
use crosscloud_policy_sdk::model::truth::Truth;

use super::door::{Answer, Blindness, Bound, Door, answered, is_shared, issuer_of};

/// A federated credential and what it does with tokens.
#[derive(Debug)]
pub struct CredentialCase<'a> {
    /// The credential itself.
    pub credential: &'a FederatedCredential,
    /// Where it stands.
    pub pointer: String,
    /// Its identity, where that is in the document.
    pub identity: Option<&'a EntraIdentity>,
    /// Where that stands.
    pub identity_pointer: Option<String>,
    /// What it compares.
    pub matching: Match,
    /// What becomes of tokens that are meant to get in.
    pub genuine: Vec<(Token, Truth)>,
    /// What becomes of the others.
    pub door: Door,
}

impl CredentialCase<'_> {
    /// Pointer to a field of the credential.
    #[must_use]
    pub fn at(&self, field: &str) -> String {
        format!("{}/{field}", self.pointer)
    }

    /// Whether a field of the identity is not known yet.
    #[must_use]
    pub fn identity_hides(&self, document: &TrustDocument, field: &str) -> bool {
        self.identity_pointer.as_ref().is_some_and(|pointer| document.is_unknown(&format!("{pointer}/{field}")))
    }

    /// Pointer to what decides: the expression, or the subject.
    #[must_use]
    pub fn deciding(&self) -> String {
        let flexible = self.credential.claims_matching_expression.is_some();
        self.at(if flexible { "claims_matching_expression" } else { "subject" })
    }

    /// Whether the credential has an expression.
    #[must_use]
    pub fn is_flexible(&self) -> bool {
        matches!(self.matching, Match::Flexible(_) | Match::Unreadable(_))
    }
}

pub(super) fn ask<'a>(
    document: &'a TrustDocument,
    settings: &BuiltInSettings,
    index: usize,
    credential: &'a FederatedCredential,
) -> CredentialCase<'a> {
    let pointer = format!("/federated_credentials/{index}");
    let at = |field: &str| format!("{pointer}/{field}");
    let known = |text: &'a Option<String>, field: &str| text.as_deref().filter(|_| !document.is_unknown(&at(field)));
    let hidden = document.is_unknown(&at("subject")) || document.is_unknown(&at("claims_matching_expression"));
    let matching = if hidden { Match::Nothing } else { Match::of(credential) };
    let comparisons = matching.comparisons();
    let url = known(&credential.issuer, "issuer");
    let subjects = credential.intended.iter().filter_map(|claims| claims.get("sub")?.as_str());
    let issuer = issuer_of(url, subjects.chain(comparisons.iter().map(|comparison| comparison.literal.as_str())));
    let (mut genuine, mut attempts) = (Vec::new(), Vec::new());
    if let Some(issuer) = &issuer {
        let audience =
            credential.audiences.iter().flatten().next().map_or("api://AzureADTokenExchange", String::as_str);
        let url = url.unwrap_or("https://issuer.invalid");
        let scene = Scene { issuer, url, audience, intended: &credential.intended, comparisons: &comparisons };
        let Suspects { genuine: meant, attacks } = suspects(scene);
        if !hidden {
            genuine = meant.into_iter().map(|token| (token.clone(), matching.admits(&token))).collect();
            let answer = |attack: &Attack| match matching.admits(&attack.token) {
                Truth::Yes => Answer::Admitted { bound: Bound::Yes },
                Truth::No => Answer::Refused,
                Truth::Unknown(reason) => Answer::Unclear(reason),
            };
            attempts = answered(attacks, answer);
        }
    }
    let shared = issuer.as_ref().is_some_and(|issuer| is_shared(issuer, settings));
    let blind = match issuer {
        _ if hidden => Some(Blindness::Condition),
        None => Some(Blindness::Issuer),
        Some(_) => None,
    };
    let door = Door { issuer, shared, comparisons, conditioned: true, blind, ..Door::default() }.tried_by(attempts);
    let mut identities = document.entra_identities.iter().enumerate();
    let identity = identities.find(|(_, identity)| Some(&identity.id) == credential.identity.as_ref());
    let identity_pointer = identity.map(|(index, _)| format!("/entra_identities/{index}"));
    let identity = identity.map(|(_, identity)| identity);
    CredentialCase { credential, pointer, identity, identity_pointer, matching, genuine, door }
}
