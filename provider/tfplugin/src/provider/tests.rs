//! A provider behind the erased trait: start-up checks, configuring again, and functions.

use tokio_util::sync::CancellationToken;

use super::*;
use crate::function::{Arguments, FunctionError, Parameter, Signature};
use crate::model::Attr;
use crate::resource::Reply;
use crate::schema::validate::not_empty;

/// A provider block.
#[derive(Clone, Debug, Model)]
struct Config {
    /// What the data source answers.
    #[attr(required, validate = not_empty())]
    answer: Attr<String>,
}

/// A question.
#[derive(Clone, Debug, Model)]
struct Question {
    /// The provider's answer.
    #[attr(computed)]
    answer: Attr<String>,
}

struct Ask(&'static str);

impl DataSource for Ask {
    type Model = Question;
    type Provider = String;

    fn type_name(&self) -> &str {
        self.0
    }

    async fn read(&self, context: Context<Arc<String>>, _config: Question) -> Outcome<Question> {
        if context.provider.as_str() == "later" {
            context.defer(crate::Deferral::AbsentPrerequisite);
            return Outcome::failed(Diagnostics::new());
        }
        assert_eq!(context.terraform_version.as_deref(), Some("1.11.4"));
        Outcome::done(Question { answer: context.provider.as_str().into() })
    }
}

struct Join;

impl Function for Join {
    fn name(&self) -> &str {
        "join"
    }

    fn signature(&self) -> Signature {
        Signature::new("Joins words.", Type::String)
            .parameter(Parameter::of::<String>("separator").validate(not_empty()))
            .variadic(Parameter::of::<String>("words"))
    }

    async fn call(&self, _context: Context, arguments: Arguments) -> Result<Value, FunctionError> {
        let separator: String = arguments.get(0)?;
        let words: Vec<String> = arguments.rest(1)?;
        if words.is_empty() { Ok(Value::from(true)) } else { Ok(Value::from(words.join(&separator))) }
    }
}

struct Test {
    sources: Vec<&'static str>,
}

impl Provider for Test {
    type Config = Config;
    type State = String;

    fn type_name(&self) -> &str {
        "test"
    }

    fn version(&self) -> &str {
        "1.2.3"
    }

    fn register(&self, registry: &mut Registry<String>) {
        self.sources.iter().for_each(|name| {
            registry.data_source(Ask(name));
        });
        registry.function(Join);
    }

    async fn configure(&self, _context: Context, config: Config) -> Outcome<String> {
        match config.answer {
            Attr::Known(answer) => Outcome::done(answer),
            _ => Outcome::failed(crate::Diagnostic::error("not yet", "")),
        }
    }
}

fn context() -> Context {
    Context::new(CancellationToken::new())
}

fn config(answer: &str) -> Value {
    Value::object([("answer", Value::from(answer))])
}

#[test]
fn every_problem_is_told_at_the_start() {
    let Err(error) = erase(Test { sources: vec!["test_a", "test_a", "other_b", "testing"] }) else {
        panic!("accepted");
    };
    let expected = [
        "data source test_a: is registered twice",
        "data source other_b: the name does not begin with test_",
        "data source testing: the name does not begin with test_",
    ];
    assert_eq!(error.problems, expected);
}

/// A block that asks for too much.
#[derive(Clone, Debug, Model)]
struct Computing {
    /// Nobody can tell it.
    #[attr(computed)]
    result: Attr<String>,
}

struct Act;

impl Action for Act {
    type Config = Computing;
    type Provider = String;

    fn type_name(&self) -> &str {
        "test_act"
    }

    async fn invoke(&self, _: Context<Arc<String>>, _: Computing, _: crate::action::Progress) -> Diagnostics {
        Diagnostics::new()
    }
}

/// An identity that no host can store.
#[derive(Clone, Debug, Model)]
struct Nameless {}

struct Thing;

impl Resource for Thing {
    type Model = Question;
    type Provider = String;

    fn type_name(&self) -> &str {
        "test_thing"
    }

    async fn create(&self, _: Context<Arc<String>>, _: crate::Create<Question>) -> Reply<Question> {
        Reply::gone()
    }

    async fn read(&self, _: Context<Arc<String>>, _: crate::Read<Question>) -> Reply<Question> {
        Reply::gone()
    }

    async fn update(&self, _: Context<Arc<String>>, _: crate::Update<Question>) -> Reply<Question> {
        Reply::gone()
    }

    async fn delete(&self, _: Context<Arc<String>>, _: crate::Delete<Question>) -> Reply<Question> {
        Reply::gone()
    }
}

impl Identified for Thing {
    type Identity = Nameless;

    fn identity(&self, _: &String, _: &Question) -> Nameless {
        Nameless {}
    }

    async fn import_identity(&self, _: Context<Arc<String>>, _: Nameless) -> Reply<Question> {
        Reply::gone()
    }
}

struct Listing;

impl ListResource for Listing {
    type Config = Nameless;
    type Resource = Thing;

    fn type_name(&self) -> &str {
        "test_other"
    }

    async fn list(
        &self,
        _: Context<Arc<String>>,
        _: crate::list::List<Nameless>,
        _: &mut crate::list::Results<Thing>,
    ) -> Diagnostics {
        Diagnostics::new()
    }
}

struct Careless;

impl Provider for Careless {
    type Config = Config;
    type State = String;

    fn type_name(&self) -> &str {
        "test"
    }

    fn version(&self) -> &str {
        "1.2.3"
    }

    fn register(&self, registry: &mut Registry<String>) {
        registry.identified_resource(Thing).list_resource(Listing).action(Act);
    }

    async fn configure(&self, _context: Context, _config: Config) -> Outcome<String> {
        Outcome::done(String::new())
    }
}

#[test]
fn identities_lists_and_actions_are_checked_too() {
    let Err(error) = erase(Careless) else { panic!("accepted") };
    let expected = [
        "action test_act, result: is computed, but here is nothing to compute: there is only a configuration",
        "identity of test_thing, has no attributes",
        "list resource test_other: there is no resource test_other with an identity",
    ];
    assert_eq!(error.problems, expected);
}

#[tokio::test]
async fn a_provider_can_be_configured_again() {
    let Ok(provider) = erase(Test { sources: vec!["test_ask"] }) else { panic!("refused") };
    let ask = &provider.data_sources()["test_ask"];
    let question = Value::object([("answer", Value::Null)]);
    assert!(ask.read(context(), question.clone()).await.diagnostics.has_error());
    for answer in ["yes", "no"] {
        assert!(!provider.configure(context(), "1.11.4", config(answer)).await.has_error());
        assert_eq!(ask.read(context(), question.clone()).await.value, Some(config(answer)));
    }
    // A configuration that fails leaves what there was.
    let unknown = Value::object([("answer", Value::UNKNOWN)]);
    assert!(provider.configure(context(), "1.11.4", unknown).await.has_error());
    assert_eq!(ask.read(context(), question).await.value, Some(config("no")));
    assert!(provider.validate(context(), config("")).await.has_error());
}

#[tokio::test]
async fn a_data_source_that_has_to_wait_has_no_result_yet() {
    let Ok(provider) = erase(Test { sources: vec!["test_ask"] }) else { panic!("refused") };
    assert!(!provider.configure(context(), "1.11.4", config("later")).await.has_error());
    let question = Value::object([("answer", Value::Null)]);
    let able = context().allow_deferral(true);
    assert!(able.deferral_allowed() && !context().deferral_allowed());
    for context in [able, context()] {
        let waiting = provider.data_sources()["test_ask"].read(context, question.clone()).await;
        assert_eq!(waiting, Outcome { value: Some(Value::UNKNOWN), diagnostics: Diagnostics::new() });
    }
}

#[tokio::test]
async fn functions_check_arguments_and_results() {
    let Ok(provider) = erase(Test { sources: vec![] }) else { panic!("refused") };
    let join = &provider.functions()["join"];
    let call = |arguments: &[&str]| join.call(context(), arguments.iter().copied().map(Value::from).collect());
    assert_eq!(call(&["-", "a", "b"]).await, Ok(Value::from("a-b")));
    assert_eq!(call(&["", "a"]).await.map_err(|error| error.argument), Err(Some(0)));
    assert!(call(&[]).await.is_err_and(|error| error.text.contains("takes 1 arguments")));
    assert!(call(&["-"]).await.is_err_and(|error| error.text.contains("bug in the provider")));
    let null = join.call(context(), vec!["-".into(), Value::Null]).await;
    assert_eq!(null.map_err(|error| error.argument), Err(Some(1)));
}

struct Closing(Arc<std::sync::Mutex<Vec<String>>>);

impl Provider for Closing {
    type Config = Config;
    type State = String;

    fn type_name(&self) -> &str {
        "test"
    }

    fn version(&self) -> &str {
        "1.2.3"
    }

    fn register(&self, _: &mut Registry<String>) {}

    async fn configure(&self, _context: Context, config: Config) -> Outcome<String> {
        Outcome::done(config.answer.into_known().unwrap_or_default())
    }

    async fn close(&self, state: Arc<String>) {
        self.0.lock().unwrap().push(state.to_string());
    }
}

#[tokio::test]
async fn a_configured_provider_is_closed_with_its_state() {
    let closed = Arc::default();
    let provider = erase(Closing(Arc::clone(&closed))).unwrap();
    provider.close().await;
    assert!(closed.lock().unwrap().is_empty(), "there is nothing to close before it is configured");
    provider.configure(context(), "1.11.4", config("forty-two")).await;
    provider.close().await;
    assert_eq!(*closed.lock().unwrap(), ["forty-two"]);
}
