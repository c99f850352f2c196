//! Tokens of issuers whose claims are put together from names and ids in a fixed way.
//!
//! An issuer is a [`Grammar`]: the parts, what each of them is to an attacker, and the claims as templates over the parts. Everything else
//! follows: how a subject is read, who could come instead, and which claims go along with each other.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value as Json;

use super::bearer::Bearer;
use super::{Attack, Dimension, Scene, Suspects, branch_twins, distinct, near_miss, twins};
use crate::cel::{Operator, Value};
use crate::document::IntendedClaims;
use crate::token::Token;

/// How an issuer makes claims.
#[derive(Debug)]
pub(super) struct Grammar {
    /// What claims are made from.
    pub(super) parts: &'static [Part],
    /// Claim and template: `{part}` stands for a part, `[…]` is left out where a part in it is empty, and `=true` is that boolean.
    pub(super) claims: &'static [(&'static str, &'static str)],
    /// A stranger, for messages.
    pub(super) stranger: &'static str,
    /// Somebody else of the same organisation, for messages.
    pub(super) insider: &'static str,
    /// Whether strangers get tokens of the same issuer at all.
    pub(super) shared: bool,
}

/// A part of the claims.
#[derive(Debug)]
pub(super) struct Part {
    /// Its name in templates.
    pub(super) name: &'static str,
    /// What it is to an attacker.
    pub(super) kind: Kind,
    /// What stands there where nobody says.
    pub(super) model: &'static str,
    /// What stands there for somebody else.
    pub(super) other: &'static str,
}

/// What a part is to an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name of an organisation. Whoever is first has it.
    Tenant,
    /// An id of an organisation, never given out again.
    TenantId,
    /// A name of a project, workspace, pipeline or account inside it.
    Workload,
    /// Its id.
    WorkloadId,
    /// A branch or tag.
    Ref,
    /// A deployment environment.
    Environment,
    /// What started the run; the other value is a proposed change that nobody has reviewed.
    Event,
    /// The file that says what is run.
    Workflow,
    /// Anything that says nothing about who it is.
    Plain,
}

/// A client of such an issuer.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    grammar: &'static Grammar,
    parts: Vec<Arc<str>>,
}

impl PartialEq for Holder {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for Holder {}

impl PartialOrd for Holder {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Holder {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts.cmp(&other.parts)
    }
}

impl Holder {
    fn model(grammar: &'static Grammar) -> Self {
        Self { grammar, parts: grammar.parts.iter().map(|part| Arc::from(part.model)).collect() }
    }

    /// Reads the bearer off the claims that are said.
    fn of(grammar: &'static Grammar, said: &IntendedClaims) -> Self {
        let mut holder = Self::model(grammar);
        // A part that no claim mentions keeps its model; an environment that nobody speaks of is none.
        for (index, part) in grammar.parts.iter().enumerate() {
            if part.kind == Kind::Environment {
                holder.parts[index] = "".into();
            }
        }
        for (name, template) in grammar.claims {
            if let Some(Json::String(text)) = said.get(*name) {
                for (part, value) in read(grammar, template, text).found {
                    holder.parts[part] = value.into();
                }
            }
        }
        holder
    }

    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let (_, template) = self.grammar.claims.iter().find(|(claim, _)| *claim == name)?;
        match *template {
            "=true" => Some(Value::Bool(true)),
            "=false" => Some(Value::Bool(false)),
            template => match self.grammar.parts.iter().position(|part| is_exactly(template, part.name)) {
                Some(part) if self.parts[part].is_empty() => None,
                Some(part) => Some(Value::String(self.parts[part].clone())),
                None => Some(Value::from(self.render(template))),
            },
        }
    }

    /// Whether a claim is made of nothing that tells clients apart.
    pub(super) fn leaves_open(&self, name: &str) -> bool {
        let template = self.grammar.claims.iter().find(|(claim, _)| *claim == name).map(|(_, template)| *template);
        let telling = |template: &str| {
            let parts = self.grammar.parts.iter().filter(|part| part.kind != Kind::Plain);
            parts.into_iter().any(|part| template.contains(&format!("{{{}}}", part.name)))
        };
        template.is_none_or(|template| !telling(template))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.grammar.claims.iter().map(|(name, _)| *name)
    }

