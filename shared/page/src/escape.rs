//! JSON that may stand in a script element: nothing in it ends the element, whatever an account is called. No I/O.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// The value as JSON in which `<`, `>`, `&`, U+2028 and U+2029 are written as escapes. They can only be in strings, where
/// an escape means the same.
pub(crate) fn json(value: &impl Serialize) -> String {
    let mut written = Vec::new();
    let outcome = value.serialize(&mut Serializer::with_formatter(&mut written, Escaping));
    debug_assert!(outcome.is_ok(), "the island's types can always be written: {outcome:?}");
    String::from_utf8(written).unwrap_or_default()
}

struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(place) = rest.find(['<', '>', '&', '\u{7f}', '\u{2028}', '\u{2029}']) {
            let (plain, special) = rest.split_at(place);
            let mut characters = special.chars();
            let code = characters.next().map_or(0, u32::from);
            write!(writer, "{plain}\\u{code:04x}")?;
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_element_and_each_is_read_as_it_was() {
        for text in ["</script>", "<!--<script>", "a&amp;\u{2028}b", "\u{202e}evil", "\u{0}\u{7f}\r\n", "]]>", "plain"]
        {
            let written = json(&text);
            assert!(!written.contains(['<', '>', '&', '\u{2028}', '\r', '\n']), "{written}");
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }
}
