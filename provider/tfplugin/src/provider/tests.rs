//! A provider behind the erased trait: start-up checks, configuring again, and functions.

use tokio_util::sync::CancellationToken;

use super::*;
use crate::function::{Arguments, FunctionError, Parameter, Signature};
use crate::model::Attr;
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
