//! `gcloud access-context-manager`: a perimeter with the ingress that the exchange of tokens needs, and one on trial.

use super::{Gcloud, by_hand};
use crate::client::NUMBER;

const INGRESS: &str = "
- ingressFrom:
    identityType: ANY_IDENTITY
    sources:
    - accessLevel: '*'
  ingressTo:
    operations:
    - serviceName: sts.googleapis.com
      methodSelectors:
      - method: '*'
    resources:
    - '*'
";

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_draws_a_perimeter() {
    if let Some(cloud) = by_hand(commands).await {
        assert_eq!(
            cloud.objects("gcp/service_perimeter").await,
            ["accessPolicies/456700000022/servicePerimeters/trial live"]
        );
    }
}

fn commands(gcloud: &Gcloud) {
    let listed = gcloud.run(&["access-context-manager", "policies", "list", "--organization=123456789012"]);
    assert_eq!(listed[0]["name"], "accessPolicies/456700000022");
    let perimeters = |verb: &str, rest: &[&str]| {
        gcloud.run(&[&["access-context-manager", "perimeters", verb], rest, &["--policy=456700000022"]].concat())
    };
    let ingress = format!("--ingress-policies={}", gcloud.file("ingress.yaml", INGRESS));
    let resources = format!("--resources=projects/{NUMBER}");
    let services = "--restricted-services=aiplatform.googleapis.com,sts.googleapis.com";
    perimeters("create", &["ai", "--title=AI", &resources, services, &ingress]);
    perimeters("update", &["ai", "--add-restricted-services=iamcredentials.googleapis.com"]);
    let shown = perimeters("describe", &["ai"]);
    assert_eq!(shown["status"]["restrictedServices"].as_array().unwrap().len(), 3, "{shown}");
    assert_eq!(shown["status"]["ingressPolicies"][0]["ingressFrom"]["identityType"], "ANY_IDENTITY");
    perimeters("delete", &["ai"]);
    let resources = format!("--perimeter-resources=projects/{NUMBER}");
    let trial = ["create", "trial", "--perimeter-title=Trial", "--perimeter-type=regular", &resources];
    perimeters("dry-run", &[trial.as_slice(), &["--perimeter-restricted-services=aiplatform.googleapis.com"]].concat());
    let shown = perimeters("describe", &["trial"]);
    assert_eq!(shown["useExplicitDryRunSpec"], true, "{shown}");
    assert!(shown["status"]["resources"].is_null());
}
