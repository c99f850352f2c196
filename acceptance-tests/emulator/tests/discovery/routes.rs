//! Every route must be a method of a discovery document, and every query parameter one of that method's.

use serde_json::Value;

use crate::documents::Documents;

/// What is not as Google has it.
pub(crate) fn compare(documents: &Documents, described: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for api in described["apis"].as_array().unwrap() {
        let service = api["service"].as_str().unwrap();
        if !service.ends_with(".googleapis.com") {
            continue;
        }
        let found = documents.of_service(service);
        for route in api["routes"].as_array().unwrap() {
            compared += 1;
            let (method, template) = (route["method"].as_str().unwrap(), route["template"].as_str().unwrap());
            let matching: Vec<(&Value, &Value)> = found
                .iter()
                .flat_map(|document| methods(document).into_iter().map(move |each| (*document, each)))
                .filter(|(document, each)| {
                    each["httpMethod"] == method && paths(document, each).iter().any(|path| is_same(template, path))
                })
                .collect();
            if matching.is_empty() {
                wrong.push(format!("{service} has no {method} {template}"));
                continue;
            }
            for name in route["query"].as_array().unwrap().iter().filter_map(Value::as_str) {
                if !matching.iter().any(|(_, each)| each["parameters"][name]["location"] == "query") {
                    wrong.push(format!("{service} {method} {template} takes no parameter {name}"));
                }
            }
        }
    }
    assert!(compared > 100, "only {compared} routes were compared");
    wrong
}

/// All methods of a document, whatever resource they are under.
pub(crate) fn methods(document: &Value) -> Vec<&Value> {
    let own = document["methods"].as_object().into_iter().flatten().map(|(_, method)| method);
    let inner = document["resources"].as_object().into_iter().flatten().flat_map(|(_, resource)| methods(resource));
    own.chain(inner).collect()
}

/// The paths of a method, from the origin on; uploads have one of their own.
fn paths(document: &Value, method: &Value) -> Vec<String> {
    let path = method["flatPath"].as_str().or(method["path"].as_str()).unwrap_or_default();
    let base = document["servicePath"].as_str().unwrap_or_default();
    let upload = method["mediaUpload"]["protocols"]["simple"]["path"].as_str().unwrap_or_default();
    vec![format!("{base}{path}"), upload.trim_start_matches('/').to_owned()]
}

/// Whether a template of the emulator is this path of Google's. What is variable there may be fixed here, not the other way round.
fn is_same(template: &str, path: &str) -> bool {
    let split = |text: &str| -> Vec<(String, Option<String>)> {
        let segments = text.split('/').filter(|segment| !segment.is_empty());
        segments
            .map(|segment| match segment.rsplit_once(':') {
                Some((name, verb)) => (name.to_owned(), Some(verb.to_owned())),
                None => (segment.to_owned(), None),
            })
            .collect()
    };
    let (mut ours, theirs) = (split(template), split(path));
    if ours.iter().any(|(segment, _)| segment.starts_with("{+")) && theirs.len() <= ours.len() {
        // The rest of such a path is one name there.
        ours.truncate(theirs.len());
    }
    ours.len() == theirs.len()
        && ours.iter().zip(&theirs).all(|((ours, our_verb), (theirs, their_verb))| {
            our_verb == their_verb && (theirs.starts_with('{') || (ours == theirs && !ours.starts_with('{')))
        })
}
