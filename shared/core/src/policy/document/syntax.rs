//! What is said of a document that is no TOML: it stands alone, since nothing after it can be trusted. No I/O.

use toml_span::{Error, ErrorKind, Span};

use super::{
    Finding,
    ledger::{Ledger, quoted},
};

/// The one mistake.
pub(super) fn finding(text: &str, error: &Error) -> Finding {
    let ledger = Ledger::new(text);
    let line = |span: &Span| ledger.line_at(span.start.min(text.len().saturating_sub(1)));
    let message = match &error.kind {
        ErrorKind::DuplicateKey { key, first } => {
            format!("{} is there already, in line {}: keep one of the two", quoted(key), line(first))
        }
        ErrorKind::DuplicateTable { name, first } => {
            format!("the table {} is there already, in line {}: join the two", quoted(name), line(first))
        }
        ErrorKind::DottedKeyInvalidType { first } => {
            format!("the key before the dot is a single value, from line {}, so nothing can be in it", line(first))
        }
        kind => format!("this is not TOML: {}{}", what(kind, error), remedy(kind)),
    };
    Finding { line: line(&error.span), key: String::new(), message }
}

fn what(kind: &ErrorKind, error: &Error) -> String {
    match kind {
        ErrorKind::UnexpectedEof => "the document ends too early: a value or a closing bracket is missing".to_owned(),
        ErrorKind::UnquotedString => "a text is not in quotes".to_owned(),
        ErrorKind::UnterminatedString => "a text has no closing quote".to_owned(),
        ErrorKind::InvalidCharInString('\n') => "a text has no closing quote in its line".to_owned(),
        ErrorKind::InvalidNumber => "this is no number".to_owned(),
        ErrorKind::Unexpected(letter) => format!("{letter:?} may not be here"),
        ErrorKind::RedefineAsArray => "a table is there both with one bracket and with two".to_owned(),
        // In a list it is more often the comma.
        ErrorKind::Wanted { expected: "a right bracket", found: found @ ("a string" | "an identifier") } => {
            format!("a comma or ] is missing before {}", token(found))
        }
        ErrorKind::Wanted { expected, found } => format!("{} is missing before {}", token(expected), token(found)),
        _ => error.to_string(),
    }
}

/// A piece of TOML as it is written.
fn token(name: &'static str) -> &'static str {
    match name {
        "an equals" => "=",
        "a period" => "a dot",
        "a comma" => "a comma",
        "a colon" => "a colon",
        "a plus" => "+",
        "a right brace" => "}",
        "a left brace" => "{",
        "a right bracket" => "]",
        "a left bracket" => "[",
        "a table key" => "a key",
        "an identifier" => "a word",
        "a string" => "a text",
        "newline" | "a newline" => "the end of the line",
        "eof" => "the end of the document",
        other => other,
    }
}

fn remedy(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::UnquotedString => ": write it as \"…\"",
        ErrorKind::InvalidNumber => ": account ids, and every other text, are written in quotes",
        ErrorKind::Unexpected('/') => ": a name with a slash is written in quotes",
        ErrorKind::Wanted { expected: "an equals", .. } => ": a line is KEY = VALUE, or [TABLE]",
        ErrorKind::RedefineAsArray => ": each rule begins with [[rule]]",
        _ => "",
    }
}
