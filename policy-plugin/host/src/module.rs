//! One policy: loading it with suspicion, and asking it within limits.

use std::sync::{Arc, OnceLock};

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::finding::{Finding, Severity, Verdict};
use crosscloud_policy_model::policy::{Metadata, RuleInfo, Scope};
use serde_json::json;
use wasmparser::{Parser, Payload};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store, Trap};

use crate::bindings::exports::crosscloud::policy::judge as wire;
use crate::bindings::interpreter::DescriberPre;
use crate::bindings::{Policy as Guest, PolicyPre};
use crate::embedded::BuiltIn;
use crate::error::PolicyError;
use crate::limits::{Limits, Meter};
use crate::slots::Slots;
use crate::ticker::Running;
use crate::{embedded, engine};

/// Version of the contract that this host speaks.
const CONTRACT: &str = "1.0.0";

/// Name of the interface that a policy exports, without its version.
const INTERFACE: &str = "crosscloud:policy/judge@";

/// A loaded policy.
#[derive(Clone)]
pub struct Policy {
    name: String,
    digest: String,
    limits: Limits,
    engine: &'static Engine,
    kind: Kind,
    guest: PolicyPre<Meter>,
    /// The text, where the guest is an interpreter.
    source: Option<Arc<str>>,
}

/// Whose policy it is, and so what stands behind its limits.
#[derive(Clone, Copy)]
enum Kind {
    /// Ours, asked in one of so many places.
    BuiltIn(&'static Slots),
    /// Somebody else's, asked against the clock.
    Module,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Policy").field("name", &self.name).field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl Policy {
    /// The policy that is part of this program.
    ///
    /// # Errors
    /// [`PolicyError::Sandbox`] where machine code cannot be loaded.
    pub fn built_in(limits: Limits) -> Result<Self, PolicyError> {
        let BuiltIn { engine, component, slots } = embedded::built_in().map_err(PolicyError::Sandbox)?;
        let policy = Self::of_component("crosscloud", embedded::digest().to_owned(), engine, component, limits)?;
        Ok(Self { kind: Kind::BuiltIn(slots), ..policy })
    }

    /// SHA-256 of the built-in policy's component, in hexadecimal. It is the same on every platform.
    #[must_use]
    pub fn built_in_digest() -> &'static str {
        embedded::digest()
    }

    /// A policy from the bytes of a module: a component, or a core module as `cargo build` makes it with the SDK. `sha256` pins it.
    ///
    /// # Errors
    /// Whatever makes the module unfit to run.
    pub fn from_bytes(name: &str, bytes: &[u8], sha256: Option<&str>, limits: Limits) -> Result<Self, PolicyError> {
        let digest = admitted(name, bytes, sha256, limits)?;
        let name = name.to_owned();
        let unfit = |reason: String| PolicyError::NotAComponent { name: name.clone(), reason };
        // A core module says version 1 where a component says 13; text formats are never read.
        let encoded = match bytes.get(..8) {
            Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => {
                refuse_core_imports(&name, bytes)?;
                let encoder = wit_component::ComponentEncoder::default()
                    .module(bytes)
                    .map(|encoder| encoder.validate(true).encode());
                encoder.and_then(|encoded| encoded).map_err(|error| unfit(format!("{error:#}")))?
            }
            Some([0, b'a', b's', b'm', ..]) => bytes.to_vec(),
            _ => return Err(unfit("it does not begin as WebAssembly does".to_owned())),
        };
        let engine = module_engine()?;
        let component = Component::from_binary(engine, &encoded).map_err(|error| unfit(format!("{error:#}")))?;
        let policy = Self::of_component(&name, digest, engine, &component, limits)?;
        // The shapes of functions are compared when an instance is made, so one is made and thrown away.
        match policy.call(|_, _| Ok(())) {
            Ok(_) => Ok(policy),
            Err(PolicyError::BadOutput { reason, .. }) => Err(PolicyError::ContractVersion {
                name,
                found: format!("{INTERFACE}{CONTRACT} in another shape ({reason})"),
                wanted: CONTRACT,
            }),
            Err(error) => Err(error),
        }
    }

