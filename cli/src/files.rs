//! Files that are written. I/O: the file system.

use std::{fs::Permissions, io::Write, os::unix::fs::PermissionsExt, path::Path};

use crate::output::Failure;

/// Writes a file so that it is never seen half-written.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    if path == Path::new("-") {
        return Err(Failure("`-` is no file; name one".to_owned()));
    }
    // Where a link leads to, there it is written; what is no file, such as a pipe, is written through.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        let written = std::fs::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(content));
        return written.map_err(|error| Failure(format!("cannot write {}: {error}", path.display())));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As any file that is made: the process's mask takes from it.
    let named = tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder);
    let written = named.and_then(|mut file| {
        file.write_all(content)?;
        Ok(file.persist(path)?)
    });
    // Without the name of the temporary file.
    written.map(|_| ()).map_err(|error| Failure(format!("cannot write {}: {}", path.display(), error.kind())))
}
