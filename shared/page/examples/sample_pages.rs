//! Writes pages of generated organizations into a folder, `target/sample-pages` unless another is named, and tells
//! their sizes.

use std::{env, fs, io, path::PathBuf, time::Instant};

use rollcall_core::sweep::CoverageDocument;
use sample::REGIONS;

#[path = "../tests/support/sample.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the tests use the rest; they may end where a sample is wrong"
)]
mod sample;

type Make = fn() -> CoverageDocument;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/sample-pages".to_owned()));
    fs::create_dir_all(&folder)?;
    let pages: [(&str, Make); 5] = [
        ("small", || sample::organization(96, 12, &REGIONS)),
        ("hostile", sample::hostile),
        ("10000", || sample::organization(10_000, 40, &REGIONS)),
        ("10000-chaos", || sample::chaos(10_000, &REGIONS, false)),
        ("10000-chaos-own-sentences", || sample::chaos(10_000, &REGIONS, true)),
    ];
    for (name, make) in pages {
        let document = make();
        let begun = Instant::now();
        let page = rollcall_page::render(&document, Some("s3://rollcall-bucket/coverage/latest.json"));
        let (took, bytes) = (begun.elapsed(), page.len());
        let path = folder.join(format!("{name}.html"));
        fs::write(&path, page)?;
        println!("{}: {bytes} bytes, rendered in {} ms", path.display(), took.as_millis());
    }
    Ok(())
}
