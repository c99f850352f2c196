//! Identities, moves, lists, actions, generated configuration and deferrals, which the installed Terraform may be too
//! old to ask for, and the parts that it knows.

use std::fs;

use tfplugin::codec::msgpack;
use tfplugin::host::{ClientIdentity, Connection, Launch, Plugin};
use tfplugin::path::Path;
use tfplugin::types::Type;
use tfplugin::value::Value;
use tfplugin_proto::tfplugin6 as wire;
use tonic::transport::Channel;
use wire::invoke_action::event::Type as EventType;
use wire::provider_client::ProviderClient;

use crate::support::example;
use crate::terraform::Workspace;

struct Session {
    _plugin: Plugin,
    _connection: Connection,
    provider: ProviderClient<Channel>,
    directory: tempfile::TempDir,
}

impl Session {
    /// A shelf behind mutual TLS, with a provider configuration.
    async fn configured(known: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let launch = Launch::new(example("shelf")).identity(&ClientIdentity::generate().unwrap());
        let plugin = launch.start().await.unwrap();
        let connection = plugin.connect().await.unwrap();
        let mut provider = connection.provider();
        let path = if known { Value::from(directory.path().to_str().unwrap()) } else { Value::UNKNOWN };
        let config = encode(&Value::object([("directory", path)]), &Type::object([("directory", Type::String)]));
        let request = wire::configure_provider::Request { config, ..Default::default() };
        let reply = provider.configure_provider(request).await.unwrap().into_inner();
        assert_eq!(reply.diagnostics, []);
        Session { _plugin: plugin, _connection: connection, provider, directory }
    }

    async fn start() -> Self {
        Session::configured(true).await
    }

    fn fill(&self, titles: &[&str]) {
        for (index, title) in titles.iter().enumerate() {
            fs::write(self.directory.path().join(format!("{}.book", index + 1)), title).unwrap();
        }
    }

    async fn plan(&mut self, book: &Value, client: wire::ClientCapabilities) -> wire::plan_resource_change::Response {
        let request = wire::plan_resource_change::Request {
            type_name: "shelf_book".into(),
            prior_state: encode(&Value::Null, &book_type()),
            proposed_new_state: encode(book, &book_type()),
            config: encode(book, &book_type()),
            client_capabilities: Some(client),
            ..Default::default()
        };
        self.provider.plan_resource_change(request).await.unwrap().into_inner()
    }

    async fn list(&mut self, containing: &str, limit: i64, include: bool) -> Vec<wire::list_resource::Event> {
        let ty = Type::object([("containing", Type::String)]);
        let request = wire::list_resource::Request {
            type_name: "shelf_book".into(),
            config: encode(&Value::object([("containing", Value::from(containing))]), &ty),
            include_resource_object: include,
            limit,
        };
        let mut stream = self.provider.list_resource(request).await.unwrap().into_inner();
        let mut events = Vec::new();
        while let Some(event) = stream.message().await.unwrap() {
            events.push(event);
        }
        events
    }
}

fn encode(value: &Value, ty: &Type) -> Option<wire::DynamicValue> {
    let msgpack = msgpack::encode(value, ty).unwrap().into();
    Some(wire::DynamicValue { msgpack, ..Default::default() })
}

fn decode(value: Option<wire::DynamicValue>, ty: &Type) -> Value {
    value.map_or(Value::Null, |value| msgpack::decode(&value.msgpack, ty).unwrap())
}

fn book_type() -> Type {
    Type::object([
        ("title", Type::String),
        ("edition", Type::Number),
        ("cipher", Type::String),
        ("locked", Type::Bool),
        ("number", Type::Number),
        ("timeouts", Type::object(["create", "read", "update", "delete"].map(|name| (name, Type::String)))),
    ])
}

fn book(title: &str) -> Value {
    let rest = ["edition", "cipher", "locked", "number", "timeouts"].map(|name| (name, Value::Null));
    Value::object([("title", Value::from(title))].into_iter().chain(rest))
}

fn identity_type() -> Type {
    Type::object([("number", Type::Number)])
}

