//! The syntax tree. Chains of `&&` and `||` are flat, so that depth grows only with real nesting.

use regex_lite::Regex;

use super::value::Value;

#[derive(Debug, Clone)]
pub(super) enum Node {
    Literal(Value),
    Variable(String),
    Select {
        operand: Box<Node>,
        field: String,
    },
    Has {
        operand: Box<Node>,
        field: String,
    },
    Index {
        operand: Box<Node>,
        index: Box<Node>,
    },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary {
        operator: Binary,
        left: Box<Node>,
        right: Box<Node>,
    },
    And(Vec<Node>),
    Or(Vec<Node>),
    Conditional {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    Call {
        function: String,
        target: Option<Box<Node>>,
        arguments: Vec<Node>,
    },
    Matches {
        subject: Box<Node>,
        pattern: String,
        compiled: Result<Regex, String>,
    },
    Comprehension {
        kind: Comprehension,
        range: Box<Node>,
        variable: String,
        filter: Option<Box<Node>>,
        body: Box<Node>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comprehension {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

impl Node {
    /// The direct children, for walks that do not care about the kind.
    pub(super) fn children(&self) -> Vec<&Node> {
        match self {
            Node::Literal(_) | Node::Variable(_) => Vec::new(),
            Node::Select { operand, .. } | Node::Has { operand, .. } | Node::Not(operand) | Node::Negate(operand) => {
                vec![operand]
            }
            Node::Index { operand, index } => vec![operand, index],
            Node::List(items) | Node::And(items) | Node::Or(items) => items.iter().collect(),
            Node::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Node::Binary { left, right, .. } => vec![left, right],
            Node::Conditional { condition, then, otherwise } => vec![condition, then, otherwise],
            Node::Call { target, arguments, .. } => target.as_deref().into_iter().chain(arguments).collect(),
            Node::Matches { subject, .. } => vec![subject],
            Node::Comprehension { range, filter, body, .. } => {
                let mut all: Vec<&Node> = vec![range, body];
                all.extend(filter.as_deref());
                all
            }
        }
    }
}
