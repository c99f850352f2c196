//! HCP Terraform: it vouches for the runs of a workspace. Names of organisations and workspaces change hands, so both are known by their ids
//! wherever a target looks at single claims.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::import::{Evidence, known};
use crate::leaf::{Leaf, Text};
use crate::names::cel_string;
use crate::problem::Problem;
use crate::source::{Accepted, Identity, Selector, TokenDelivery, Tokens};

const ORGANIZATION: &str = "from.terraform_cloud.organization";
const ORGANIZATION_ID: &str = "from.terraform_cloud.organization_id";
const PROJECT: &str = "from.terraform_cloud.project";
const WORKSPACE: &str = "from.terraform_cloud.workspace";
const WORKSPACE_ID: &str = "from.terraform_cloud.workspace_id";
const RUN_PHASE: &str = "from.terraform_cloud.run_phase";
const ISSUER: &str = "from.terraform_cloud.issuer";

/// HCP Terraform's issuer outside of Europe.
pub(crate) const TERRAFORM: &str = "https://app.terraform.io";
/// HCP Terraform's issuer in Europe.
const TERRAFORM_EUROPE: &str = "https://app.eu.terraform.io";
/// The project that workspaces are in unless somebody says otherwise.
const DEFAULT_PROJECT: &str = "Default Project";
const PHASES: [&str; 2] = ["plan", "apply"];

/// A run of HCP Terraform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerraformCloud {
    /// Name of the organisation.
    pub organization: Text,
    /// Its id.
    pub organization_id: Text,
    /// Name of the project, where it is not the default one.
    pub project: Option<Text>,
    /// Name of the workspace.
    pub workspace: Text,
    /// Its id.
    pub workspace_id: Text,
    /// Phase of the run; both where there is none.
    pub run_phase: Option<Text>,
    /// Issuer, where it is not the usual one.
    pub issuer: Option<Text>,
}

pub(super) fn identity(it: &TerraformCloud) -> Identity {
    let issuer = it.issuer.clone().unwrap_or_else(|| Text::of(TERRAFORM));
    let project = it.project.clone().unwrap_or_else(|| Text::of(DEFAULT_PROJECT));
    let phases = match &it.run_phase {
        Some(phase) => vec![phase.clone()],
        None => PHASES.map(Text::of).to_vec(),
    };
    let subject = |phase: &Text| {
        Text::concat([
            "organization:".into(),
            it.organization.piece(),
            ":project:".into(),
            project.piece(),
            ":workspace:".into(),
            it.workspace.piece(),
            ":run_phase:".into(),
            phase.piece(),
        ])
    };
    let subjects: Vec<_> = phases.iter().map(subject).collect();
    let literals: Option<Vec<_>> = subjects.iter().map(|it| it.known().map(|it| cel_string(it))).collect();
    let condition = match (it.organization_id.known(), it.workspace_id.known(), literals) {
        (Some(organization), Some(workspace), Some(literals)) => Text::of(format!(
            "assertion.terraform_organization_id == {} && assertion.terraform_workspace_id == {} && assertion.sub in [{}]",
            cel_string(organization),
            cel_string(workspace),
            literals.join(", ")
        )),
        _ => Leaf::Unknown,
    };
    let claims = phases.iter().zip(&subjects).map(|(phase, subject)| {
        let (organization, workspace) = (it.organization.known()?, it.workspace.known()?);
        let all: [(&str, Value); 8] = [
            ("iss", json!(issuer.known()?)),
            ("sub", json!(subject.known()?)),
            ("terraform_organization_id", json!(it.organization_id.known()?)),
            ("terraform_organization_name", json!(organization)),
            ("terraform_project_name", json!(project.known()?)),
            ("terraform_workspace_id", json!(it.workspace_id.known()?)),
            ("terraform_workspace_name", json!(workspace)),
            ("terraform_run_phase", json!(phase.known()?)),
        ];
        Some(all.map(|(name, value)| (name.to_owned(), value)).into())
    });
    let claims: Option<Vec<BTreeMap<String, Value>>> = claims.collect();
    Identity {
        tokens: Tokens::Oidc { issuers: Accepted::one(issuer), audience: None, jwks: None },
        condition,
        selectors: subjects.iter().cloned().map(Selector::Subject).collect(),
        subjects,
        pins: BTreeMap::new(),
        issuer_path: if it.issuer.is_some() { ISSUER } else { "from.terraform_cloud" },
        subject_path: if it.run_phase.is_some() { RUN_PHASE } else { WORKSPACE },
        attribute_mapping: BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]),
        claims: claims.map_or(Leaf::Unknown, Leaf::Known),
        delivery: TokenDelivery::TerraformRun,
        after: Vec::new(),
    }
}

