//! What an expression talks about: which claims, and which strings it compares them with.

use std::collections::BTreeSet;

use regex_lite::Regex;

use super::node::{Binary, Node};
use super::parser::compile;
use super::value::Value;

/// Names that an expression mentions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Free variables, such as `assertion`.
    pub variables: BTreeSet<String>,
    /// Selections from a free variable, whole paths only, such as `["assertion", "sub"]`.
    pub paths: BTreeSet<Vec<String>>,
    /// Called functions and methods.
    pub functions: BTreeSet<String>,
}

/// A comparison between something and a string that is written in the expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// How it is compared.
    pub operator: Operator,
    /// The claim compared, as a path such as `["assertion", "sub"]`; `None` where it is computed.
    pub path: Option<Vec<String>>,
    /// The string.
    pub literal: String,
}

/// How a claim is compared with a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`, or one entry of a list after `in`.
    Equals,
    /// `!=`.
    NotEquals,
    /// `startsWith`.
    StartsWith,
    /// `endsWith`.
    EndsWith,
    /// `contains`.
    Contains,
    /// `matches`.
    Matches,
}

/// How much of a text a comparison took into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// The comparison is false.
    None,
    /// It is true, and part of the text did not matter.
    Part,
    /// It is true of the whole text.
    Whole,
}

impl Comparison {
    /// What a comparison of a claim with a text that may hold wildcards comes to: its fixed pieces, and the whole as a pattern.
    #[must_use]
    pub fn of_glob(claim: &str, glob: &str) -> Vec<Self> {
        const WILD: [char; 2] = ['*', '?'];
        let path = Some(vec!["assertion".to_owned(), claim.to_owned()]);
        let one = |operator, literal: String| Self { operator, path: path.clone(), literal };
        if !glob.contains(WILD) {
            return vec![one(Operator::Equals, glob.to_owned())];
        }
        let pieces: Vec<&str> = glob.split(WILD).collect();
        let last = pieces.len() - 1;
        let mut found: Vec<Self> = Vec::new();
        for (index, piece) in pieces.into_iter().enumerate().filter(|(_, piece)| !piece.is_empty()) {
            let operator = match index {
                0 => Operator::StartsWith,
                _ if index == last => Operator::EndsWith,
                _ => Operator::Contains,
            };
            found.push(one(operator, piece.to_owned()));
        }
        found.push(one(Operator::Matches, pattern_of(glob)));
        found
    }

    /// The comparison, ready for many texts.
    #[must_use]
    pub fn probe(&self) -> Probe<'_> {
        let pattern = |text: &str| (self.operator == Operator::Matches).then(|| compile(text).ok()).flatten();
        Probe { comparison: self, part: pattern(&self.literal), whole: pattern(&format!("^(?:{})$", self.literal)) }
    }
}

/// A comparison whose pattern, if it is one, is compiled.
#[derive(Debug)]
pub struct Probe<'a> {
    comparison: &'a Comparison,
    part: Option<Regex>,
    whole: Option<Regex>,
}

impl Probe<'_> {
    /// What the comparison says of `text`. A pattern that cannot be compiled accepts nothing.
    #[must_use]
    pub fn accepts(&self, text: &str) -> Acceptance {
        let literal = self.comparison.literal.as_str();
        let matches = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(text));
        let accepted = match self.comparison.operator {
            Operator::Equals => text == literal,
            Operator::NotEquals => text != literal,
            Operator::StartsWith => text.starts_with(literal),
            Operator::EndsWith => text.ends_with(literal),
            Operator::Contains => text.contains(literal),
            Operator::Matches => matches(&self.part),
        };
        let whole = match self.comparison.operator {
            Operator::NotEquals => false,
            Operator::Matches => matches(&self.whole),
            _ => text == literal,
        };
        match (accepted, whole) {
            (true, true) => Acceptance::Whole,
            (true, false) => Acceptance::Part,
            (false, _) => Acceptance::None,
        }
    }
}

/// The regular expression that takes what a text with wildcards takes.
fn pattern_of(glob: &str) -> String {
    let mut pattern = "^".to_owned();
    for character in glob.chars() {
        match character {
            '*' => pattern.push_str(".*"),
            '?' => pattern.push('.'),
            other => {
                if other.is_ascii_punctuation() {
                    pattern.push('\\');
                }
                pattern.push(other);
            }
        }
    }
    pattern.push('$');
    pattern
}

pub(super) fn references(root: &Node) -> References {
    let mut found = References::default();
    collect(root, &mut Vec::new(), &mut found);
    found
}

