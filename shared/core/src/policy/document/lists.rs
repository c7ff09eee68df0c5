//! Reads what a document lists: accounts, units, regions, tags, paths. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use toml_span::Value;

use super::{
    ledger::{Place, quoted},
    reader::{Reader, a_kind, in_order},
    suggest::closest,
};
use crate::{AccountId, Region};

/// The words that AWS's regions are called by so far; another one is probably misspelt.
const REGION_WORDS: &[&str] = &[
    "af",
    "ap",
    "ca",
    "cn",
    "eu",
    "eusc",
    "il",
    "me",
    "mx",
    "sa",
    "us",
    "gov",
    "iso",
    "isob",
    "isoe",
    "isof",
    "de",
    "central",
    "east",
    "north",
    "northeast",
    "northwest",
    "south",
    "southeast",
    "southwest",
    "west",
];

impl Reader<'_> {
    pub(super) fn account(&mut self, at: &Place, value: &Value<'_>) -> Option<AccountId> {
        let text = self.text(at, value, "an account id such as \"111122223333\"")?;
        text.parse().map_err(|_| self.ledger.mistake(at, no_account(text))).ok()
    }

    pub(super) fn accounts(&mut self, at: &Place, value: &Value<'_>) -> Option<BTreeSet<AccountId>> {
        self.list(at, value, "[\"111122223333\"]", "account", |text| text.parse().map_err(|_| no_account(text)))
    }

    pub(super) fn units(&mut self, at: &Place, value: &Value<'_>) -> Option<BTreeSet<String>> {
        self.list(at, value, "[\"ou-ab12-34cd56ef\"]", "unit", |text| {
            if is_unit(text) { Ok(text.to_owned()) } else { Err(no_unit(text)) }
        })
    }

    pub(super) fn regions(&mut self, at: &Place, value: &Value<'_>) -> Option<BTreeSet<Region>> {
        let parse = |text: &str| {
            text.parse::<Region>()
                .map_err(|_| format!("{} is no region; a region looks like eu-central-1", quoted(text)))
        };
        let regions = self.list(at, value, "[\"eu-central-1\"]", "region", parse)?;
        for region in &regions {
            if let Some(message) = misspelt(region) {
                let line = self.ledger.line(&at.key(region.as_str()));
                self.ledger.warning_at(line, at, message);
            }
        }
        Some(regions)
    }

    pub(super) fn tags(&mut self, at: &Place, value: &Value<'_>) -> Option<BTreeMap<String, String>> {
        let Some(table) = value.as_table() else {
            let message = format!("this is {}; write {{ environment = \"sandbox\" }}", a_kind(value));
            self.ledger.mistake(at, message);
            return None;
        };
        if table.is_empty() {
            self.ledger.mistake(at, "no tag is named; leave the key out where tags do not matter");
            return None;
        }
        let mut tags = BTreeMap::new();
        for (key, value) in in_order(table) {
            let place = at.key(&key.name);
            self.ledger.note(place.clone(), key.span.start);
            let text = self.text(&place, value, "the tag's value as a text, such as \"sandbox\"")?;
            if key.name.is_empty() || key.name.chars().count() > 128 || text.chars().count() > 256 {
                self.ledger.mistake(&place, "AWS has tags of 1 to 128 characters, with values of up to 256");
                return None;
            }
            tags.insert(key.name.to_string(), text.to_owned());
        }
        Some(tags)
    }

    pub(super) fn paths(&mut self, at: &Place, value: &Value<'_>, most: usize) -> Option<String> {
        let paths = self.list(at, value, "[\"/opt/vendor\"]", "path", |text| {
            // They are kept joined by colons.
            let fits = text.starts_with('/') && text.len() <= 512 && !text.contains([':', '\n', '\r', '\0']);
            let message =
                || format!("{} is no path that can be set: it begins with a slash and has no colon", quoted(text));
            if fits { Ok(text.to_owned()) } else { Err(message()) }
        })?;
        if paths.len() > most {
            self.ledger.mistake(at, format!("there are {} paths; AWS takes {most} at most", paths.len()));
            return None;
        }
        Some(paths.into_iter().collect::<Vec<_>>().join(":"))
    }

    /// A list of texts, each of which is one `thing`; none twice. An empty one is a mistake: to leave a key out means
    /// everything, and nobody should have to guess what an empty list means.
    fn list<T: Ord>(
        &mut self,
        at: &Place,
        value: &Value<'_>,
        such_as: &str,
        thing: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<BTreeSet<T>> {
        let Some(elements) = value.as_array() else {
            self.ledger.mistake(at, format!("this is {}; write a list, such as {such_as}", a_kind(value)));
            return None;
        };
        if elements.is_empty() {
            self.ledger.mistake(at, format!("the list is empty: name at least one {thing}, or leave the key out"));
            return None;
        }
        let mut list = BTreeSet::new();
        let mut complete = true;
        for element in elements {
            let line = self.ledger.line_at(element.span.start);
            let read = match element.as_str() {
                Some(text) => {
                    self.ledger.note(at.key(text), element.span.start);
                    parse(text)
                }
                None if element.as_integer().is_some() => {
                    Err(format!("{} is no {thing}, which is a text: write it in quotes", a_kind(element)))
                }
                None => Err(format!("{} is no {thing}: write a list such as {such_as}", a_kind(element))),
            };
            match read {
                Ok(item) if list.contains(&item) => {
                    let text = quoted(element.as_str().unwrap_or_default());
                    self.ledger.mistake_at(line, at, format!("{text} is there twice: leave one out"));
                }
                Ok(item) => _ = list.insert(item),
                Err(message) => {
                    self.ledger.mistake_at(line, at, message);
                    complete = false;
                }
            }
        }
        complete.then_some(list)
    }
}

