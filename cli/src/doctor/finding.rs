//! What a check found, and the commands that mend it. No I/O.

use rollcall_core::{ErrorClass, Region, ServiceError};
use serde::Serialize;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// It is as it should be.
    Ok,
    /// Good to know; neither the stack nor who only looks depends on it.
    Note,
    /// It keeps Rollcall from its work.
    Wrong,
    /// It could not be checked.
    Unknown,
}

impl Verdict {
    /// The verdict as it is printed.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    /// The check's name.
    pub(crate) check: &'static str,
    pub(crate) verdict: Verdict,
    /// What was found, or why nothing could be.
    pub(crate) found: String,
    /// What that means.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) means: String,
    /// In which account the commands are to be run; empty where that does not matter.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) run_in: String,
    /// The commands that mend it, or that show more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) commands: Vec<String>,
}

impl Finding {
    pub(super) fn new(check: &'static str, verdict: Verdict, found: impl Into<String>) -> Self {
        let found = found.into();
        Self { check, verdict, found, means: String::new(), run_in: String::new(), commands: Vec::new() }
    }

    pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::Ok, found)
    }

    pub(super) fn note(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::Note, found)
    }

    pub(super) fn wrong(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::Wrong, found)
    }

    pub(super) fn unknown(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::Unknown, found)
    }

    /// Something that could not be read.
    pub(super) fn unread(check: &'static str, what: &str, error: &ServiceError) -> Self {
        Self::unknown(check, format!("{what} could not be read: {error}")).means(help(error))
    }

    pub(super) fn means(mut self, means: impl Into<String>) -> Self {
        self.means = means.into();
        self
    }

    pub(super) fn run_in(mut self, account: impl Into<String>) -> Self {
        self.run_in = account.into();
        self
    }

    pub(super) fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }
}

/// What to do about something that could not be read.
fn help(error: &ServiceError) -> &'static str {
    match error.class {
        _ if error.operation == "AssumeRole" || error.code == "NoCredentials" => "see identity above",
        ErrorClass::Denied => {
            "the access lacks the permission, which plan and apply may need as well; run doctor with one that has it, such as by AWS's \
             policy ReadOnlyAccess"
        }
        ErrorClass::DeniedByServiceControlPolicy => "a service control policy denies it, see there",
        class if class.may_pass() => "run doctor again",
        _ => "read AWS's answer",
    }
}

/// A word of a command, as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=,@+%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A command for each of these regions: one line, in which `REGION` stands for the region.
pub(super) fn in_each<'a>(regions: impl IntoIterator<Item = &'a Region>, command: &str) -> String {
    let regions: Vec<&str> = regions.into_iter().map(Region::as_str).collect();
    match regions.as_slice() {
        [region] => command.replace("REGION", region),
        regions => format!("for region in {}; do {}; done", regions.join(" "), command.replace("REGION", "${region}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for (word, as_typed) in [
            ("state=trial.state", "state=trial.state"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$(reboot)", "'$(reboot)'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), as_typed);
        }
    }

    #[test]
    fn a_command_is_for_one_region_or_for_each() {
        let regions: Vec<Region> = ["eu-west-1", "us-east-1"].map(|region| region.parse().unwrap()).to_vec();
        assert_eq!(in_each(&regions[..1], "aws x --region REGION"), "aws x --region eu-west-1");
        assert_eq!(
            in_each(&regions, "aws x --region REGION"),
            "for region in eu-west-1 us-east-1; do aws x --region ${region}; done"
        );
    }
}
