//! The coverage document for people: a self-contained HTML page, and a CSV table. No clock; I/O only into a given writer.
//!
//! The page is a fixed frame (markup, style and script, joined and hashed by the build script) around one island of
//! JSON, in which memberships are packed. No template engine: nothing but the island varies, and in it no `<`
//! is left. No JavaScript library: what the page needs of one, a canvas and some tables, is shorter than any.

mod base64;
mod column;
#[cfg(test)]
#[path = "../tests/support/decode.rs"]
#[allow(dead_code, reason = "the tests of pages use the rest")]
mod decode;
mod escape;
mod island;
mod plans;
mod sentence;
mod table;
mod units;

use rollcall_core::sweep::CoverageDocument;

pub use table::write_table;

/// The page up to the island.
const HEAD: &str = include_str!(concat!(env!("OUT_DIR"), "/head.html"));

/// The page from the island's end.
const TAIL: &str = include_str!(concat!(env!("OUT_DIR"), "/tail.html"));

/// The page; `location` says where the document is, such as `s3://bucket/coverage/latest.json`, where it is anywhere. The
/// same input gives the same bytes.
#[must_use]
pub fn render(document: &CoverageDocument, location: Option<&str>) -> String {
    let island = escape::json(&island::Island::new(document, location));
    let mut page = String::with_capacity(HEAD.len() + island.len() + TAIL.len());
    for part in [HEAD, &island, TAIL] {
        page.push_str(part);
    }
    page
}
