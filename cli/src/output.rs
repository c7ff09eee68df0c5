//! Writes to standard output and standard error, and what exit codes mean. I/O: these two.

use std::{
    collections::BTreeSet,
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

/// The command could not do its work, the usage is wrong, or what it checked is wrong.
pub(crate) const FAILED: u8 = 1;

/// The command did its work, and something is left to do.
pub(crate) const LEFT: u8 = 2;

/// Why a command could not do its work, for a person: what happened, to what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

/// Whatever explains itself.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// How a command ends.
pub(crate) type Ended = Result<ExitCode, Failure>;

/// Prints a text, and ends with this code. A reader that went away, as `head` does, is no failure.
pub(crate) fn print(text: &str, code: u8) -> ExitCode {
    match written(text) {
        Err(error) => fail(&format!("cannot print: {error}")),
        Ok(()) => ExitCode::from(code),
    }
}

/// Writes to standard output. A reader that went away is no failure.
fn written(text: &str) -> Result<(), io::Error> {
    match shown(text) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes to standard output what somebody must be able to read. Colours go where a terminal takes them, and `NO_COLOR` is
/// respected.
pub(crate) fn shown(text: &str) -> Result<(), io::Error> {
    let mut output = anstream::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush())
}

/// Tells something beside the output, on standard error.
pub(crate) fn tell(message: &str) {
    // What AWS answers may hold anything; escape sequences would speak to the terminal.
    let plain: String = message.chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect();
    // Where even this cannot be written, there is nobody to tell.
    _ = writeln!(anstream::stderr(), "rollcall: {plain}");
}

/// Tells what could not be looked at, where there is anything.
pub(crate) fn tell_of(not_seen: &BTreeSet<String>) {
    if !not_seen.is_empty() {
        let not_seen: Vec<&str> = not_seen.iter().map(String::as_str).collect();
        tell(&format!("could not look at {}", not_seen.join(", ")));
    }
}

/// Says why the command could not do its work.
pub(crate) fn fail(message: &str) -> ExitCode {
    tell(message);
    if message.contains("NoCredentials") {
        tell("whether AWS's tools find credentials says `aws sts get-caller-identity`; `aws sso login` signs in again");
    }
    ExitCode::from(FAILED)
}
