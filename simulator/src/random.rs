//! Random numbers that depend on the seed alone. No I/O.

use serde::{Deserialize, Serialize};

/// `SplitMix64`: small, and the same on every machine.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// In 0..1.
    pub(crate) fn fraction(&mut self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
        let bits = (self.next() >> 11) as f64;
        #[allow(clippy::cast_precision_loss, reason = "a power of two is exact")]
        let range = (1_u64 << 53) as f64;
        bits / range
    }

    /// That many random characters of the alphabet.
    pub(crate) fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length)
            .filter_map(|_| {
                let index = self.next() % letters.len() as u64;
                letters.get(usize::try_from(index).unwrap_or(0)).copied()
            })
            .collect()
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A stable hash of a text.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| mix(hash ^ u64::from(byte)))
}
