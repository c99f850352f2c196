//! Every cell of the map: planned, applied, settled, used by its workload, tried by strangers, imported and destroyed; or refused while planning.

use acceptance_tests::aws::{self, Session};
use acceptance_tests::matrix::{CELLS, Cell, Import, Outcome};
use acceptance_tests::suite::Suite;
use acceptance_tests::workload::{TENANT, arm, ask_azure_openai};
use acceptance_tests::{Emulator, Scenario, google, story};
use serde_json::{Value, json};

use crate::rows;

const ADDRESS: &str = "crosscloud_trust.cell";

pub(crate) fn add(suite: &mut Suite) {
    for cell in CELLS {
        let name = format!("matrix::{}_to_{}", cell.source, cell.target);
        suite.test(&name, move || match cell.outcome {
            Outcome::Works { import, .. } => works(cell, import),
            Outcome::Refused { says, .. } => refused(cell, says),
        });
    }
}

fn refused(cell: &Cell, says: &str) {
    let scenario = Scenario::new("refused");
    scenario.write("main.tf", &cell.configuration());
    scenario.plan().error_at(&format!("to.{}", cell.target), says).provider_behaved();
}

fn works(cell: &Cell, import: Import) {
    let mut scenario = Scenario::new("cell");
    let sessions = (cell.source == "aws_role").then(|| {
        let session = |role| Session::of_new_role(scenario.clouds(), role, "i-0123456789abcdef0");
        (session("ml-training-role"), session("ml-training-role-2"))
    });
    if cell.target == "aws" {
        aws::bucket(scenario.clouds(), "ml-data");
        aws::object(scenario.clouds(), "ml-data", "model.bin", "weights");
    }
    scenario.begins_here();
    scenario.write("main.tf", &cell.configuration());
    scenario.plan().has_changes().provider_behaved();
    assert_eq!(scenario.planned_actions(ADDRESS), ["create"]);
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();

    let trust = scenario.resource(ADDRESS);
    let way = Way { scenario: &scenario, cell, trust: &trust, sessions: sessions.as_ref() };
    way.is_open(&way.genuine());
    for stranger in way.strangers() {
        way.is_shut(&stranger);
    }
    match import {
        Import::Ids(id) => rows::imports(&scenario, ADDRESS, id),
        Import::Lacks(_) => {}
    }
    // A switch in place, and back.
    let shut = "name = \"map-trust\"\n  disabled = true";
    scenario.edit("main.tf", "name = \"map-trust\"", shut);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    way.is_shut(&way.genuine());
    scenario.edit("main.tf", shut, "name = \"map-trust\"");
    scenario.apply().succeeds().provider_behaved();
    way.is_open(&way.genuine());
    scenario.ends_clean();
}

/// What a workload of the cell has in hand.
struct Way<'a> {
    scenario: &'a Scenario,
    cell: &'a Cell,
    trust: &'a Value,
    sessions: Option<&'a (Session, Session)>,
}

