//! The newest coverage document for people: a page and a table beside it. I/O: S3, a temporary file.
//!
//! Only the document itself is written under a condition. Of two runs that end at the same time, the slower one could
//! put its older page over the newer one. So whoever wrote looks afterwards whether the newest document is still the one
//! it wrote of, and otherwise writes again, of that one: the last to write has written of the newest document. What is
//! left is a function that failed or was stopped in between; then page and table are of an earlier sweep, which the page
//! names, until the report is made once more or the next sweep ends.

use std::io::BufWriter;

use futures::future::{Either, select};
use rollcall_core::{
    Stop,
    sweep::{CoverageDocument, keys},
};
use rollcall_stack::{Bucket, Version};
use tempfile::NamedTempFile;

/// So often page and table are made again where another run wrote the newest document meanwhile.
const TRIES: usize = 3;

/// Writes page and table of the newest document, which is this one unless another run wrote one since. Whether both were
/// written. A failure is logged and no more than that: the document says the same.
pub(crate) async fn write(bucket: &Bucket, document: CoverageDocument, version: Version, end: Stop) -> bool {
    let run = document.run.id.clone();
    let why = match select(Box::pin(write_newest(bucket, document, version)), end).await {
        Either::Left((Ok(()), _)) => return true,
        Either::Left((Err(error), _)) => error,
        Either::Right(_) => "the function's time was up".to_owned(),
    };
    let (page, table) = (keys::LATEST_PAGE, keys::LATEST_TABLE);
    tracing::error!(
        run.id = %run,
        "{page} and {table} may be those of an earlier sweep: {why}. {} is right. The next sweep writes all three; where \
         this lasts, look whether the function may write to the bucket, and at its time and memory", keys::LATEST
    );
    false
}

async fn write_newest(bucket: &Bucket, mut document: CoverageDocument, mut version: Version) -> Result<(), String> {
    let location = format!("s3://{}/{}", bucket.name(), keys::LATEST);
    for _ in 0..TRIES {
        let page = rollcall_page::render(&document, Some(&location));
        let page = bucket.put_text(keys::LATEST_PAGE, "text/html; charset=utf-8", page).await;
        let table = put_table(bucket, &document).await;
        page.map_err(|error| error.to_string()).and(table)?;
        if bucket.version(keys::LATEST).await.map_err(|error| error.to_string())?.as_ref() == Some(&version) {
            return Ok(());
        }
        match bucket.get_readable(keys::LATEST).await {
            Ok((Some(newest), Some(written))) => (document, version) = (newest, written),
            Ok(_) => return Err(format!("{} is gone", keys::LATEST)),
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(format!("{} was written by others {TRIES} times in a row", keys::LATEST))
}

/// By way of a file, which goes when it is dropped: of a large organization the table is too long to be held in memory.
async fn put_table(bucket: &Bucket, document: &CoverageDocument) -> Result<(), String> {
    let file = NamedTempFile::new().map_err(|error| error.to_string())?;
    rollcall_page::write_table(document, BufWriter::new(file.as_file())).map_err(|error| error.to_string())?;
    let sent = bucket.put_file(keys::LATEST_TABLE, "text/csv; charset=utf-8", file.path()).await;
    sent.map_err(|error| error.to_string())
}
