//! Files that are written. I/O: the file system.

use std::{
    fs::Permissions,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::output::Failure;

/// Where a file would be written; fails where none can be.
pub(crate) fn place(path: &Path) -> Result<PathBuf, Failure> {
    let cannot = |why: &str| Failure(format!("cannot write {}: {why}", path.display()));
    if path == Path::new("-") {
        return Err(cannot("`-` is no file; name one"));
    }
    if path.is_dir() {
        return Err(cannot("it is a folder; name a file"));
    }
    if let Ok(found) = path.canonicalize() {
        return Ok(found);
    }
    let name = path.file_name().ok_or_else(|| cannot("it is no file; name one"))?;
    let folder = folder(path).canonicalize().map_err(|_| cannot("there is no such folder; make it first"))?;
    let found = folder.join(name);
    tempfile::tempfile_in(&folder)
        .map_err(|error| cannot(&format!("{} takes no files: {}", folder.display(), error.kind())))?;
    Ok(found)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file so that it is never seen half-written.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    // Where a link leads to, there it is written; what is no file, such as a pipe, is written through.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        let written = std::fs::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(content));
        return written.map_err(|error| Failure(format!("cannot write {}: {error}", path.display())));
    }
    let folder = folder(path);
    // As any file that is made: the process's mask takes from it.
    let named = tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder);
    let written = named.and_then(|mut file| {
        file.write_all(content)?;
        Ok(file.persist(path)?)
    });
    // Without the name of the temporary file.
    written.map(|_| ()).map_err(|error| Failure(format!("cannot write {}: {}", path.display(), error.kind())))
}