    fn render(&self, template: &str) -> String {
        let mut text = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '[']) {
            text.push_str(&rest[..at]);
            let (open, close) = if rest[at..].starts_with('{') { ('{', '}') } else { ('[', ']') };
            let Some((inner, behind)) = rest[at + 1..].split_once(close) else { break };
            if open == '{' {
                text.push_str(self.part(inner));
            } else {
                let empty = self.grammar.parts.iter().zip(&self.parts).any(|(part, value)| {
                    value.is_empty() && inner.split('{').any(|piece| piece.split('}').next() == Some(part.name))
                });
                if !empty {
                    text.push_str(&self.render(inner));
                }
            }
            rest = behind;
        }
        text.push_str(rest);
        text
    }

    fn part(&self, name: &str) -> &str {
        let index = self.grammar.parts.iter().position(|part| part.name == name);
        index.map_or("", |index| &self.parts[index])
    }

    /// The same, with the parts of these kinds replaced by somebody else's.
    fn other(&self, kinds: &[Kind]) -> Self {
        let mut holder = self.clone();
        for (index, part) in self.grammar.parts.iter().enumerate() {
            if kinds.contains(&part.kind) && !part.other.is_empty() {
                holder.parts[index] = part.other.into();
            }
        }
        holder
    }

    /// The same, with one part replaced.
    fn with(&self, index: usize, value: &str) -> Self {
        let mut holder = self.clone();
        holder.parts[index] = value.into();
        holder
    }

    /// Gives the ids that go with names which are not the model's.
    fn settled(self, model: &Self) -> (Self, bool) {
        let changed = |kind: Kind| {
            self.grammar
                .parts
                .iter()
                .enumerate()
                .any(|(index, part)| part.kind == kind && self.parts[index] != model.parts[index])
        };
        if changed(Kind::Tenant) {
            (self.other(&[Kind::TenantId, Kind::WorkloadId]), true)
        } else if changed(Kind::Workload) {
            (self.other(&[Kind::WorkloadId]), false)
        } else {
            (self, false)
        }
    }
}

/// What could be read of a text.
struct Reading<'a> {
    /// Part and its value, in order.
    found: Vec<(usize, &'a str)>,
    /// Whether the text fits the template to its end.
    complete: bool,
}

/// Reads a text as a template says, as far as it fits.
fn read<'a>(grammar: &Grammar, template: &str, text: &'a str) -> Reading<'a> {
    match template.split_once('[').and_then(|(before, rest)| Some((before, rest.split_once(']')?))) {
        Some((before, (optional, behind))) => {
            let with = read_plain(grammar, &format!("{before}{optional}{behind}"), text);
            if with.complete { with } else { read_plain(grammar, &format!("{before}{behind}"), text) }
        }
        None => read_plain(grammar, template, text),
    }
}

fn read_plain<'a>(grammar: &Grammar, template: &str, text: &'a str) -> Reading<'a> {
    let mut found = Vec::new();
    let (mut pattern, mut rest) = (template, text);
    loop {
        let Some((literal, behind)) = pattern.split_once('{') else {
            return Reading { found, complete: rest == pattern };
        };
        let Some(after) = rest.strip_prefix(literal) else { return Reading { found, complete: false } };
        let Some((name, next)) = behind.split_once('}') else { return Reading { found, complete: false } };
        let Some(part) = grammar.parts.iter().position(|part| part.name == name) else {
            return Reading { found, complete: false };
        };
        let stop = next.split('{').next().unwrap_or_default();
        let end = if stop.is_empty() { None } else { after.find(stop) };
        let cut = end.is_none() && !stop.is_empty();
        let value = &after[..end.unwrap_or(after.len())];
        if !value.is_empty() {
            found.push((part, value));
        }
        if cut || value.is_empty() {
            return Reading { found, complete: false };
        }
        (pattern, rest) = (next, &after[value.len()..]);
    }
}

fn is_exactly(template: &str, part: &str) -> bool {
    template.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(part)
}

