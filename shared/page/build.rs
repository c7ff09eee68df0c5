//! Joins markup, styles and scripts into the page's frame, with a policy that allows exactly them. Reads `assets`,
//! writes two files for `src/lib.rs`.

use std::{env, fs, io, path::Path};

use sha2::{Digest, Sha256};

#[path = "src/base64.rs"]
mod base64;

/// Where the island of data stands.
const ISLAND: &str = "{{data}}";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=src/base64.rs");
    let style = joined("assets/css")?;
    // One scope for all: the files share their names with each other and with nothing else.
    let script = format!("\"use strict\";\n(() => {{\n{}}})();\n", joined("assets/js")?);
    let page = fs::read_to_string("assets/page.html")?
        .replace("{{style-hash}}", &hash(&style))
        .replace("{{script-hash}}", &hash(&script))
        .replace("{{style}}", &style)
        .replace("{{script}}", &script);
    let (head, tail) = page.split_once(ISLAND).ok_or_else(|| io::Error::other("assets/page.html has no island"))?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("head.html"), head)?;
    fs::write(Path::new(&out).join("tail.html"), tail)
}

/// All files of a folder in the order of their names.
fn joined(folder: &str) -> io::Result<String> {
    let files: io::Result<Vec<_>> = fs::read_dir(folder)?.map(|file| Ok(file?.path())).collect();
    let mut files = files?;
    files.sort();
    files.iter().map(fs::read_to_string).collect()
}

/// A source of the content security policy.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", base64::encode(&Sha256::digest(text.as_bytes())))
}
