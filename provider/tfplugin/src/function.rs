//! Provider functions: pure functions that configurations can call.

use thiserror::Error;

use crate::context::{BoxFuture, Context};
use crate::diagnostic::Diagnostics;
use crate::model::Field;
use crate::path::Path;
use crate::schema::Validator;
use crate::types::Type;
use crate::value::{Text, Value};

/// A function. The same arguments must always give the same result: the host remembers results.
///
/// Functions work without a configured provider.
pub trait Function: Send + Sync + 'static {
    /// The name, without the provider's.
    fn name(&self) -> &str;

    /// Parameters, result and documentation.
    fn signature(&self) -> Signature;

    /// Computes the result, which must have the type that the signature says.
    fn call(&self, context: Context, arguments: Arguments)
    -> impl Future<Output = Result<Value, FunctionError>> + Send;
}

/// What a function takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The parameters in order.
    pub parameters: Vec<Parameter>,
    /// A last parameter that takes any number of arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
    /// What it does, in one line.
    pub summary: String,
    /// What it does, in Markdown.
    pub description: String,
    /// Set where it should no longer be called: what to call instead.
    pub deprecation: Option<String>,
}

impl Signature {
    /// A function that takes nothing and gives a value of type `returns`.
    pub fn new(summary: impl Into<String>, returns: Type) -> Self {
        Signature {
            parameters: Vec::new(),
            variadic: None,
            returns,
            summary: summary.into(),
            description: String::new(),
            deprecation: None,
        }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Adds a last parameter that takes any number of arguments.
    #[must_use]
    pub fn variadic(mut self, parameter: Parameter) -> Self {
        self.variadic = Some(parameter);
        self
    }

    /// Sets the documentation, in Markdown.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The parameter that takes the argument at a position.
    pub fn parameter_at(&self, position: usize) -> Option<&Parameter> {
        self.parameters.get(position).or(self.variadic.as_ref())
    }
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name, for documentation and messages.
    pub name: Text,
    /// The type.
    pub ty: Type,
    /// Whether the argument may be null. Otherwise the host refuses null.
    pub allow_null: bool,
    /// Whether the argument may be or contain unknowns. Otherwise the result is unknown then, without a call.
    pub allow_unknown: bool,
    /// What it means, in Markdown.
    pub description: String,
    /// Checks on a known argument.
    pub validators: Vec<Validator>,
}

impl Parameter {
    /// A parameter of the type that `T` stands for.
    pub fn of<T: Field>(name: impl Into<Text>) -> Self {
        Parameter {
            name: name.into(),
            ty: T::shape().implied_type(),
            allow_null: false,
            allow_unknown: false,
            description: String::new(),
            validators: Vec::new(),
        }
    }

    /// Accepts null.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.allow_null = true;
        self
    }

    /// Accepts unknowns.
    #[must_use]
    pub fn accept_unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }

    /// Sets what it means, in Markdown.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Adds a check on a known argument.
    #[must_use]
    pub fn validate(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }
}

/// The arguments of a call in order, variadic ones at the end.
#[derive(Clone, Debug)]
pub struct Arguments(Vec<Value>);

impl Arguments {
    /// Arguments in order.
    pub fn new(values: Vec<Value>) -> Self {
        Arguments(values)
    }

    /// The argument at a position.
    ///
    /// # Errors
    /// An error about this argument, if it is missing or does not fit `T`.
    pub fn get<T: Field>(&self, position: usize) -> Result<T, FunctionError> {
        let value = self.0.get(position).cloned().unwrap_or(Value::Null);
        T::decode(value, &Path::root()).map_err(|messages| argument_error(position, messages))
    }

    /// All arguments from a position on.
    ///
    /// # Errors
    /// An error about the first argument that does not fit `T`.
    pub fn rest<T: Field>(&self, from: usize) -> Result<Vec<T>, FunctionError> {
        (from..self.0.len()).map(|position| self.get(position)).collect()
    }

    /// The values as they came.
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}

/// Why a function has no result.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text}")]
pub struct FunctionError {
    /// What is wrong, for the user.
    pub text: String,
    /// The argument that it is about, counted from zero.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// An error about the call.
    pub fn new(text: impl Into<String>) -> Self {
        FunctionError { text: text.into(), argument: None }
    }

    /// An error about one argument, counted from zero.
    pub fn argument(position: usize, text: impl Into<String>) -> Self {
        FunctionError { text: text.into(), argument: Some(position) }
    }
}

impl From<Diagnostics> for FunctionError {
    /// Functions have no warnings and no paths: everything becomes one text.
    fn from(diagnostics: Diagnostics) -> Self {
        FunctionError::new(text(diagnostics))
    }
}

/// A function without its types, as the server calls it.
pub trait DynFunction: Send + Sync {
    /// The name, without the provider's.
    fn name(&self) -> &str;

    /// Parameters, result and documentation.
    fn signature(&self) -> &Signature;

    /// Computes the result.
    fn call(&self, context: Context, arguments: Vec<Value>) -> BoxFuture<'_, Result<Value, FunctionError>>;
}

/// A function as the server calls it.
pub fn erase<F: Function>(function: F) -> Box<dyn DynFunction> {
    let signature = function.signature();
    Box::new(Erased { function, signature })
}

struct Erased<F> {
    function: F,
    signature: Signature,
}

impl<F: Function> DynFunction for Erased<F> {
    fn name(&self) -> &str {
        self.function.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn call(&self, context: Context, arguments: Vec<Value>) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(async move {
            self.check(&arguments)?;
            let result = self.function.call(context, Arguments::new(arguments)).await?;
            match crate::codec::conforms(&result, &self.signature.returns) {
                Ok(()) => Ok(result),
                Err(error) => Err(FunctionError::new(format!(
                    "{} gave a result of another type than it declares: {error}. This is a bug in the provider.",
                    self.function.name()
                ))),
            }
        })
    }
}

impl<F: Function> Erased<F> {
    fn check(&self, arguments: &[Value]) -> Result<(), FunctionError> {
        let expected = self.signature.parameters.len();
        if arguments.len() < expected || (arguments.len() > expected && self.signature.variadic.is_none()) {
            return Err(FunctionError::new(format!(
                "{} takes {expected} arguments, not {}",
                self.function.name(),
                arguments.len()
            )));
        }
        for (position, argument) in arguments.iter().enumerate() {
            let Some(parameter) = self.signature.parameter_at(position) else { continue };
            let path = Path::root().attribute(parameter.name.to_string());
            for validator in &parameter.validators {
                let messages = validator.check(argument, &path);
                if messages.has_error() {
                    return Err(argument_error(position, messages));
                }
            }
        }
        Ok(())
    }
}

fn argument_error(position: usize, diagnostics: Diagnostics) -> FunctionError {
    FunctionError::argument(position, text(diagnostics))
}

fn text(diagnostics: Diagnostics) -> String {
    let texts = diagnostics.into_iter().map(|diagnostic| match diagnostic.detail.is_empty() {
        true => diagnostic.summary,
        false => diagnostic.detail,
    });
    texts.collect::<Vec<_>>().join("\n")
}
