//! A provider of books on a shelf, kept as files in a directory: the newer parts of the protocol in one place.
//!
//! Books have an identity, take over the states of drafts, can be listed and stamped, and carry a write-only cipher.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tfplugin::action::Progress;
use tfplugin::list::{Found, List, Results};
use tfplugin::plan::{requires_replace, use_state_for_unknown};
use tfplugin::provider::{Provider, Registry};
use tfplugin::resource::Mover;
use tfplugin::schema::validate::not_empty;
use tfplugin::timeouts::{Operation, Timeouts};
use tfplugin::wait::{Poll, Waiter};
use tfplugin::{
    Action, Attr, Context, Create, Deferral, Delete, Diagnostic, Diagnostics, EphemeralResource, Identified,
    ListResource, Model, Opened, Outcome, Plan, Private, Read, Reply, Resource, ServeOptions, Update, Value,
};

fn main() -> ExitCode {
    tfplugin::serve(ShelfProvider, ServeOptions::new("registry.terraform.io/example/shelf", env!("CARGO_PKG_VERSION")))
}

struct ShelfProvider;

/// Where books are kept.
#[derive(Clone, Debug, Model)]
struct Config {
    /// The directory of the shelf. It must exist.
    #[attr(required)]
    directory: Attr<String>,
}

/// What resources work with.
struct Shelf {
    directory: PathBuf,
}

impl Provider for ShelfProvider {
    type Config = Config;
    type State = Shelf;

    fn type_name(&self) -> &str {
        "shelf"
    }

    fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    fn register(&self, registry: &mut Registry<Shelf>) {
        registry
            .identified_resource(BookResource)
            .resource(DraftResource)
            .list_resource(ListBooks)
            .action(Stamp)
            .ephemeral(CipherResource);
    }

    fn defers_unknown_config(&self) -> bool {
        true
    }

    async fn configure(&self, _: Context, config: Config) -> Outcome<Shelf> {
        Outcome::done(Shelf { directory: config.directory.known_or(String::new()).into() })
    }
}

impl Shelf {
    fn file(&self, number: i64) -> PathBuf {
        self.directory.join(format!("{number}.book"))
    }

    /// Every book, by number.
    fn books(&self) -> Vec<(i64, String)> {
        let files = std::fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let mut books: Vec<_> = files
            .filter_map(|file| {
                let number = file.file_name().to_str()?.strip_suffix(".book")?.parse().ok()?;
                Some((number, std::fs::read_to_string(file.path()).ok()?))
            })
            .collect();
        books.sort();
        books
    }

    fn write(&self, number: i64, title: &str) -> Result<(), Diagnostic> {
        std::fs::write(self.file(number), title)
            .map_err(|error| Diagnostic::error("Cannot write the book", error.to_string()))
    }
}

/// A book.
#[derive(Clone, Debug, Model)]
struct Book {
    /// What is on its back.
    #[attr(required, same = same_title)]
    title: Attr<String>,
    /// Which edition it is. Printing the later ones takes as many milliseconds.
    #[attr(optional, computed, default = 1, plan = requires_replace())]
    edition: Attr<i64>,
    /// Locks the book. Never stored.
    #[attr(optional, write_only)]
    cipher: Attr<String>,
    /// Whether the book is locked.
    #[attr(computed)]
    locked: Attr<bool>,
    /// Its place on the shelf.
    #[attr(computed, plan = use_state_for_unknown())]
    number: Attr<i64>,
    /// How long operations may take.
    #[attr(optional)]
    timeouts: Attr<Timeouts>,
}

/// Space around a title does not count: the shelf does not keep it.
fn same_title(one: &Value, other: &Value) -> bool {
    one.as_str().map(str::trim) == other.as_str().map(str::trim)
}

/// What a book is called on its shelf.
#[derive(Clone, Debug, Model)]
struct BookIdentity {
    /// Its place on the shelf.
    #[attr(required)]
    number: Attr<i64>,
}

struct BookResource;

impl Resource for BookResource {
    type Model = Book;
    type Provider = Shelf;

    fn type_name(&self) -> &str {
        "shelf_book"
    }

    /// The manuscript, edition 0, is planned once it lies in the directory.
    async fn plan(&self, context: Context<Arc<Shelf>>, plan: &mut Plan<Book>) {
        let manuscript = context.provider.directory.join("manuscript");
        let edition = plan.planned.as_ref().and_then(|book| book.edition.known().copied());
        if plan.is_create() && edition == Some(0) && !manuscript.exists() {
            context.defer(Deferral::AbsentPrerequisite);
        }
    }

