//! A provider that only writes down what Terraform sends it. It answers on the wire itself, below everything of the
//! crate that is under test, and Terraform is told to attach to it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use serde_json::json;
use tfplugin::Type;
use tfplugin_proto::tfplugin6 as wire;
use tokio::process::Command;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::transport::Server;
use wire::schema::object::NestingMode;
use wire::schema::{Attribute, Block, Object};

use super::Vector;

const ADDRESS: &str = "registry.terraform.io/example/golden";

/// Inputs that have no value while a configuration is only validated.
const VARIABLES: &str = r#"
terraform {
  required_providers {
    golden = { source = "example/golden" }
  }
}

variable "text" { type = string }
variable "certain" {
  type     = string
  nullable = false
}
variable "number" { type = number }
variable "choice" { type = bool }
variable "anything" { type = any }
variable "texts" { type = list(string) }
variable "object" { type = object({ a = string, b = number }) }
"#;

/// Records vectors with one host.
pub(crate) struct Recorder {
    host: PathBuf,
    vectors: Vec<Vector>,
}

/// What came in, by the name of the call and the number of the case.
type Calls = Arc<Mutex<BTreeMap<(&'static str, usize), Vec<u8>>>>;

impl Recorder {
    pub(crate) fn new(host: PathBuf, vectors: &[Vector]) -> Self {
        Self { host, vectors: vectors.to_vec() }
    }

    /// The same vectors with what the host sends now.
    pub(crate) async fn record(mut self) -> Vec<Vector> {
        let everything: Vec<usize> = (0..self.vectors.len()).collect();
        let calls = self.run(&everything, &[&["validate"]]).await;
        let mut known = Vec::new();
        for (case, vector) in self.vectors.iter_mut().enumerate() {
            let bytes = calls.get(&("validate", case)).unwrap_or_else(|| panic!("nothing sent for {vector:?}"));
            vector.msgpack = hexadecimal(bytes);
            vector.state = None;
            if vector.decode().is_wholly_known() {
                known.push(case);
            }
        }
        let calls = self.run(&known, &[&["apply", "-auto-approve"], &["plan"]]).await;
        for case in known {
            let vector = &mut self.vectors[case];
            assert_eq!(hexadecimal(&calls[&("plan", case)]), vector.msgpack, "a plan differs from its validation");
            let text = String::from_utf8(calls[&("state", case)].clone()).unwrap();
            // The state file is indented; only its white space is not kept.
            vector.state = Some(without_white_space(&text));
        }
        self.vectors
    }

    /// Runs commands on a configuration of the given cases, and gives what came in.
    async fn run(&self, cases: &[usize], commands: &[&[&str]]) -> BTreeMap<(&'static str, usize), Vec<u8>> {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("socket");
        let calls = Calls::default();
        let provider =
            Golden { schema: Arc::new(self.schema()), vectors: self.vectors.clone().into(), calls: Arc::clone(&calls) };
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        let incoming = tokio_stream::wrappers::UnixListenerStream::new(listener);
        let server = tokio::spawn(Server::builder().add_service(provider).serve_with_incoming(incoming));

        let mut configuration = VARIABLES.to_owned();
        for case in cases {
            let expression = &self.vectors[*case].expression;
            configuration +=
                &format!("\nresource \"golden_{case}\" \"it\" {{\n  case  = {case}\n  value = {expression}\n}}\n");
        }
        std::fs::write(directory.path().join("main.tf"), configuration).unwrap();
        let reattach = json!({ ADDRESS: {
            "Protocol": "grpc", "ProtocolVersion": 6, "Pid": std::process::id(), "Test": true,
            "Addr": { "Network": "unix", "String": socket },
        }});
        for arguments in commands {
            let mut command = Command::new(&self.host);
            for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TF_")) {
                command.env_remove(name);
            }
            if arguments[0] != "validate" {
                for (name, value) in [
                    ("text", "a"),
                    ("certain", "a"),
                    ("number", "1"),
                    ("choice", "true"),
                    ("anything", "1"),
                    ("texts", "[]"),
                    ("object", "{a=\"\",b=1}"),
                ] {
                    command.env(format!("TF_VAR_{name}"), value);
                }
            }
            let output = command
                .args(*arguments)
                .arg("-no-color")
                .current_dir(directory.path())
                .env("TF_REATTACH_PROVIDERS", reattach.to_string())
                .env("CHECKPOINT_DISABLE", "1")
                .env("TF_INPUT", "0")
                .stdin(Stdio::null())
                .output()
                .await
                .unwrap();
            let text = [output.stdout, output.stderr].concat();
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&text));
        }
        server.abort();
        std::mem::take(&mut *calls.lock().unwrap())
    }

    fn schema(&self) -> wire::get_provider_schema::Response {
        let resources = self.vectors.iter().enumerate().map(|(case, vector)| {
            let mut value = attribute("value", &vector.value_type());
            if vector.nested {
                value.r#type = Vec::new();
                value.nested_type = Some(nested(&vector.value_type()));
            }
            let attributes = vec![attribute("case", &Type::Number), value];
            (format!("golden_{case}"), schema(attributes))
        });
        wire::get_provider_schema::Response {
            provider: Some(schema(Vec::new())),
            resource_schemas: resources.collect(),
            server_capabilities: Some(wire::ServerCapabilities { plan_destroy: true, ..Default::default() }),
            ..Default::default()
        }
    }
}