pub(super) fn suspects(scene: Scene<'_>, grammar: &'static Grammar) -> (Suspects, Option<Token>) {
    let intended: Vec<Holder> = scene.intended.iter().map(|said| Holder::of(grammar, said)).collect();
    let guessed = || guess(scene, grammar);
    let model = intended.first().cloned().unwrap_or_else(guessed);
    let mut found = Vec::new();
    if grammar.shared {
        strangers(&model, &mut found);
    }
    insiders(&model, &mut found);
    for comparison in scene.comparisons {
        let template = match comparison.path.as_deref() {
            Some([root, name]) if root == "assertion" => grammar.claims.iter().find(|(claim, _)| claim == name),
            Some(_) => None,
            None => {
                cut_out(&model, &comparison.literal, &mut found);
                grammar.claims.first()
            }
        };
        let Some((_, template)) = template else { continue };
        for text in near_miss::of(comparison, &["", "-", "/", ":"]) {
            close_to(&model, template, &text, &mut found);
        }
    }
    found.retain(|(.., holder)| !intended.contains(holder));
    let issuer: &Arc<str> = &scene.url.into();
    let audience: &Arc<str> = &scene.audience.into();
    let attacks = distinct(found, |(.., holder)| holder.clone()).map(|(dimension, stranger, bearer, holder)| Attack {
        dimension,
        stranger,
        bearer,
        token: Token::new(issuer, audience, Bearer::Holder(holder)),
    });
    let genuine = intended
        .iter()
        .zip(scene.intended)
        .map(|(holder, said)| Token::new(issuer, audience, Bearer::Holder(holder.clone())).saying(said));
    let suspects = Suspects { attacks: attacks.collect(), genuine: genuine.collect() };
    (suspects, Some(Token::new(issuer, audience, Bearer::Holder(model))))
}