fn no_account(text: &str) -> String {
    format!("{} is no account id: an account id has exactly 12 digits", quoted(text))
}

fn no_unit(text: &str) -> String {
    format!(
        "{} is no organizational unit: write its id, such as ou-ab12-34cd56ef (r-ab12 for the root), not its name",
        quoted(text)
    )
}

/// Whether a text is the id of an organizational unit or of the root (AWS's model).
fn is_unit(text: &str) -> bool {
    let is_part = |part: &str, least: usize| {
        (least..=32).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    match text.split('-').collect::<Vec<_>>().as_slice() {
        ["r", root] => is_part(root, 4),
        ["ou", root, unit] => is_part(root, 4) && is_part(unit, 8),
        _ => false,
    }
}

/// What is said of a region with a word in it that no region has.
fn misspelt(region: &Region) -> Option<String> {
    let is_known = |word: &str| REGION_WORDS.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit());
    // A country is short, and new ones come.
    let word = region.as_str().split('-').find(|word| word.len() > 2 && !is_known(word))?;
    let meant = closest(word, REGION_WORDS.iter().copied())?;
    let meant = region.as_str().replacen(word, meant, 1);
    Some(format!(
        "no region is known that is called {region}; did you mean {meant}? A region that does not exist matches nothing"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_from_names_and_accounts() {
        for good in ["r-ab12", "ou-ab12-34cd56ef", "ou-a1b2c3d4-sandbox1"] {
            assert!(is_unit(good), "{good}");
        }
        for bad in
            ["", "r-", "r-abc", "R-ab12", "ou-ab12", "ou-ab12-short", "ou-ab12-34cd56ef-1", "Sandbox", "111122223333"]
        {
            assert!(!is_unit(bad), "{bad}");
        }
    }

    #[test]
    fn a_misspelt_region_is_noticed_and_a_new_one_is_not() {
        let said = |region: &str| misspelt(&region.parse().unwrap());
        assert!(said("eu-wst-1").unwrap().contains("eu-west-1"));
        assert!(said("us-noth-1").unwrap().contains("us-north-1"));
        for known in ["eu-west-7", "us-gov-east-1", "eusc-de-east-1", "ap-southeast-9", "zz-west-1"] {
            assert_eq!(said(known), None, "{known}");
        }
    }
}