fn schema(attributes: Vec<Attribute>) -> wire::Schema {
    wire::Schema { version: 0, block: Some(Block { attributes, ..Default::default() }) }
}

fn attribute(name: &str, ty: &Type) -> Attribute {
    Attribute { name: name.into(), r#type: ty.to_json_bytes(), optional: true, ..Default::default() }
}

fn nested(ty: &Type) -> Object {
    let (nesting, element) = match ty {
        Type::List(element) => (NestingMode::List, &**element),
        Type::Set(element) => (NestingMode::Set, &**element),
        Type::Map(element) => (NestingMode::Map, &**element),
        object => (NestingMode::Single, object),
    };
    let Type::Object(object) = element else { panic!("{element} has no attributes") };
    let attributes = object.attributes.iter().map(|(name, ty)| attribute(name, ty)).collect();
    Object { attributes, nesting: nesting.into(), ..Default::default() }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn without_white_space(json: &str) -> String {
    let mut in_string = false;
    let mut escaped = false;
    let keep = |letter: &char| {
        if in_string {
            in_string = *letter != '"' || escaped;
            escaped = *letter == '\\' && !escaped;
            return true;
        }
        in_string = *letter == '"';
        !letter.is_whitespace()
    };
    json.chars().filter(keep).collect()
}

/// The provider on the wire. Plans what is proposed, applies what is planned.
#[derive(Clone)]
struct Golden {
    schema: Arc<wire::get_provider_schema::Response>,
    vectors: Arc<[Vector]>,
    calls: Calls,
}

impl Golden {
    fn note(&self, call: &'static str, type_name: &str, bytes: &[u8]) {
        let case = type_name.trim_start_matches("golden_").parse().unwrap();
        assert!(case < self.vectors.len());
        self.calls.lock().unwrap().insert((call, case), bytes.to_vec());
    }

    async fn answer(self, request: Request<Body>) -> Response<Body> {
        let path = request.uri().path().to_owned();
        match path.rsplit('/').next().unwrap_or_default() {
            "GetProviderSchema" => {
                unary(request, move |_: wire::get_provider_schema::Request| (*self.schema).clone()).await
            }
            "ValidateProviderConfig" => {
                unary(request, |_: wire::validate_provider_config::Request| {
                    wire::validate_provider_config::Response::default()
                })
                .await
            }
            "ConfigureProvider" => {
                unary(request, |_: wire::configure_provider::Request| wire::configure_provider::Response::default())
                    .await
            }
            "ValidateResourceConfig" => {
                unary(request, move |call: wire::validate_resource_config::Request| {
                    self.note("validate", &call.type_name, &call.config.unwrap_or_default().msgpack);
                    wire::validate_resource_config::Response::default()
                })
                .await
            }
            "PlanResourceChange" => {
                unary(request, move |call: wire::plan_resource_change::Request| {
                    self.note("plan", &call.type_name, &call.config.unwrap_or_default().msgpack);
                    let planned_state = call.proposed_new_state;
                    wire::plan_resource_change::Response { planned_state, ..Default::default() }
                })
                .await
            }
            "ApplyResourceChange" => {
                unary(request, |call: wire::apply_resource_change::Request| wire::apply_resource_change::Response {
                    new_state: call.planned_state,
                    ..Default::default()
                })
                .await
            }
            "UpgradeResourceState" => {
                unary(request, move |call: wire::upgrade_resource_state::Request| {
                    let json = call.raw_state.unwrap_or_default().json;
                    self.note("state", &call.type_name, &json);
                    let state = wire::DynamicValue { json: json.into(), ..Default::default() };
                    wire::upgrade_resource_state::Response { upgraded_state: Some(state), ..Default::default() }
                })
                .await
            }
            "ReadResource" => {
                unary(request, |call: wire::read_resource::Request| wire::read_resource::Response {
                    new_state: call.current_state,
                    ..Default::default()
                })
                .await
            }
            "StopProvider" => {
                unary(request, |_: wire::stop_provider::Request| wire::stop_provider::Response::default()).await
            }
            other => tonic::Status::unimplemented(other.to_owned()).into_http(),
        }
    }
}

async fn unary<Q, A>(request: Request<Body>, answer: impl FnOnce(Q) -> A + Clone + Send + 'static) -> Response<Body>
where
    Q: prost::Message + Default + Send + 'static,
    A: prost::Message + Default + Send + 'static,
{
    let service = tower::service_fn(move |request: tonic::Request<Q>| {
        let reply = answer.clone()(request.into_inner());
        async move { Ok(tonic::Response::new(reply)) }
    });
    tonic::server::Grpc::new(tonic_prost::ProstCodec::<A, Q>::default()).unary(service, request).await
}

impl tonic::server::NamedService for Golden {
    const NAME: &'static str = "tfplugin6.Provider";
}

impl tower::Service<Request<Body>> for Golden {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let provider = self.clone();
        Box::pin(async move { Ok(provider.answer(request).await) })
    }
}
