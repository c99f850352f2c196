//! What rules on whole plans could connect. A document of everything would be judged twice over for nothing.

use crosscloud_policy_model::document::{TokenSource, TrustDocument};
use crosscloud_policy_model::issuer::Issuer;

use super::resources::Planned;

/// The pieces that the built-in rules on plans could connect: how GitHub names and guards workflows with the trusts that accept them, providers
/// for identities of other clouds with those identities, keys of service accounts with pools that make them needless, and clusters with each
/// other.
pub(super) fn connectable(list: &[Planned<'_>]) -> Vec<usize> {
    let count = |kind: Kind| list.iter().filter(|planned| planned.kinds.has(kind)).count();
    let clusters = count(Kind::Cluster) > 1;
    let workflows = count(Kind::GitHub) > 0;
    let keys = count(Kind::Key) > 0 && count(Kind::Pool) > 0;
    let hops = count(Kind::Rests) > 0 && count(Kind::Becomes) > 0;
    let mut wanted = Kinds::default();
    for (kinds, are) in [
        (&[Kind::GitHub, Kind::Door][..], workflows),
        (&[Kind::Rests, Kind::Becomes], hops),
        (&[Kind::Key, Kind::Pool], keys),
        (&[Kind::Cluster], clusters),
    ] {
        kinds.iter().filter(|_| are).for_each(|kind| wanted.insert(*kind));
    }
    (0..list.len()).filter(|index| list[*index].kinds.meet(wanted)).collect()
}

/// What of a piece rules on plans could connect with others.
#[derive(Debug, Clone, Copy)]
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

/// Several of them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kinds(u8);

impl Kinds {
    /// Those of a piece.
    pub(super) fn of(document: &TrustDocument) -> Self {
        let mut kinds = Self::default();
        if !document.github_environments.is_empty() || !document.github_subject_templates.is_empty() {
            kinds.insert(Kind::GitHub);
        }
        for provider in &document.providers {
            kinds.insert(Kind::Door);
            let foreign = match &provider.source {
                TokenSource::Aws { .. } => true,
                // One that is not known yet may be any.
                TokenSource::Oidc { issuer, .. } => {
                    issuer.as_deref().is_none_or(|url| matches!(Issuer::classify(url), Issuer::Entra { .. }))
                }
                TokenSource::Saml => false,
            };
            if foreign {
                kinds.insert(Kind::Rests);
            }
        }
        if !document.federated_credentials.is_empty() || !document.aws_roles.is_empty() {
            kinds.insert(Kind::Door);
            kinds.insert(Kind::Becomes);
        }
        if !document.entra_identities.is_empty() {
            kinds.insert(Kind::Becomes);
        }
        if !document.service_account_keys.is_empty() {
            kinds.insert(Kind::Key);
        }
        if !document.pools.is_empty() || !document.providers.is_empty() {
            kinds.insert(Kind::Pool);
        }
        if !document.clusters.is_empty() {
            kinds.insert(Kind::Cluster);
        }
        kinds
    }

    fn insert(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u8;
    }

    fn has(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }

    fn meet(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use crosscloud_policy_resources::Piece;
    use serde_json::json;

    use super::*;
    use crate::judge::resources::Resources;

    #[test]
    fn only_what_can_be_connected_is_looked_at_together() {
        let planned = |document: serde_json::Value| {
            let document = serde_json::from_value(document).unwrap_or_default();
            ("", Piece { document, ..Piece::default() })
        };
        let connected = |pieces: Vec<(&'static str, Piece)>| connectable(&Resources::held(pieces).list);
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
        assert!(connected(vec![github(), github(), role(), cluster()]).is_empty());
        assert_eq!(connected(vec![github(), environment(), cluster()]), [0, 1]);
        assert_eq!(connected(vec![github(), aws(), role()]), [1, 2]);
        assert_eq!(connected(vec![cluster(), role(), cluster()]), [0, 2]);
        assert_eq!(connected(vec![role(), key(), github()]), [1, 2]);
        assert!(connected(vec![role(), key(), key()]).is_empty());
    }
}