fn collect<'a>(node: &'a Node, bound: &mut Vec<&'a str>, found: &mut References) {
    if let Some(path) = path(node)
        && !bound.contains(&path[0].as_str())
    {
        found.variables.insert(path[0].clone());
        if path.len() > 1 {
            found.paths.insert(path);
        }
        return;
    }
    match node {
        Node::Call { function, .. } => {
            found.functions.insert(function.clone());
        }
        Node::Matches { .. } => {
            found.functions.insert("matches".to_owned());
        }
        Node::Comprehension { range, variable, filter, body, .. } => {
            collect(range, bound, found);
            bound.push(variable);
            for inner in filter.as_deref().into_iter().chain([&**body]) {
                collect(inner, bound, found);
            }
            bound.pop();
            return;
        }
        _ => {}
    }
    for child in node.children() {
        collect(child, bound, found);
    }
}

/// The fields of a variable that an expression reads; none if it reads the variable as a whole.
pub(super) fn fields(root: &Node, variable: &str) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        let direct = |operand: &Node| matches!(operand, Node::Variable(name) if name == variable);
        match node {
            Node::Variable(name) if name == variable => return None,
            Node::Select { operand, field } | Node::Has { operand, field } if direct(operand) => {
                found.insert(field.clone());
            }
            Node::Index { operand, index } if direct(operand) => match &**index {
                Node::Literal(Value::String(key)) => {
                    found.insert(key.to_string());
                }
                _ => return None,
            },
            // A bound variable of this name would hide the real one.
            Node::Comprehension { variable: bound, .. } if bound == variable => return None,
            _ => open.extend(node.children()),
        }
    }
    Some(found)
}

/// The terms of a sum, in order.
fn terms(node: &Node) -> Vec<&Node> {
    let (mut found, mut open) = (Vec::new(), vec![node]);
    while let Some(node) = open.pop() {
        match node {
            Node::Binary { operator: Binary::Add, left, right } => open.extend([&**right, &**left]),
            other => found.push(other),
        }
    }
    found
}

/// Whether somewhere two computed texts are put together with nothing between them.
pub(super) fn joins_without_separator(root: &Node) -> bool {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        let terms = terms(node);
        if terms.windows(2).any(|pair| pair.iter().all(|term| !matches!(term, Node::Literal(_)))) {
            return true;
        }
        open.extend(terms.iter().flat_map(|term| term.children()));
    }
    false
}

/// The text that the value begins with, whatever the claims are.
pub(super) fn leading_text(root: &Node) -> Option<&str> {
    match terms(root).first() {
        Some(Node::Literal(value)) => value.as_str().filter(|text| !text.is_empty()),
        _ => None,
    }
}

pub(super) fn comparisons(root: &Node) -> Vec<Comparison> {
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(node) = open.pop() {
        compare(node, &mut found);
        let mut children = node.children();
        children.reverse();
        open.extend(children);
    }
    found
}

fn compare(node: &Node, found: &mut Vec<Comparison>) {
    let mut add = |operator, subject: &Node, literal: &Node| {
        if let Node::Literal(Value::String(literal)) = literal {
            found.push(Comparison { operator, path: path(subject), literal: literal.to_string() });
        }
    };
    match node {
        Node::Binary { operator: operator @ (Binary::Equal | Binary::NotEqual), left, right } => {
            let operator = if *operator == Binary::Equal { Operator::Equals } else { Operator::NotEquals };
            add(operator, left, right);
            add(operator, right, left);
        }
        Node::Binary { operator: Binary::In, left, right } => {
            if let Node::List(items) = &**right {
                items.iter().for_each(|item| add(Operator::Equals, left, item));
            }
        }
        Node::Call { function, target: Some(target), arguments } => {
            let operator = match function.as_str() {
                "startsWith" => Operator::StartsWith,
                "endsWith" => Operator::EndsWith,
                "contains" => Operator::Contains,
                _ => return,
            };
            arguments.iter().for_each(|argument| add(operator, target, argument));
        }
        Node::Matches { subject, pattern, .. } => {
            add(Operator::Matches, subject, &Node::Literal(pattern.as_str().into()));
        }
        _ => {}
    }
}

/// `a.b['c']` as `[a, b, c]`.
pub(super) fn path(node: &Node) -> Option<Vec<String>> {
    match node {
        Node::Variable(name) => Some(vec![name.clone()]),
        Node::Select { operand, field } | Node::Has { operand, field } => {
            let mut path = path(operand)?;
            path.push(field.clone());
            Some(path)
        }
        Node::Index { operand, index } => match &**index {
            Node::Literal(Value::String(key)) => {
                let mut path = path(operand)?;
                path.push(key.to_string());
                Some(path)
            }
            _ => None,
        },
        _ => None,
    }
}