type Found = Vec<(Dimension, bool, &'static str, Holder)>;

/// Where nobody says who is meant, the condition's own words are the best guess.
fn guess(scene: Scene<'_>, grammar: &'static Grammar) -> Holder {
    let mut holder = Holder::model(grammar);
    for comparison in scene.comparisons {
        if matches!(comparison.operator, Operator::NotEquals | Operator::Matches) {
            continue;
        }
        let template = match comparison.path.as_deref() {
            Some([root, name]) if root == "assertion" => grammar.claims.iter().find(|(claim, _)| claim == name),
            Some(_) => None,
            // What is put together or cut out is most likely about the subject.
            None => grammar.claims.first(),
        };
        let Some((_, template)) = template else { continue };
        for (part, value) in read(grammar, template, &comparison.literal).found {
            if !value.contains('*') {
                holder.parts[part] = value.into();
            }
        }
    }
    holder
}

fn strangers(model: &Holder, found: &mut Found) {
    const IDS: [Kind; 2] = [Kind::TenantId, Kind::WorkloadId];
    let grammar = model.grammar;
    let foreign = model.other(&[Kind::Tenant, Kind::TenantId, Kind::WorkloadId]);
    found.push((Dimension::Tenant, true, grammar.stranger, foreign.other(&[Kind::Workload])));
    found.push((Dimension::Tenant, true, grammar.stranger, foreign.clone()));
    let has = |kind: Kind| grammar.parts.iter().position(|part| part.kind == kind);
    if let Some(tenant) = has(Kind::Tenant) {
        for twin in twins(&model.parts[tenant], '-') {
            let twin = model.with(tenant, &twin).other(&IDS);
            found.push((Dimension::Twin, true, "an organisation with a similar name", twin));
        }
        if let Some(workload) = has(Kind::Workload) {
            let imitation = format!("{}-{}", model.parts[tenant], model.parts[workload]);
            let imitation = foreign.with(workload, &imitation);
            found.push((Dimension::Twin, true, "a foreign project whose name contains the intended one", imitation));
        }
        if has(Kind::TenantId).is_some() {
            let recycled = model.other(&IDS);
            found.push((
                Dimension::Recycled,
                true,
                "a new organisation of the same name after the old one is gone",
                recycled,
            ));
        }
    }
}

fn insiders(model: &Holder, found: &mut Found) {
    let grammar = model.grammar;
    let elsewhere = model.other(&[Kind::Workload, Kind::WorkloadId]);
    found.push((Dimension::Workload, false, grammar.insider, elsewhere));
    for (index, part) in grammar.parts.iter().enumerate() {
        let value = &model.parts[index];
        match part.kind {
            Kind::Workload if !value.is_empty() => {
                for twin in twins(value, '-') {
                    let twin = model.with(index, &twin).other(&[Kind::WorkloadId]);
                    found.push((
                        Dimension::Twin,
                        false,
                        "a project of the same organisation with a similar name",
                        twin,
                    ));
                }
                if grammar.parts.iter().any(|part| part.kind == Kind::WorkloadId) {
                    let recycled = model.other(&[Kind::WorkloadId]);
                    found.push((
                        Dimension::Recycled,
                        false,
                        "a new project of the same name after the old one is gone",
                        recycled,
                    ));
                }
            }
            Kind::Ref => {
                found.push((Dimension::Ref, false, "another branch or tag", model.with(index, part.other)));
                for twin in branch_twins(value) {
                    found.push((Dimension::Twin, false, "a branch with a similar name", model.with(index, &twin)));
                }
            }
            Kind::Environment => {
                let other = model.with(index, part.other);
                found.push((Dimension::Environment, false, "another environment or phase", other));
            }
            Kind::Workflow => {
                let other = model.with(index, part.other);
                found.push((Dimension::Workflow, false, "another workflow of the same project", other));
            }
            Kind::Event => {
                let proposed = model.with(index, part.other);
                found.push((Dimension::PullRequest, false, "a proposed change that nobody has reviewed", proposed));
            }
            _ => {}
        }
    }
}

/// What a condition cuts out of a claim may be any of its parts, and all but the organisation's a stranger names as he likes.
fn cut_out(model: &Holder, text: &str, found: &mut Found) {
    let grammar = model.grammar;
    if text.is_empty() || text.chars().any(char::is_control) {
        return;
    }
    let foreign = model.other(&[Kind::Tenant, Kind::TenantId, Kind::Workload, Kind::WorkloadId]);
    for (index, part) in grammar.parts.iter().enumerate() {
        if matches!(
            part.kind,
            Kind::Workload | Kind::Ref | Kind::Environment | Kind::Event | Kind::Workflow | Kind::Plain
        ) {
            let (bearer, stranger) = if grammar.shared { (grammar.stranger, true) } else { (grammar.insider, false) };
            found.push((Dimension::Tenant, stranger, bearer, foreign.with(index, text)));
        }
    }
}

/// Reads a text as the claim that it is close to. Ids are not for the choosing; names, branches and environments are.
fn close_to(model: &Holder, template: &str, text: &str, found: &mut Found) {
    const BEARER: &str = "a client close to what the condition spells";
    let grammar = model.grammar;
    let reading = read(grammar, template, text);
    if !reading.complete || text.chars().any(char::is_control) || text.len() > 512 {
        return;
    }
    let mut holder = model.clone();
    for (part, value) in reading.found {
        if matches!(grammar.parts[part].kind, Kind::TenantId | Kind::WorkloadId) {
            if value != &*model.parts[part] {
                return;
            }
            continue;
        }
        if matches!(grammar.parts[part].kind, Kind::Tenant | Kind::Workload) && value.contains([':', ' ']) {
            return;
        }
        holder.parts[part] = value.into();
    }
    let (holder, stranger) = holder.settled(model);
    if holder != *model && (grammar.shared || !stranger) {
        found.push((Dimension::NearMiss, stranger, BEARER, holder));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::grammars::{ALL, BITBUCKET, TERRAFORM};
    use super::{Holder, read};
    use std::collections::BTreeMap;

    #[test]
    fn reads_what_it_writes() {
        for grammar in ALL {
            let model = Holder::model(grammar);
            for (claim, template) in grammar.claims.iter().filter(|(_, template)| template.contains('{')) {
                let text = model.render(template);

                let reading = read(grammar, template, &text);
                assert!(reading.complete || text.is_empty(), "{claim}: {text}");
                for (part, value) in reading.found {
                    assert_eq!(*value, *model.parts[part], "{claim}");
                }
            }
        }
    }

    #[test]
    fn reads_bearers_off_their_claims() {
        let said = BTreeMap::from([(
            "sub".to_owned(),
            "organization:octo:project:core:workspace:prod:run_phase:apply".into(),
        )]);
        let holder = Holder::of(&TERRAFORM, &said);
        assert_eq!(holder.part("organization"), "octo");
        assert_eq!(holder.part("workspace"), "prod");
        assert_eq!(holder.value("terraform_run_phase").unwrap().as_str(), Some("apply"));
        // The environment of a Bitbucket subject is optional.
        let said = BTreeMap::from([("sub".to_owned(), "{r}:{s}".into())]);
        assert_eq!(Holder::of(&BITBUCKET, &said).value("sub").unwrap().as_str(), Some("{r}:{s}"));
    }
}
