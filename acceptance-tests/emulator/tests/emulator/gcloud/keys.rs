//! `gcloud kms`: a key that Vertex AI may use, as the guides make it, with the service agent made sure of first.

use super::{Gcloud, by_hand};
use crate::client::NUMBER;

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_makes_a_key_for_vertex_ai() {
    if let Some(cloud) = by_hand(commands).await {
        assert_eq!(cloud.objects("gcp/key").await.len(), 1);
        assert_eq!(cloud.objects("gcp/grant").await.len(), 1);
    }
}

fn commands(gcloud: &Gcloud) {
    let place = ["--keyring=healthcare-ml-keyring", "--location=us-central1"];
    gcloud.run(&["services", "enable", "cloudkms.googleapis.com", "aiplatform.googleapis.com"]);
    gcloud.run(&["kms", "keyrings", "create", "healthcare-ml-keyring", place[1]]);
    let next = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(90 * 24);
    let next = format!("--next-rotation-time={}", next.strftime("%Y-%m-%dT%H:%M:%SZ"));
    let create =
        ["kms", "keys", "create", "vertex-artifacts-key", "--purpose=encryption", "--rotation-period=90d", &next];
    gcloud.run(&[create.as_slice(), &place].concat());
    let key = gcloud.run(&[["kms", "keys", "describe", "vertex-artifacts-key"].as_slice(), &place].concat());
    assert_eq!((key["rotationPeriod"].as_str(), key["purpose"].as_str()), (Some("7776000s"), Some("ENCRYPT_DECRYPT")));

    let agent = format!("--member=serviceAccount:service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com");
    let role = "--role=roles/cloudkms.cryptoKeyEncrypterDecrypter";
    let bind = ["kms", "keys", "add-iam-policy-binding", "vertex-artifacts-key", &agent, role];
    let bind = [bind.as_slice(), &place].concat();
    assert!(gcloud.refused(&bind).contains("does not exist"));
    gcloud.run(&["beta", "services", "identity", "create", "--service=aiplatform.googleapis.com"]);
    let policy = gcloud.run(&bind);
    assert_eq!(policy["bindings"][0]["members"][0].as_str(), agent.strip_prefix("--member="));

    let plain = gcloud.file("plain", "hello");
    let sealed = gcloud.file("sealed", "");
    let files = [
        format!("--plaintext-file={plain}"),
        format!("--ciphertext-file={sealed}"),
        String::from("--key=vertex-artifacts-key"),
    ];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    gcloud.run(&[&["kms", "encrypt"], files.as_slice(), &place].concat());
    std::fs::write(&plain, "").unwrap();
    gcloud.run(&[&["kms", "decrypt"], files.as_slice(), &place].concat());
    assert_eq!(std::fs::read_to_string(&plain).unwrap(), "hello");

    let destroy = ["kms", "keys", "versions", "destroy", "1", "--key=vertex-artifacts-key"];
    assert_eq!(gcloud.run(&[destroy.as_slice(), &place].concat())["state"], "DESTROY_SCHEDULED");
}