    /// A policy from a text in Rego, which the built-in interpreter reads. `sha256` pins the text.
    ///
    /// # Errors
    /// Whatever makes the text unfit to be asked.
    pub fn from_rego(name: &str, bytes: &[u8], sha256: Option<&str>, limits: Limits) -> Result<Self, PolicyError> {
        let digest = admitted(name, bytes, sha256, limits)?;
        let text = std::str::from_utf8(bytes).map_err(|error| PolicyError::Rego {
            name: name.to_owned(),
            problems: vec![format!("it is not UTF-8: {error}")],
        })?;
        let engine = module_engine()?;
        let interpreter = embedded::rego(engine).map_err(PolicyError::Sandbox)?;
        let interpreter = Self::of_component(name, digest, engine, interpreter, limits)?;
        let policy = Self { source: Some(text.into()), ..interpreter };
        policy.metadata().map(|_| policy)
    }

    fn of_component(
        name: &str,
        digest: String,
        engine: &'static Engine,
        component: &Component,
        limits: Limits,
    ) -> Result<Self, PolicyError> {
        let kind = component.component_type();
        let imports: Vec<String> = kind.imports(engine).map(|(import, _)| import.to_owned()).collect();
        if !imports.is_empty() {
            return Err(PolicyError::Imports { name: name.to_owned(), imports });
        }
        let mismatch = |found: String| PolicyError::ContractVersion { name: name.to_owned(), found, wanted: CONTRACT };
        let exports: Vec<String> = kind
            .exports(engine)
            .filter(|(_, export)| matches!(export.ty, ComponentItem::ComponentInstance(_)))
            .map(|(export, _)| export.to_owned())
            .collect();
        match exports.iter().find_map(|export| export.strip_prefix(INTERFACE)) {
            Some(version) if speaks(version) => {}
            Some(version) => return Err(mismatch(format!("{INTERFACE}{version}"))),
            None if exports.is_empty() => return Err(mismatch("no interface".to_owned())),
            None => return Err(mismatch(exports.join(", "))),
        }
        let linker: Linker<Meter> = Linker::new(engine);
        let guest = linker.instantiate_pre(component).and_then(PolicyPre::new);
        let guest = guest.map_err(|error| mismatch(format!("an interface of another shape ({error:#})")))?;
        Ok(Self { name: name.to_owned(), digest, limits, engine, kind: Kind::Module, guest, source: None })
    }

    /// What the policy is called in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the module, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What decides how the policy judges: the module, and for a text its interpreter too.
    pub(crate) fn identity(&self) -> String {
        match self.source {
            None => self.digest.clone(),
            Some(_) => format!("{} {}", self.digest, embedded::rego_digest()),
        }
    }

    /// The same policy within other limits.
    #[must_use]
    pub fn within(&self, limits: Limits) -> Self {
        Self { limits, ..self.clone() }
    }

    /// What it may use up in one call.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// What the policy says about itself.
    ///
    /// # Errors
    /// Whatever goes wrong while it runs.
    pub fn metadata(&self) -> Result<Metadata, PolicyError> {
        let metadata = match &self.source {
            None => self.described()?,
            Some(text) => self.described_by_interpreter(text)?,
        };
        let texts =
            metadata.rules.iter().flat_map(|rule| [&rule.id, &rule.summary]).chain([&metadata.name, &metadata.version]);
        texts.into_iter().try_for_each(|text| self.printable(text))?;
        Ok(metadata)
    }

    fn described(&self) -> Result<Metadata, PolicyError> {
        let (description, _) = self.call(|guest, store| guest.crosscloud_policy_judge().call_metadata(store))?;
        let rules = description.rules.into_iter().map(|rule| RuleInfo {
            id: rule.id,
            severity: severity(rule.severity),
            scope: match rule.scope {
                wire::Scope::Trust => Scope::Trust,
                wire::Scope::Plan => Scope::Plan,
            },
            summary: rule.summary,
        });
        Ok(Metadata { name: description.name, version: description.version, rules: rules.collect() })
    }

    fn described_by_interpreter(&self, text: &str) -> Result<Metadata, PolicyError> {
        let (answer, _) = self.run(|store| {
            let guest = DescriberPre::new(self.guest.instance_pre().clone())?.instantiate(&mut *store)?;
            guest.crosscloud_policy_source().call_describe(store, text)
        })?;
        let described = answer.map_err(|problems| PolicyError::Rego {
            name: self.name.clone(),
            problems: problems.iter().map(|problem| clean(problem)).collect(),
        })?;
        serde_json::from_str(&described).map_err(|error| self.bad(format!("it does not say what it is: {error}")))
    }

