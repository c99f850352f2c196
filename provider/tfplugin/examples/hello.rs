//! The provider of the guide: greetings, kept as text files.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use tfplugin::plan::{requires_replace, use_state_for_unknown};
use tfplugin::schema::validate::{length, string};
use tfplugin::{
    Attr, Context, Create, Delete, Diagnostic, Model, Outcome, Path, Provider, Read, Registry, Reply, Resource,
    ServeOptions, Update, Validator,
};

fn main() -> ExitCode {
    tfplugin::serve(Hello, ServeOptions::new("registry.terraform.io/example/hello", env!("CARGO_PKG_VERSION")))
}

/// Where greetings are kept.
#[derive(Clone, Debug, Model)]
struct Settings {
    /// An existing directory.
    #[attr(required)]
    directory: Attr<String>,
}

struct Hello;

impl Provider for Hello {
    type Config = Settings;
    type State = PathBuf;

    fn type_name(&self) -> &str {
        "hello"
    }

    fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    fn register(&self, registry: &mut Registry<PathBuf>) {
        registry.resource(GreetingResource);
    }

    async fn configure(&self, _: Context, settings: Settings) -> Outcome<PathBuf> {
        match settings.directory.into_known().map(PathBuf::from) {
            Some(directory) if !directory.is_dir() => Outcome::failed(Diagnostic::attribute_error(
                &Path::root().attribute("directory"),
                "No such directory",
                format!("{} is not a directory. Create it first.", directory.display()),
            )),
            // Unknown while planning, if it comes from a resource that does not exist yet.
            directory => Outcome::done(directory.unwrap_or_default()),
        }
    }
}

/// A check of one's own: the name becomes the name of a file.
fn word() -> Validator {
    string("must be letters and digits only", |name| name.chars().all(char::is_alphanumeric))
}

/// A greeting for one person.
#[derive(Clone, Debug, Model)]
struct Greeting {
    /// Who is greeted. Another person gets another greeting.
    #[attr(required, validate = [length(1..=40), word()], plan = requires_replace())]
    name: Attr<String>,
    /// How to begin.
    #[attr(optional, computed, default = "Hello")]
    salutation: Attr<String>,
    /// The file with the greeting.
    #[attr(computed, plan = use_state_for_unknown())]
    path: Attr<String>,
}

impl Greeting {
    fn file(&self, directory: &std::path::Path) -> PathBuf {
        directory.join(self.name.known().map_or("", String::as_str)).with_extension("txt")
    }

    /// Writes the greeting down and says what is known then.
    fn write(self, directory: &std::path::Path) -> Reply<Greeting> {
        let file = self.file(directory);
        let salutation = self.salutation.known().map_or("", String::as_str);
        let text = format!("{salutation}, {}!\n", self.name.known().map_or("", String::as_str));
        match std::fs::write(&file, text) {
            Ok(()) => Reply::state(Greeting { path: Attr::Known(file.display().to_string()), ..self }),
            Err(error) => Reply::failed(Diagnostic::error("Cannot write", format!("{}: {error}", file.display()))),
        }
    }
}

struct GreetingResource;

impl Resource for GreetingResource {
    type Model = Greeting;
    type Provider = PathBuf;

    fn type_name(&self) -> &str {
        "hello_greeting"
    }

    async fn create(&self, context: Context<Arc<PathBuf>>, request: Create<Greeting>) -> Reply<Greeting> {
        request.planned.write(&context.provider)
    }

    async fn read(&self, context: Context<Arc<PathBuf>>, request: Read<Greeting>) -> Reply<Greeting> {
        let greeting = request.state;
        match std::fs::read_to_string(greeting.file(&context.provider)) {
            Ok(text) => {
                let salutation = text.split(',').next().unwrap_or_default().to_owned();
                Reply::state(Greeting { salutation: Attr::Known(salutation), ..greeting })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Reply::gone(),
            Err(error) => Reply::failed(Diagnostic::error("Cannot read the greeting", error.to_string())),
        }
    }

    async fn update(&self, context: Context<Arc<PathBuf>>, request: Update<Greeting>) -> Reply<Greeting> {
        request.planned.write(&context.provider)
    }

    async fn delete(&self, context: Context<Arc<PathBuf>>, request: Delete<Greeting>) -> Reply<Greeting> {
        match std::fs::remove_file(request.state.file(&context.provider)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Reply::failed(Diagnostic::error("Cannot remove the greeting", error.to_string()))
            }
            _ => Reply::gone(),
        }
    }
}