impl Way<'_> {
    fn clouds(&self) -> &Emulator {
        self.scenario.clouds()
    }

    fn text(&self, attribute: &str) -> &str {
        self.trust[attribute].as_str().unwrap_or_default()
    }

    /// Asks the target with a token of the source, the whole way.
    fn asks(&self, token: &str) -> Result<String, String> {
        match self.cell.target {
            "gcp" => google::ask(self.clouds(), &self.config(), token, story::PROJECT, "Who are you?")
                .map_err(|refusal| refusal.to_string()),
            "azure" => ask_azure_openai(self.clouds(), self.text("client_id"), token, "Who are you?")
                .map_err(|answer| answer.body.to_string()),
            _ => aws::read(self.clouds(), self.text("role_arn"), token, "/ml-data/model.bin")
                .map_err(|answer| answer.body.to_string()),
        }
    }

    #[track_caller]
    fn is_open(&self, token: &str) {
        let answer = self.asks(token);
        assert!(answer.is_ok(), "the workload stays outside: {answer:?}");
    }

    #[track_caller]
    fn is_shut(&self, token: &str) {
        let answer = self.asks(token);
        assert!(answer.is_err(), "somebody else gets in: {answer:?}");
    }

    /// The credential configuration; HCP Terraform makes its own of the workspace's variables.
    fn config(&self) -> Value {
        if self.cell.source != "terraform_cloud" {
            return serde_json::from_str(self.text("credential_config")).expect("the configuration is JSON");
        }
        let variable = |name: &str| self.trust["environment"][name].as_str().unwrap_or_default().to_owned();
        assert_eq!(variable("TFC_GCP_PROVIDER_AUTH"), "true");
        json!({
            "type": "external_account",
            "audience": format!("//iam.googleapis.com/{}", variable("TFC_GCP_WORKLOAD_PROVIDER_NAME")),
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": "https://sts.googleapis.com/v1/token",
            "service_account_impersonation_url": format!(
                "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{}:generateAccessToken",
                variable("TFC_GCP_RUN_SERVICE_ACCOUNT_EMAIL")
            ),
        })
    }

    /// The workload's own token.
    fn genuine(&self) -> String {
        match (self.cell.source, self.sessions) {
            ("aws_role", Some((role, _))) => self.of_role(role),
            ("azure_managed_identity", _) => self.clouds().token(&self.identity(&self.made_identity())),
            _ => self.clouds().token(&self.order(&json!({}))),
        }
    }

    /// Tokens that are wrong in one way each: of a neighbour, of whoever took over a name, for somebody else, of another issuer.
    fn strangers(&self) -> Vec<String> {
        let mut orders = match (self.cell.source, self.sessions) {
            ("aws_role", Some((_, other))) => return vec![self.of_role(other)],
            ("azure_managed_identity", _) => vec![self.identity(&json!({
                "principalId": "99999999-0000-4000-8000-000000000001",
                "clientId": "99999999-0000-4000-8000-000000000002",
            }))],
            ("aks" | "kubernetes", _) => {
                vec![self.order(&json!({"service_account": "intruder"})), self.order(&json!({"namespace": "other"}))]
            }
            ("github_actions", _) => {
                vec![self.order(&json!({"environment": "staging"})), self.order(&json!({"repository": "other"}))]
            }
            ("gitlab", _) => vec![
                self.order(&json!({"reference": "evil", "ref": "evil"})),
                self.order(&json!({"project_path": "evil/team/app"})),
            ],
            ("terraform_cloud", _) => {
                vec![self.order(&json!({"workspace": "staging"})), self.order(&json!({"organization": "evil"}))]
            }
            ("gcp_service_account", _) => vec![self.order(&json!({"unique_id": "104857600000000000002"}))],
            _ => {
                let mut other = self.order(&json!({}));
                other["subject"] = json!("billing-2");
                vec![other]
            }
        };
        // Names that somebody took over have other ids; only Google and, for GitHub, AWS are told both.
        let ids = match (self.cell.source, self.cell.target) {
            ("github_actions", "gcp" | "aws") => Some(json!({"repository_id": 2002})),
            ("gitlab", "gcp") => Some(json!({"project_id": 2002})),
            ("terraform_cloud", "gcp") => Some(json!({"workspace_id": "ws-9vil9vil9vil9vil"})),
            _ => None,
        };
        orders.extend(ids.map(|ids| self.order(&ids)));
        let genuine = match self.cell.source {
            "azure_managed_identity" => self.identity(&self.made_identity()),
            _ => self.order(&json!({})),
        };
        let wrong = |field: &str, value: &str| {
            let mut order = genuine.clone();
            order[field] = json!(value);
            order
        };
        orders.push(wrong("audience", "https://somebody-else.example.com"));
        orders.push(wrong("issuer", "https://evil.example.com"));
        orders.push(wrong("signed_by", "https://evil.example.com"));
        orders.iter().map(|order| self.clouds().token(order)).collect()
    }

    /// What the issuer is asked for, with some facts about the workload otherwise.
    fn order(&self, otherwise: &Value) -> Value {
        let mut order = json!({"audience": self.text("audience")});
        let mut workload = match self.cell.source {
            "aks" | "kubernetes" => {
                order["issuer"] = json!(self.text("issuer"));
                json!({"kind": "kubernetes", "namespace": "chat", "service_account": "backend"})
            }
            "github_actions" => json!({
                "kind": "github_actions", "owner": "octo-org", "owner_id": 1001, "repository": "app", "repository_id": 2001,
                "environment": "production",
            }),
            "gitlab" => {
                json!({"kind": "gitlab", "project_path": "octo/team/app", "project_id": 2001, "namespace_id": 1001})
            }
            "terraform_cloud" => json!({
                "kind": "terraform_cloud", "organization": "octo", "organization_id": "org-Ab1Cd2Ef3Gh4Ij5K",
                "workspace": "prod", "workspace_id": "ws-Ab1Cd2Ef3Gh4Ij5K",
            }),
            "gcp_service_account" => json!({"kind": "google_service_account", "unique_id": "104857600000000000001"}),
            _ => {
                order["issuer"] = json!("https://id.example.com");
                order["subject"] = json!("billing");
                return order;
            }
        };
        for (name, value) in otherwise.as_object().into_iter().flatten().filter(|(name, _)| *name != "reference") {
            workload[name] = value.clone();
        }
        order["workload"] = workload;
        order
    }

    /// The identity that the trust made.
    fn made_identity(&self) -> Value {
        let id = self.trust["objects"]["azure/identity"]["id"].as_str().expect("the trust made an identity");
        arm(self.clouds(), id, "2024-11-30")["properties"].clone()
    }

    fn identity(&self, properties: &Value) -> Value {
        json!({
            "audience": self.text("audience"),
            "workload": {
                "kind": "azure_managed_identity",
                "tenant_id": TENANT,
                "object_id": properties["principalId"],
                "client_id": properties["clientId"],
            },
        })
    }

    fn of_role(&self, session: &Session) -> String {
        match self.cell.target {
            "gcp" => session.subject_token(&self.config()),
            // A role that may not ask for a token has none, which is as good as a wrong one.
            _ => session.web_identity_token(self.clouds(), self.text("audience")).unwrap_or_default(),
        }
    }
}
