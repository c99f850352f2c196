//! Google's federation: pools, their providers, and which tokens belong to which of the pool's principals.

use std::collections::BTreeMap;

use crosscloud_policy_model::attacker::{Scene, suspects};
use crosscloud_policy_model::document::{PoolProvider, TokenSource};
use crosscloud_policy_model::federation::Federation;
use crosscloud_policy_model::issuer::Issuer;
use crosscloud_policy_model::principal::{Principal, Selector};
use crosscloud_policy_model::token::Token;

use super::canvas::{Canvas, Key, Says};
use super::issuers;
use crate::picture::{Kind, Meaning};

/// A provider, as what comes later needs it.
pub(super) struct Door<'a> {
    /// Where it stands.
    pub(super) place: String,
    pub(super) provider: &'a PoolProvider,
    pub(super) node: Key,
    /// Whose tokens it takes, where that is known.
    pub(super) issuer: Option<Key>,
    /// Whether it and its pool are switched on.
    pub(super) active: bool,
    /// Whether it takes every token of the issuer.
    pub(super) takes_all: bool,
    /// What it makes of tokens, where that can be said.
    pub(super) federation: Option<Federation>,
}

/// A member of some grant that is a principal of a pool.
pub(super) struct Seat {
    pub(super) principal: Principal,
    pub(super) node: Key,
}

/// Everything about pools.
#[derive(Default)]
pub(super) struct Federations<'a> {
    pub(super) doors: Vec<Door<'a>>,
    /// By the pool that they are principals of.
    seats: BTreeMap<String, Vec<Seat>>,
}

/// Draws pools and providers, with the workloads that they are meant for.
pub(super) fn draw<'a>(canvas: &mut Canvas<'a>) -> Federations<'a> {
    let document = canvas.document;
    for (index, pool) in document.pools.iter().enumerate() {
        let at = format!("/pools/{index}");
        let place = format!("{at}/name");
        let name = canvas.known(&place, &pool.name).unwrap_or(&at).to_owned();
        let node = pool_node(canvas, &name);
        canvas.at(&node, &at);
        if pool.disabled {
            canvas.detail(&node, format!("{name}, disabled: it admits nobody"));
        }
    }
    let doors = document.providers.iter().enumerate();
    Federations { doors: doors.map(|(index, it)| door(canvas, index, it)).collect(), ..Federations::default() }
}

impl<'a> Federations<'a> {
    /// Providers of a pool.
    fn of_pool<'s>(&'s self, pool: &'s str) -> impl Iterator<Item = &'s Door<'a>> {
        self.doors.iter().filter(move |door| door.provider.pool.as_deref() == Some(pool))
    }

    /// The principal of a pool that a member names.
    pub(super) fn principal(&mut self, canvas: &mut Canvas<'_>, principal: &Principal, place: &str) -> Option<Key> {
        let Principal::Federated { pool, selector } = principal else { return None };
        let issuers: Vec<&Key> = self.of_pool(pool).filter_map(|door| door.issuer.as_ref()).collect();
        let short = pool.rsplit('/').next().unwrap_or(pool);
        let home = home_of(pool);
        let node = match selector {
            Selector::Subject(subject) => {
                let plain = |door: &Door<'_>| {
                    door.provider.attribute_mapping.get("google.subject").is_some_and(|it| it.trim() == "assertion.sub")
                };
                match issuers[..] {
                    [issuer] if self.of_pool(pool).all(plain) => issuers::subject(canvas, issuer, subject, place),
                    _ => set(canvas, principal, &canvas.shown(place, subject), &home),
                }
            }
            Selector::Group(group) => set(canvas, principal, &canvas.shown(place, &format!("group = {group}")), &home),
            Selector::Attribute { name, value } => {
                set(canvas, principal, &canvas.shown(place, &format!("{name} = {value}")), &home)
            }
            Selector::All => match self.of_pool(pool).find(|door| door.takes_all && door.issuer.is_some()) {
                Some(Door { issuer: Some(issuer), .. }) => issuers::anyone(canvas, issuer),
                _ => {
                    let mut names: Vec<String> = issuers.iter().map(|issuer| issuers::label(canvas, issuer)).collect();
                    names.dedup();
                    let crowd = if names.is_empty() { format!("pool {short}") } else { names.join(" or ") };
                    let key = canvas.node(Kind::Crowd, &principal.to_string(), &format!("anyone of {crowd}"), &home);
                    canvas.detail(&key, format!("every identity that the pool {pool} admits"));
                    key
                }
            },
        };
        canvas.at(&node, place);
        let seat = Seat { principal: principal.clone(), node: node.clone() };
        self.seats.entry(pool.clone()).or_default().push(seat);
        Some(node)
    }

    /// The principals behind a provider that a token belongs to, other than the token's own node.
    pub(super) fn seats_of(&self, door: &Door<'_>, token: &Token, own: &Key) -> Vec<Key> {
        let (Some(pool), Some(federation)) = (&door.provider.pool, &door.federation) else { return Vec::new() };
        let Ok(mapped) = federation.admit(token) else { return Vec::new() };
        let taken = self.seats.get(pool).into_iter().flatten().filter(|seat| mapped.matches(pool, &seat.principal));
        let mut found: Vec<Key> = taken.map(|seat| seat.node.clone()).filter(|node| node != own).collect();
        found.sort();
        found.dedup();
        found
    }
}

