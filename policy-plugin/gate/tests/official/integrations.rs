//! The integrations that the guide shows, run as far as they can be here: their files are read by a reader of YAML or HCL, and the commands in
//! them run on plans, with a stand-in for terraform.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::fetched::Validator;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder with plans, a terraform that shows one of them, and the gate on its PATH.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let member = |who: &str| {
            json!({"format_version": "1.2", "resource_changes": [{"address": "google_project_iam_member.it", "mode": "managed",
                "type": "google_project_iam_member", "name": "it", "change": {"actions": ["create"], "after_unknown": {},
                "after": {"project": "p", "role": "roles/viewer", "member": who}}}]})
            .to_string()
        };
        std::fs::write(folder.path().join("open.json"), member("allUsers"))?;
        std::fs::write(folder.path().join("sound.json"), member("user:ana@example.com"))?;
        std::fs::create_dir(folder.path().join("bin"))?;
        // `show -json` prints the plan of this test, and everything else is done at once.
        let terraform = folder.path().join("bin/terraform");
        std::fs::write(&terraform, "#!/bin/sh\n[ \"$1\" != show ] || cat \"$STAND_IN_PLAN\"\n")?;
        executable(&terraform)?;
        Ok(Self { folder })
    }

    /// Runs a script of bash with this plan to show.
    fn run(&self, script: &str, plan: &str, variables: &[(&str, &str)]) -> Result<Output, Failed> {
        let gate = Path::new(env!("CARGO_BIN_EXE_crosscloud-gate")).parent().unwrap_or(Path::new(""));
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{}:{path}", self.folder.path().join("bin").display(), gate.display());
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", script]).current_dir(self.folder.path()).env("PATH", path);
        command.env("STAND_IN_PLAN", self.folder.path().join(plan)).env_remove("CROSSCLOUD_POLICY_FILE");
        Ok(command.envs(variables.iter().copied()).output()?)
    }

    /// A script denies the open plan and lets the sound one through.
    fn decides(&self, script: &str, variables: &[(&str, &str)]) -> Result<(), Failed> {
        for (plan, code) in [("open.json", 1), ("sound.json", 0)] {
            let with = [variables, &[("PLAN", plan), ("SHOWFILE", plan)]].concat();
            let output = self.run(script, plan, &with)?;
            if output.status.code() != Some(code) {
                let said = String::from_utf8_lossy(&output.stderr);
                return Err(format!("{script}\nends with {} on {plan}: {said}", output.status).into());
            }
        }
        Ok(())
    }

    fn holds(&self, file: &str, text: &str) -> Result<(), Failed> {
        let written = std::fs::read_to_string(self.folder.path().join(file))?;
        if written.contains(text) { Ok(()) } else { Err(format!("{file} does not hold {text}: {written}").into()) }
    }
}

/// Every block of the guide in a language, below a heading.
fn block(heading: &str, language: &str) -> Result<String, Failed> {
    let guide = std::fs::read_to_string(root().join("docs/guides/gate.md"))?;
    let section = guide.split("\n## ").find(|section| section.starts_with(heading)).ok_or("the section is missing")?;
    let block = section.split(&format!("```{language}\n")).nth(1).and_then(|rest| rest.split("```").next());
    Ok(block.ok_or("the block is missing")?.to_owned())
}

/// The inputs of the action, as a workflow hands them over.
pub(crate) fn github_action(validator: &Validator) -> Result<(), Failed> {
    let action = validator.yaml(&std::fs::read_to_string(root().join(".github/actions/gate/action.yml"))?)?;
    let steps = action["runs"]["steps"].as_array().ok_or("the action has no steps")?;
    let scripts: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    if action["runs"]["using"] != "composite" || steps.iter().any(|step| step["shell"] != "bash") {
        return Err("each step of a composite action names its shell".into());
    }
    if scripts.iter().any(|script| script.contains("${{")) {
        return Err("an input in a script could be a command".into());
    }
    let defaults = |name: &str| action["inputs"][name]["default"].as_str().unwrap_or_default();
    let variables: Vec<(&str, &str)> = steps
        .iter()
        .filter_map(|step| step["env"].as_object())
        .flatten()
        .filter_map(|(name, value)| {
            let input = value.as_str()?.strip_prefix("${{ inputs.")?.strip_suffix(" }}")?;
            assert!(action["inputs"].get(input).is_some(), "there is no input {input}");
            Some((name.as_str(), defaults(input)))
        })
        .filter(|(name, _)| *name != "PLAN")
        .chain([("GITHUB_STEP_SUMMARY", "summary.md"), ("ACTION", "nowhere")])
        .collect();
    let bench = Bench::new()?;
    for script in &scripts[..scripts.len() - 1] {
        // The gate is there already, so there is nothing to build.
        if !bench.run(script, "open.json", &variables)?.status.success() {
            return Err("an installed gate is built again".into());
        }
    }
    let judge = scripts.last().ok_or("the action has no script")?;
    bench.decides(judge, &variables)?;
    bench.holds("summary.md", "crosscloud-gate: denied")?;
    bench.holds("crosscloud-gate.sarif", "\"version\": \"2.1.0\"")?;
    let denied = bench.run(judge, "open.json", &[&variables[..], &[("PLAN", "open.json")]].concat())?;
    if !String::from_utf8_lossy(&denied.stdout).starts_with("::error title=gcp-member-public") {
        return Err("the action annotates nothing".into());
    }
    let workflow = validator.yaml(&block("GitHub Actions", "yaml")?)?;
    let used = workflow["jobs"]["plan"]["steps"].as_array().into_iter().flatten().any(|step| {
        step["uses"].as_str().is_some_and(|uses| uses.contains("/.github/actions/gate@"))
            && step["with"]["plan"] == "plan.json"
    });
    if used { Ok(()) } else { Err("the guide does not use the action".into()) }
}

