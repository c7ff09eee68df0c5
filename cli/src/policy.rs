//! `rollcall policy`: checks a policy document, stores it, and prints what there is to know of them. I/O: reads the
//! document; S3.

mod default;
mod of_stack;
mod reference;
mod schema;
mod text;

use std::{
    fmt::Write as _,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use rollcall_core::{
    ServiceSpec,
    policy::{Finding, document::LONGEST, read},
};
use rollcall_runtime::CATALOG;

use crate::{
    connect::Connect,
    output::{Ended, FAILED, Failure, print},
};
pub(crate) use of_stack::text;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a policy document: every mistake is told with its line, key and remedy.
    #[command(after_help = CHECK_HELP)]
    Check {
        /// The document, a file in TOML; `-` reads standard input.
        file: PathBuf,
    },
    /// Print the policy that the stack goes by.
    #[command(after_help = SHOW_HELP)]
    Show {
        #[command(flatten)]
        connect: Connect,
    },
    /// Check a policy document, and make it the policy that the stack goes by from its next sweep on.
    #[command(after_help = PUT_HELP)]
    Put {
        /// The document, a file in TOML; `-` reads standard input.
        file: PathBuf,
        #[command(flatten)]
        connect: Connect,
    },
    /// Print the built-in policy as a commented document to start from.
    Default,
    /// Print the JSON Schema of policy documents, for editors.
    Schema,
    /// Print the reference of policy documents, in Markdown.
    Reference,
}

const CHECK_HELP: &str = "\
A line is FILE:LINE: KEY: MESSAGE. A warning says what is allowed and probably not meant;
without any, AWS's own automation does not overrule the policy between two sweeps.

Exit codes:
  0  the document is a policy, with or without warnings
  1  it has mistakes or cannot be read, or the usage is wrong

Examples:
  rollcall policy default > policy.toml
  rollcall policy check policy.toml
  aws s3 cp s3://BUCKET/policy/policy.toml - | rollcall policy check -";

const SHOW_HELP: &str = "\
Standard error says which version it is, or that the built-in policy holds.

Exit codes:
  0  printed
  1  it could not be read, or the usage is wrong

Examples:
  rollcall policy show --bucket BUCKET --home-region eu-central-1 > policy.toml";

const PUT_HELP: &str = "\
A document with mistakes is not stored. The bucket keeps every version; the sweep pins the one that it reads.

Exit codes:
  0  stored
  1  it has mistakes or could not be stored, or the usage is wrong

Examples:
  rollcall policy put policy.toml --bucket BUCKET --home-region eu-central-1
  rollcall policy put policy.toml --simulate state=trial.state";

/// Runs a command.
pub(crate) async fn run(arguments: &Arguments) -> Ended {
    let specs = specs();
    match &arguments.command {
        Command::Check { file } => check(file),
        Command::Show { connect } => of_stack::show(connect, &specs).await,
        Command::Put { file, connect } => of_stack::put(connect, file).await,
        Command::Default => Ok(print(&default::document(&specs), 0)),
        Command::Schema => Ok(print(&schema::schema(&specs), 0)),
        Command::Reference => Ok(print(&reference::page(&specs), 0)),
    }
}

fn specs() -> Vec<&'static ServiceSpec> {
    CATALOG.iter().map(|entry| entry.spec).collect()
}

fn check(file: &Path) -> Ended {
    let name = name(file);
    let text = text_of(file).map_err(|reason| Failure(format!("cannot read {name}: {reason}")))?;
    let (mistakes, warnings) = match read(&text, &specs()) {
        Ok(checked) => (Vec::new(), checked.warnings),
        Err(mistakes) => (mistakes.mistakes, mistakes.warnings),
    };
    Ok(print(&told(&name, &mistakes, &warnings), if mistakes.is_empty() { 0 } else { FAILED }))
}

/// The name of a file, as findings are told with it.
pub(crate) fn name(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

/// Fails with every mistake of a policy; gives the warnings, as text.
pub(crate) fn checked(name: &str, text: &str) -> Result<String, Failure> {
    match read(text, &specs()) {
        Ok(checked) if checked.warnings.is_empty() => Ok(String::new()),
        Ok(checked) => Ok(told(name, &[], &checked.warnings)),
        Err(mistakes) => Err(Failure(told(name, &mistakes.mistakes, &mistakes.warnings).trim_end().to_owned())),
    }
}

/// The text of a file; a little more than the longest document is enough to refuse a longer one.
pub(crate) fn text_of(file: &Path) -> Result<String, io::Error> {
    let source: Box<dyn Read> =
        if file == Path::new("-") { Box::new(io::stdin().lock()) } else { Box::new(std::fs::File::open(file)?) };
    let mut bytes = Vec::new();
    source.take(LONGEST as u64 + 4).read_to_end(&mut bytes)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // It was cut within a letter.
        Err(error) if error.as_bytes().len() > LONGEST => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8")),
    }
}

/// All findings by their line, and how many there are.
fn told(name: &str, mistakes: &[Finding], warnings: &[Finding]) -> String {
    let mut findings: Vec<(&Finding, &str)> = mistakes.iter().map(|finding| (finding, "")).collect();
    findings.extend(warnings.iter().map(|finding| (finding, "warning: ")));
    findings.sort();
    let mut told = String::new();
    for (Finding { line, key, message }, kind) in findings {
        let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
        // Writing to a text does not fail.
        _ = writeln!(told, "{name}:{line}: {kind}{key}{message}");
    }
    let count = |number: usize, thing: &str| format!("{number} {thing}{}", if number == 1 { "" } else { "s" });
    let summary = match (mistakes.len(), warnings.len()) {
        (0, 0) => "a valid policy".to_owned(),
        (0, warnings) => format!("a valid policy, with {}", count(warnings, "warning")),
        (mistakes, 0) => format!("not a policy: {}", count(mistakes, "mistake")),
        (mistakes, warnings) => {
            format!("not a policy: {}, {}", count(mistakes, "mistake"), count(warnings, "warning"))
        }
    };
    _ = writeln!(told, "{name}: {summary}");
    told
}
