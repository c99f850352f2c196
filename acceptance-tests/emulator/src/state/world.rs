//! The world: everything the emulated clouds hold, behind one lock. Handlers are plain functions on it, so each request is atomic.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::clock::{Clock, Millis};
use super::faults::Faults;
use super::journal::Journal;
use super::logs::{self, Entry};
use super::machine::Machine;
use super::operations::Operations;
use super::restriction::Restriction;
use crate::seed::Seed;
use crate::tokens::issuers::Issuers;
use crate::{aws, azure, google};

/// One world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: Seed,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) operations: Operations,
    /// Written to by checks, which change nothing else.
    logs: RefCell<Vec<Entry>>,
    pub(crate) issuers: Issuers,
    pub(crate) google: google::State,
    pub(crate) azure: azure::State,
    pub(crate) aws: aws::State,
    /// What the operators may do.
    pub(crate) operator: Restriction,
    /// Who runs on the simulated machines.
    pub(crate) machine: Machine,
    /// The id of the request in hand.
    pub(crate) request_id: String,
    /// What is busy with a write, and until when.
    pub(crate) occupied: BTreeMap<String, Instant>,
    /// How long the request in hand keeps its effects from being seen.
    pub(crate) lag: Millis,
    counter: u64,
}

/// What all clouds hold at one moment.
#[derive(Debug)]
pub(crate) struct Clouds {
    google: google::State,
    azure: azure::State,
    aws: aws::State,
}

impl World {
    /// A world as the seed describes it.
    pub(crate) fn new(seed: Seed) -> Self {
        let mut world = Self {
            clock: Clock::default(),
            journal: Journal::default(),
            faults: Faults::default(),
            operations: Operations::default(),
            logs: RefCell::default(),
            issuers: Issuers::default(),
            google: google::State::default(),
            azure: azure::State::default(),
            aws: aws::State::default(),
            operator: Restriction::default(),
            machine: Machine::default(),
            request_id: String::new(),
            occupied: BTreeMap::new(),
            lag: 0,
            counter: 0,
            seed: seed.clone(),
        };
        for issuer in &seed.issuers {
            world.issuers.declare(&issuer.issuer, issuer.reachable);
        }
        google::plant(&mut world, &seed);
        azure::plant(&mut world, &seed);
        aws::plant(&mut world, &seed);
        world
    }

    /// Starts over from the seed. Signing keys stay: they belong to the issuers, not to the clouds.
    pub(crate) fn reset(&mut self) {
        let issuers = std::mem::take(&mut self.issuers);
        let journal = std::mem::take(&mut self.journal);
        let counter = self.counter;
        *self = Self::new(self.seed.clone());
        // Names given out before are not given out again, or an old token would come back as somebody else's.
        self.counter = self.counter.max(counter);
        self.issuers = issuers;
        self.journal = journal;
        self.journal.clear();
    }

    /// What the clouds hold, to go back to.
    pub(crate) fn clouds(&self) -> Clouds {
        Clouds { google: self.google.clone(), azure: self.azure.clone(), aws: self.aws.clone() }
    }

    /// Goes back to what the clouds held.
    pub(crate) fn restore(&mut self, clouds: Clouds) {
        self.google = clouds.google;
        self.azure = clouds.azure;
        self.aws = clouds.aws;
    }

    /// Adds an entry to the audit logs.
    pub(crate) fn log(&self, entry: Entry) {
        let mut logs = self.logs.borrow_mut();
        if logs.len() < logs::LIMIT {
            logs.push(entry);
        }
    }

    /// The audit logs, oldest first.
    pub(crate) fn logs(&self) -> Vec<Entry> {
        self.logs.borrow().clone()
    }

    /// How many entries there are.
    pub(crate) fn log_length(&self) -> usize {
        self.logs.borrow().len()
    }

    /// The emulated time.
    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// From when on the effects of the request in hand are seen.
    pub(crate) fn visible_from(&self) -> Millis {
        if self.lag == 0 { 0 } else { self.now().saturating_add(self.lag) }
    }

    /// Whether a write of that kind is still under way.
    pub(crate) fn is_occupied(&self, what: &str) -> bool {
        self.occupied.get(what).is_some_and(|until| Instant::now() < *until)
    }

    /// A GUID that this world has not given out before; the same run gives the same ones.
    pub(crate) fn next_guid(&mut self, what: &str) -> String {
        let hex = self.next_id(what);
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }

    /// A number that this world has not given out before.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Hex digits that this world has not given out before; the same run gives the same ones.
    pub(crate) fn next_id(&mut self, what: &str) -> String {
        let number = self.next_number();
        Sha256::digest(format!("{what} {number}")).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Named extra facts of a listed object.
pub(crate) fn details<const N: usize>(
    facts: [(&'static str, serde_json::Value); N],
) -> BTreeMap<&'static str, serde_json::Value> {
    facts.into_iter().filter(|(_, value)| !value.is_null()).collect()
}
