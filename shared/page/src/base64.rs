//! Base64 as browsers' `atob` reads it; the build script encodes its hashes with it too. No I/O.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes in base64, padded.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let byte = |index: usize| part.get(index).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit > part.len() {
                text.push('=');
                continue;
            }
            let index = usize::try_from(bits >> (18 - 6 * digit) & 63).unwrap_or_default();
            text.push(ALPHABET.get(index).copied().map_or('=', char::from));
        }
    }
    text
}