    /// Lets the policy check its settings.
    ///
    /// # Errors
    /// [`PolicyError::Settings`], or whatever goes wrong while it runs.
    pub fn validate_settings(&self, settings: &serde_json::Value) -> Result<(), PolicyError> {
        let settings = self.settings_text(settings);
        let (answer, _) =
            self.call(|guest, store| guest.crosscloud_policy_judge().call_validate_settings(store, &settings))?;
        answer.map_err(|problems| self.settings(problems))
    }

    /// Puts a document to the policy. Gives its findings and the fuel it used.
    ///
    /// # Errors
    /// Whatever keeps it from a proper answer.
    pub fn evaluate(
        &self,
        document: &TrustDocument,
        settings: &serde_json::Value,
    ) -> Result<(Vec<Finding>, u64), PolicyError> {
        let document = serde_json::to_string(document).map_err(|error| self.bad(error.to_string()))?;
        self.evaluate_json(&document, settings)
    }

    /// The same for a document that is JSON already.
    ///
    /// # Errors
    /// Whatever keeps it from a proper answer.
    pub fn evaluate_json(
        &self,
        document: &str,
        settings: &serde_json::Value,
    ) -> Result<(Vec<Finding>, u64), PolicyError> {
        let settings = self.settings_text(settings);
        let (answer, fuel) =
            self.call(|guest, store| guest.crosscloud_policy_judge().call_evaluate(store, document, &settings))?;
        let findings = answer.map_err(|error| match error {
            wire::Error::InvalidDocument(reason) => {
                PolicyError::Document { name: self.name.clone(), reason: clean(&reason) }
            }
            wire::Error::InvalidSettings(problems) => self.settings(problems),
        })?;
        let allowed = self.limits.findings;
        if findings.len() > allowed {
            return Err(self.bad(format!("it has {} findings, and {allowed} are allowed", findings.len())));
        }
        let findings: Result<Vec<Finding>, PolicyError> =
            findings.into_iter().map(|finding| self.finding(finding)).collect();
        Ok((findings?, fuel))
    }

    /// The settings as the guest gets them: an interpreter finds its text in them.
    fn settings_text(&self, settings: &serde_json::Value) -> String {
        match &self.source {
            None => settings.to_string(),
            Some(source) => json!({"source": source.as_ref(), "settings": settings}).to_string(),
        }
    }

    /// Runs one call of a policy in a memory of its own.
    fn call<T>(
        &self,
        ask: impl FnOnce(&Guest, &mut Store<Meter>) -> wasmtime::Result<T>,
    ) -> Result<(T, u64), PolicyError> {
        self.run(|store| self.guest.instantiate(&mut *store).and_then(|guest| ask(&guest, store)))
    }

    /// Runs something in a memory of its own, within the limits.
    fn run<T>(&self, ask: impl FnOnce(&mut Store<Meter>) -> wasmtime::Result<T>) -> Result<(T, u64), PolicyError> {
        let sandbox = |error: &dyn std::fmt::Display| PolicyError::Sandbox(error.to_string());
        let (_slot, _clock) = match self.kind {
            Kind::BuiltIn(slots) => (Some(slots.take()), None),
            Kind::Module => (None, Some(Running::start(self.engine).map_err(|error| sandbox(&error))?)),
        };
        let mut store = Store::new(self.engine, Meter::new(self.limits.memory));
        store.limiter(|meter| meter);
        store.set_fuel(self.limits.fuel).map_err(|error| sandbox(&error))?;
        store.set_epoch_deadline(Running::ticks(self.limits.time));
        // What the runtime copies out of the guest: a finding may claim the same text a thousand times over.
        store.set_hostcall_fuel(self.limits.output);
        let answer = ask(&mut store);
        let used = self.limits.fuel.saturating_sub(store.get_fuel().unwrap_or_default());
        match answer {
            Ok(answer) => Ok((answer, used)),
            Err(error) => Err(self.failure(&error, store.data().exceeded)),
        }
    }