    async fn create(&self, context: Context<Arc<Shelf>>, request: Create<Book>) -> Reply<Book> {
        let number = context.provider.books().last().map_or(1, |(number, _)| number + 1);
        let title = request.planned.title.as_str().unwrap_or_default().trim().to_owned();
        let locked = request.config.cipher.is_known().into();
        let limit = Timeouts::limit(&request.planned.timeouts, Operation::Create, Duration::from_secs(600));
        let context = context.with_timeout(limit);
        let edition = request.planned.edition.known().copied().unwrap_or(1);
        let printed = Instant::now() + Duration::from_millis(edition.try_into().unwrap_or(0));
        let look = || async { Ok(if Instant::now() < printed { Poll::Pending } else { Poll::Ready(()) }) };
        let waiter = Waiter::new("the book to be printed").pauses(Duration::from_millis(1), Duration::from_millis(50));
        if let Err(told) = waiter.until::<_, Diagnostic, _>(&context, look).await {
            return Reply::failed(told);
        }
        let shelf = &context.provider;
        match shelf.write(number, &title) {
            Ok(()) => Reply::state(Book { title: title.into(), number: number.into(), locked, ..request.planned }),
            Err(told) => Reply::failed(told),
        }
    }

    async fn read(&self, context: Context<Arc<Shelf>>, request: Read<Book>) -> Reply<Book> {
        let number = request.state.number.known_or(0);
        match context.provider.books().into_iter().find(|(found, _)| *found == number) {
            Some((_, title)) => Reply::state(Book { title: title.into(), ..request.state }),
            None => Reply::gone(),
        }
    }

    async fn update(&self, context: Context<Arc<Shelf>>, request: Update<Book>) -> Reply<Book> {
        let title = request.planned.title.clone().known_or(String::new());
        let locked = request.config.cipher.is_known().into();
        match context.provider.write(request.prior.number.known_or(0), &title) {
            Ok(()) => Reply::state(Book { locked, ..request.planned }),
            Err(told) => Reply::failed(told),
        }
    }

    async fn delete(&self, context: Context<Arc<Shelf>>, request: Delete<Book>) -> Reply<Book> {
        match std::fs::remove_file(context.provider.file(request.state.number.known_or(0))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Reply::failed(Diagnostic::error("Cannot remove the book", error.to_string()))
            }
            _ => Reply::gone(),
        }
    }

    async fn import(&self, context: Context<Arc<Shelf>>, id: String) -> Reply<Book> {
        match id.parse() {
            Ok(number) => self.import_identity(context, BookIdentity { number: Attr::Known(number) }).await,
            Err(_) => Reply::failed(Diagnostic::error("Invalid import id", "The import id is the number of the book.")),
        }
    }

    fn movers(&self) -> Vec<Mover<Book>> {
        vec![Mover::from_model("shelf_draft", |draft: Draft| Book {
            title: draft.working_title,
            edition: Attr::Known(1),
            cipher: Attr::Null,
            locked: Attr::Known(false),
            number: draft.number,
            timeouts: Attr::Null,
        })]
    }
}

impl Identified for BookResource {
    type Identity = BookIdentity;

    fn identity(&self, _: &Shelf, book: &Book) -> BookIdentity {
        BookIdentity { number: book.number }
    }

    async fn import_identity(&self, _: Context<Arc<Shelf>>, identity: BookIdentity) -> Reply<Book> {
        let (title, edition, locked) = (Attr::Unknown, Attr::Known(1), Attr::Known(false));
        Reply::state(Book { title, edition, cipher: Attr::Null, locked, number: identity.number, timeouts: Attr::Null })
    }
}

/// A book that is not finished. A `moved` block makes a book of it.
#[derive(Clone, Debug, Model)]
struct Draft {
    /// What may be on its back one day.
    #[attr(required)]
    working_title: Attr<String>,
    /// Its place on the shelf.
    #[attr(computed, plan = use_state_for_unknown())]
    number: Attr<i64>,
}

impl Draft {
    fn into_book(self) -> Book {
        let (edition, locked) = (Attr::Known(1), Attr::Null);
        Book {
            title: self.working_title,
            edition,
            cipher: Attr::Null,
            locked,
            number: self.number,
            timeouts: Attr::Null,
        }
    }

    fn of_book(book: Book) -> Self {
        Draft { working_title: book.title, number: book.number }
    }
}

struct DraftResource;

