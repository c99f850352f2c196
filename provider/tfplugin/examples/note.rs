//! A small but complete provider: pages of text, kept as files in a directory.
//!
//! One of everything that a provider can offer: a resource, a data source, an ephemeral resource and a function.

use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tfplugin::context::Context;
use tfplugin::data_source::DataSource;
use tfplugin::diagnostic::{Diagnostic, Diagnostics, Outcome};
use tfplugin::ephemeral::{EphemeralResource, Opened, Renewed};
use tfplugin::function::{Arguments, Function, FunctionError, Parameter, Signature};
use tfplugin::path::Path;
use tfplugin::plan::{requires_replace, use_state_for_unknown};
use tfplugin::private::Private;
use tfplugin::provider::{Provider, Registry};
use tfplugin::resource::{Create, Delete, Read, Reply, Resource, Update};
use tfplugin::schema::Validator;
use tfplugin::schema::validate::characters;
use tfplugin::types::Type;
use tfplugin::value::Value;
use tfplugin::{Attr, Model, ServeOptions};

fn main() -> ExitCode {
    let options = ServeOptions::new("registry.terraform.io/example/note", env!("CARGO_PKG_VERSION"))
        .version_lines(|| vec!["pages are plain text".to_owned()]);
    tfplugin::serve(NoteProvider, options)
}

struct NoteProvider;

/// Where pages are kept.
#[derive(Clone, Debug, Model)]
struct Config {
    /// The directory of the pages. It must exist.
    #[attr(required)]
    directory: Attr<String>,
}

/// What resources work with. While planning, the directory may not be known yet.
struct Notes {
    directory: Option<PathBuf>,
}

impl Provider for NoteProvider {
    type Config = Config;
    type State = Notes;

    fn type_name(&self) -> &str {
        "note"
    }

    fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    fn register(&self, registry: &mut Registry<Notes>) {
        registry.resource(PageResource).data_source(PageSource).ephemeral(LockResource).function(WordCount);
    }

    async fn configure(&self, _: Context, config: Config) -> Outcome<Notes> {
        let directory = config.directory.into_known().map(PathBuf::from);
        match &directory {
            Some(missing) if !missing.is_dir() => Outcome::failed(Diagnostic::attribute_error(
                &Path::root().attribute("directory"),
                "No such directory",
                format!("{} is not a directory. Create it, or name another one.", missing.display()),
            )),
            _ => Outcome::done(Notes { directory }),
        }
    }
}

impl Notes {
    fn file(&self, title: &str, extension: &str) -> Result<PathBuf, Diagnostics> {
        let directory = self.directory.as_ref().ok_or_else(|| {
            Diagnostic::error(
                "The directory is not known yet",
                "The provider's `directory` depends on another resource.",
            )
        })?;
        Ok(directory.join(title).with_extension(extension))
    }

    fn read(&self, title: &str) -> Result<Option<String>, Diagnostics> {
        let file = self.file(title, "txt")?;
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &file, &error)),
        }
    }
}

fn failed(action: &str, file: &FilePath, error: &io::Error) -> Diagnostics {
    Diagnostic::error(format!("Cannot {action} the page"), format!("{}: {error}", file.display())).into()
}

fn count_words(text: &str) -> i64 {
    text.split_whitespace().count().try_into().unwrap_or(i64::MAX)
}

fn title() -> Validator {
    characters("letters, digits and dashes", |letter| letter.is_ascii_alphanumeric() || letter == '-')
}

/// A page of text.
#[derive(Clone, Debug, Model)]
struct Page {
    /// The name of the file, without its ending.
    #[attr(required, validate = title(), plan = requires_replace())]
    title: Attr<String>,
    /// What the page says.
    #[attr(optional, computed, default = "")]
    text: Attr<String>,
    /// Where the page is.
    #[attr(computed, plan = use_state_for_unknown())]
    path: Attr<String>,
    /// The number of words on the page.
    #[attr(computed)]
    words: Attr<i64>,
}

struct PageResource;

impl PageResource {
    fn write(&self, notes: &Notes, page: Page) -> Result<Page, Diagnostics> {
        let text = page.text.known().cloned().unwrap_or_default();
        let file = notes.file(page.title.known().map_or("", String::as_str), "txt")?;
        std::fs::write(&file, &text).map_err(|error| failed("write", &file, &error))?;
        let path = Attr::Known(file.display().to_string());
        Ok(Page { words: Attr::Known(count_words(&text)), path, ..page })
    }
}

impl Resource for PageResource {
    type Model = Page;
    type Provider = Notes;

    fn type_name(&self) -> &str {
        "note_page"
    }

    async fn create(&self, context: Context<Arc<Notes>>, request: Create<Page>) -> Reply<Page> {
        self.write(&context.provider, request.planned).map_or_else(Reply::failed, Reply::state)
    }

