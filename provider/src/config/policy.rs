//! The policies of the configuration and of whoever runs the pipeline, put together. Everything here fails closed: what is not known yet refuses
//! like what is broken.

use std::path::PathBuf;

use crosscloud_policy_host::{Limits, Module, PolicySet};
use crosscloud_policy_model::enforcement::{
    Choices, Enforcement, EnforcementError, Floor, Level, Tally, Waiver, WaiverState,
};
use crosscloud_policy_model::finding::Severity;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::clients::env;
use super::model::{PolicyModel, WaiverModel};
use crate::policy::{Judge, today};

/// Names the file of the floor.
const FLOOR: &str = "CROSSCLOUD_POLICY_FILE";

/// The rule about waivers that have run out.
const EXPIRED: &str = "x-waiver-expired";

/// The judge that the configuration and the floor ask for.
///
/// Waivers that have run out are told as warnings; the findings that they covered are told where they are found.
pub(super) fn judge(config: &Attr<PolicyModel>) -> Result<(Judge, Diagnostics), Diagnostics> {
    let nothing = PolicyModel::default();
    let config = match config {
        Attr::Null => &nothing,
        Attr::Known(config) => config,
        Attr::Unknown => return Err(unknown(&at("modules")).into()),
    };
    let floor = floor()?;
    let mut modules = modules(config)?;
    for module in floor.iter().flat_map(|floor| &floor.modules) {
        modules.push(Module {
            path: PathBuf::from(&module.path),
            sha256: Some(module.sha256.clone()),
            settings: module.settings.clone(),
        });
    }
    let set = PolicySet::load(&modules, Limits::default()).map_err(|error| {
        let detail = format!("{error}.\n\nWithout the policy nothing is allowed. Fix or remove the module.");
        Diagnostic::attribute_error(&at("modules"), "The policy cannot be loaded", detail)
    })?;
    let settings = settings(config, floor.as_ref())?;
    set.validate_settings(&settings).map_err(|error| {
        Diagnostic::attribute_error(&at("settings"), "The policy does not take these settings", format!("{error}."))
    })?;
    let known = set.rules().map_err(|error| {
        Diagnostic::attribute_error(&at("modules"), "A policy does not say what its rules are", format!("{error}."))
    })?;
    let choices = Choices { rules: levels(config)?, waivers: waivers(config)? };
    let enforcement = Enforcement::new(choices, floor, &known, today()).map_err(|errors| {
        let mut diagnostics = Diagnostics::new();
        diagnostics.extend(errors.iter().map(refused));
        diagnostics
    })?;
    let mut run_out = Diagnostics::new();
    run_out.extend(expired(&enforcement, config));
    Ok((Judge::new(set, settings, enforcement), run_out))
}

/// The configuration's waivers whose last day is past, by the level of the rule about them. Only who sees a whole plan can say that a waiver covers
/// nothing.
fn expired(enforcement: &Enforcement, config: &PolicyModel) -> Vec<Diagnostic> {
    let reports = Tally::default().report(enforcement, today());
    let own = config.waivers.known().map_or(0, Vec::len);
    let of_floor = reports.len().saturating_sub(own);
    let told = reports.into_iter().skip(of_floor).enumerate().filter_map(|(index, report)| {
        let Waiver { rule, subject, owner, expires, .. } = report.waiver;
        let level = enforcement.level(EXPIRED, Severity::Low);
        if report.state != WaiverState::Expired || level == Level::Off {
            return None;
        }
        let detail =
            format!("The waiver of {rule} for {subject} ran out on {expires}. Remove it, or let {owner} renew it.");
        let told = Diagnostic::attribute_warning(&at("waivers").index(index), format!("Policy {EXPIRED}"), detail);
        Some(match level {
            Level::Deny => Diagnostic { severity: tfplugin::Severity::Error, ..told },
            _ => told,
        })
    });
    told.collect()
}

fn floor() -> Result<Option<Floor>, Diagnostic> {
    let Some(path) = env(FLOOR).filter(|path| !path.is_empty()) else { return Ok(None) };
    let refused = |why: String| {
        let detail =
            format!("`{path}`: {why}.\n\nWhoever runs this pipeline asks for it, so nothing is allowed without it.");
        Diagnostic::error(format!("{FLOOR} cannot be used"), detail)
    };
    let text = std::fs::read_to_string(&path).map_err(|error| refused(error.to_string()))?;
    Floor::read(&text).map(Some).map_err(|error| refused(error.to_string()))
}

