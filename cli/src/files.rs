//! Files that are written. I/O: the file system.

use std::{io::Write, path::Path};

use crate::output::Failure;

/// Writes a file so that it is never seen half-written.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(content)?;
        Ok(file.persist(path)?)
    });
    written.map(|_| ()).map_err(|error| Failure(format!("cannot write {}: {error}", path.display())))
}
