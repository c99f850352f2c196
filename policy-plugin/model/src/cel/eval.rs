//! Evaluation.
//!
//! Besides a value there are two ways out: failure, which `&&` and `||` absorb as CEL prescribes, and "unsupported", which they absorb only
//! where the other side decides alone. Work and sizes are bounded, so that a hostile expression costs little.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::CelError;
use super::functions;
use super::node::{Binary, Comprehension, Node};
use super::value::{Value, Variables, compare_numbers};

/// Nodes visited before giving up. A real condition visits some dozens.
const MAX_STEPS: usize = 100_000;

/// Longest text or list that an expression may build.
const MAX_SIZE: usize = 1 << 16;

pub(super) fn evaluate(node: &Node, variables: &Variables) -> Result<Value, CelError> {
    Evaluator { variables, bound: Variables::new(), steps: 0 }.value(node)
}

struct Evaluator<'a> {
    variables: &'a Variables,
    /// What comprehensions bind, which hides the others.
    bound: Variables,
    steps: usize,
}

impl Evaluator<'_> {
    fn value(&mut self, node: &Node) -> Result<Value, CelError> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(CelError::Unsupported("an expression that runs this long".to_owned()));
        }
        match node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Variable(name) => self.variable(name),
            Node::Select { operand, field } => {
                let operand = self.value(operand)?;
                field_of(&operand, field)
            }
            Node::Has { operand, field } => match self.value(operand)? {
                Value::Map(entries) => Ok(Value::Bool(entries.contains_key(field))),
                Value::Token(token) => Ok(Value::Bool(token.value(field).is_some())),
                other => Err(no_overload("has", &[&other])),
            },
            Node::Index { operand, index } => {
                let operand = self.value(operand)?;
                let index = self.value(index)?;
                element(&operand, &index)
            }
            Node::List(items) => {
                let items: Result<Vec<Value>, CelError> = items.iter().map(|item| self.value(item)).collect();
                Ok(items?.into())
            }
            Node::Map(entries) => self.map(entries),
            Node::Not(operand) => match self.value(operand)? {
                Value::Bool(value) => Ok(Value::Bool(!value)),
                other => Err(no_overload("!", &[&other])),
            },
            Node::Negate(operand) => match self.value(operand)? {
                Value::Int(value) => value.checked_neg().map(Value::Int).ok_or_else(overflow),
                Value::Double(value) => Ok(Value::Double(-value)),
                other => Err(no_overload("-", &[&other])),
            },
            Node::Binary { operator, left, right } => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                binary(*operator, &left, &right)
            }
            Node::And(terms) => self.logic(terms, false),
            Node::Or(terms) => self.logic(terms, true),
            Node::Conditional { condition, then, otherwise } => match self.value(condition)? {
                Value::Bool(true) => self.value(then),
                Value::Bool(false) => self.value(otherwise),
                other => Err(no_overload("?:", &[&other])),
            },
            Node::Call { function, target, arguments } => {
                let method = target.is_some();
                let operands: Result<Vec<Value>, CelError> =
                    target.as_deref().into_iter().chain(arguments).map(|argument| self.value(argument)).collect();
                sized(functions::call(function, method, &operands?)?)
            }
            Node::Matches { subject, compiled, .. } => match (self.value(subject)?, compiled) {
                (Value::String(text), Ok(pattern)) => Ok(Value::Bool(pattern.is_match(&text))),
                (Value::String(_), Err(reason)) => Err(CelError::Unsupported(format!("the pattern ({reason})"))),
                (other, _) => Err(no_overload("matches", &[&other])),
            },
            Node::Comprehension { kind, range, variable, filter, body } => {
                let range = self.value(range)?;
                self.comprehension(*kind, &range, variable, filter.as_deref(), body)
            }
        }
    }

    fn variable(&self, name: &str) -> Result<Value, CelError> {
        if let Some(value) = self.bound.get(name).or_else(|| self.variables.get(name)) {
            return Ok(value.clone());
        }
        const TYPES: [&str; 11] =
            ["null_type", "bool", "int", "uint", "double", "string", "bytes", "list", "map", "type", "dyn"];
        match TYPES.iter().find(|known| **known == name) {
            Some(known) => Ok(Value::Type(known)),
            None => Err(CelError::Failed(format!("there is no variable `{name}`"))),
        }
    }

    fn map(&mut self, entries: &[(Node, Node)]) -> Result<Value, CelError> {
        let mut map = BTreeMap::new();
        for (key, value) in entries {
            let key = match self.value(key)? {
                Value::String(key) => key.to_string(),
                Value::Bool(_) | Value::Int(_) | Value::Uint(_) => {
                    return Err(CelError::Unsupported("a map whose keys are not text".to_owned()));
                }
                other => return Err(no_overload("{}", &[&other])),
            };
            let value = self.value(value)?;
            if map.insert(key, value).is_some() {
                return Err(CelError::Failed("a map holds the same key twice".to_owned()));
            }
        }
        Ok(map.into())
    }

    /// `&&` (decided by false) and `||` (decided by true). One deciding term is enough, whatever the others do.
    fn logic(&mut self, terms: &[Node], deciding: bool) -> Result<Value, CelError> {
        let mut outcome = Outcome::new(deciding);
        for term in terms {
            let answer = self.value(term);
            if outcome.add(answer) {
                break;
            }
        }
        outcome.finish()
    }

    fn comprehension(
        &mut self,
        kind: Comprehension,
        range: &Value,
        variable: &str,
        filter: Option<&Node>,
        body: &Node,
    ) -> Result<Value, CelError> {
        let items: Vec<Value> = match range {
            Value::List(items) => items.to_vec(),
            Value::Map(entries) => entries.keys().map(|key| Value::from(key.as_str())).collect(),
            other => return Err(no_overload("a comprehension", &[other])),
        };
        let mut outcome = Outcome::new(kind == Comprehension::Exists);
        let (mut results, mut hits) = (Vec::new(), 0);
        for item in items {
            match kind {
                Comprehension::All | Comprehension::Exists => {
                    let answer = self.scoped(variable, item, body);
                    if outcome.add(answer) {
                        break;
                    }
                }
                Comprehension::ExistsOne => hits += usize::from(truth(self.scoped(variable, item, body)?)?),
                Comprehension::Filter => {
                    if truth(self.scoped(variable, item.clone(), body)?)? {
                        results.push(item);
                    }
                }
                Comprehension::Map => {
                    if let Some(filter) = filter
                        && !truth(self.scoped(variable, item.clone(), filter)?)?
                    {
                        continue;
                    }
                    results.push(self.scoped(variable, item, body)?);
                }
            }
        }
        match kind {
            Comprehension::All | Comprehension::Exists => outcome.finish(),
            Comprehension::ExistsOne => Ok(Value::Bool(hits == 1)),
            Comprehension::Map | Comprehension::Filter => Ok(results.into()),
        }
    }

    fn scoped(&mut self, variable: &str, item: Value, body: &Node) -> Result<Value, CelError> {
        self.bound.push(variable.to_owned(), item);
        let result = self.value(body);
        self.bound.pop();
        result
    }
}

