//! The policy that a command goes by: a file, the bucket's, or the built-in one. I/O: reads the file, S3.

use std::path::PathBuf;

use clap::Args;
use rollcall_core::sweep::PinnedPolicy;
use rollcall_runtime::PolicyInForce;

use crate::{connect::Connected, output::Failure, policy};

/// The option that names a policy.
#[derive(Debug, Clone, Args)]
pub(crate) struct PolicyFile {
    /// Go by this policy, a file in TOML; without it by the one in the bucket, else by the built-in one
    #[arg(long = "policy", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl PolicyFile {
    /// Whether a file was named.
    pub(crate) fn is_named(&self) -> bool {
        self.file.is_some()
    }

    /// The policy, checked. A mistake in it is a failure.
    pub(crate) async fn read(&self, connected: &Connected) -> Result<PolicyInForce, Failure> {
        let (name, text) = match (&self.file, connected.policy_file()) {
            (Some(file), _) => {
                let name = policy::name(file);
                let text = policy::text_of(file).map_err(|error| Failure(format!("cannot read {name}: {error}")))?;
                (name, text)
            }
            (None, Some(kept)) => match policy::text(&kept)? {
                Some(text) => (kept.display().to_string(), text),
                None => return Ok(connected.session.policy().await?),
            },
            (None, None) => return Ok(connected.session.policy().await?),
        };
        policy::checked(&name, &text)?;
        Ok(connected.session.policy_in_force(PinnedPolicy { version: name, text: Some(text) })?)
    }
}
