//! Tests of `rollcall policy`: the real binary, with documents on its standard input. I/O: starts it, reads `docs`.

mod command;
mod documents;
mod mistakes;
mod schema;
mod warnings;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// Runs `rollcall policy`.
fn rollcall(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command.arg("policy").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that ends early does not read everything.
    _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// What checking a document says, and its exit code.
fn check(document: &str) -> (String, i32) {
    let output = rollcall(&["check", "-"], document.as_bytes());
    assert_eq!(text(&output.stderr), "");
    (text(&output.stdout), output.status.code().unwrap())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The folder of the documentation.
fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// The example policies.
fn examples() -> Vec<PathBuf> {
    let entries = fs::read_dir(docs().join("policies")).unwrap();
    let mut examples: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    examples.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    examples.sort();
    assert!(examples.len() >= 7, "{examples:?}");
    examples
}

/// Documents, each with what is said of it: what a person sees.
fn told(documents: &[&str], code: i32) -> String {
    let mut told = String::new();
    for document in documents {
        let document = document.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        let (said, ended) = check(document.trim_start());
        assert_eq!(ended, code, "{document}\n{said}");
        let said = said.replace("standard input:", "policy.toml:");
        for line in document.trim_start().lines() {
            told.push_str(&format!("    {line}\n"));
        }
        told.push_str(&format!("{said}\n"));
    }
    told
}