fn as_draft(reply: Reply<Book>) -> Reply<Draft> {
    Reply { state: reply.state.map(Draft::of_book), private: reply.private, diagnostics: reply.diagnostics }
}

impl Resource for DraftResource {
    type Model = Draft;
    type Provider = Shelf;

    fn type_name(&self) -> &str {
        "shelf_draft"
    }

    async fn create(&self, context: Context<Arc<Shelf>>, request: Create<Draft>) -> Reply<Draft> {
        let [config, planned] = [request.config, request.planned].map(Draft::into_book);
        as_draft(BookResource.create(context, Create { config, planned, private: request.private }).await)
    }

    async fn read(&self, context: Context<Arc<Shelf>>, request: Read<Draft>) -> Reply<Draft> {
        let state = request.state.into_book();
        as_draft(BookResource.read(context, Read { state, private: request.private }).await)
    }

    async fn update(&self, context: Context<Arc<Shelf>>, request: Update<Draft>) -> Reply<Draft> {
        let [config, prior, planned] = [request.config, request.prior, request.planned].map(Draft::into_book);
        as_draft(BookResource.update(context, Update { config, prior, planned, private: request.private }).await)
    }

    async fn delete(&self, context: Context<Arc<Shelf>>, request: Delete<Draft>) -> Reply<Draft> {
        let state = request.state.into_book();
        as_draft(BookResource.delete(context, Delete { state, private: request.private }).await)
    }
}

/// Which books to find.
#[derive(Clone, Debug, Model)]
struct Search {
    /// A part of the title.
    #[attr(optional, validate = not_empty())]
    containing: Attr<String>,
}

struct ListBooks;

impl ListResource for ListBooks {
    type Config = Search;
    type Resource = BookResource;

    fn type_name(&self) -> &str {
        "shelf_book"
    }

    async fn list(
        &self,
        context: Context<Arc<Shelf>>,
        request: List<Search>,
        found: &mut Results<BookResource>,
    ) -> Diagnostics {
        let part = request.config.containing.known_or(String::new());
        for (number, title) in context.provider.books().into_iter().filter(|(_, title)| title.contains(&part)) {
            let book = Book {
                title: title.clone().into(),
                edition: 1.into(),
                cipher: Attr::Null,
                locked: false.into(),
                number: number.into(),
                timeouts: Attr::Null,
            };
            let one = Found {
                identity: BookIdentity { number: book.number },
                display_name: title,
                state: request.include_state.then_some(book),
                diagnostics: Diagnostics::new(),
            };
            if let ControlFlow::Break(()) = found.push(one).await {
                break;
            }
        }
        Diagnostics::new()
    }
}

/// Marks every book on the shelf.
#[derive(Clone, Debug, Model)]
struct StampConfig {
    /// What is stamped: one word.
    #[attr(required, validate = not_empty())]
    word: Attr<String>,
}

struct Stamp;

impl Action for Stamp {
    type Config = StampConfig;
    type Provider = Shelf;

    fn type_name(&self) -> &str {
        "shelf_stamp"
    }

    async fn invoke(&self, context: Context<Arc<Shelf>>, config: StampConfig, progress: Progress) -> Diagnostics {
        let word = config.word.known_or(String::new());
        let mut diagnostics = Diagnostics::new();
        for (number, title) in context.provider.books() {
            if context.cancel.is_cancelled() {
                diagnostics.warning("Not all books are stamped", "The action was stopped.");
                break;
            }
            progress.report(format!("stamping {title}")).await;
            diagnostics.absorb(context.provider.write(number, &format!("{title} [{word}]")));
        }
        diagnostics
    }
}

/// A secret word to lock a book with.
#[derive(Clone, Debug, Model)]
struct Cipher {
    /// How many letters it has.
    #[attr(required)]
    letters: Attr<i64>,
    /// The word.
    #[attr(computed, sensitive)]
    word: Attr<String>,
}

struct CipherResource;

impl EphemeralResource for CipherResource {
    type Model = Cipher;
    type Provider = Shelf;

    fn type_name(&self) -> &str {
        "shelf_cipher"
    }

    async fn open(&self, _: Context<Arc<Shelf>>, config: Cipher) -> Outcome<Opened<Cipher>> {
        let letters = usize::try_from(config.letters.known_or(0)).unwrap_or(0).min(64);
        let word = Attr::Known("sesame".chars().cycle().take(letters).collect());
        Outcome::done(Opened { result: Cipher { word, ..config }, private: Private::new(), renew_at: None })
    }
}
