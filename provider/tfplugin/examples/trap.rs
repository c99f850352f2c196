//! A provider that misbehaves on purpose. The tests of this crate need one.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tfplugin::context::Context;
use tfplugin::diagnostic::{Diagnostic, Outcome};
use tfplugin::function::{Arguments, Function, FunctionError, Signature};
use tfplugin::plan::will_not_be_null;
use tfplugin::provider::{Provider, Registry};
use tfplugin::resource::{Create, Delete, Plan, Read, Reply, Resource, Update};
use tfplugin::{Attr, Model, Number, Schema, ServeOptions, Type, Value};

fn main() -> ExitCode {
    tfplugin::serve(TrapProvider, ServeOptions::new("registry.terraform.io/example/trap", "0.0.0"))
}

struct TrapProvider;

/// What a module says about itself.
#[derive(Clone, Debug, Model)]
struct ModuleMeta {
    /// Its name.
    #[attr(optional)]
    module: Attr<String>,
}

#[derive(Clone, Debug, Model)]
struct Config {}

impl Provider for TrapProvider {
    type Config = Config;
    type State = ();

    fn type_name(&self) -> &str {
        "trap"
    }

    fn version(&self) -> &str {
        "0.0.0"
    }

    fn meta(&self) -> Option<Schema> {
        Some(Schema::of::<ModuleMeta>())
    }

    fn register(&self, registry: &mut Registry<()>) {
        registry.resource(DoorResource);
        registry.resource(ScaleResource);
        if let Some(mebibytes) = std::env::var("TRAP_SCHEMA_MIB").ok().and_then(|size| size.parse().ok()) {
            registry.function(Weigh { mebibytes });
        }
    }

    async fn configure(&self, _: Context, _: Config) -> Outcome<()> {
        Outcome::done(())
    }
}

/// What happens to those who step on it.
#[derive(Clone, Debug, Model)]
struct Door {
    /// `hold`, `panic`, `wait` (until stopped) or `linger` (for a moment, then tell a file).
    #[attr(required)]
    behaviour: Attr<String>,
    /// Anything, as large as one likes.
    #[attr(optional)]
    load: Attr<String>,
    /// The process that made it.
    #[attr(computed, plan = will_not_be_null())]
    made_by: Attr<i64>,
}

struct DoorResource;

/// Tells a waiting test that something has happened.
fn tell(variable: &str) {
    if let Some(file) = std::env::var_os(variable) {
        let half = std::path::PathBuf::from(&file).with_extension("half");
        // Renamed into place, so that a reader never sees half of it.
        if std::fs::write(&half, std::process::id().to_string()).is_ok() {
            let _ = std::fs::rename(half, file);
        }
    }
}

impl Resource for DoorResource {
    type Model = Door;
    type Provider = ();

    fn type_name(&self) -> &str {
        "trap_door"
    }

    async fn plan(&self, context: Context<Arc<()>>, plan: &mut Plan<Door>) {
        let meta = plan.diagnostics.absorb(context.meta::<ModuleMeta>()).flatten();
        if let Some(module) = meta.and_then(|meta| meta.module.into_known()) {
            plan.diagnostics.warning("A module asks", format!("The door is asked for by {module}."));
        }
    }

    async fn create(&self, context: Context<Arc<()>>, request: Create<Door>) -> Reply<Door> {
        tell("TRAP_PID_FILE");
        let door = Door { made_by: Attr::Known(std::process::id().into()), ..request.planned };
        match door.behaviour.known().map_or("", String::as_str) {
            "panic" => panic!("the trap door gave way"),
            "wait" => {
                context.cancel.cancelled().await;
                Reply::partial(door, Diagnostic::error("Not done", "The door was stopped half-way."))
            }
            "linger" => {
                tokio::time::sleep(Duration::from_millis(300)).await;
                tell("TRAP_DONE_FILE");
                Reply::state(door)
            }
            _ => Reply::state(door),
        }
    }

    async fn read(&self, _: Context<Arc<()>>, request: Read<Door>) -> Reply<Door> {
        Reply::state(request.state)
    }

    async fn update(&self, _: Context<Arc<()>>, request: Update<Door>) -> Reply<Door> {
        Reply::state(Door { made_by: request.prior.made_by, ..request.planned })
    }

    async fn delete(&self, _: Context<Arc<()>>, request: Delete<Door>) -> Reply<Door> {
        match request.state.load.known().map(String::as_str) {
            Some("panic") => panic!("the trap door would not go"),
            _ => Reply::gone(),
        }
    }
}

/// Numbers of every kind, as they come back.
#[derive(Clone, Debug, Model)]
struct Scale {
    /// A float.
    #[attr(required)]
    float: Attr<f64>,
    /// A number with all its digits.
    #[attr(required)]
    number: Attr<Number>,
    /// Several floats.
    #[attr(required)]
    list: Attr<Vec<f64>>,
    /// Numbers wherever one likes.
    #[attr(required)]
    any: Value,
    /// A float that the provider computes, to the last bit.
    #[attr(computed)]
    root: Attr<Number>,
}

impl Scale {
    /// What is computed, and the float as a cloud would tell it: with the digits that a float has.
    fn weighed(self) -> Self {
        let float = self.float.known_or(0.0);
        let root = Number::from_f64_exact(float.sqrt()).ok();
        Self { float: float.into(), root: root.into(), ..self }
    }
}

struct ScaleResource;

impl Resource for ScaleResource {
    type Model = Scale;
    type Provider = ();

    fn type_name(&self) -> &str {
        "trap_scale"
    }

    async fn create(&self, _: Context<Arc<()>>, request: Create<Scale>) -> Reply<Scale> {
        Reply::state(request.planned.weighed())
    }

    async fn read(&self, _: Context<Arc<()>>, request: Read<Scale>) -> Reply<Scale> {
        Reply::state(request.state.weighed())
    }

    async fn update(&self, _: Context<Arc<()>>, request: Update<Scale>) -> Reply<Scale> {
        Reply::state(request.planned.weighed())
    }

    async fn delete(&self, _: Context<Arc<()>>, _: Delete<Scale>) -> Reply<Scale> {
        Reply::gone()
    }
}

/// A function whose description makes the schema as large as a test wants it.
struct Weigh {
    mebibytes: usize,
}

impl Function for Weigh {
    fn name(&self) -> &str {
        "weigh"
    }

    fn signature(&self) -> Signature {
        Signature::new("Says how much it describes", Type::Number).describe("x".repeat(self.mebibytes << 20))
    }

    async fn call(&self, _: Context, _: Arguments) -> Result<Value, FunctionError> {
        Ok(Value::number(i64::try_from(self.mebibytes).unwrap_or(i64::MAX)))
    }
}
