//! Reads the value of each kind of key. No I/O.

use std::collections::BTreeMap;

use toml_span::Value;

use super::{
    keys::{Key, Kind},
    ledger::{Place, quoted, shown_key},
    reader::{Home, Reader, a_kind, feature_word, in_order, listed},
    suggest::{closest, did_you_mean},
};
use crate::{
    Feature, FeatureSpec, Region, ServiceSpec, SettingSpec, SettingValues,
    policy::{AutoEnableWish, MembershipWish, Regions, Wanted},
};

/// Words of others for what a key takes.
const SAME: &[(&str, &str)] = &[
    ("true", "on"),
    ("yes", "on"),
    ("enabled", "on"),
    ("false", "off"),
    ("no", "off"),
    ("disabled", "off"),
    ("true", "all"),
    ("on", "all"),
    ("false", "none"),
    ("off", "none"),
    ("on", "enrolled"),
    ("enabled", "enrolled"),
];

/// The words that a key takes, and what each is.
type Words<W> = (&'static [&'static str], fn(&str) -> Option<W>);

impl Reader<'_> {
    /// Reads a key's value into its place. What cannot be read is a mistake, and nothing is concluded from its lack.
    pub(super) fn value<T>(&mut self, at: &Place, value: &Value<'_>, key: &Key<T>, home: Home, into: &mut T) {
        let read = match (&key.kind, home.spec()) {
            (Kind::Switch(set), _) => self.switch(at, value).map(|switch| set(into, switch)),
            (Kind::Limit(set), _) => self.limit(at, value).map(|limit| set(into, limit)),
            (Kind::Name(set), _) => self.name(at, value).map(|name| set(into, name)),
            (Kind::Account(set), _) => self.account(at, value).map(|account| set(into, account)),
            (Kind::Regions(set), _) => self.governed(at, value).map(|regions| set(into, regions)),
            (Kind::RegionList(set), _) => self.regions(at, value).map(|regions| set(into, regions)),
            (Kind::AccountList(set), _) => self.accounts(at, value).map(|accounts| set(into, accounts)),
            (Kind::UnitList(set), _) => self.units(at, value).map(|units| set(into, units)),
            (Kind::Tags(set), _) => self.tags(at, value).map(|tags| set(into, tags)),
            (Kind::Membership(set), _) => {
                self.word(at, value, MembershipWish::WORDS, MembershipWish::by_word).map(|wish| set(into, wish))
            }
            (Kind::AutoEnable(set), _) => {
                self.word(at, value, AutoEnableWish::WORDS, AutoEnableWish::by_word).map(|wish| set(into, wish))
            }
            (Kind::Features(set), Some(spec)) => {
                let words: Words<Wanted> = (Wanted::WORDS, Wanted::by_word);
                self.features(at, value, spec, words, |_| true).map(|features| set(into, features))
            }
            (Kind::FeatureAutoEnable(set), Some(spec)) => {
                let words: Words<AutoEnableWish> = (AutoEnableWish::WORDS, AutoEnableWish::by_word);
                self.features(at, value, spec, words, |feature| feature.auto_enable).map(|wishes| set(into, wishes))
            }
            (Kind::Setting(setting, set), _) => {
                self.setting(at, value, setting).map(|value| set(into, setting.key, value))
            }
            (Kind::Features(_) | Kind::FeatureAutoEnable(_), None) | (Kind::Table, _) => Some(()),
        };
        if read.is_none() {
            self.ledger.leave_out(at);
        }
    }

    fn switch(&mut self, at: &Place, value: &Value<'_>) -> Option<bool> {
        let switch = value.as_bool();
        if switch.is_none() {
            self.ledger.mistake(at, format!("this is {}; write true or false, without quotes", a_kind(value)));
        }
        switch
    }

    #[expect(clippy::option_option, reason = "nothing could be read, or there is no limit, or this one")]
    fn limit(&mut self, at: &Place, value: &Value<'_>) -> Option<Option<usize>> {
        let number = value.as_integer().and_then(|number| usize::try_from(number).ok());
        if number.is_some() || value.as_str() == Some("unlimited") {
            return Some(number);
        }
        self.ledger.mistake(at, format!("this is {}; write a whole number, or \"unlimited\"", a_kind(value)));
        None
    }

    fn name(&mut self, at: &Place, value: &Value<'_>) -> Option<String> {
        let text = self.text(at, value, "a name such as \"sandboxes\"")?;
        let fits = !text.trim().is_empty() && text.chars().count() <= 64 && !text.chars().any(char::is_control);
        if !fits {
            self.ledger.mistake(at, "a name is one line of 1 to 64 characters");
        }
        // Nothing else depends on it.
        Some(text.to_owned())
    }

    /// A value that is to be a text.
    pub(super) fn text<'v>(&mut self, at: &Place, value: &'v Value<'_>, such_as: &str) -> Option<&'v str> {
        let text = value.as_str();
        if text.is_none() {
            let quotes = if value.as_integer().is_some() { ", in quotes" } else { "" };
            self.ledger.mistake(at, format!("this is {}; write {such_as}{quotes}", a_kind(value)));
        }
        text
    }

    /// One of some words. One that is close to what was written is taken for it, beside the mistake.
    fn word<W>(
        &mut self,
        at: &Place,
        value: &Value<'_>,
        words: &[&str],
        by_word: impl Fn(&str) -> Option<W>,
    ) -> Option<W> {
        if let Some(word) = value.as_str().and_then(&by_word) {
            return Some(word);
        }
        let written = value.as_str().or(value.as_bool().map(|switch| if switch { "true" } else { "false" }));
        let meant = written.and_then(|written| {
            let same = SAME.iter().find(|(other, word)| *other == written && words.contains(word));
            same.map(|(_, word)| *word).or_else(|| closest(written, words.iter().copied()))
        });
        let hint = did_you_mean(meant.map(|word| format!("\"{word}\"")).as_deref());
        self.ledger.mistake(at, format!("this is {}; write {}{hint}", a_kind(value), one_of(words)));
        meant.and_then(by_word)
    }

    fn governed(&mut self, at: &Place, value: &Value<'_>) -> Option<Regions> {
        match (value.as_str(), value.as_table()) {
            (Some("all"), _) => Some(Regions::All),
            (Some(text), _) => {
                let remedy = match text.parse::<Region>() {
                    Ok(region) => format!("write [\"{region}\"] for this region alone, or \"all\""),
                    Err(_) => {
                        "write \"all\", a list of regions such as [\"eu-central-1\"], or { all-but = […] }".to_owned()
                    }
                };
                self.ledger.mistake(at, format!("this is the text {}; {remedy}", quoted(text)));
                None
            }
            (None, Some(table)) => {
                for (name, _) in in_order(table).iter().filter(|(key, _)| key.name != "all-but") {
                    self.ledger.note(at.key(&name.name), name.span.start);
                    self.ledger.mistake(&at.key(&name.name), "there is no such key; did you mean all-but?");
                }
                let Some((name, value)) = table.get_key_value("all-but") else {
                    if table.is_empty() {
                        let message = "this table has no all-but: write { all-but = [\"me-south-1\"] }, or \"all\"";
                        self.ledger.mistake(at, message);
                    }
                    return None;
                };
                self.ledger.note(at.key("all-but"), name.span.start);
                self.regions(&at.key("all-but"), value).map(Regions::AllBut)
            }
            (None, None) => self.regions(at, value).map(Regions::Only),
        }
    }

    /// A table with a word for each feature that it names.
    fn features<W>(
        &mut self,
        at: &Place,
        value: &Value<'_>,
        spec: &'static ServiceSpec,
        (words, by_word): Words<W>,
        may_be: fn(&FeatureSpec) -> bool,
    ) -> Option<BTreeMap<Feature, W>> {
        let table = self.table(at, value)?;
        let mut features = BTreeMap::new();
        for (key, value) in in_order(table) {
            self.ledger.note(at.key(&key.name), key.span.start);
            let known = spec.features.iter().find(|feature| feature.name == key.name);
            let meant = || self.unknown_feature(at, &key.name, spec);
            let Some(feature) =
                known.or_else(meant).filter(|feature| known.is_some() || !table.contains_key(feature.name))
            else {
                continue;
            };
            let place = at.key(feature.name);
            self.ledger.note(place.clone(), key.span.start);
            if !may_be(feature) {
                let message = format!("AWS has no auto-enable setting for {}: leave this line out", feature.name);
                self.ledger.mistake(&place, message);
            } else if let Some(word) = self.feature(&place, value, spec, feature, (words, by_word)) {
                features.insert(Feature::known(feature.name), word);
            } else {
                self.ledger.leave_out(&place);
            }
        }
        Some(features)
    }

    fn feature<W>(
        &mut self,
        at: &Place,
        value: &Value<'_>,
        spec: &ServiceSpec,
        feature: &FeatureSpec,
        (words, by_word): Words<W>,
    ) -> Option<W> {
        let Some(table) = value.as_table() else { return self.word(at, value, words, by_word) };
        let whole = |name: &str| format!("{}/{name}", feature.name);
        let mut parts = table.keys().map(|key| whole(&key.name));
        let part = parts.find(|name| spec.features.iter().any(|known| known.name == name.as_str()));
        let message = match part {
            Some(name) => {
                format!("this is a table; the name of what belongs to it is written as one: \"{name}\" = \"on\"")
            }
            None => format!("this is a table; write {}", one_of(words)),
        };
        self.ledger.mistake(at, message);
        None
    }

    fn unknown_feature(&mut self, at: &Place, name: &str, spec: &'static ServiceSpec) -> Option<&'static FeatureSpec> {
        let word = feature_word(spec);
        let place = at.key(name);
        let others = self.specs.iter().filter(|other| other.id != spec.id);
        let owner = others.into_iter().find(|other| other.features.iter().any(|feature| feature.name == name));
        if let Some(owner) = owner {
            let remedy = format!("it belongs to {0}: write it in the table {0}.{1}", owner.id, owner.features_word);
            self.ledger.mistake(&place, format!("{} has no such {word}; {remedy}", spec.id));
            return None;
        }
        let names = || spec.features.iter().map(|feature| feature.name);
        let meant = closest(name, names());
        let message = match meant {
            Some(meant) => format!("there is no such {word}; did you mean {}?", shown_key(meant)),
            None => format!("there is no such {word}; the {} are {}", spec.features_word, listed(names())),
        };
        self.ledger.mistake(&place, message);
        spec.features.iter().find(|feature| Some(feature.name) == meant)
    }

    fn setting(&mut self, at: &Place, value: &Value<'_>, setting: &'static SettingSpec) -> Option<String> {
        match setting.values {
            SettingValues::OneOf(values) => {
                self.word(at, value, values, |word| values.contains(&word).then(|| word.to_owned()))
            }
            SettingValues::Paths { most } => self.paths(at, value, most),
        }
    }
}

/// Words, one of which is to be written, in quotes.
fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    }
}
