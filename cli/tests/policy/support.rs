//! Running the real binary, and what it says of documents. I/O: starts it, reads `docs`.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// Runs `rollcall policy`.
pub(crate) fn rollcall(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command.arg("policy").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that ends early does not read everything.
    _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// What checking a document says, and its exit code.
pub(crate) fn check(document: &str) -> (String, i32) {
    let output = rollcall(&["check", "-"], document.as_bytes());
    assert_eq!(text(&output.stderr), "");
    (text(&output.stdout), output.status.code().unwrap())
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The folder of the documentation.
pub(crate) fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// The example policies.
pub(crate) fn examples() -> Vec<PathBuf> {
    let entries = fs::read_dir(docs().join("policies")).unwrap();
    let mut examples: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    examples.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    examples.sort();
    assert!(examples.len() >= 7, "{examples:?}");
    examples
}

/// Documents, each with what is said of it: what a person sees.
pub(crate) fn told(documents: &[&str], code: i32) -> String {
    let mut told = String::new();
    for document in documents {
        let document = document.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        let (said, ended) = check(document.trim_start());
        assert_eq!(ended, code, "{document}\n{said}");
        let said = said.replace("standard input:", "policy.toml:");
        let shown: Vec<String> = document.trim_start().lines().map(|line| format!("    {line}\n")).collect();
        told.extend([shown.concat(), said, "\n".to_owned()]);
    }
    told
}
