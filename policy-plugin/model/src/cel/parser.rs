//! Tokens to tree, by recursive descent with a bound on depth.

use regex_lite::{Regex, RegexBuilder};

use super::CelError;
use super::lexer::{Placed, Token, syntax, tokens};
use super::node::{Binary, Comprehension, Node};
use super::value::Value;

/// Deepest tree that is built, which also bounds every later walk over it. Real conditions stay far below.
const MAX_DEPTH: usize = 64;

/// Compiled size of one pattern; RE2's own limits are of this order.
const MAX_PATTERN_SIZE: usize = 1 << 20;

const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

pub(super) fn parse(source: &str) -> Result<Node, CelError> {
    let mut parser = Parser { tokens: tokens(source)?, at: 0, depth: 0 };
    let tree = parser.expression()?;
    match parser.peek() {
        Token::End => Ok(tree.node),
        _ => parser.unexpected("the end"),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
}

/// A node and the height of its tree.
struct Tree {
    node: Node,
    height: usize,
}

impl Tree {
    fn leaf(node: Node) -> Self {
        Self { node, height: 1 }
    }

    fn above(node: Node, height: usize) -> Result<Self, CelError> {
        if height >= MAX_DEPTH {
            return Err(too_deep());
        }
        Ok(Self { node, height: height + 1 })
    }
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].token
    }

    fn position(&self) -> usize {
        self.tokens[self.at].position
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn accept(&mut self, mark: &'static str) -> bool {
        let found = *self.peek() == Token::Mark(mark);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, mark: &'static str) -> Result<(), CelError> {
        if self.accept(mark) { Ok(()) } else { self.unexpected(&format!("`{mark}`")) }
    }

    fn unexpected<T>(&self, wanted: &str) -> Result<T, CelError> {
        let found = match self.peek() {
            Token::End => "the expression ends".to_owned(),
            Token::Identifier(name) => format!("`{name}` stands"),
            Token::Mark(mark) => format!("`{mark}` stands"),
            _ => "a literal stands".to_owned(),
        };
        Err(syntax(self.position(), format!("{found} where {wanted} is expected")))
    }

    fn expression(&mut self) -> Result<Tree, CelError> {
        if self.depth >= MAX_DEPTH {
            return Err(too_deep());
        }
        self.depth += 1;
        let tree = self.conditional();
        self.depth -= 1;
        tree
    }

    fn conditional(&mut self) -> Result<Tree, CelError> {
        let condition = self.or()?;
        if !self.accept("?") {
            return Ok(condition);
        }
        let then = self.or()?;
        self.expect(":")?;
        let otherwise = self.expression()?;
        let height = condition.height.max(then.height).max(otherwise.height);
        let node = Node::Conditional {
            condition: Box::new(condition.node),
            then: Box::new(then.node),
            otherwise: Box::new(otherwise.node),
        };
        Tree::above(node, height)
    }

    fn or(&mut self) -> Result<Tree, CelError> {
        self.chain("||", Self::and, Node::Or)
    }

    fn and(&mut self) -> Result<Tree, CelError> {
        self.chain("&&", Self::relation, Node::And)
    }

    fn chain(
        &mut self,
        mark: &'static str,
        term: fn(&mut Self) -> Result<Tree, CelError>,
        make: fn(Vec<Node>) -> Node,
    ) -> Result<Tree, CelError> {
        let first = term(self)?;
        if *self.peek() != Token::Mark(mark) {
            return Ok(first);
        }
        let (mut terms, mut height) = (vec![first.node], first.height);
        while self.accept(mark) {
            let next = term(self)?;
            height = height.max(next.height);
            terms.push(next.node);
        }
        Tree::above(make(terms), height)
    }

    fn relation(&mut self) -> Result<Tree, CelError> {
        self.binary(Self::sum, |token| {
            Some(match token {
                Token::Mark("==") => Binary::Equal,
                Token::Mark("!=") => Binary::NotEqual,
                Token::Mark("<") => Binary::Less,
                Token::Mark("<=") => Binary::LessEqual,
                Token::Mark(">") => Binary::Greater,
                Token::Mark(">=") => Binary::GreaterEqual,
                Token::Identifier(name) if name == "in" => Binary::In,
                _ => return None,
            })
        })
    }

    fn sum(&mut self) -> Result<Tree, CelError> {
        self.binary(Self::product, |token| match token {
            Token::Mark("+") => Some(Binary::Add),
            Token::Mark("-") => Some(Binary::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Result<Tree, CelError> {
        self.binary(Self::unary, |token| match token {
            Token::Mark("*") => Some(Binary::Multiply),
            Token::Mark("/") => Some(Binary::Divide),
            Token::Mark("%") => Some(Binary::Modulo),
            _ => None,
        })
    }

    fn binary(
        &mut self,
        operand: fn(&mut Self) -> Result<Tree, CelError>,
        operator: fn(&Token) -> Option<Binary>,
    ) -> Result<Tree, CelError> {
        let mut left = operand(self)?;
        while let Some(operator) = operator(self.peek()) {
            self.advance();
            let right = operand(self)?;
            let height = left.height.max(right.height);
            let node = Node::Binary { operator, left: Box::new(left.node), right: Box::new(right.node) };
            left = Tree::above(node, height)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Tree, CelError> {
        let mut negations = 0;
        while self.accept("!") {
            negations += 1;
        }
        if negations > 0 {
            return wrap(self.member()?, negations, Node::Not);
        }
        while self.accept("-") {
            negations += 1;
        }
        if negations == 0 {
            return self.member();
        }
        if let Token::Integer(magnitude) = *self.peek() {
            // The smallest integer has no positive twin, so its sign belongs to the literal.
            let position = self.position();
            let Some(value) = 0_i64.checked_sub_unsigned(magnitude) else {
                return Err(syntax(position, "the number is too small"));
            };
            self.advance();
            let literal = self.suffixes(Tree::leaf(Node::Literal(Value::Int(value))))?;
            return wrap(literal, negations - 1, Node::Negate);
        }
        wrap(self.member()?, negations, Node::Negate)
    }

    fn member(&mut self) -> Result<Tree, CelError> {
        let primary = self.primary()?;
        self.suffixes(primary)
    }

    fn suffixes(&mut self, mut tree: Tree) -> Result<Tree, CelError> {
        loop {
            if self.accept(".") {
                let position = self.position();
                let field = match self.advance() {
                    Token::Identifier(name) if !matches!(name.as_str(), "in" | "true" | "false" | "null") => name,
                    Token::Mark("?") => return Err(CelError::Unsupported("optional selection `.?`".to_owned())),
                    _ => return Err(syntax(position, "a field name is expected after `.`")),
                };
                tree = if self.accept("(") {
                    self.method(tree, field)?
                } else {
                    Tree::above(Node::Select { operand: Box::new(tree.node), field }, tree.height)?
                };
            } else if self.accept("[") {
                let index = self.expression()?;
                self.expect("]")?;
                let height = tree.height.max(index.height);
                tree = Tree::above(Node::Index { operand: Box::new(tree.node), index: Box::new(index.node) }, height)?;
            } else if *self.peek() == Token::Mark("{") {
                return Err(CelError::Unsupported("message construction".to_owned()));
            } else {
                return Ok(tree);
            }
        }
    }

    fn primary(&mut self) -> Result<Tree, CelError> {
        let position = self.position();
        let node = match self.peek().clone() {
            Token::Integer(magnitude) => match i64::try_from(magnitude) {
                Ok(value) => Node::Literal(Value::Int(value)),
                Err(_) => return Err(syntax(position, "the number is too large")),
            },
            Token::Unsigned(value) => Node::Literal(Value::Uint(value)),
            Token::Double(value) => Node::Literal(Value::Double(value)),
            Token::Text(text) => Node::Literal(text.into()),
            Token::Bytes(bytes) => Node::Literal(Value::Bytes(bytes.into())),
            Token::Mark(mark @ ("(" | "[" | "{")) => {
                self.advance();
                return self.bracketed(mark);
            }
            // A leading dot asks for the outermost scope; only comprehension variables could hide a name, and they are not dotted.
            Token::Mark(".") => {
                self.advance();
                return match self.peek() {
                    Token::Identifier(_) => self.primary(),
                    _ => self.unexpected("a name"),
                };
            }
            Token::Identifier(name) => {
                self.advance();
                return self.name(name, position);
            }
            _ => return self.unexpected("a value"),
        };
        self.advance();
        Ok(Tree::leaf(node))
    }

    fn name(&mut self, name: String, position: usize) -> Result<Tree, CelError> {
        match name.as_str() {
            "true" => return Ok(Tree::leaf(Node::Literal(Value::Bool(true)))),
            "false" => return Ok(Tree::leaf(Node::Literal(Value::Bool(false)))),
            "null" => return Ok(Tree::leaf(Node::Literal(Value::Null))),
            "in" => return Err(syntax(position, "`in` needs a value on its left")),
            reserved if RESERVED.contains(&reserved) => {
                return Err(syntax(position, format!("`{reserved}` is a reserved word")));
            }
            _ => {}
        }
        if !self.accept("(") {
            return Ok(Tree::leaf(Node::Variable(name)));
        }
        let (arguments, height) = self.list(")")?;
        call(name, None, arguments, height, position)
    }

    fn bracketed(&mut self, mark: &str) -> Result<Tree, CelError> {
        if mark == "(" {
            let inner = self.expression()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if mark == "[" {
            let (items, height) = self.list("]")?;
            return Tree::above(Node::List(items), height);
        }
        let (mut entries, mut height) = (Vec::new(), 0);
        while !self.accept("}") {
            let key = self.expression()?;
            self.expect(":")?;
            let value = self.expression()?;
            height = height.max(key.height).max(value.height);
            entries.push((key.node, value.node));
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        Tree::above(Node::Map(entries), height)
    }

    /// Expressions up to the closing mark, and the height of the highest.
    fn list(&mut self, close: &'static str) -> Result<(Vec<Node>, usize), CelError> {
        let (mut items, mut height) = (Vec::new(), 0);
        while !self.accept(close) {
            let item = self.expression()?;
            height = height.max(item.height);
            items.push(item.node);
            if !self.accept(",") {
                self.expect(close)?;
                break;
            }
            // CEL lets a list, but not an argument list, end with a comma.
            if close == ")" && *self.peek() == Token::Mark(")") {
                return self.unexpected("an argument");
            }
        }
        Ok((items, height))
    }

    fn method(&mut self, target: Tree, function: String) -> Result<Tree, CelError> {
        let position = self.position();
        let (mut arguments, inner) = self.list(")")?;
        let height = target.height.max(inner);
        let kind = match (function.as_str(), arguments.len()) {
            ("all", 2) => Comprehension::All,
            ("exists", 2) => Comprehension::Exists,
            ("exists_one" | "existsOne", 2) => Comprehension::ExistsOne,
            ("map", 2 | 3) => Comprehension::Map,
            ("filter", 2) => Comprehension::Filter,
            _ => return call(function, Some(target), arguments, height, position),
        };
        let (Some(body), Node::Variable(variable)) = (arguments.pop(), arguments.remove(0)) else {
            return Err(syntax(position, format!("`{function}` needs a plain name as its first argument")));
        };
        let filter = arguments.pop().map(Box::new);
        let node = Node::Comprehension { kind, range: Box::new(target.node), variable, filter, body: Box::new(body) };
        Tree::above(node, height)
    }
}

/// A call, or the special forms that are written as one.
fn call(
    function: String,
    target: Option<Tree>,
    mut arguments: Vec<Node>,
    height: usize,
    position: usize,
) -> Result<Tree, CelError> {
    if function == "has" && target.is_none() {
        return match (arguments.pop(), arguments.is_empty()) {
            (Some(Node::Select { operand, field }), true) => Tree::above(Node::Has { operand, field }, height),
            _ => Err(syntax(position, "`has` needs one field selection, such as has(assertion.sub)")),
        };
    }
    let pattern = match arguments.last() {
        Some(Node::Literal(Value::String(pattern))) => Some(pattern.to_string()),
        _ => None,
    };
    let operands = arguments.len() + usize::from(target.is_some());
    let mut target = target.map(|target| Box::new(target.node));
    if let ("matches", 2, Some(pattern)) = (function.as_str(), operands, pattern) {
        arguments.pop();
        if let Some(subject) = target.take().or_else(|| arguments.pop().map(Box::new)) {
            let compiled = compile(&pattern);
            return Tree::above(Node::Matches { subject, pattern, compiled }, height);
        }
    }
    Tree::above(Node::Call { function, target, arguments }, height)
}

/// Compiles a pattern of RE2's syntax. What our engine does not know is reported when it would be used.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(MAX_PATTERN_SIZE)
        .nest_limit(MAX_DEPTH as u32)
        .build()
        .map_err(|error| error.to_string())
}

/// Two negations in a row cancel, except that their operand must be of the right type: one pair is kept.
fn wrap(tree: Tree, times: usize, make: fn(Box<Node>) -> Node) -> Result<Tree, CelError> {
    let kept = if times > 2 { 2 - times % 2 } else { times };
    (0..kept).try_fold(tree, |tree, _| Tree::above(make(Box::new(tree.node)), tree.height))
}

fn too_deep() -> CelError {
    CelError::Unsupported(format!("an expression nested deeper than {MAX_DEPTH} levels"))
}