/// Says which principal of a pool comes from where, now that the grants have named them.
pub(super) fn seat(canvas: &mut Canvas<'_>, federations: &Federations<'_>) {
    let mut reached: Vec<Key> = Vec::new();
    for door in federations.doors.iter().filter(|door| door.active) {
        let Some(issuer) = &door.issuer else { continue };
        for (index, claims) in door.provider.intended.iter().enumerate() {
            let place = format!("{}/intended/{index}", door.place);
            let Some(workload) = issuers::workload(canvas, issuer, claims, &place) else { continue };
            canvas.stands_on((&workload, &door.node, Meaning::AdmittedBy, None), [(&place, Says::Condition)]);
            for seat in federations.seats_of(door, &genuine(door, index), &workload) {
                // That a workload is one of everybody goes without saying.
                if seat.kind == Kind::Anyone {
                    continue;
                }
                canvas.edge(&workload, &seat, Meaning::OneOf);
                reached.push(seat);
            }
            reached.push(workload);
        }
    }
    for door in &federations.doors {
        // Taken away again where a token turns out to get in.
        if let Some(issuer) = &door.issuer {
            let places = [format!("{}/source/issuer", door.place), format!("{}/source/account_id", door.place)];
            let places = [(places[0].as_str(), Says::Grant), (places[1].as_str(), Says::Grant)];
            canvas.stands_on((issuer, &door.node, Meaning::TrustedBy, None), places);
        }
    }
    for (pool, seats) in &federations.seats {
        for seat in seats.iter().filter(|seat| !reached.contains(&seat.node)) {
            let mut behind = false;
            for door in federations.of_pool(pool) {
                behind = true;
                if let Some(issuer) = &door.issuer {
                    canvas.edge(issuer, &seat.node, Meaning::Issues);
                }
                if door.active {
                    canvas.edge(&seat.node, &door.node, Meaning::AdmittedBy);
                }
            }
            if !behind {
                let node = pool_node(canvas, pool);
                canvas.edge(&seat.node, &node, Meaning::Inside);
            }
        }
    }
}

/// Where a Google resource lives, from its name.
pub(super) fn home_of(resource: &str) -> String {
    let segments: Vec<&str> = resource.trim_start_matches("//").split('/').collect();
    let after = |word: &str| segments.iter().position(|it| *it == word).and_then(|at| segments.get(at + 1));
    let account = segments
        .last()
        .and_then(|last| last.split_once('@'))
        .and_then(|(_, domain)| domain.strip_suffix(".iam.gserviceaccount.com"));
    match account.or(after("projects").copied().filter(|project| *project != "-")) {
        Some(project) => format!("Google project {project}"),
        None => match (after("folders"), after("organizations")) {
            (Some(folder), _) => format!("Google folder {folder}"),
            (None, Some(organization)) => format!("Google organization {organization}"),
            (None, None) => "Google Cloud".to_owned(),
        },
    }
}

