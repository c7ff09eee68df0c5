//! IAM's patterns: `*` and `?` in texts, ARNs and actions, and a role's ARN of which the path is not known. No I/O.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "… Resource".

use super::truth::Truth;

/// Whether a text fits a pattern: `*` stands for any characters, `?` for one.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // Where the rest of the pattern may begin in the text, for each part of the pattern.
    let mut ends: Vec<bool> = std::iter::once(true).chain(text.iter().map(|_| false)).collect();
    for letter in pattern {
        let mut before = false;
        let mut next = Vec::with_capacity(ends.len());
        let letters = std::iter::once(None).chain(text.iter().map(Some));
        let mut previous = false;
        for (here, of_text) in ends.iter().zip(letters) {
            before |= *here;
            next.push(match letter {
                '*' => before,
                '?' => previous && of_text.is_some(),
                _ => previous && of_text == Some(&letter),
            });
            previous = *here;
        }
        ends = next;
    }
    ends.last().copied().unwrap_or(false)
}

/// Whether an ARN fits a pattern, part by part: no `*` reaches beyond the colon after it, but for the last part.
pub(super) fn arn_fits(pattern: &str, arn: &str) -> bool {
    let (patterns, parts): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    patterns.len() == parts.len() && patterns.iter().zip(&parts).all(|(pattern, part)| fits(pattern, part))
}

/// Whether an action such as `guardduty:CreateMembers` fits a pattern; in any case of letters.
pub(super) fn action_fits(pattern: &str, action: &str) -> bool {
    fits(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Whether a resource of a service in an account and region may be what a pattern names. Which resource a call names is
/// not known beforehand, and some name none: only `*` is sure.
pub(super) fn resource_fits(pattern: &str, service: &str, region: &str, account: &str) -> Truth {
    if pattern.chars().all(|letter| letter == '*') {
        return Truth::Yes;
    }
    let mut parts = pattern.splitn(6, ':');
    let (scheme, _partition) = (parts.next().unwrap_or_default(), parts.next());
    let known = [service, region, account];
    let possible =
        scheme.contains('*') || known.iter().zip(parts).all(|(known, part)| part.is_empty() || fits(part, known));
    if possible { Truth::depends_on(format!("the resource {pattern}")) } else { Truth::No }
}

/// Whether a role's ARN fits a pattern when only its name is known: STS leaves the path out of a session's ARN. `arn` is
/// the ARN as it would be without a path.
pub(super) fn pathless_arn_fits(pattern: &str, arn: &str) -> Truth {
    let Some((head, name)) = arn.rsplit_once('/') else { return Truth::depends_on("aws:PrincipalArn") };
    let wild = |text: &str| text.find(['*', '?']);
    let fixed_head = wild(pattern).and_then(|end| pattern.get(..end)).unwrap_or(pattern);
    let fixed_tail = pattern.rsplit(['*', '?', '/']).next().unwrap_or(pattern);
    let begins = fixed_head.starts_with(head) || head.starts_with(fixed_head);
    let ends = if wild(pattern).is_none() { fixed_tail == name } else { name.ends_with(fixed_tail) };
    // It names every role of the account.
    if pattern.ends_with('*') && fits(pattern, &format!("{head}/*")) {
        Truth::Yes
    } else if ends && (begins || wild(pattern).is_some_and(|end| end < head.len())) {
        Truth::depends_on("aws:PrincipalArn (the path of the caller's role is not known)")
    } else {
        Truth::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_patterns() {
        for (pattern, text, fit) in [
            ("*", "", true),
            ("eu-*", "eu-west-1", true),
            ("eu-*-1", "eu-west-1", true),
            ("eu-*-2", "eu-west-1", false),
            ("eu-west-?", "eu-west-1", true),
            ("eu-west-1?", "eu-west-1", false),
            ("?", "", false),
            ("", "", true),
            ("", "a", false),
            ("**a*", "bab", true),
            ("EU-west-1", "eu-west-1", false),
        ] {
            assert_eq!(fits(pattern, text), fit, "{pattern} {text}");
        }
    }

    #[test]
    fn arns_fit_part_by_part() {
        let role = "arn:aws:iam::222222222222:role/rollcall/x";
        for (pattern, fit) in [
            ("arn:aws:iam::*:role/*", true),
            ("arn:*:iam::222222222222:role/rollcall/?", true),
            ("arn:aws:iam:*:role/*", false),
            ("*", false),
            ("arn:aws:iam::*:role/break-glass", false),
        ] {
            assert_eq!(arn_fits(pattern, role), fit, "{pattern}");
        }
    }

    #[test]
    fn a_resource_is_possible_unless_it_is_another_services_regions_or_accounts() {
        let of = |pattern: &str| resource_fits(pattern, "guardduty", "eu-west-1", "222222222222");
        assert_eq!(of("*"), Truth::Yes);
        for possible in
            ["arn:aws:guardduty:*:*:detector/*", "arn:*", "arn:aws:guardduty:eu-west-1:222222222222:*", "*:x"]
        {
            assert!(matches!(of(possible), Truth::Perhaps(_)), "{possible}");
        }
        for other in ["arn:aws:iam::*:role/break-glass", "arn:aws:guardduty:us-*:*:*", "arn:aws:*:*:111111111111:*"] {
            assert_eq!(of(other), Truth::No, "{other}");
        }
    }

    #[test]
    fn of_a_role_without_its_path_only_the_name_decides() {
        let of = |pattern: &str| pathless_arn_fits(pattern, "arn:aws:iam::222222222222:role/Audit");
        for (pattern, truth) in [
            ("arn:aws:iam::*:role/*", true),
            ("arn:aws:iam::222222222222:*", true),
            ("*", true),
            ("arn:aws:iam::*:role/break-glass", false),
            ("arn:aws:iam::222222222222:role/x/Other", false),
            ("arn:aws:iam::111111111111:role/Audit", false),
        ] {
            assert_eq!(of(pattern), truth.into(), "{pattern}");
        }
        for open in
            ["arn:aws:iam::222222222222:role/Audit", "arn:aws:iam::*:role/x/Audit", "arn:aws:iam::*:role/rollcall/*"]
        {
            assert!(matches!(of(open), Truth::Perhaps(_)), "{open}");
        }
    }
}
