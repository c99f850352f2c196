//! Configurations for tests, written as JSON: models from them, and tables of malformed ones.
#![allow(clippy::expect_used, reason = "tests")]

use std::collections::BTreeSet;

use crosscloud_trust::Problem;
use serde::Deserialize;
use serde_json::{Map, Value};
use tfplugin::codec::json;
use tfplugin::model::Field;
use tfplugin::{Attr, Model, Path};

/// Malformed configurations of one resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// Type of the resource.
    pub(crate) resource: String,
    /// A configuration in which nothing is wrong.
    pub(crate) base: Value,
    /// What is wrong in each.
    pub(crate) cases: Vec<Case>,
}

/// One malformed configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// Dotted paths and what stands there instead; null stands for nothing.
    pub(crate) set: Map<String, Value>,
    /// Attribute path at which it is told.
    pub(crate) at: String,
    /// What the explanation says, in part.
    pub(crate) says: Option<String>,
}

impl Table {
    /// Reads a table.
    pub(crate) fn read(text: &str) -> Self {
        serde_json::from_str(text).expect("the table is JSON of its own shape")
    }
}

impl Case {
    /// The malformed configuration.
    pub(crate) fn config(&self, base: &Value) -> Value {
        let mut config = base.clone();
        for (path, value) in &self.set {
            let place = path.split('.').fold(&mut config, |place, name| &mut place[name]);
            *place = value.clone();
        }
        config
    }
}

/// Checks that each configuration of a table is told at its attribute, and that the one they come from is in order.
pub(crate) fn check<M: Model>(table: &str, problems: impl Fn(&M) -> Vec<Problem>) {
    let table = Table::read(table);
    assert_eq!(problems(&model(&table.base)), [], "{}: the base is wrong", table.resource);
    assert!(table.cases.len() >= 15, "{}: {} cases are too few", table.resource, table.cases.len());
    for case in &table.cases {
        let problems = problems(&model(&case.config(&table.base)));
        let paths: BTreeSet<_> = problems.iter().map(|problem| problem.path.to_string()).collect();
        assert!(paths.contains(&case.at), "{:?} is told at {paths:?}", case.set);
        let told =
            |says: &String| problems.iter().any(|it| format!("{} {}", it.summary, it.detail).contains(says.as_str()));
        assert!(case.says.iter().all(told), "{:?} says {problems:?}", case.set);
        assert!(problems.iter().all(|it| !it.detail.contains("  ")), "{problems:?}");
    }
}

/// Calls `look` with every configuration of a table, malformed or not.
pub(crate) fn each_config<M: Model>(table: &str, look: impl Fn(&M)) {
    let table = Table::read(table);
    let configs = table.cases.iter().map(|case| case.config(&table.base)).chain([table.base.clone()]);
    configs.for_each(|config| look(&model(&config)));
}

/// A model from a configuration in which what is left out is null.
pub(crate) fn model<M: Model>(config: &Value) -> M {
    let ty = Attr::<M>::shape().implied_type();
    let value = json::decode_lenient(config.to_string().as_bytes(), &ty).expect("the configuration fits the schema");
    M::decode(value, &Path::root()).expect("the configuration fits the model")
}