/// The token of a workload that a provider is meant for, as complete as can be told.
pub(super) fn genuine(door: &Door<'_>, index: usize) -> Token {
    let intended = std::slice::from_ref(&door.provider.intended[index]);
    let (url, issuer) = match &door.provider.source {
        TokenSource::Oidc { issuer, .. } => {
            let url = issuer.as_deref().unwrap_or("https://issuer.invalid");
            (url, Issuer::classify(url))
        }
        TokenSource::Aws { account_id } => ("", Issuer::Aws { account: account_id.clone().unwrap_or_default() }),
        TokenSource::Saml => ("", Issuer::Other { host: String::new() }),
    };
    let scene = Scene { issuer: &issuer, url, audience: "audience", intended, comparisons: &[] };
    let said = || Token::of_claims(intended[0].clone().into_iter().collect());
    suspects(scene).genuine.into_iter().next().unwrap_or_else(said)
}

fn door<'a>(canvas: &mut Canvas<'a>, index: usize, provider: &'a PoolProvider) -> Door<'a> {
    let place = format!("/providers/{index}");
    let at = |field: &str| format!("{place}/{field}");
    let name = canvas.known(&at("name"), &provider.name).unwrap_or(&place).to_owned();
    // A provider is often called after its issuer, so its pool tells it from others.
    let label = name.split("/workloadIdentityPools/").last().unwrap_or(&name).replacen("/providers/", " / ", 1);
    let node = canvas.placed(Kind::Provider, &name, &canvas.shown(&at("name"), &label), &home_of(&name), &place);
    let pool = canvas.known(&at("pool"), &provider.pool);
    if let Some(pool) = pool {
        let pool = pool_node(canvas, pool);
        canvas.stands_on((&node, &pool, Meaning::Inside, None), [(&at("pool"), Says::Condition)]);
    }
    let off = |pool: &str| canvas.document.pools.iter().any(|it| it.disabled && it.name.as_deref() == Some(pool));
    let active = !provider.disabled && !pool.is_some_and(off);
    let condition = provider.attribute_condition.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let condition_known = !canvas.document.is_unknown(&at("attribute_condition"));
    let detail = match condition {
        _ if !active => format!("{name}, disabled: it admits nobody"),
        _ if !condition_known => format!("{name}, condition not known yet"),
        Some(text) => format!("{name}, if {}", canvas.shown(&at("attribute_condition"), text)),
        None => format!("{name}, without a condition"),
    };
    canvas.detail(&node, detail);
    let issuer = match &provider.source {
        TokenSource::Oidc { issuer, .. } => {
            canvas.known(&at("source/issuer"), issuer).map(|url| issuers::issuer(canvas, url, &at("source/issuer")))
        }
        TokenSource::Aws { account_id } => {
            canvas.known(&at("source/account_id"), account_id).map(|id| issuers::aws_account(canvas, id))
        }
        TokenSource::Saml => Some(canvas.node(Kind::Issuer, &format!("saml {name}"), "SAML identity provider", "SAML")),
    };
    let takes_all = condition.is_none() && condition_known;
    let unclear = !condition_known || canvas.document.has_unknown(&at("attribute_mapping"));
    if let (Some(issuer), true) = (&issuer, active && (takes_all || unclear)) {
        let anyone = issuers::anyone(canvas, issuer);
        let places = [(at("attribute_condition"), Says::Grant), (at("attribute_mapping"), Says::Condition)];
        let places = [(places[0].0.as_str(), places[0].1), (places[1].0.as_str(), places[1].1)];
        canvas.stands_on((&anyone, &node, Meaning::AdmittedBy, None), places);
    }
    let federation = (!unclear).then(|| Federation::parse(&provider.attribute_mapping, condition).ok()).flatten();
    Door { place, provider, node, issuer, active, takes_all, federation }
}

pub(super) fn pool_node(canvas: &mut Canvas<'_>, name: &str) -> Key {
    let key = canvas.node(Kind::Pool, name, name.rsplit('/').next().unwrap_or(name), &home_of(name));
    canvas.detail(&key, name);
    key
}

fn set(canvas: &mut Canvas<'_>, principal: &Principal, label: &str, home: &str) -> Key {
    let key = canvas.node(Kind::Subject, &principal.to_string(), label, home);
    if label != crate::text::HIDDEN {
        canvas.detail(&key, principal.to_string());
    }
    key
}