/// A run of `&&` or `||` so far.
struct Outcome {
    deciding: bool,
    decided: bool,
    trouble: Option<CelError>,
}

impl Outcome {
    fn new(deciding: bool) -> Self {
        Self { deciding, decided: false, trouble: None }
    }

    /// Takes one more answer; true once no further answer can matter.
    fn add(&mut self, answer: Result<Value, CelError>) -> bool {
        match answer.and_then(truth) {
            Ok(value) => self.decided |= value == self.deciding,
            // "We cannot say" outweighs a failure: had the unknown term decided, the failure would not have mattered.
            Err(error) if self.trouble.as_ref().is_none_or(CelError::denies) => self.trouble = Some(error),
            Err(_) => {}
        }
        self.decided
    }

    fn finish(self) -> Result<Value, CelError> {
        match (self.decided, self.trouble) {
            (true, _) => Ok(Value::Bool(self.deciding)),
            (false, Some(error)) => Err(error),
            (false, None) => Ok(Value::Bool(!self.deciding)),
        }
    }
}

fn truth(value: Value) -> Result<bool, CelError> {
    match value {
        Value::Bool(value) => Ok(value),
        other => Err(no_overload("a boolean operator", &[&other])),
    }
}

fn field_of(operand: &Value, field: &str) -> Result<Value, CelError> {
    match operand {
        Value::Map(entries) => entries.get(field).cloned().ok_or_else(|| missing(field)),
        Value::Token(token) => token.value(field).ok_or_else(|| missing(field)),
        other => Err(CelError::Failed(format!("a {} has no field `{field}`", other.type_name()))),
    }
}

