//! What was probably meant by a word that is not known. No I/O.

/// The known word that is closest to what was written, if any is close.
pub(super) fn closest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = plain(written);
    let far = 1 + written.chars().count() / 4;
    let mut best: Option<((usize, usize), &'a str)> = None;
    for word in known {
        let plain_word = plain(word);
        // Of equally close words the one that begins the same: "of" is "off" rather than "on".
        let rank = match distance(&written, &plain_word).filter(|distance| *distance <= far) {
            _ if is_part(&written, &plain_word) => (1, 0),
            Some(distance) => (distance, usize::MAX - common(&written, &plain_word)),
            None => continue,
        };
        if best.is_none_or(|(least, _)| rank < least) {
            best = Some((rank, word));
        }
    }
    best.map(|(_, word)| word)
}

/// The same word, however it is capitalised and joined; cut, since what is written may be anything.
fn plain(word: &str) -> String {
    let same = |letter: char| if matches!(letter, '_' | ' ' | '.') { '-' } else { letter.to_ascii_lowercase() };
    word.chars().take(80).map(same).collect()
}

/// An agent's name without the plan that it belongs to, or the beginning of a long name.
fn is_part(written: &str, word: &str) -> bool {
    word.rsplit_once('/').is_some_and(|(_, agent)| agent == written)
        || (written.len() >= 6 && word.starts_with(written))
}

fn distance(written: &str, word: &str) -> Option<usize> {
    // Nothing of a short word is left when half of it is another.
    let distance = strsim::osa_distance(written, word);
    (distance * 2 <= written.chars().count().max(2)).then_some(distance)
}

fn common(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count()
}

/// `; did you mean X?`, or nothing.
pub(super) fn did_you_mean(word: Option<&str>) -> String {
    word.map_or_else(String::new, |word| format!("; did you mean {word}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_word_is_found_and_a_far_one_is_not() {
        let plans =
            ["S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "RUNTIME_MONITORING", "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT"];
        assert_eq!(closest("S3_DATA_EVENT", plans), Some("S3_DATA_EVENTS"));
        assert_eq!(closest("s3-data-events", plans), Some("S3_DATA_EVENTS"));
        assert_eq!(closest("EC2_AGENT_MANAGEMENT", plans), Some("RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT"));
        let legacy_first = ["EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING/A_B", "EKS_RUNTIME_MONITORING/A_B"];
        assert_eq!(closest("A_B", legacy_first), Some("RUNTIME_MONITORING/A_B"));
        assert_eq!(closest("RUNTIME", plans), Some("RUNTIME_MONITORING"));
        assert_eq!(closest("MACIE", plans), None);
        assert_eq!(closest("", plans), None);
    }

    #[test]
    fn short_words_are_not_mixed_up() {
        let words = ["on", "off", "as-found"];
        assert_eq!(closest("of", words), Some("off"));
        assert_eq!(closest("ON", words), Some("on"));
        assert_eq!(closest("asfound", words), Some("as-found"));
        assert_eq!(closest("x", words), None);
        assert_eq!(closest("yes", words), None);
        assert_eq!(closest("plan", ["plans", "scans"]), Some("plans"));
        assert_eq!(closest("plans", ["scans"]), Some("scans"));
    }
}
