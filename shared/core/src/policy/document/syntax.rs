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
        ErrorKind::UnexpectedEof => "the document ends in the middle of something".to_owned(),
        ErrorKind::UnquotedString => "a text is not in quotes".to_owned(),
        ErrorKind::UnterminatedString => "a text has no closing quote".to_owned(),
        ErrorKind::InvalidCharInString('\n') => "a text has no closing quote in its line".to_owned(),
        ErrorKind::InvalidNumber => "this is no number".to_owned(),
        ErrorKind::Unexpected(letter) => format!("{letter:?} may not be here"),
        ErrorKind::RedefineAsArray => "a table is there both with one bracket and with two".to_owned(),
        ErrorKind::Wanted { expected, found } => format!("{expected} is missing, before {found}"),
        _ => error.to_string(),
    }
}

fn remedy(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::UnquotedString => ": write it as \"…\"",
        ErrorKind::InvalidNumber => ": account ids, and every other text, are written in quotes",
        ErrorKind::Unexpected('/') => ": a name with a slash is written in quotes",
        ErrorKind::RedefineAsArray => ": each rule begins with [[rule]]",
        _ => "",
    }
}