    async fn read(&self, context: Context<Arc<Notes>>, request: Read<Page>) -> Reply<Page> {
        let page = request.state;
        match context.provider.read(page.title.known().map_or("", String::as_str)) {
            Ok(None) => Reply::gone(),
            Ok(Some(text)) => {
                let words = Attr::Known(count_words(&text));
                Reply::state(Page { words, text: Attr::Known(text), ..page })
            }
            Err(diagnostics) => Reply::failed(diagnostics),
        }
    }

    async fn update(&self, context: Context<Arc<Notes>>, request: Update<Page>) -> Reply<Page> {
        self.write(&context.provider, request.planned).map_or_else(Reply::failed, Reply::state)
    }

    async fn delete(&self, context: Context<Arc<Notes>>, request: Delete<Page>) -> Reply<Page> {
        let file = match context.provider.file(request.state.title.known().map_or("", String::as_str), "txt") {
            Ok(file) => file,
            Err(diagnostics) => return Reply::failed(diagnostics),
        };
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Reply::failed(failed("remove", &file, &error)),
            _ => Reply::gone(),
        }
    }

    async fn import(&self, context: Context<Arc<Notes>>, id: String) -> Reply<Page> {
        match context.provider.file(&id, "txt") {
            Ok(file) => Reply::state(Page {
                title: Attr::Known(id),
                text: Attr::Unknown,
                path: Attr::Known(file.display().to_string()),
                words: Attr::Unknown,
            }),
            Err(diagnostics) => Reply::failed(diagnostics),
        }
    }
}

/// A page that something else writes.
#[derive(Clone, Debug, Model)]
struct FoundPage {
    /// The name of the file, without its ending.
    #[attr(required, validate = title())]
    title: Attr<String>,
    /// What the page says.
    #[attr(computed)]
    text: Attr<String>,
}

struct PageSource;

impl DataSource for PageSource {
    type Model = FoundPage;
    type Provider = Notes;

    fn type_name(&self) -> &str {
        "note_page"
    }

    async fn read(&self, context: Context<Arc<Notes>>, config: FoundPage) -> Outcome<FoundPage> {
        let title = config.title.known().cloned().unwrap_or_default();
        match context.provider.read(&title) {
            Ok(Some(text)) => Outcome::done(FoundPage { text: Attr::Known(text), ..config }),
            Ok(None) => Outcome::failed(Diagnostic::attribute_error(
                &Path::root().attribute("title"),
                "No such page",
                format!("There is no page {title:?}."),
            )),
            Err(diagnostics) => Outcome::failed(diagnostics),
        }
    }
}

/// Keeps others from writing a page while Terraform runs.
#[derive(Clone, Debug, Model)]
struct Lock {
    /// The name of the page.
    #[attr(required, validate = title())]
    title: Attr<String>,
    /// Who holds the lock.
    #[attr(computed, sensitive)]
    holder: Attr<String>,
}

struct LockResource;

const LOCK_LIFETIME: Duration = Duration::from_secs(3600);

impl EphemeralResource for LockResource {
    type Model = Lock;
    type Provider = Notes;

    fn type_name(&self) -> &str {
        "note_lock"
    }

    async fn open(&self, context: Context<Arc<Notes>>, config: Lock) -> Outcome<Opened<Lock>> {
        let open = || -> Result<Opened<Lock>, Diagnostics> {
            let file = context.provider.file(config.title.known().map_or("", String::as_str), "lock")?;
            let holder = std::process::id().to_string();
            std::fs::write(&file, &holder).map_err(|error| failed("lock", &file, &error))?;
            let mut private = Private::new();
            private.set("file", &file)?;
            let renew_at = Some(SystemTime::now() + LOCK_LIFETIME);
            Ok(Opened { result: Lock { holder: Attr::Known(holder), ..config.clone() }, private, renew_at })
        };
        open().map_or_else(Outcome::failed, Outcome::done)
    }

    async fn renew(&self, _: Context<Arc<Notes>>, private: Private) -> Outcome<Renewed> {
        Outcome::done(Renewed { private, renew_at: Some(SystemTime::now() + LOCK_LIFETIME) })
    }

    async fn close(&self, _: Context<Arc<Notes>>, private: Private) -> Diagnostics {
        let close = || -> Result<(), Diagnostics> {
            match private.get::<PathBuf>("file")? {
                Some(file) => std::fs::remove_file(&file).map_err(|error| failed("unlock", &file, &error)),
                None => Ok(()),
            }
        };
        close().err().unwrap_or_default()
    }
}

struct WordCount;

impl Function for WordCount {
    fn name(&self) -> &str {
        "word_count"
    }

    fn signature(&self) -> Signature {
        Signature::new("Counts the words of a text", Type::Number)
            .parameter(Parameter::of::<String>("text").describe("Any text."))
    }

    async fn call(&self, _: Context, arguments: Arguments) -> Result<Value, FunctionError> {
        Ok(Value::number(count_words(&arguments.get::<String>(0)?)))
    }
}
