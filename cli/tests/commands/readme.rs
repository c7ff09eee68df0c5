//! The terminal session that README shows is what the commands print.

use std::{fs, path::Path};

use crate::support::{Said, rollcall};

/// What stands for lines that are left out.
const LEFT_OUT: &str = "…";

#[test]
fn the_session_in_the_readme_is_true() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let session = readme.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let mut commands = 0;
    for part in session.split("$ ").skip(1) {
        let (line, shown) = part.split_once('\n').unwrap();
        let line = line.strip_prefix("rollcall ").unwrap();
        let said = Said::of(&rollcall(line).current_dir(folder.path()).output().unwrap());
        assert!(said.code.is_some_and(|code| code != 1), "{line}: {said:?}");
        follows(&said.output, shown, line);
        commands += 1;
    }
    assert_eq!(commands, 5);
    for file in ["trial.state", "coverage.html", "coverage.csv"] {
        assert!(folder.path().join(file).exists(), "{file}");
    }
}

/// Whether all shown lines come in their order, with others between them only where lines are left out.
fn follows(output: &str, shown: &str, line: &str) {
    let mut rest = output.lines().peekable();
    let mut left_out = false;
    for wanted in shown.lines() {
        if wanted.trim() == LEFT_OUT {
            left_out = true;
            continue;
        }
        let found = if left_out { rest.find(|found| *found == wanted) } else { rest.next() };
        assert_eq!(found, Some(wanted), "of `rollcall {line}`");
        left_out = false;
    }
    assert!(left_out || rest.peek().is_none(), "`rollcall {line}` prints more: {:?}", rest.peek());
}