fn modules(config: &PolicyModel) -> Result<Vec<Module>, Diagnostics> {
    let list = known(&config.modules, &at("modules"))?;
    let mut modules = Vec::new();
    for (index, module) in list.into_iter().flatten().enumerate() {
        let at = at("modules").index(index);
        let path = known(&module.path, &at)?.map_or("", String::as_str);
        modules.push(Module {
            path: PathBuf::from(path),
            sha256: known(&module.sha256, &at)?.cloned(),
            settings: parsed(&module.settings, &at)?.unwrap_or_default(),
        });
    }
    Ok(modules)
}

/// Settings of the built-in policy, those of the floor over those of the configuration; null where there are none.
fn settings(config: &PolicyModel, floor: Option<&Floor>) -> Result<Value, Diagnostic> {
    let configured: Option<Map<String, Value>> = parsed(&config.settings, &at("settings"))?;
    let settings = match floor {
        None => Value::Object(configured.unwrap_or_default()),
        Some(floor) => floor.settings_over(&Value::Object(configured.unwrap_or_default())),
    };
    Ok(if settings == json!({}) { Value::Null } else { settings })
}

fn levels(config: &PolicyModel) -> Result<std::collections::BTreeMap<String, Level>, Diagnostic> {
    let rules = known(&config.rules, &at("rules"))?;
    let level = |(rule, level): (&String, &Attr<String>)| {
        let at = at("rules").key(rule.clone());
        let level = known(level, &at)?.map_or("", String::as_str);
        let parsed = serde_json::from_value(json!(level)).map_err(|_| {
            Diagnostic::attribute_error(&at, "Not a level", format!("`{level}` should be `off`, `warn` or `deny`."))
        })?;
        Ok((rule.clone(), parsed))
    };
    rules.into_iter().flatten().map(level).collect()
}

fn waivers(config: &PolicyModel) -> Result<Vec<Waiver>, Diagnostic> {
    let waivers = known(&config.waivers, &at("waivers"))?;
    let waiver = |(index, waiver): (usize, &WaiverModel)| {
        let at = at("waivers").index(index);
        let text = |value: &Attr<String>| Ok::<_, Diagnostic>(known(value, &at)?.cloned().unwrap_or_default());
        let expires = text(&waiver.expires)?;
        Ok(Waiver {
            rule: text(&waiver.rule)?,
            subject: text(&waiver.subject)?,
            owner: text(&waiver.owner)?,
            reason: text(&waiver.reason)?,
            expires: serde_json::from_value(json!(expires))
                .map_err(|error| Diagnostic::attribute_error(&at, "Not a day", format!("`{expires}`: {error}.")))?,
        })
    };
    waivers.into_iter().flatten().enumerate().map(waiver).collect()
}

fn refused(error: &EnforcementError) -> Diagnostic {
    let path = match error {
        EnforcementError::UnknownRule { .. } => at("rules"),
        _ => at("waivers"),
    };
    Diagnostic::attribute_error(&path, "The policy cannot be applied like this", format!("{error}."))
}

/// A value that has to be known while planning; none where it is null.
fn known<'a, T>(value: &'a Attr<T>, at: &Path) -> Result<Option<&'a T>, Diagnostic> {
    match value {
        Attr::Null => Ok(None),
        Attr::Known(value) => Ok(Some(value)),
        Attr::Unknown => Err(unknown(at)),
    }
}

fn unknown(at: &Path) -> Diagnostic {
    let detail = "The policy must be at hand while planning. Write this out, or take it from values known before.";
    Diagnostic::attribute_error(at, "A part of the policy is not known yet", detail)
}

fn parsed<T: DeserializeOwned>(text: &Attr<String>, at: &Path) -> Result<Option<T>, Diagnostic> {
    let Some(text) = known(text, at)? else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|error| {
        Diagnostic::attribute_error(at, "Not the JSON of settings", format!("{error}. Write `jsonencode({{ ... }})`."))
    })
}

fn at(attribute: &str) -> Path {
    Path::root().attribute("policy").attribute(attribute.to_owned())
}