/// The source that the evidence speaks of. Its ids stand only in the condition of Google's provider.
pub(crate) fn recognise(evidence: &Evidence<'_>) -> Result<TerraformCloud, &'static str> {
    let subjects = evidence.subjects();
    let parsed: Vec<_> = subjects.iter().filter_map(|subject| parse_subject(subject)).collect();
    let [organization, project, workspace, phase] = *parsed.first().ok_or(
        "no binding, no credential and no trust policy has a subject like `organization:NAME:project:NAME:workspace:NAME:run_phase:PHASE`",
    )?;
    let id = |claim: &str| evidence.quoted(&format!("assertion.{claim} == ")).map_or(Leaf::Unknown, known);
    let both = parsed.iter().any(|it| it[3] != phase);
    Ok(TerraformCloud {
        organization: known(organization),
        organization_id: id("terraform_organization_id"),
        project: (project != DEFAULT_PROJECT).then(|| known(project)),
        workspace: known(workspace),
        workspace_id: id("terraform_workspace_id"),
        run_phase: (!both).then(|| known(phase)),
        issuer: evidence.issuer().filter(|issuer| *issuer != TERRAFORM).map(known),
    })
}

/// Organisation, project, workspace and phase.
fn parse_subject(subject: &str) -> Option<[&str; 4]> {
    let (organization, rest) = subject.strip_prefix("organization:")?.split_once(":project:")?;
    let (project, rest) = rest.split_once(":workspace:")?;
    let (workspace, phase) = rest.split_once(":run_phase:")?;
    Some([organization, project, workspace, phase])
}

pub(super) fn problems(it: &TerraformCloud) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut check = |path: &str, value: Option<&Text>, summary: &str, fault: &dyn Fn(&str) -> Option<String>| {
        if let Some(value) = value.and_then(Leaf::known)
            && let Some(fault) = fault(value)
        {
            problems.push(Problem::at(path, summary, format!("`{}` cannot be one: {fault}", value.escape_debug())));
        }
    };
    check(ORGANIZATION, Some(&it.organization), "Not an organisation of HCP Terraform", &name_fault);
    check(ORGANIZATION_ID, Some(&it.organization_id), "Not the id of an organisation", &|id| {
        id_fault(id, "org-", "the organisation's settings show it")
    });
    check(PROJECT, it.project.as_ref(), "Not a project of HCP Terraform", &|name| {
        let odd = !(3..=40).contains(&name.chars().count())
            || !name.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c));
        odd.then(|| "3 to 40 letters, digits, hyphens, underscores and spaces, without wildcards.".to_owned())
    });
    check(WORKSPACE, Some(&it.workspace), "Not a workspace of HCP Terraform", &name_fault);
    check(WORKSPACE_ID, Some(&it.workspace_id), "Not the id of a workspace", &|id| {
        id_fault(id, "ws-", "the workspace's overview shows it")
    });
    check(RUN_PHASE, it.run_phase.as_ref(), "Not a phase of a run", &|phase| {
        (!PHASES.contains(&phase)).then(|| "write `plan` or `apply`, or leave it out for both.".to_owned())
    });
    check(ISSUER, it.issuer.as_ref(), "Not an issuer of HCP Terraform", &|issuer| {
        (![TERRAFORM, TERRAFORM_EUROPE].contains(&issuer))
            .then(|| format!("write `{TERRAFORM}` or `{TERRAFORM_EUROPE}`, without a slash at the end. Terraform Enterprise is an `oidc` source."))
    });
    problems
}

fn name_fault(name: &str) -> Option<String> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_".contains(&c);
    if name.contains('/') {
        return Some("write the bare name: organisation, project and workspace have an attribute each.".to_owned());
    }
    (name.is_empty() || name.len() > 90 || !name.bytes().all(plain))
        .then(|| "1 to 90 letters, digits, hyphens and underscores, without wildcards.".to_owned())
}

fn id_fault(id: &str, start: &str, place: &str) -> Option<String> {
    let rest = id.strip_prefix(start).unwrap_or_default();
    (!(10..=32).contains(&rest.len()) || !rest.bytes().all(|c| c.is_ascii_alphanumeric()))
        .then(|| format!("it begins with `{start}`; {place}."))
}
