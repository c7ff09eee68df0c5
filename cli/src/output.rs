//! Writes to standard output and standard error. I/O: these two.

use std::{
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

/// Something was found that is not as it should be.
pub(crate) const FOUND: u8 = 1;

/// The command could not do its work; so does wrong usage end.
pub(crate) const FAILED: u8 = 2;

/// Prints a text, and ends with this code. A reader that went away, as `head` does, is no failure.
pub(crate) fn print(text: &str, code: u8) -> ExitCode {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => fail(&format!("cannot print: {error}")),
        _ => ExitCode::from(code),
    }
}

/// Says why the command could not do its work.
pub(crate) fn fail(message: &str) -> ExitCode {
    // Where even this cannot be written, the exit code is all that is left to say.
    _ = writeln!(io::stderr(), "rollcall: {message}");
    ExitCode::from(FAILED)
}
