//! Small numbers, one for each account, written shortly: as runs, or packed into bits. No I/O.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base64;

/// A number for each account; zero, which says nothing, costs nothing at the end and little elsewhere.
///
/// `null` is zero for all. An array is runs: value, how often, value, how often, …; what follows the last is zero. An
/// object has `bits`, base64 of codes of `width` bits each, the first account's lowest; a code stands for the value
/// at its place in `palette`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Column {
    /// Zero for all.
    Zero,
    /// Values, each with how often it follows.
    Runs(Vec<u32>),
    /// Codes of the same width.
    Packed {
        /// How many bits a code has: 1, 2, 4, 8 or 16.
        width: u32,
        /// The values that codes stand for.
        palette: Vec<u32>,
        /// The codes.
        bits: String,
    },
}

impl Column {
    /// The values in whichever form is shorter.
    pub(crate) fn of(values: &[u32]) -> Self {
        let length = values.iter().rposition(|value| *value != 0).map_or(0, |last| last + 1);
        let values = values.get(..length).unwrap_or(values);
        if values.is_empty() {
            return Self::Zero;
        }
        let runs = runs(values);
        match packed(values) {
            Some(packed) if packed.length() < digits(&runs) => packed,
            _ => Self::Runs(runs),
        }
    }

    /// About how many characters it takes.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Zero => 4,
            Self::Runs(runs) => digits(runs),
            Self::Packed { palette, bits, .. } => 36 + digits(palette) + bits.len(),
        }
    }
}

fn runs(values: &[u32]) -> Vec<u32> {
    let length = |run: &[u32]| u32::try_from(run.len()).unwrap_or(u32::MAX);
    let run = |run: &[u32]| [run.first().copied().unwrap_or_default(), length(run)];
    values.chunk_by(|one, next| one == next).flat_map(run).collect()
}

fn digits(numbers: &[u32]) -> usize {
    numbers.iter().map(|number| number.checked_ilog10().map_or(2, |digits| digits as usize + 2)).sum()
}

/// The values packed; `None` where they are too different for codes of 16 bits.
fn packed(values: &[u32]) -> Option<Column> {
    // Zero has code 0 in any case: the bits that fill up the last byte are no account's.
    let mut codes: BTreeMap<u32, u32> = values.iter().chain([&0]).map(|value| (*value, 0)).collect();
    for (code, place) in codes.values_mut().enumerate() {
        *place = u32::try_from(code).ok()?;
    }
    let width = [1_u32, 2, 4, 8, 16].into_iter().find(|width| codes.len() <= 1 << width)?;
    let per_byte = (8 / width).max(1) as usize;
    let mut bytes = Vec::new();
    for part in values.chunks(per_byte) {
        let mut bits = 0_u32;
        for (place, value) in (0..).zip(part) {
            bits |= codes.get(value)? << (place * width);
        }
        let [low, high, ..] = bits.to_le_bytes();
        bytes.push(low);
        if width == 16 {
            bytes.push(high);
        }
    }
    Some(Column::Packed { width, palette: codes.into_keys().collect(), bits: base64::encode(&bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode;

    fn read_back(values: &[u32], accounts: usize) -> Vec<usize> {
        decode::column(&serde_json::to_value(Column::of(values)).unwrap(), accounts)
    }

    /// Columns of every length and variety, each followed by accounts of which nothing is said.
    #[test]
    fn every_column_is_read_back() {
        let mut seed = 1_u64;
        let mut roll = |sides: u32| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from((seed >> 33) % u64::from(sides)).unwrap()
        };
        for variety in [1, 2, 3, 5, 16, 17, 257, 70_000, u32::MAX] {
            for length in [0, 1, 2, 3, 7, 8, 9, 100, 1_001, 70_001] {
                for least in [0, 1] {
                    let values: Vec<u32> = (0..length).map(|_| roll(variety).saturating_add(least)).collect();
                    let expected: Vec<usize> = values.iter().map(|value| *value as usize).chain([0; 5]).collect();
                    assert_eq!(read_back(&values, length + 5), expected, "{variety} {length} {least}");
                }
            }
        }
    }

    #[test]
    fn what_says_nothing_costs_nothing() {
        assert_eq!(Column::of(&vec![0; 10_000]), Column::Zero);
        assert_eq!(Column::of(&vec![7; 10_000]), Column::Runs(vec![7, 10_000]));
        let mut sparse = vec![0; 10_000];
        sparse[5_000] = 3;
        assert_eq!(Column::of(&sparse), Column::Runs(vec![0, 5_000, 3, 1]));
        // Of many values each is a code: here four bits.
        let many: Vec<u32> = (0..10_000).map(|number| number * 7 % 13).collect();
        assert!(Column::of(&many).length() < 10_000 / 2 * 4 / 3 + 100);
    }

    /// The bits that fill up the last byte are no account's, so that their code stands for zero.
    #[test]
    fn the_first_code_is_zero() {
        let values: Vec<u32> = (0..1_001).map(|number| number % 2 + 4).collect();
        let Column::Packed { width, palette, .. } = Column::of(&values) else { panic!("not packed") };
        assert_eq!((width, palette), (2, vec![0, 4, 5]));
    }
}
