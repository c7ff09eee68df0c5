//! `rollcall policy show` and `rollcall policy put`: the policy that the stack goes by. I/O: S3; of a simulated
//! organization a file beside its own.

use std::{fs, io::ErrorKind, path::Path};

use rollcall_core::{ServiceSpec, sweep::keys};
use rollcall_runtime::stored_policy;

use super::{checked, default, name, text_of};
use crate::{
    connect::{Connect, Connected},
    files::write_whole,
    output::{Ended, Failure, print, tell},
};

/// Prints the policy in force as it is, even one that cannot be used, and says on standard error which it is.
pub(super) async fn show(connect: &Connect, specs: &[&'static ServiceSpec]) -> Ended {
    let connected = connect.open_bucket()?;
    let (text, what) = match stored(&connected).await? {
        Some((text, what)) => (text, what),
        None => (default::document(specs), "no policy is stored: the built-in one holds".to_owned()),
    };
    tell(&what);
    Ok(print(&text, 0))
}

async fn stored(connected: &Connected) -> Result<Option<(String, String)>, Failure> {
    if connected.is_simulated() {
        return Ok(match connected.policy_file() {
            Some(file) => text(&file)?.map(|text| (text, file.display().to_string())),
            None => None,
        });
    }
    let bucket = connected.session.bucket()?;
    let found = stored_policy(&bucket).await?;
    Ok(found.map(|(text, version)| (text, format!("s3://{}/{}, version {version}", bucket.name(), keys::POLICY))))
}

/// The text of a file; `None` where there is none.
pub(crate) fn text(file: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure(format!("cannot read {}: {error}", file.display()))),
    }
}

/// Checks a policy, and stores it where the next sweep finds it.
pub(super) async fn put(connect: &Connect, file: &Path) -> Ended {
    let shown = name(file);
    let text = text_of(file).map_err(|error| Failure(format!("cannot read {shown}: {error}")))?;
    let warnings = checked(&shown, &text)?;
    let connected = connect.open_bucket()?;
    let place = if connected.is_simulated() {
        let Some(kept) = connected.policy_file() else {
            return Err(Failure("say --simulate state=FILE: without it there is nowhere to keep a policy".to_owned()));
        };
        write_whole(&kept, text.as_bytes())?;
        connected.keep()?;
        kept.display().to_string()
    } else {
        let bucket = connected.session.bucket()?;
        bucket.put_text(keys::POLICY, "application/toml", text).await?;
        format!("s3://{}/{}", bucket.name(), keys::POLICY)
    };
    Ok(print(&format!("{warnings}stored as {place}; `rollcall plan` shows what it changes\n"), 0))
}
