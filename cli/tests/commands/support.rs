//! A simulated organization, and the real binary on it as on AWS: through its environment. I/O: loopback, processes.

use std::{
    borrow::Borrow,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use organization_simulator::{Options, Record, Simulator};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const ADMINISTRATOR: &str = "222222222222";

/// What a command said, and its exit code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) output: String,
    pub(crate) errors: String,
    pub(crate) code: Option<i32>,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { output: text(&output.stdout), errors: text(&output.stderr), code: output.status.code() }
    }

    /// Makes sure of the exit code.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Makes sure that all of these are in the output.
    #[track_caller]
    pub(crate) fn has(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.output.contains(part), "{part:?} is not in\n{}", self.output);
        }
        self
    }
}

/// A simulated organization, and a folder for what commands write.
pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    folder: TempDir,
}

impl Stage {
    pub(crate) fn new(options: Options) -> Self {
        let options = Options { transition_ms: 100, ..options };
        Self { simulator: Simulator::start(&options).unwrap(), folder: TempDir::new().unwrap() }
    }

    /// Two regions, one of them opt-in.
    pub(crate) fn of(accounts: usize) -> Self {
        Self::new(Options { accounts, regions: vec!["us-east-1".into(), "ap-east-1".into()], ..Options::default() })
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary with these arguments, configured for the organization.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = rollcall(line);
        command
            .env("AWS_ENDPOINT_URL", self.simulator.url())
            .env("AWS_ACCESS_KEY_ID", ADMINISTRATOR)
            .env("AWS_SECRET_ACCESS_KEY", "any")
            .env("AWS_REGION", "us-east-1")
            .env("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID", ADMINISTRATOR)
            .env("ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", ADMINISTRATOR)
            .env("ROLLCALL_MANAGEMENT_READ_ROLE_ARN", "arn:aws:iam::111111111111:role/read")
            .env("ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN", "arn:aws:iam::111111111111:role/write")
            .env("ROLLCALL_WAIT_SECONDS", "1")
            .env("ROLLCALL_INITIAL_BACKOFF_MS", "10")
            .current_dir(self.folder.path());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Said {
        Said::of(&self.command(line).output().unwrap())
    }

    /// The calls since the last time that change something.
    pub(crate) fn writes(&self) -> Vec<Record> {
        let reads = ["Get", "List", "Describe", "BatchGet", "AssumeRole"];
        let is_write = |call: &Record| !reads.iter().any(|read| call.operation.starts_with(read));
        let calls = self.simulator.calls();
        self.simulator.clear_calls();
        calls.into_iter().filter(is_write).collect()
    }

    /// A special state.
    pub(crate) fn state(&self, state: impl Borrow<Value>) {
        self.simulator.prepare(state.borrow()).unwrap();
    }

    /// The ids of the accounts that are neither the management account nor the administrator.
    pub(crate) fn members(&self) -> Vec<String> {
        let organization = self.simulator.organization();
        let accounts = organization["accounts"].as_array().unwrap();
        let ids = accounts.iter().map(|account| account["id"].as_str().unwrap().to_owned());
        ids.filter(|id| id != ADMINISTRATOR && id != "111111111111").collect()
    }
}

/// The binary with these arguments and nothing of this process's configuration.
pub(crate) fn rollcall(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command.env_clear().env("PATH", "/usr/bin:/bin").args(line.split_whitespace()).stdin(Stdio::null());
    command
}
