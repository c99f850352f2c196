//! Property: whatever graph and whichever calls are refused, one more apply ends in the wanted graph without a single deletion,
//! and a destroy leaves nothing.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use crate::graph::Graph;
use crate::journal::{Journal, Status};
use crate::schedule::Run;
use crate::testing::{Cloud, graph, run_now};
use crate::{Wanted, apply, destroy};

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// A graph in which each object waits for some of the earlier ones.
fn graphs() -> impl Strategy<Value = Graph<String>> {
    vec(btree_set(0usize..NAMES.len(), 0..4), NAMES.len()).prop_map(|waits| {
        let after: Vec<Vec<&str>> = waits
            .iter()
            .enumerate()
            .map(|(index, waits)| waits.iter().filter(|wait| **wait < index).map(|wait| NAMES[*wait]).collect())
            .collect();
        let edges: Vec<(&str, &[&str])> =
            NAMES.iter().zip(&after).map(|(name, after)| (*name, after.as_slice())).collect();
        graph(&edges)
    })
}

proptest! {
    #[test]
    fn an_apply_after_refusals_finishes_without_deleting(
        graph in graphs(),
        refused in btree_set(0usize..NAMES.len(), 0..4),
        concurrency in 1usize..5,
    ) {
        let how = Run { concurrency, ..Run::default() };
        let cloud = Cloud::default();
        for index in &refused {
            cloud.refuse(&format!("create {}", NAMES[*index]));
        }
        let first = run_now(apply(&cloud, &Wanted::new(&Journal::new(), &graph), &how));

        let there: BTreeSet<String> = cloud.objects().into_iter().collect();
        prop_assert_eq!(first.journal.keys().cloned().collect::<BTreeSet<_>>(), there.clone(), "the journal is what is there");
        for name in &there {
            prop_assert!(graph.nodes()[name].after.is_subset(&there), "{} was made before what it waits for", name);
        }
        prop_assert_eq!(first.journal.len() + first.failures.len() + first.skipped.len(), NAMES.len());

        cloud.allow();
        let second = run_now(apply(&cloud, &Wanted::new(&first.journal, &graph).after(Some(&graph)), &how));
        prop_assert!(second.is_complete());
        prop_assert_eq!(cloud.calls().len(), NAMES.len() - there.len(), "only what was not there is made");
        prop_assert!(second.journal.values().all(|entry| entry.status == Status::Present));

        let end = run_now(destroy(&cloud, &graph, &second.journal, &BTreeSet::new(), &how));
        prop_assert!(end.outcome.is_complete());
        prop_assert!(cloud.objects().is_empty());
    }
}