    fn failure(&self, error: &wasmtime::Error, out_of_memory: bool) -> PolicyError {
        let name = self.name.clone();
        let reason = format!("{error:#}");
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => PolicyError::OutOfFuel { name, limit: self.limits.fuel },
            Some(Trap::Interrupt) => PolicyError::TimedOut { name, limit: self.limits.time },
            _ if out_of_memory => PolicyError::OutOfMemory { name, limit: self.limits.memory },
            Some(_) => PolicyError::Trapped { name, reason: clean(&reason) },
            None if reason.contains("hostcall fuel") || reason.contains("fuel allocated for hostcalls") => {
                PolicyError::OutputTooLarge { name, limit: self.limits.output }
            }
            None => PolicyError::BadOutput { name, reason: clean(&reason) },
        }
    }

    fn finding(&self, finding: wire::Finding) -> Result<Finding, PolicyError> {
        for text in [&finding.rule, &finding.pointer, &finding.path, &finding.message, &finding.remediation] {
            self.printable(text)?;
        }
        let witness = finding.witness.map(|claims| serde_json::from_str(&claims)).transpose();
        Ok(Finding {
            rule: finding.rule,
            severity: severity(finding.severity),
            verdict: match finding.verdict {
                wire::Verdict::Violation => Verdict::Violation,
                wire::Verdict::Undetermined => Verdict::Undetermined,
            },
            pointer: finding.pointer,
            path: finding.path,
            message: finding.message,
            remediation: finding.remediation,
            witness: witness.map_err(|error| self.bad(format!("a witness is no JSON object: {error}")))?,
        })
    }

    /// Text of a policy ends up on terminals, where control characters can hide other text.
    fn printable(&self, text: &str) -> Result<(), PolicyError> {
        if text.chars().any(|character| character.is_control() && character != '\n') {
            return Err(self.bad("a text holds control characters".to_owned()));
        }
        Ok(())
    }

    fn settings(&self, problems: Vec<String>) -> PolicyError {
        PolicyError::Settings {
            name: self.name.clone(),
            problems: problems.iter().map(|problem| clean(problem)).collect(),
        }
    }

    fn bad(&self, reason: String) -> PolicyError {
        PolicyError::BadOutput { name: self.name.clone(), reason }
    }
}

/// Whether a policy of this contract version can be asked: the same major version, and nothing newer than we know.
fn speaks(version: &str) -> bool {
    let numbers = |version: &str| -> Option<Vec<u64>> { version.split('.').map(|part| part.parse().ok()).collect() };
    match (numbers(version).as_deref(), numbers(CONTRACT).as_deref()) {
        (Some([major, minor, _]), Some([own_major, own_minor, _])) => major == own_major && minor <= own_minor,
        _ => false,
    }
}

/// The digest of a file that is small enough and the pinned one.
fn admitted(name: &str, bytes: &[u8], sha256: Option<&str>, limits: Limits) -> Result<String, PolicyError> {
    let name = name.to_owned();
    if bytes.len() > limits.module {
        return Err(PolicyError::TooLarge { name, actual: bytes.len(), limit: limits.module });
    }
    let digest = embedded::hex(bytes);
    match sha256 {
        Some(expected) if !expected.trim().eq_ignore_ascii_case(&digest) => {
            Err(PolicyError::DigestMismatch { name, expected: expected.to_owned(), actual: digest })
        }
        _ => Ok(digest),
    }
}

/// A core module's imports would make the encoder complain about types; the plain truth is easier to act on.
fn refuse_core_imports(name: &str, bytes: &[u8]) -> Result<(), PolicyError> {
    let unfit = |error: wasmparser::BinaryReaderError| PolicyError::NotAComponent {
        name: name.to_owned(),
        reason: error.to_string(),
    };
    let mut imports = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::ImportSection(section) = payload.map_err(unfit)? {
            for import in section.into_imports() {
                let import = import.map_err(unfit)?;
                imports.push(format!("{}#{}", import.module, import.name));
            }
        }
    }
    if imports.is_empty() { Ok(()) } else { Err(PolicyError::Imports { name: name.to_owned(), imports }) }
}

fn clean(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() && character != '\n' { ' ' } else { character })
        .take(2000)
        .collect()
}

fn severity(severity: wire::Severity) -> Severity {
    match severity {
        wire::Severity::Low => Severity::Low,
        wire::Severity::Medium => Severity::Medium,
        wire::Severity::High => Severity::High,
        wire::Severity::Critical => Severity::Critical,
    }
}

/// The engine of modules, made on first use and shared by all of them.
fn module_engine() -> Result<&'static Engine, PolicyError> {
    static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| {
        let engine = engine::module_config(env!("POLICY_TARGET")).and_then(|config| Engine::new(&config));
        engine.map_err(|error| format!("{error:#}"))
    });
    engine.as_ref().map_err(|error| PolicyError::Sandbox(error.clone()))
}
