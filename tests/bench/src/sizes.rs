//! How large each function is, compressed as in a deployment package. I/O: files.

use std::{env, fs, io::Write};

use flate2::{Compression, write::DeflateEncoder};
use rollcall_scenarios::StageError;

use crate::{line, within};

/// Prints each function's size.
pub fn print() -> Result<(), StageError> {
    println!("size, zipped");
    for name in ["enroll-account", "enroll-region", "survey", "reassert", "report", "empty-function"] {
        let binary = fs::read(env::current_exe()?.with_file_name(name))?;
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
        deflate.write_all(&binary)?;
        let zipped = u32::try_from(deflate.finish()?.len())?;
        let limit = if name == "empty-function" { "for comparison" } else { "at most 5 MB" };
        line(name, &format!("{:.2} MB", f64::from(zipped) / 1e6), limit);
        within(name, f64::from(zipped) / 1e6, 5.0)?;
    }
    Ok(())
}
