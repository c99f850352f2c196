//! Text to tokens.

use super::CelError;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Identifier(String),
    /// Magnitude only: the minus sign is an operator.
    Integer(u64),
    Unsigned(u64),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// An operator, a bracket or a separator.
    Mark(&'static str),
    End,
}

/// A token and the character it starts at, counted from 1.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) position: usize,
}

/// Longest first, so that `<=` is not read as `<`.
const MARKS: [&str; 25] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]",
    "{", "}", "`",
];

pub(super) fn tokens(source: &str) -> Result<Vec<Placed>, CelError> {
    let mut lexer = Lexer { characters: source.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks();
        let position = lexer.at + 1;
        let token = lexer.next()?;
        let end = token == Token::End;
        tokens.push(Placed { token, position });
        if end {
            return Ok(tokens);
        }
    }
}

pub(super) fn syntax(position: usize, message: impl Into<String>) -> CelError {
    CelError::Syntax { position, message: message.into() }
}

struct Lexer {
    characters: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(offset, character)| self.peek(offset) == Some(character))
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, CelError> {
        Err(syntax(self.at + 1, message))
    }

    fn skip_blanks(&mut self) {
        loop {
            while matches!(self.peek(0), Some('\t' | '\n' | '\u{c}' | '\r' | ' ')) {
                self.at += 1;
            }
            if !self.starts_with("//") {
                return;
            }
            while self.peek(0).is_some_and(|character| character != '\n') {
                self.at += 1;
            }
        }
    }

    fn next(&mut self) -> Result<Token, CelError> {
        let Some(first) = self.peek(0) else { return Ok(Token::End) };
        if let Some(token) = self.string()? {
            return Ok(token);
        }
        if first.is_ascii_digit() || (first == '.' && self.peek(1).is_some_and(|next| next.is_ascii_digit())) {
            return self.number();
        }
        if first.is_ascii_alphabetic() || first == '_' {
            return Ok(Token::Identifier(
                self.take_while(|character| character.is_ascii_alphanumeric() || character == '_'),
            ));
        }
        for mark in MARKS {
            if self.starts_with(mark) {
                self.at += mark.len();
                return Ok(Token::Mark(mark));
            }
        }
        self.error(format!("unexpected character {first:?}"))
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(&accept) {
            self.at += 1;
        }
        self.characters[start..self.at].iter().collect()
    }

    fn number(&mut self) -> Result<Token, CelError> {
        if self.starts_with("0x") || self.starts_with("0X") {
            self.at += 2;
            let digits = self.take_while(|character| character.is_ascii_hexdigit());
            return self.integer(&digits, 16);
        }
        let mut text = self.take_while(|character| character.is_ascii_digit());
        let mut fractional = false;
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|next| next.is_ascii_digit()) {
            fractional = true;
            self.at += 1;
            text.push('.');
            text.push_str(&self.take_while(|character| character.is_ascii_digit()));
        }
        if matches!(self.peek(0), Some('e' | 'E')) {
            let signed = usize::from(matches!(self.peek(1), Some('+' | '-')));
            if self.peek(1 + signed).is_some_and(|next| next.is_ascii_digit()) {
                fractional = true;
                text.extend(&self.characters[self.at..=self.at + signed]);
                self.at += 1 + signed;
                text.push_str(&self.take_while(|character| character.is_ascii_digit()));
            }
        }
        if !fractional {
            return self.integer(&text, 10);
        }
        match text.parse() {
            Ok(value) => Ok(Token::Double(value)),
            Err(_) => self.error("malformed number"),
        }
    }

    fn integer(&mut self, digits: &str, radix: u32) -> Result<Token, CelError> {
        let Ok(value) = u64::from_str_radix(digits, radix) else { return self.error("malformed or too large number") };
        if matches!(self.peek(0), Some('u' | 'U')) {
            self.at += 1;
            return Ok(Token::Unsigned(value));
        }
        Ok(Token::Integer(value))
    }

    fn string(&mut self) -> Result<Option<Token>, CelError> {
        let (mut raw, mut bytes, mut ahead) = (false, false, 0);
        while let Some(prefix @ ('r' | 'R' | 'b' | 'B')) = self.peek(ahead) {
            let seen = if matches!(prefix, 'r' | 'R') { &mut raw } else { &mut bytes };
            if std::mem::replace(seen, true) {
                return Ok(None);
            }
            ahead += 1;
        }
        let Some(quote @ ('"' | '\'')) = self.peek(ahead) else { return Ok(None) };
        self.at += ahead;
        let triple = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        self.at += if triple { 3 } else { 1 };
        let mut content = Content { text: String::new(), bytes: Vec::new() };
        loop {
            let Some(character) = self.peek(0) else { return self.error("the string is not closed") };
            if character == quote && (!triple || (self.peek(1) == Some(quote) && self.peek(2) == Some(quote))) {
                self.at += if triple { 3 } else { 1 };
                break;
            }
            if !triple && matches!(character, '\n' | '\r') {
                return self.error("the string is not closed on its line");
            }
            self.at += 1;
            if character == '\\' && !raw {
                self.escape(bytes, &mut content)?;
            } else {
                content.push(character);
            }
        }
        Ok(Some(if bytes { Token::Bytes(content.bytes) } else { Token::Text(content.text) }))
    }

    fn escape(&mut self, bytes: bool, content: &mut Content) -> Result<(), CelError> {
        let Some(letter) = self.peek(0) else { return self.error("the string is not closed") };
        self.at += 1;
        let plain = match letter {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' | '?' | '"' | '\'' | '`' => letter,
            'x' | 'X' => return self.code(2, 16, bytes, content),
            'u' if !bytes => return self.code(4, 16, false, content),
            'U' if !bytes => return self.code(8, 16, false, content),
            '0'..='3' => {
                self.at -= 1;
                return self.code(3, 8, bytes, content);
            }
            _ => return self.error(format!("unknown escape \\{letter}")),
        };
        content.push(plain);
        Ok(())
    }

    fn code(&mut self, digits: usize, radix: u32, byte: bool, content: &mut Content) -> Result<(), CelError> {
        let mut code = 0;
        for _ in 0..digits {
            let Some(digit) = self.peek(0).and_then(|character| character.to_digit(radix)) else {
                return self.error(format!("the escape needs {digits} digits"));
            };
            code = code * radix + digit;
            self.at += 1;
        }
        match (byte, u8::try_from(code), char::from_u32(code)) {
            (true, Ok(code), _) => content.bytes.push(code),
            (false, _, Some(character)) => content.push(character),
            _ => return self.error("the escape is not a character"),
        }
        Ok(())
    }
}

struct Content {
    text: String,
    bytes: Vec<u8>,
}

impl Content {
    fn push(&mut self, character: char) {
        self.text.push(character);
        self.bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}
