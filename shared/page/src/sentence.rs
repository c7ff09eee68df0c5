//! Sentences that differ only in the region or account that they name, told once. No I/O.

use std::collections::BTreeMap;

use rollcall_core::{
    AccountId, Region,
    sweep::{Gap, TargetResult},
};

/// Stands for the region in a template.
const REGION: char = '\u{1}';

/// Stands for the account in a template.
const ACCOUNT: char = '\u{2}';

/// So many bytes a page has for sentences: what AWS answers may be different for each membership.
const SENTENCES: usize = 1_500_000;

/// So many bytes it has for other texts.
const OTHERS: usize = 500_000;

/// What stands for a text that there was no room for.
const LEFT_OUT: &str = "(left out here for its length; the JSON document has it)";

/// A sentence in which its target's region, and its only account, are placeholders; the page puts in what they stand for.
pub(crate) fn template(sentence: &str, region: &Region, account: Option<&AccountId>) -> String {
    if sentence.contains([REGION, ACCOUNT]) {
        // Nothing that AWS says has these characters; they must not be taken for placeholders.
        return sentence.replace([REGION, ACCOUNT], "\u{fffd}");
    }
    let template = sentence.replace(region.as_str(), &REGION.to_string());
    match account {
        Some(account) => template.replace(&account.to_string(), &ACCOUNT.to_string()),
        None => template,
    }
}

/// The sentences of a target's gaps, as templates.
#[derive(Debug)]
pub(crate) struct Sentences<'a> {
    region: &'a Region,
    /// How many accounts each is told of, whenever that began.
    accounts: BTreeMap<&'a str, usize>,
}

impl<'a> Sentences<'a> {
    pub(crate) fn of(target: &'a TargetResult) -> Self {
        let mut accounts = BTreeMap::new();
        for gap in &target.gaps {
            *accounts.entry(gap.sentence.as_str()).or_default() += gap.accounts.len();
        }
        Self { region: &target.region, accounts }
    }

    /// The sentence of a gap.
    pub(crate) fn template(&self, gap: &Gap) -> String {
        let alone = self.accounts.get(gap.sentence.as_str()) == Some(&1);
        template(&gap.sentence, self.region, gap.accounts.first().filter(|_| alone))
    }
}

/// Texts, each told once and then by its index.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    known: BTreeMap<String, usize>,
    all: Vec<String>,
    room: usize,
}

impl Texts {
    /// Sentences, each with how many memberships it is told of: where there is no room for all, the most frequent are
    /// kept, however late they come.
    pub(crate) fn with_sentences(sentences: BTreeMap<String, usize>) -> Self {
        let mut sentences: Vec<(String, usize)> = sentences.into_iter().collect();
        sentences.sort_by(|(one, less), (other, more)| more.cmp(less).then_with(|| one.cmp(other)));
        let mut texts = Self { room: SENTENCES, ..Self::default() };
        for (sentence, _) in &sentences {
            if sentence.len() <= texts.room {
                texts.index(sentence);
            }
        }
        texts.room = 0;
        texts
    }

    /// From now on there is room for other texts.
    pub(crate) fn with_others(mut self) -> Self {
        self.room = OTHERS;
        self
    }

    /// The text's index.
    pub(crate) fn index(&mut self, text: &str) -> usize {
        if let Some(index) = self.known.get(text) {
            return *index;
        }
        let fits = text.len() <= self.room;
        if !fits && text != LEFT_OUT {
            return self.index_of_left_out();
        }
        self.room = self.room.saturating_sub(text.len());
        self.add(text)
    }

    /// All of them, by index.
    pub(crate) fn into_all(self) -> Vec<String> {
        self.all
    }

    fn index_of_left_out(&mut self) -> usize {
        self.known.get(LEFT_OUT).copied().unwrap_or_else(|| self.add(LEFT_OUT))
    }

    fn add(&mut self, text: &str) -> usize {
        let index = self.all.len();
        self.known.insert(text.to_owned(), index);
        self.all.push(text.to_owned());
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_differ_in_region_or_account_are_one_template() {
        let template = |region: &str, account: &str| {
            let sentence = format!("no role in {account} for arn:aws:guardduty:{region}:{account}:detector");
            super::template(&sentence, &region.parse().unwrap(), Some(&account.parse().unwrap()))
        };
        assert_eq!(template("eu-west-1", "000000000001"), template("us-east-1", "000000000002"));
        assert_eq!(
            template("eu-west-1", "000000000001"),
            "no role in \u{2} for arn:aws:guardduty:\u{1}:\u{2}:detector"
        );
    }

    #[test]
    fn what_looks_like_a_placeholder_is_never_taken_for_one() {
        assert_eq!(super::template("a\u{1}b", &"eu-west-1".parse().unwrap(), None), "a\u{fffd}b");
    }

    #[test]
    fn texts_that_there_is_no_room_for_are_said_to_be_left_out() {
        let mut texts = Texts { room: 10, ..Texts::default() };
        assert_eq!((texts.index("short"), texts.index("short")), (0, 0));
        assert_eq!((texts.index("much too long"), texts.index("and another")), (1, 1));
        assert_eq!(texts.into_all(), ["short", LEFT_OUT]);
    }

    #[test]
    fn a_frequent_sentence_is_kept_however_many_rare_ones_there_are() {
        let rare = (0..40_000).map(|number| (format!("{number:0100}"), 1));
        let mut texts = Texts::with_sentences(rare.chain([("told of many".to_owned(), 5)]).collect());
        assert_eq!(texts.index("told of many"), 0);
        let all = texts.into_all();
        assert!(all.iter().map(String::len).sum::<usize>() <= SENTENCES);
    }
}
