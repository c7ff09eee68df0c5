//! Wildcards of policies: `*` stands for any characters, `?` for one. No I/O.

/// Whether the text matches the pattern as a whole.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut of) = (0, 0);
    // Where the last star is, and how much of the text it has taken.
    let mut star = None;
    while let Some(got) = text.get(at) {
        match pattern.get(of) {
            Some('*') => {
                star = Some((of, at));
                of += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == got => {
                at += 1;
                of += 1;
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                at = taken + 1;
                of = place + 1;
            }
        }
    }
    pattern.iter().skip(of).all(|rest| *rest == '*')
}

/// The same for ARNs. AWS documentation: "each of the six colon-delimited components of the ARN is checked separately".
pub(super) fn glob_arn(pattern: &str, arn: &str) -> bool {
    let (mut wanted, mut got) = (pattern.splitn(6, ':'), arn.splitn(6, ':'));
    loop {
        match (wanted.next(), got.next()) {
            (None, None) => return true,
            (Some(wanted), Some(got)) if glob(wanted, got) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_characters() {
        for (pattern, text) in [
            ("*", ""),
            ("**", "x"),
            ("a*c", "abbc"),
            ("a*c", "ac"),
            ("*b*b", "abab"),
            ("a?c", "abc"),
            ("arn:aws:ssm:*:*:parameter/aws/*", "arn:aws:ssm:eu-west-1::parameter/aws/service"),
        ] {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "x"), ("a?c", "ac"), ("a*c", "abcd"), ("a", "A"), ("*b", "ba"), ("x*", "")] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_wildcard_of_an_arn_stays_within_its_part() {
        assert!(glob_arn("arn:*:iam::*:role/*", "arn:aws:iam::1:role/a:b"));
        assert!(!glob_arn("arn:*:role/x", "arn:aws:iam::1:role/x"));
    }
}