pub(crate) fn gitlab(validator: &Validator) -> Result<(), Failed> {
    let file = validator.yaml(&block("GitLab CI", "yaml")?)?;
    let bench = Bench::new()?;
    bench.decides(&lines(&file["gate"]["script"])?, &[])?;
    bench.holds(file["gate"]["artifacts"]["reports"]["junit"].as_str().unwrap_or_default(), "<testsuites")?;
    bench.holds(file["gate"]["artifacts"]["paths"][0].as_str().unwrap_or_default(), "crosscloud-gate")
}

pub(crate) fn atlantis(validator: &Validator) -> Result<(), Failed> {
    let file = validator.yaml(&block("Atlantis", "yaml")?)?;
    let steps = file["workflows"]["default"]["plan"]["steps"].as_array().cloned().unwrap_or_default();
    let run = steps.iter().find_map(|step| step["run"].as_str()).ok_or("no step runs anything")?;
    Bench::new()?.decides(run, &[])
}

pub(crate) fn terragrunt(_: &Validator) -> Result<(), Failed> {
    let text = block("Terragrunt", "hcl")?;
    let body = hcl_edit::parser::parse_body(&text).map_err(|error| error.to_string())?;
    let hook = body.get_blocks("terraform").next().and_then(|block| block.body.get_blocks("after_hook").next());
    let execute = hook.and_then(|hook| hook.body.get_attribute("execute")).ok_or("there is no hook")?;
    let words: Vec<String> = execute
        .value
        .as_array()
        .into_iter()
        .flat_map(|words| words.iter())
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect();
    let [shell, option, script] = &words[..] else { return Err("the hook runs something else".into()) };
    if (shell.as_str(), option.as_str()) != ("bash", "-c") {
        return Err("the hook runs something else".into());
    }
    Bench::new()?.decides(script, &[])
}

pub(crate) fn pre_commit(validator: &Validator) -> Result<(), Failed> {
    let hooks = validator.yaml(&std::fs::read_to_string(root().join(".pre-commit-hooks.yaml"))?)?;
    let hook = |id: &str| {
        let found = hooks.as_array().into_iter().flatten().find(|hook| hook["id"] == id).cloned();
        found.ok_or_else(|| Failed::from(format!("there is no hook {id}")))
    };
    let bench = Bench::new()?;
    let entry = |hook: &Value| hook["entry"].as_str().unwrap_or_default().to_owned();
    let check = entry(&hook("crosscloud-gate")?);
    bench.decides(&format!("{check} \"$PLAN\""), &[])?;
    // One denied plan among many denies the commit.
    let both = bench.run(&format!("{check} open.json sound.json"), "open.json", &[])?;
    if both.status.code() != Some(1) {
        return Err("a denied plan gets lost among others".into());
    }
    let tests = bench.folder.path().join("policies/tests/public");
    std::fs::create_dir_all(&tests)?;
    std::fs::copy(bench.folder.path().join("open.json"), tests.join("plan.json"))?;
    std::fs::write(tests.join("expected.json"), r#"{"findings": [{"rule": "gcp-member-public"}]}"#)?;
    let guide = validator.yaml(&block("pre-commit", "yaml")?)?;
    let folder = guide["repos"][0]["hooks"][1]["args"][0].as_str().unwrap_or_default();
    let output = bench.run(&format!("{} {folder}", entry(&hook("crosscloud-gate-test")?)), "open.json", &[])?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned().into()) }
}

/// The first commands of the guide, and those on baselines and waivers.
pub(crate) fn commands(_: &Validator) -> Result<(), Failed> {
    let bench = Bench::new()?;
    bench.decides(&block_at_the_top()?, &[])?;
    std::fs::copy(bench.folder.path().join("open.json"), bench.folder.path().join("plan.json"))?;
    let output = bench.run(&block("Begin with a baseline", "sh")?, "open.json", &[])?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned().into()) }
}

fn block_at_the_top() -> Result<String, Failed> {
    let guide = std::fs::read_to_string(root().join("docs/guides/gate.md"))?;
    let block = guide.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    Ok(block.ok_or("the block is missing")?.to_owned())
}

fn lines(script: &Value) -> Result<String, Failed> {
    let lines: Vec<&str> = script.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if lines.is_empty() { Err("there is no script".into()) } else { Ok(lines.join("\n")) }
}

#[cfg(unix)]
fn executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}
