//! Text that is made from the tables of keys: what a key takes, in words, and lines of a width. No I/O.

use rollcall_core::{
    ServiceSpec, SettingValues,
    policy::{AutoEnableWish, MembershipWish, Wanted, document::keys::Kind},
};

/// What a key takes, in words.
pub(super) fn takes<T>(kind: &Kind<T>, spec: Option<&ServiceSpec>) -> String {
    let features = spec.map_or("features", |spec| spec.features_word);
    match kind {
        Kind::Switch(_) => "`true` or `false`".to_owned(),
        Kind::Limit(_) => "a number, or `\"unlimited\"`".to_owned(),
        Kind::Name(_) => "a text".to_owned(),
        Kind::Account(_) => "an account id of 12 digits, in quotes".to_owned(),
        Kind::Regions(_) => "`\"all\"`, a list of regions, or `{ all-but = […] }`".to_owned(),
        Kind::RegionList(_) => "a list of regions".to_owned(),
        Kind::AccountList(_) => "a list of account ids".to_owned(),
        Kind::UnitList(_) => "a list of ids of organizational units, or of the root".to_owned(),
        Kind::Tags(_) => "a table of tags".to_owned(),
        Kind::Membership(_) => words(MembershipWish::WORDS),
        Kind::AutoEnable(_) => words(AutoEnableWish::WORDS),
        Kind::Features(_) => format!("a table: {features} with {}", words(Wanted::WORDS)),
        Kind::FeatureAutoEnable(_) => format!("a table: {features} with {}", words(AutoEnableWish::WORDS)),
        Kind::Setting(setting, _) => match setting.values {
            SettingValues::OneOf(values) => words(values),
            SettingValues::Paths { most } => format!("a list of up to {most} paths"),
        },
        Kind::Table => "a table".to_owned(),
    }
}

fn words(words: &[&str]) -> String {
    words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ")
}

/// A text in lines of at most `width` letters, where its words allow it; what is in braces stays together.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let fits = |line: &String| line.chars().count() + 1 + word.chars().count() <= width;
        let is_open = |line: &String| line.matches('{').count() > line.matches('}').count();
        match lines.last_mut() {
            Some(line) if fits(line) || is_open(line) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A meaning as a sentence, whoever wrote it.
pub(super) fn sentence(meaning: &str) -> String {
    let mut letters = meaning.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if meaning.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// A key of a table as TOML writes it.
pub(super) fn bare_or_quoted(key: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if key.chars().all(is_bare) { key.to_owned() } else { format!("\"{key}\"") }
}