fn identity(number: i64) -> Option<wire::ResourceIdentityData> {
    let identity_data = encode(&Value::object([("number", Value::from(number))]), &identity_type());
    Some(wire::ResourceIdentityData { identity_data })
}

fn number_of(identity: Option<wire::ResourceIdentityData>) -> Value {
    let identity = decode(identity.and_then(|identity| identity.identity_data), &identity_type());
    identity.attribute("number").cloned().unwrap_or_default()
}

#[tokio::test]
async fn an_identity_goes_with_every_state() {
    let mut session = Session::start().await;
    let schemas = wire::get_resource_identity_schemas::Request {};
    let schemas = session.provider.get_resource_identity_schemas(schemas).await.unwrap().into_inner();
    let names: Vec<_> = schemas.identity_schemas.keys().collect();
    assert_eq!(names, ["shelf_book"], "drafts have no identity");
    let number = &schemas.identity_schemas["shelf_book"].identity_attributes[0];
    assert_eq!((number.name.as_str(), number.r#type.as_slice()), ("number", &br#""number""#[..]));
    assert!(number.required_for_import && !number.optional_for_import);

    let plan = session.plan(&book("Emma"), wire::ClientCapabilities::default()).await;
    assert_eq!(plan.diagnostics, []);
    assert_eq!(number_of(plan.planned_identity.clone()), Value::UNKNOWN);
    let apply = wire::apply_resource_change::Request {
        type_name: "shelf_book".into(),
        prior_state: encode(&Value::Null, &book_type()),
        planned_state: plan.planned_state,
        planned_identity: plan.planned_identity,
        planned_private: plan.planned_private,
        config: encode(&book("Emma"), &book_type()),
        ..Default::default()
    };
    let made = session.provider.apply_resource_change(apply).await.unwrap().into_inner();
    assert_eq!(made.diagnostics, []);
    assert_eq!(number_of(made.new_identity.clone()), Value::from(1));
    let read = wire::read_resource::Request {
        type_name: "shelf_book".into(),
        current_state: made.new_state,
        current_identity: made.new_identity,
        ..Default::default()
    };
    let read = session.provider.read_resource(read).await.unwrap().into_inner();
    assert_eq!((read.diagnostics.len(), number_of(read.new_identity)), (0, Value::from(1)));

    let import = |id: &str, identity| wire::import_resource_state::Request {
        type_name: "shelf_book".into(),
        id: id.into(),
        identity,
        ..Default::default()
    };
    for request in [import("1", None), import("", identity(1))] {
        let imported = session.provider.import_resource_state(request).await.unwrap().into_inner();
        assert_eq!(imported.diagnostics, []);
        assert_eq!(number_of(imported.imported_resources[0].identity.clone()), Value::from(1));
    }
    let neither = session.provider.import_resource_state(import("", None)).await.unwrap().into_inner();
    assert!(neither.diagnostics[0].detail.contains("`id` or its `identity`"), "{:?}", neither.diagnostics);

    let upgrade = |version, json: &str| wire::upgrade_resource_identity::Request {
        type_name: "shelf_book".into(),
        version,
        raw_identity: Some(wire::RawState { json: json.into(), ..Default::default() }),
    };
    let same = upgrade(0, r#"{"number": 3}"#);
    let same = session.provider.upgrade_resource_identity(same).await.unwrap().into_inner();
    assert_eq!((same.diagnostics.len(), number_of(same.upgraded_identity)), (0, Value::from(3)));
    let newer = session.provider.upgrade_resource_identity(upgrade(1, "{}")).await.unwrap().into_inner();
    assert_eq!((newer.diagnostics.len(), newer.upgraded_identity), (1, None));
}

#[tokio::test]
async fn a_state_of_another_type_is_taken_over() {
    let mut session = Session::start().await;
    let schema = wire::get_provider_schema::Request {};
    let schema = session.provider.get_provider_schema(schema).await.unwrap().into_inner();
    let capabilities = schema.server_capabilities.unwrap();
    assert!(capabilities.move_resource_state && capabilities.generate_resource_config);
    assert!(schema.list_resource_schemas.contains_key("shelf_book"));
    assert!(schema.action_schemas["shelf_stamp"].schema.is_some());
    let moved = |source: &str| wire::move_resource_state::Request {
        source_provider_address: "registry.terraform.io/example/shelf".into(),
        source_type_name: source.into(),
        source_state: Some(wire::RawState {
            json: r#"{"working_title": "Emma", "number": 4}"#.into(),
            ..Default::default()
        }),
        target_type_name: "shelf_book".into(),
        ..Default::default()
    };
    let taken = session.provider.move_resource_state(moved("shelf_draft")).await.unwrap().into_inner();
    assert_eq!(taken.diagnostics, []);
    assert_eq!(decode(taken.target_state, &book_type()).attribute("title"), Some(&Value::from("Emma")));
    assert_eq!(number_of(taken.target_identity), Value::from(4));
    let refused = session.provider.move_resource_state(moved("shelf_leaf")).await.unwrap().into_inner();
    assert!(refused.target_state.is_none() && refused.diagnostics[0].detail.contains("takes over: shelf_draft"));
}

#[tokio::test]
async fn books_are_listed_up_to_the_limit() {
    let mut session = Session::start().await;
    session.fill(&["Emma", "Persuasion", "Emma again"]);
    let all = session.list("", 0, false).await;
    let names: Vec<_> = all.iter().map(|event| event.display_name.as_str()).collect();
    assert_eq!(names, ["Emma", "Persuasion", "Emma again"]);
    assert!(all.iter().all(|event| event.resource_object.is_none() && event.diagnostic.is_empty()));
    assert_eq!(number_of(all[2].identity.clone()), Value::from(3));
    assert_eq!(session.list("", 2, false).await.len(), 2);
    let whole = session.list("Emma", 10, true).await;
    let titles: Vec<_> = whole
        .into_iter()
        .map(|event| decode(event.resource_object, &book_type()).attribute("title").cloned().unwrap_or_default())
        .collect();
    assert_eq!(titles, [Value::from("Emma"), Value::from("Emma again")]);
    let validate = wire::validate_list_resource_config::Request {
        type_name: "shelf_book".into(),
        config: encode(
            &Value::object([("containing", Value::from(""))]),
            &Type::object([("containing", Type::String)]),
        ),
        ..Default::default()
    };
    let refused = session.provider.validate_list_resource_config(validate).await.unwrap().into_inner();
    assert_eq!(refused.diagnostics[0].attribute.as_ref().unwrap().steps.len(), 1);
    let unknown = wire::list_resource::Request { type_name: "shelf_leaf".into(), ..Default::default() };
    let mut unknown = session.provider.list_resource(unknown).await.unwrap().into_inner();
    let event = unknown.message().await.unwrap().unwrap();
    assert_eq!((event.diagnostic.len(), event.identity), (1, None));
    assert_eq!(unknown.message().await.unwrap(), None);
}

#[tokio::test]
async fn a_host_may_stop_listening_to_a_long_list() {
    let mut session = Session::start().await;
    let titles: Vec<String> = (0..500).map(|number| format!("volume {number}")).collect();
    session.fill(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    let request = || wire::list_resource::Request {
        type_name: "shelf_book".into(),
        config: encode(&Value::object([("containing", Value::Null)]), &Type::object([("containing", Type::String)])),
        ..Default::default()
    };
    for _ in 0..20 {
        let mut stream = session.provider.list_resource(request()).await.unwrap().into_inner();
        assert!(stream.message().await.unwrap().is_some());
    }
    assert_eq!(session.list("", 0, false).await.len(), 500, "the provider goes on");
}

#[tokio::test]
async fn an_action_tells_its_progress_and_ends_once() {
    let mut session = Session::start().await;
    session.fill(&["Emma", "Persuasion"]);
    let ty = Type::object([("word", Type::String)]);
    let config = |word: Value| encode(&Value::object([("word", word)]), &ty);
    let validate = wire::validate_action_config::Request { type_name: "shelf_stamp".into(), config: config("".into()) };
    let refused = session.provider.validate_action_config(validate).await.unwrap().into_inner();
    assert_eq!(refused.diagnostics[0].attribute.as_ref().unwrap().steps.len(), 1);
    let plan = wire::plan_action::Request {
        action_type: "shelf_stamp".into(),
        config: config(Value::UNKNOWN),
        ..Default::default()
    };
    let planned = session.provider.plan_action(plan).await.unwrap().into_inner();
    assert_eq!((planned.diagnostics.len(), planned.deferred), (0, None));

    let invoke = wire::invoke_action::Request {
        action_type: "shelf_stamp".into(),
        config: config("read".into()),
        ..Default::default()
    };
    let mut stream = session.provider.invoke_action(invoke).await.unwrap().into_inner();
    let (mut progress, mut ends) = (Vec::new(), Vec::new());
    while let Some(event) = stream.message().await.unwrap() {
        match event.r#type.unwrap() {
            EventType::Progress(told) if ends.is_empty() => progress.push(told.message),
            EventType::Progress(told) => panic!("progress after the end: {}", told.message),
            EventType::Completed(completed) => ends.push(completed.diagnostics),
        }
    }
    assert_eq!(progress, ["stamping Emma", "stamping Persuasion"]);
    assert_eq!(ends, [vec![]]);
    assert_eq!(fs::read_to_string(session.directory.path().join("1.book")).unwrap(), "Emma [read]");

    let unknown = wire::invoke_action::Request { action_type: "shelf_burn".into(), ..Default::default() };
    let mut stream = session.provider.invoke_action(unknown).await.unwrap().into_inner();
    let Some(EventType::Completed(end)) = stream.message().await.unwrap().unwrap().r#type else { panic!("no end") };
    assert_eq!(end.diagnostics[0].severity, 1);
}

#[tokio::test]
async fn a_configuration_is_generated_from_a_state() {
    let mut session = Session::start().await;
    let state = Value::object([
        ("title", Value::from("Emma")),
        ("edition", Value::from(2)),
        ("cipher", Value::Null),
        ("locked", Value::from(true)),
        ("number", Value::from(1)),
        ("timeouts", Value::Null),
    ]);
    let request =
        wire::generate_resource_config::Request { type_name: "shelf_book".into(), state: encode(&state, &book_type()) };
    let generated = session.provider.generate_resource_config(request).await.unwrap().into_inner();
    assert_eq!(generated.diagnostics, []);
    let config = decode(generated.config, &book_type());
    assert_eq!([config.attribute("title"), config.attribute("edition")], [Some(&"Emma".into()), Some(&2.into())]);
    assert_eq!([config.attribute("locked"), config.attribute("number")], [Some(&Value::Null); 2]);
}

#[tokio::test]
async fn calls_wait_for_an_unknown_provider_only_where_the_host_can() {
    let mut session = Session::configured(false).await;
    let able = wire::ClientCapabilities { deferral_allowed: true, ..Default::default() };
    let waiting = session.plan(&book("Emma"), able).await;
    assert_eq!((waiting.diagnostics.len(), waiting.deferred.unwrap().reason), (0, 2));
    let planned = decode(waiting.planned_state, &book_type());
    assert_eq!(planned.attribute("number"), Some(&Value::UNKNOWN));
    let import = wire::import_resource_state::Request {
        type_name: "shelf_book".into(),
        id: "1".into(),
        client_capabilities: Some(able),
        ..Default::default()
    };
    let waiting = session.provider.import_resource_state(import).await.unwrap().into_inner();
    assert_eq!((waiting.deferred.unwrap().reason, waiting.imported_resources.len()), (2, 1));
    let ty = Type::object([("letters", Type::Number), ("word", Type::String)]);
    let open = wire::open_ephemeral_resource::Request {
        type_name: "shelf_cipher".into(),
        config: encode(&Value::object([("letters", Value::from(3)), ("word", Value::Null)]), &ty),
        client_capabilities: Some(able),
    };
    let waiting = session.provider.open_ephemeral_resource(open).await.unwrap().into_inner();
    assert_eq!((waiting.deferred.unwrap().reason, waiting.diagnostics.len()), (2, 0));
    let unable = session.plan(&book("Emma"), wire::ClientCapabilities::default()).await;
    assert_eq!((unable.diagnostics.len(), unable.deferred), (0, None));
}

#[tokio::test]
async fn a_handler_puts_a_plan_off_where_the_host_can_wait() {
    let mut session = Session::start().await;
    let mut manuscript = book("Emma");
    *manuscript.get_mut(&Path::root().attribute("edition")).unwrap() = Value::from(0);
    let able = wire::ClientCapabilities { deferral_allowed: true, ..Default::default() };
    let waiting = session.plan(&manuscript, able).await;
    assert_eq!((waiting.diagnostics.len(), waiting.deferred.unwrap().reason), (0, 3));
    let refused = session.plan(&manuscript, wire::ClientCapabilities::default()).await;
    assert_eq!((refused.diagnostics[0].summary.as_str(), refused.deferred), ("Cannot be planned yet", None));
    fs::write(session.directory.path().join("manuscript"), "").unwrap();
    let planned = session.plan(&manuscript, able).await;
    assert_eq!((planned.diagnostics.len(), planned.deferred), (0, None));
}

const SHELF: &str = r#"
terraform {
  required_providers {
    shelf = { source = "example/shelf" }
  }
}

provider "shelf" {
  directory = "@NOTES@"
}
"#;

#[test]
fn a_moved_block_makes_a_book_of_a_draft() {
    let draft = format!("{SHELF}resource \"shelf_draft\" \"emma\" {{\n  working_title = \"Emma\"\n}}\n");
    let book = format!(
        "{SHELF}moved {{\n  from = shelf_draft.emma\n  to   = shelf_book.emma\n}}\n\n\
         resource \"shelf_book\" \"emma\" {{\n  title = \"Emma\"\n}}\n"
    );
    Workspace::for_each_host(&draft, |workspace| {
        workspace.run(&["apply", "-auto-approve"]).ends_with(0).says("1 added");
        workspace.configure(&book);
        let moved = workspace.run(&["apply", "-auto-approve"]).ends_with(0);
        let moved = moved.says("shelf_draft.emma has moved to shelf_book.emma");
        moved.says("0 added, 0 changed, 0 destroyed");
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(0).says("No changes");
        workspace.configure(&book.replace("shelf_draft.emma", "shelf_cipher.emma"));
        workspace.run(&["state", "list"]).ends_with(0).says("shelf_book.emma");
    });
}

#[test]
fn an_ephemeral_value_locks_a_book_and_is_stored_nowhere() {
    let configuration = format!(
        "{SHELF}ephemeral \"shelf_cipher\" \"it\" {{\n  letters = 9\n}}\n\n\
         resource \"shelf_book\" \"emma\" {{\n  title  = \"Emma\"\n  cipher = ephemeral.shelf_cipher.it.word\n}}\n\n\
         output \"locked\" {{\n  value = shelf_book.emma.locked\n}}\n"
    );
    Workspace::for_each_host(&configuration, |workspace| {
        let saved = workspace.path("plan.bin");
        let saved = saved.to_str().unwrap();
        workspace.run(&["plan", "-out", saved]).ends_with(0);
        workspace.run(&["apply", saved]).ends_with(0).says("locked = true");
        let state = fs::read_to_string(workspace.path("terraform.tfstate")).unwrap();
        assert!(state.contains("\"cipher\": null") && !state.contains("sesameses"), "{state}");
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(0).says("No changes");
    });
}

#[test]
fn a_title_that_means_the_same_is_no_change() {
    let configuration =
        |title: &str| format!("{SHELF}resource \"shelf_book\" \"emma\" {{\n  title = \"{title}\"\n}}\n");
    Workspace::for_each_host(&configuration("Emma  "), |workspace| {
        // The shelf answers "Emma", which would be an inconsistent result if it did not mean the same.
        workspace.run(&["apply", "-auto-approve"]).ends_with(0).says("1 added");
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(0).says("No changes");
        workspace.configure(&configuration(" Emma"));
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(0).says("No changes");
        workspace.configure(&configuration("Emma again"));
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(2).says("1 to change");
    });
}

#[test]
fn what_has_to_wait_is_an_error_where_the_host_cannot() {
    let configuration =
        format!("{SHELF}resource \"shelf_book\" \"emma\" {{\n  title   = \"Emma\"\n  edition = 0\n}}\n");
    Workspace::for_each_host(&configuration, |workspace| {
        workspace.run(&["plan"]).ends_with(1).says("shelf_book has to wait, because something that must exist first");
    });
}

#[test]
fn a_timeout_ends_a_create() {
    let configuration = |limit: &str| {
        format!(
            "{SHELF}resource \"shelf_book\" \"emma\" {{\n  title   = \"Emma\"\n  edition = 60000\n  timeouts = {{\n    \
             create = \"{limit}\"\n  }}\n}}\n"
        )
    };
    Workspace::for_each_host(&configuration("50ms"), |workspace| {
        workspace
            .run(&["apply", "-auto-approve"])
            .ends_with(1)
            .says("Waited in vain")
            .says("for the book to be printed");
        workspace.configure(&configuration("soon"));
        workspace.run(&["validate"]).ends_with(1).says("must be a duration");
    });
}

#[test]
fn an_import_block_adopts_a_book() {
    let configuration = format!(
        "{SHELF}import {{\n  to = shelf_book.emma\n  id = \"7\"\n}}\n\n\
         resource \"shelf_book\" \"emma\" {{\n  title = \"Emma\"\n}}\n"
    );
    Workspace::for_each_host(&configuration, |workspace| {
        fs::write(workspace.path("notes").join("7.book"), "Emma").unwrap();
        workspace.run(&["apply", "-auto-approve"]).ends_with(0).says("1 imported, 0 added, 0 changed");
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(0).says("No changes");
    });
}

#[test]
fn schemas_are_told_as_json() {
    Workspace::for_each_host(SHELF, |workspace| {
        let told = workspace.run(&["providers", "schema", "-json"]).ends_with(0);
        let json = told.text.lines().find(|line| line.starts_with('{')).unwrap();
        let schemas: serde_json::Value = serde_json::from_str(json).unwrap();
        let (_, shelf) = schemas["provider_schemas"].as_object().unwrap().iter().next().unwrap();
        let cipher = &shelf["resource_schemas"]["shelf_book"]["block"]["attributes"]["cipher"];
        assert_eq!((&cipher["write_only"], &cipher["optional"]), (&true.into(), &true.into()), "{cipher}");
        assert!(shelf["ephemeral_resource_schemas"]["shelf_cipher"].is_object());
    });
}

#[test]
fn a_test_runs_with_a_mocked_provider_and_without_credentials() {
    let configuration = SHELF.replace("directory = \"@NOTES@\"", "directory = var.directory")
        + "variable \"directory\" {\n  type    = string\n  default = \"/nowhere/at/all\"\n}\n\n\
           resource \"shelf_book\" \"emma\" {\n  title = \"Emma\"\n}\n";
    Workspace::for_each_host(&configuration, |workspace| {
        let test = "mock_provider \"shelf\" {}\n\nrun \"mocked\" {\n  command = apply\n\n  assert {\n    \
                    condition     = shelf_book.emma.title == \"Emma\" && shelf_book.emma.edition == 0\n    \
                    error_message = \"the mock did not answer\"\n  }\n}\n";
        workspace.write("book.tftest.hcl", test);
        workspace.run(&["test"]).ends_with(0).says("1 passed, 0 failed");
    });
}

#[test]
fn a_function_is_called_by_its_provider_name() {
    let configuration = "terraform {\n  required_providers {\n    note = { source = \"example/note\" }\n  }\n}\n\n\
                         output \"words\" {\n  value = provider::note::word_count(\"one two three\")\n}\n";
    Workspace::for_each_host(configuration, |workspace| {
        workspace.run(&["apply", "-auto-approve"]).ends_with(0).says("words = 3");
    });
}
