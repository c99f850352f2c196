//! Signs in while planning, so that nobody learns in the middle of an apply that a cloud does not know them.

use std::collections::BTreeSet;

use crosscloud_cloud::{Api, CancellationToken, Cloud, Context};
use crosscloud_trust::Graph;
use futures::future::join_all;
use tfplugin::Diagnostics;

use crate::diagnostics;
use crate::shared::Shared;

/// What is wrong with the credentials for the clouds that the graph touches.
pub(super) async fn check(shared: &Shared, graph: &Graph, cancel: &CancellationToken) -> Diagnostics {
    let mut found = Diagnostics::new();
    if !shared.can_sign_in() {
        return found;
    }
    let context = Context::new().with_cancel(cancel.clone());
    let clouds: BTreeSet<Cloud> = graph.nodes().keys().filter_map(|key| cloud_of(key)).collect();
    let tries = clouds.iter().map(|cloud| async {
        match cloud {
            Cloud::Google => shared.google.transport().sign_in(Api::Iam, &context).await,
            Cloud::Azure => shared.azure.transport().sign_in(Api::AzureResourceManager, &context).await,
            // Keys are no answer of AWS's: only a call shows whether it takes them.
            Cloud::Aws => shared.aws.caller_identity(&context).await.map(|_| ()),
        }
    });
    for (cloud, tried) in clouds.iter().zip(join_all(tries).await) {
        if let Err(error) = tried {
            found.push(diagnostics::of_error(&format!("Cannot sign in to {cloud}"), &error.into()));
        }
    }
    found
}

/// The cloud that an object is in, which its key begins with.
fn cloud_of(key: &str) -> Option<Cloud> {
    match key.split('/').next()? {
        "gcp" => Some(Cloud::Google),
        "azure" => Some(Cloud::Azure),
        "aws" => Some(Cloud::Aws),
        _ => None,
    }
}
