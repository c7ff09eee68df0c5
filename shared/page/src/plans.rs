//! The protection plans and scan types that a text names. No I/O.

/// Reasons whose sentence names features.
const REASONS: [&str; 8] = [
    "settling",
    "turning-on",
    "turning-off",
    "features-off",
    "feature-failed",
    "left-to-organization-policy",
    "organization-policy-conflict",
    "legacy-runtime-monitoring",
];

/// Actions whose text names features.
const ACTIONS: [&str; 6] = [
    "enable-features",
    "disable-features",
    "enable-management",
    "enable-administrator",
    "disable-administrator",
    "set-auto-enable",
];

/// Capital letters that are no feature's name.
const WORDS: [&str; 5] = ["AWS", "ALL", "MEMBERS", "NEW", "NONE"];

/// What a reason's sentence names.
pub(crate) fn of_reason<'a>(reason: &str, sentence: &'a str) -> Vec<&'a str> {
    if REASONS.contains(&reason) { named(sentence) } else { Vec::new() }
}

/// What an action's text names.
pub(crate) fn of_action<'a>(action: &str, what: &'a str) -> Vec<&'a str> {
    if ACTIONS.contains(&action) { named(what) } else { Vec::new() }
}

/// What excess is of, where it is of a feature.
pub(crate) fn of_excess(what: &str) -> Vec<&str> {
    named(what)
}

/// Names as AWS writes them: `S3_DATA_EVENTS`, `EC2`, `RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT`.
fn named(text: &str) -> Vec<&str> {
    let part = |character: char| character.is_ascii_alphanumeric() || "_/-".contains(character);
    let words = text.split(|character| !part(character));
    let name = |word: &&str| {
        word.len() >= 3
            && word.starts_with(|first: char| first.is_ascii_uppercase())
            && !word.contains(|character: char| character.is_ascii_lowercase() || character == '-')
            && !WORDS.contains(word)
    };
    let mut names: Vec<&str> = words.filter(name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_found_by_their_names_and_nothing_else_is() {
        assert_eq!(of_reason("features-off", "off: S3_DATA_EVENTS, EC2"), ["EC2", "S3_DATA_EVENTS"]);
        assert_eq!(of_reason("denied", "GET on EC2"), Vec::<&str>::new());
        assert_eq!(of_action("enable-features", "enable RUNTIME_MONITORING/EKS"), ["RUNTIME_MONITORING/EKS"]);
        assert_eq!(of_action("set-auto-enable", "set auto-enable: members NONE → ALL, ECR NEW → ALL"), ["ECR"]);
        assert_eq!(of_excess("membership"), Vec::<&str>::new());
    }
}