fn element(operand: &Value, index: &Value) -> Result<Value, CelError> {
    match (operand, index) {
        (Value::Map(_) | Value::Token(_), Value::String(key)) => field_of(operand, key),
        (Value::Map(_), Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_)) => {
            Err(missing(&index.to_json().to_string()))
        }
        (Value::List(items), Value::Int(_) | Value::Uint(_) | Value::Double(_)) => (0..items.len())
            .find(|position| compare_numbers(index, &Value::Uint(*position as u64)) == Some(Ordering::Equal))
            .map(|position| items[position].clone())
            .ok_or_else(|| CelError::Failed("the index is outside of the list".to_owned())),
        _ => Err(no_overload("[]", &[operand, index])),
    }
}

fn binary(operator: Binary, left: &Value, right: &Value) -> Result<Value, CelError> {
    let order = |accept: fn(Ordering) -> bool| match (left, right) {
        (Value::Double(number), other) | (other, Value::Double(number)) if number.is_nan() && is_number(other) => {
            Ok(Value::Bool(false))
        }
        _ => compare(left, right)
            .map(|ordering| Value::Bool(accept(ordering)))
            .ok_or_else(|| no_overload("a comparison", &[left, right])),
    };
    match operator {
        Binary::Equal => Ok(Value::Bool(left == right)),
        Binary::NotEqual => Ok(Value::Bool(left != right)),
        Binary::Less => order(Ordering::is_lt),
        Binary::LessEqual => order(Ordering::is_le),
        Binary::Greater => order(Ordering::is_gt),
        Binary::GreaterEqual => order(Ordering::is_ge),
        Binary::In => match right {
            Value::List(items) => Ok(Value::Bool(items.contains(left))),
            Value::Map(entries) => Ok(Value::Bool(left.as_str().is_some_and(|key| entries.contains_key(key)))),
            _ => Err(no_overload("in", &[left, right])),
        },
        Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Modulo => {
            arithmetic(operator, left, right)
        }
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_))
}

fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => compare_numbers(left, right),
    }
}

fn arithmetic(operator: Binary, left: &Value, right: &Value) -> Result<Value, CelError> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => match operator {
            Binary::Add => a.checked_add(*b),
            Binary::Subtract => a.checked_sub(*b),
            Binary::Multiply => a.checked_mul(*b),
            Binary::Divide => a.checked_div(*b),
            _ => a.checked_rem(*b),
        }
        .map(Value::Int)
        .ok_or_else(overflow),
        (Value::Uint(a), Value::Uint(b)) => match operator {
            Binary::Add => a.checked_add(*b),
            Binary::Subtract => a.checked_sub(*b),
            Binary::Multiply => a.checked_mul(*b),
            Binary::Divide => a.checked_div(*b),
            _ => a.checked_rem(*b),
        }
        .map(Value::Uint)
        .ok_or_else(overflow),
        (Value::Double(a), Value::Double(b)) => match operator {
            Binary::Add => Ok(a + b),
            Binary::Subtract => Ok(a - b),
            Binary::Multiply => Ok(a * b),
            Binary::Divide => Ok(a / b),
            _ => Err(no_overload("%", &[left, right])),
        }
        .map(Value::Double),
        (Value::String(a), Value::String(b)) if operator == Binary::Add => sized(Value::from(format!("{a}{b}"))),
        (Value::Bytes(a), Value::Bytes(b)) if operator == Binary::Add => {
            sized(Value::Bytes(a.iter().chain(b.iter()).copied().collect()))
        }
        (Value::List(a), Value::List(b)) if operator == Binary::Add => {
            sized(Value::List(a.iter().chain(b.iter()).cloned().collect()))
        }
        _ => Err(no_overload("an arithmetic operator", &[left, right])),
    }
}

fn sized(value: Value) -> Result<Value, CelError> {
    let size = match &value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        _ => 0,
    };
    if size > MAX_SIZE {
        return Err(CelError::Unsupported("an expression that builds values this large".to_owned()));
    }
    Ok(value)
}

fn missing(field: &str) -> CelError {
    CelError::Failed(format!("there is no `{field}`"))
}

fn overflow() -> CelError {
    CelError::Failed("arithmetic leaves the range of its type".to_owned())
}

pub(super) fn no_overload(function: &str, operands: &[&Value]) -> CelError {
    let types: Vec<&str> = operands.iter().map(|operand| operand.type_name()).collect();
    CelError::Failed(format!("{function} cannot be applied to ({})", types.join(", ")))
}
