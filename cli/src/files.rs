//! Files that are written. I/O: the file system.

use std::{fs::Permissions, io::Write, os::unix::fs::PermissionsExt, path::Path};

use crate::output::Failure;

/// Writes a file so that it is never seen half-written.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As any file that is made: the process's mask takes from it.
    let named = tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder);
    let written = named.and_then(|mut file| {
        file.write_all(content)?;
        Ok(file.persist(path)?)
    });
    written.map(|_| ()).map_err(|error| Failure(format!("cannot write {}: {error}", path.display())))
}
