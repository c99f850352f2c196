//! AWS's own command line.

use std::process::Command;

use serde_json::{Value, json};

use crate::aws_cli;
use crate::command::{Stage, json_of, refusal_of};

const ACCOUNT: &str = "123456789012";

struct Aws {
    stage: Stage,
    keys: Vec<(&'static str, String)>,
}

impl Aws {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("aws");
        command.args(arguments);
        aws_cli::configure(&mut command, &self.stage.folder, &self.stage.running.http);
        command.envs(self.keys.iter().map(|(name, value)| (*name, value)));
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Value {
        json_of(&mut self.command(arguments))
    }
}

/// Pattern 1 of the second document: the role, but with a trust policy that is about who may run as it. Then what a transfer needs: a role
/// that Google's agent assumes by its numeric id.
pub(crate) fn set_up() {
    let keys = aws_cli::OPERATOR.map(|(name, value)| (name, value.to_owned())).into();
    let mut aws = Aws { stage: Stage::new("aws"), keys };
    assert_eq!(aws.run(&["sts", "get-caller-identity"])["Account"], ACCOUNT);

    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }, "Action": "sts:AssumeRole",
    }] });
    let trust = format!("file://{}", aws.stage.file("trust-policy.json", &trust.to_string()));
    let role =
        aws.run(&["iam", "create-role", "--role-name", "ml-training-role", "--assume-role-policy-document", &trust]);
    assert_eq!(role["Role"]["Arn"], format!("arn:aws:iam::{ACCOUNT}:role/ml-training-role"));
    let again = aws.command(&[
        "iam",
        "create-role",
        "--role-name",
        "ml-training-role",
        "--assume-role-policy-document",
        &trust,
    ]);
    assert!(refusal_of(&mut { again }).contains("EntityAlreadyExists"));
    let shown = aws.run(&["iam", "get-role", "--role-name", "ml-training-role"]);
    assert_eq!(shown["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Action"], "sts:AssumeRole");

    agent_role(&aws);
    github_role(&aws);

    let role = format!("arn:aws:iam::{ACCOUNT}:role/ml-training-role");
    let session = aws.run(&["sts", "assume-role", "--role-arn", &role, "--role-session-name", "job"]);
    let of = |name: &str| session["Credentials"][name].as_str().unwrap().to_owned();
    aws.keys = vec![
        ("AWS_ACCESS_KEY_ID", of("AccessKeyId")),
        ("AWS_SECRET_ACCESS_KEY", of("SecretAccessKey")),
        ("AWS_SESSION_TOKEN", of("SessionToken")),
    ];
    let who = aws.run(&["sts", "get-caller-identity"]);
    assert_eq!(who["Arn"], format!("arn:aws:sts::{ACCOUNT}:assumed-role/ml-training-role/job"));
    let denied = refusal_of(&mut aws.command(&["iam", "list-roles"]));
    assert!(denied.contains("AccessDenied"), "{denied}");
}

/// Google's transfer agent reads a bucket through a role that trusts its numeric id.
fn agent_role(aws: &Aws) {
    const AGENT: &str = "117000000000000000001";
    aws.run(&["s3api", "create-bucket", "--bucket", "training-data"]);
    let body = aws.stage.file("part-1", "one,two\n");
    aws.run(&["s3api", "put-object", "--bucket", "training-data", "--key", "2025/part 1:a.csv", "--body", &body]);
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Federated": "accounts.google.com" }, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": { "accounts.google.com:sub": AGENT } },
    }] });
    let read = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["arn:aws:s3:::training-data", "arn:aws:s3:::training-data/*"],
    }] });
    let (trust, read) = (trust.to_string(), read.to_string());
    aws.run(&["iam", "create-role", "--role-name", "sts-transfer-role", "--assume-role-policy-document", &trust]);
    aws.run(&[
        "iam",
        "put-role-policy",
        "--role-name",
        "sts-transfer-role",
        "--policy-name",
        "read",
        "--policy-document",
        &read,
    ]);
    let policy = aws.run(&["iam", "get-role-policy", "--role-name", "sts-transfer-role", "--policy-name", "read"]);
    assert_eq!(policy["PolicyDocument"]["Statement"][0]["Effect"], "Allow");
    let order = json!({ "issuer": "https://accounts.google.com", "subject": AGENT, "audience": AGENT });
    let token = aws.stage.token(&order);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/sts-transfer-role");
    let assume = [
        "sts",
        "assume-role-with-web-identity",
        "--role-session-name",
        "transfer",
        "--role-arn",
        &role,
        "--web-identity-token",
        &token,
    ];
    let session = aws.run(&assume);
    assert_eq!(session["Provider"], "accounts.google.com");
    let listed = aws.run(&["s3api", "list-objects-v2", "--bucket", "training-data", "--prefix", "2025/"]);
    assert_eq!(listed["Contents"][0]["Key"], "2025/part 1:a.csv");
}

/// A repository of GitHub, trusted by its exact subject.
fn github_role(aws: &Aws) {
    const ISSUER: &str = "https://token.actions.githubusercontent.com";
    let provider =
        aws.run(&["iam", "create-open-id-connect-provider", "--url", ISSUER, "--client-id-list", "sts.amazonaws.com"]);
    let arn = provider["OpenIDConnectProviderArn"].as_str().unwrap();
    let shown = aws.run(&["iam", "get-open-id-connect-provider", "--open-id-connect-provider-arn", arn]);
    assert_eq!(
        (&shown["Url"], &shown["ClientIDList"]),
        (&json!("token.actions.githubusercontent.com"), &json!(["sts.amazonaws.com"]))
    );
    let statement = |condition: Value| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Federated": arn }, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
        }] })
        .to_string()
    };
    let open = statement(json!({ "StringEquals": { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" } }));
    let create = |policy: &str| {
        aws.command(&["iam", "create-role", "--role-name", "deploy", "--assume-role-policy-document", policy])
    };
    assert!(refusal_of(&mut create(&open)).contains("MalformedPolicyDocument"));
    let exact = statement(json!({ "StringEquals": {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:octo@1/site@2:ref:refs/heads/main",
    } }));
    json_of(&mut create(&exact));
    assert_eq!((aws.stage.count("aws/role"), aws.stage.count("aws/oidc_provider")), (3, 1));
}
