//! What the emulator takes and answers on behalf of Google, compared with Google's own discovery documents. They come with Google's Python
//! client; where that cannot be fetched, every one of these tests is skipped and counted as skipped.
#![allow(clippy::unwrap_used)]

mod answers;
mod documents;
mod messages;
#[path = "../vendor_models/python.rs"]
mod python;
mod routes;

use std::process::ExitCode;
use std::sync::Arc;

use cloud_emulator::{Emulator, Options};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

use documents::Documents;

/// Finds what is not as Google has it.
type Comparison = fn(&Documents) -> Vec<String>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let documents = match Documents::fetch() {
        Ok(documents) => Some(Arc::new(documents)),
        Err(why) => {
            eprintln!("SKIPPED: nothing compares the emulator with Google's discovery documents: {why}");
            None
        }
    };
    let tests: [(&str, Comparison); 4] = [
        ("every_route_and_its_parameters_are_googles", |documents| routes::compare(documents, &described())),
        ("every_field_of_every_body_is_googles", |documents| messages::compare(documents, &described())),
        ("every_field_of_every_answer_is_googles", answers::compare),
        ("what_is_not_googles_would_be_found", find_planted),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let documents = documents.clone();
        let skipped = documents.is_none();
        let trial = Trial::test(name, move || {
            let found = documents.map(|documents| test(&documents)).unwrap_or_default();
            if found.is_empty() { Ok(()) } else { Err(Failed::from(found.join("\n"))) }
        });
        trial.with_ignored_flag(skipped)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Plants one mistake of each kind and answers which of them go unnoticed.
fn find_planted(documents: &Documents) -> Vec<String> {
    let mut described = described();
    let messages = described["messages"].as_array_mut().unwrap();
    let key = messages.iter_mut().find(|message| message["schema"] == "CryptoKey").unwrap();
    let properties = key["properties"].as_object_mut().unwrap();
    let period = properties.remove("rotationPeriod").unwrap();
    properties.insert(String::from("rotationInterval"), period);
    properties["labels"] = serde_json::json!({ "type": "string" });
    properties["createTime"] = serde_json::json!({ "type": "string" });
    let apis = described["apis"].as_array_mut().unwrap();
    let kms = apis.iter_mut().find(|api| api["service"] == "cloudkms.googleapis.com").unwrap();
    kms["routes"][0]["query"] = serde_json::json!(["page"]);
    kms["routes"][1]["method"] = serde_json::json!("PUT");
    let found = [messages::compare(documents, &described), routes::compare(documents, &described)].concat().join("\n");
    let planted =
        ["rotationInterval is no field", "labels is object", "createTime is set by", "no parameter page", "no PUT"];
    planted.iter().filter(|mistake| !found.contains(**mistake)).map(|mistake| format!("not found: {mistake}")).collect()
}

/// What the emulator says of itself.
fn described() -> Value {
    block_on(async {
        let running = Emulator::start(Options::default()).await.unwrap();
        let answer = reqwest::get(format!("{}/_emulator/apis", running.http)).await.unwrap();
        answer.json().await.unwrap()
    })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
