//! A doctor's findings: a line for each, and how to mend what is wrong. No I/O.

use std::fmt::Write as _;

use anstyle::AnsiColor;

use super::words::{bold, coloured, plain};
use crate::doctor::{Finding, Verdict};

/// The findings, and how many there are of each kind.
pub(crate) fn findings(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let Finding { check, verdict, found, means, run_in, commands } = finding;
        let word = format!("{:<7}", verdict.as_str());
        _ = writeln!(text, "{} {}: {}", coloured(word, colour(*verdict)), bold(check), plain(found));
        if !means.is_empty() {
            _ = writeln!(text, "        means: {}", plain(means));
        }
        if !commands.is_empty() {
            let place = if run_in.is_empty() { String::new() } else { format!(" in {}", plain(run_in)) };
            _ = writeln!(text, "        run{place}:");
        }
        for command in commands {
            _ = writeln!(text, "          {}", plain(command));
        }
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (ok, wrong, unknown) = (count(Verdict::Ok), count(Verdict::Wrong), count(Verdict::Unknown));
    let told = match count(Verdict::Note) {
        0 => String::new(),
        1 => ", 1 note".to_owned(),
        notes => format!(", {notes} notes"),
    };
    _ = writeln!(text, "\n{}", bold(format!("{ok} ok, {wrong} wrong, {unknown} unknown{told}")));
    text
}

fn colour(verdict: Verdict) -> AnsiColor {
    match verdict {
        Verdict::Ok => AnsiColor::Green,
        Verdict::Note => AnsiColor::Cyan,
        Verdict::Wrong => AnsiColor::Red,
        Verdict::Unknown => AnsiColor::Yellow,
    }
}
