//! The command itself: exit codes, where it reads, what it says where. I/O: starts the binary, writes a file.

use std::{fs, path::Path};

use crate::support::{check, rollcall, text};

#[test]
fn a_policy_ends_with_0_and_mistakes_with_1() {
    assert_eq!(check(""), ("standard input: a valid policy\n".to_owned(), 0));
    let (told, code) = check("[guardduty.plans]\nS3_DATA_EVENTS = \"off\"\n");
    assert!(
        told.contains("standard input:2: warning: ") && told.ends_with("a valid policy, with 1 warning\n"),
        "{told}"
    );
    assert_eq!(code, 0);
    let (told, code) = check("a = 1\nb = 2\n[guardduty.plans]\nS3_DATA_EVENTS = \"off\"\n");
    assert!(told.ends_with("standard input: not a policy: 2 mistakes, 1 warning\n"), "{told}");
    assert_eq!(code, 1);
}

#[test]
fn a_file_is_told_by_its_name() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("policy.toml");
    fs::write(&path, "colour = 1\n").unwrap();
    let output = rollcall(&["check", path.to_str().unwrap()], b"");
    assert!(text(&output.stdout).starts_with(&format!("{}:1: colour: ", path.display())));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_cannot_be_read_says_so_and_ends_with_1() {
    let output = rollcall(&["check", "no/such/policy.toml"], b"");
    assert_eq!(
        text(&output.stderr),
        "rollcall: cannot read no/such/policy.toml: No such file or directory (os error 2)\n"
    );
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()));
    let output = rollcall(&["check", "-"], b"name = \"\xff\"");
    assert_eq!(text(&output.stderr), "rollcall: cannot read standard input: it is no text in UTF-8\n");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_document_that_is_too_long_is_a_mistake_however_it_is_cut() {
    for long in
        ["#".repeat(300 * 1024), format!("#{}", "é".repeat(300 * 1024)), format!("##{}", "é".repeat(300 * 1024))]
    {
        let (told, code) = check(&long);
        assert!(told.contains("longer than 256 KiB"), "{told}");
        assert_eq!(code, 1);
    }
}

#[test]
fn wrong_usage_ends_with_1_and_help_tells_the_codes() {
    for arguments in [&["check"][..], &["check", "a", "b"], &["chek"], &[]] {
        assert_eq!(rollcall(arguments, b"").status.code(), Some(1), "{arguments:?}");
    }
    let help = rollcall(&["check", "--help"], b"");
    assert_eq!(help.status.code(), Some(0));
    for part in ["Exit codes:", "  0 ", "  1 ", "Examples:"] {
        assert!(text(&help.stdout).contains(part), "{part}");
    }
}
