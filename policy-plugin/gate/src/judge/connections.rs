//! What rules on whole plans could connect. A document of everything would be judged twice over for nothing.

use std::collections::BTreeSet;

use crosscloud_policy_model::document::{TokenSource, TrustDocument};
use crosscloud_policy_model::issuer::Issuer;

use super::Planned;

/// The pieces that the built-in rules on plans could connect: how GitHub names and guards workflows with the trusts that accept them, providers
/// for identities of other clouds with those identities, keys of service accounts with pools that make them needless, and clusters with each
/// other.
pub(super) fn connectable(pieces: &[Planned<'_>]) -> Vec<usize> {
    let of: Vec<BTreeSet<Kind>> = pieces.iter().map(|planned| Kind::of(&planned.piece.document)).collect();
    let count = |kind: Kind| of.iter().filter(|each| each.contains(&kind)).count();
    let clusters = count(Kind::Cluster) > 1;
    let workflows = count(Kind::GitHub) > 0;
    let keys = count(Kind::Key) > 0 && count(Kind::Pool) > 0;
    let hops = count(Kind::Rests) > 0 && count(Kind::Becomes) > 0;
    let wanted = |each: &Kind| match each {
        Kind::GitHub | Kind::Door => workflows,
        Kind::Rests | Kind::Becomes => hops,
        Kind::Key | Kind::Pool => keys,
        Kind::Cluster => clusters,
    };
    (0..pieces.len()).filter(|index| of[*index].iter().any(wanted)).collect()
}

/// What of a piece rules on plans could connect with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// What guards or names GitHub's workflows.
    GitHub,
    /// What may accept them.
    Door,
    /// A provider for identities of Entra or AWS.
    Rests,
    /// Such an identity, and who can become it.
    Becomes,
    /// A key of a service account.
    Key,
    /// A pool or a provider of one.
    Pool,
    /// A cluster.
    Cluster,
}

impl Kind {
    fn of(document: &TrustDocument) -> BTreeSet<Self> {
        let mut kinds = BTreeSet::new();
        if !document.github_environments.is_empty() || !document.github_subject_templates.is_empty() {
            kinds.insert(Self::GitHub);
        }
        for provider in &document.providers {
            kinds.insert(Self::Door);
            let foreign = match &provider.source {
                TokenSource::Aws { .. } => true,
                // One that is not known yet may be any.
                TokenSource::Oidc { issuer, .. } => {
                    issuer.as_deref().is_none_or(|url| matches!(Issuer::classify(url), Issuer::Entra { .. }))
                }
                TokenSource::Saml => false,
            };
            if foreign {
                kinds.insert(Self::Rests);
            }
        }
        if !document.federated_credentials.is_empty() || !document.aws_roles.is_empty() {
            kinds.extend([Self::Door, Self::Becomes]);
        }
        if !document.entra_identities.is_empty() {
            kinds.insert(Self::Becomes);
        }
        if !document.service_account_keys.is_empty() {
            kinds.insert(Self::Key);
        }
        if !document.pools.is_empty() || !document.providers.is_empty() {
            kinds.insert(Self::Pool);
        }
        if !document.clusters.is_empty() {
            kinds.insert(Self::Cluster);
        }
        kinds
    }
}

#[cfg(test)]
mod tests {
    use crosscloud_policy_resources::Piece;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_can_be_connected_is_looked_at_together() {
        let planned = |document: serde_json::Value| {
            let document = serde_json::from_value(document).unwrap_or_default();
            Planned { address: "", piece: Piece { document, ..Piece::default() }, counts: true }
        };
        let github = || {
            planned(
                json!({"subject": "", "providers": [{"name": null, "pool": null, "attribute_condition": null, "source": {"kind": "oidc", "issuer": "https://token.actions.githubusercontent.com"}}]}),
            )
        };
        let aws = || {
            planned(
                json!({"subject": "", "providers": [{"name": null, "pool": null, "attribute_condition": null, "source": {"kind": "aws", "account_id": "123456789012"}}]}),
            )
        };
        let role = || planned(json!({"subject": "", "aws_roles": [{"name": "r", "arn": null}]}));
        let environment =
            || planned(json!({"subject": "", "github_environments": [{"repository": "a", "name": "prod"}]}));
        let cluster = || planned(json!({"subject": "", "clusters": [{"kind": "aks", "name": "c", "issuer": null}]}));
        let key = || planned(json!({"subject": "", "service_account_keys": [{"service_account": "a"}]}));
        assert!(connectable(&[github(), github(), role(), cluster()]).is_empty());
        assert_eq!(connectable(&[github(), environment(), cluster()]), [0, 1]);
        assert_eq!(connectable(&[github(), aws(), role()]), [1, 2]);
        assert_eq!(connectable(&[cluster(), role(), cluster()]), [0, 2]);
        assert_eq!(connectable(&[role(), key(), github()]), [1, 2]);
        assert!(connectable(&[role(), key(), key()]).is_empty());
    }
}
