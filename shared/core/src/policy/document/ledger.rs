//! What is known of a document beside its policy: where each key stands, and what is to be said of it. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::{ServiceId, ServiceSpec};

/// A place in a document: a key, in a rule or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Place {
    rule: Option<usize>,
    keys: Vec<String>,
}

impl Place {
    /// A rule, by its place among the rules.
    pub(crate) fn rule(rule: usize) -> Self {
        Self { rule: Some(rule), keys: Vec::new() }
    }

    /// A service's table, in a rule or not.
    pub(crate) fn service(rule: Option<usize>, service: ServiceId) -> Self {
        Self { rule, keys: vec![service.as_str().to_owned()] }
    }

    /// What is said of a feature, in a rule or not.
    pub(crate) fn feature(rule: Option<usize>, spec: &ServiceSpec, feature: &str) -> Self {
        Self::service(rule, spec.id).key(spec.features_word).key(feature)
    }

    /// What is said of a feature's auto-enable setting.
    pub(crate) fn auto_enable(spec: &ServiceSpec, feature: &str) -> Self {
        Self::service(None, spec.id).key(&auto_enable_table(spec)).key(feature)
    }

    /// Whether it is in a rule.
    pub(super) fn is_in_a_rule(&self) -> bool {
        self.rule.is_some()
    }

    /// A key in this table.
    pub(crate) fn key(&self, name: &str) -> Self {
        let keys = self.keys.iter().cloned().chain([name.to_owned()]).collect();
        Self { rule: self.rule, keys }
    }
}

/// The name of the table of single features' auto-enable settings.
pub(crate) fn auto_enable_table(spec: &ServiceSpec) -> String {
    format!("auto-enable-{}", spec.features_word)
}

/// Everything that is known of a document beside its policy.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Where each line starts.
    starts: Vec<usize>,
    lines: BTreeMap<Place, usize>,
    /// How each rule is called.
    rules: Vec<String>,
    /// The tables whose content is not all known, so that nothing follows from what they lack.
    unclear: BTreeSet<Place>,
    mistakes: BTreeSet<Finding>,
    warnings: BTreeSet<Finding>,
}

impl Ledger {
    pub(super) fn new(text: &str) -> Self {
        let starts = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self {
            starts,
            lines: BTreeMap::new(),
            rules: Vec::new(),
            unclear: BTreeSet::new(),
            mistakes: BTreeSet::new(),
            warnings: BTreeSet::new(),
        }
    }

    /// The line that an offset is in, from 1.
    pub(super) fn line_at(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// Keeps where a key stands.
    pub(super) fn note(&mut self, place: Place, offset: usize) {
        let line = self.line_at(offset);
        self.lines.entry(place).or_insert(line);
    }

    /// Keeps how the next rule is called.
    pub(super) fn name_rule(&mut self, name: Option<&str>) {
        let number = self.rules.len() + 1;
        self.rules.push(name.map_or_else(|| format!("rule {number}"), |name| format!("rule {}", quoted(name))));
    }

    /// The line of a key, if it was written.
    pub(crate) fn written(&self, place: &Place) -> Option<usize> {
        self.lines.get(place).copied()
    }

    /// The line of a key, or else of the table that it would be in.
    pub(crate) fn line(&self, place: &Place) -> usize {
        let mut place = place.clone();
        loop {
            if let Some(line) = self.written(&place) {
                return line;
            }
            if place.keys.pop().is_none() {
                return 1;
            }
        }
    }

    /// How a rule is called.
    pub(crate) fn rule(&self, rule: usize) -> &str {
        self.rules.get(rule).map_or("a rule", String::as_str)
    }

    /// Nothing may be concluded from the table that a place is in: a rule, or a service's table.
    pub(super) fn leave_out(&mut self, place: &Place) {
        let keys = if place.rule.is_some() { Vec::new() } else { place.keys.iter().take(1).cloned().collect() };
        self.unclear.insert(Place { rule: place.rule, keys });
    }

    /// Whether a key at the top could be read.
    pub(crate) fn knows(&self, key: &str) -> bool {
        !self.unclear.contains(&Place::default().key(key))
    }

    /// Whether all of a rule is known.
    pub(crate) fn knows_rule(&self, rule: usize) -> bool {
        !self.unclear.contains(&Place::rule(rule))
    }

    /// Whether all of a service's table is known.
    pub(crate) fn knows_service(&self, service: ServiceId) -> bool {
        !self.unclear.contains(&Place::service(None, service))
    }

    /// Something that is wrong.
    pub(crate) fn mistake(&mut self, place: &Place, message: impl Into<String>) {
        let finding = self.finding(self.line(place), place, message.into());
        self.mistakes.insert(finding);
    }

    /// Something that is wrong within a value: its line may be another than its key's.
    pub(crate) fn mistake_at(&mut self, line: usize, place: &Place, message: impl Into<String>) {
        let finding = self.finding(line, place, message.into());
        self.mistakes.insert(finding);
    }

    /// Something that is probably not meant.
    pub(crate) fn warning(&mut self, place: &Place, message: impl Into<String>) {
        let finding = self.finding(self.line(place), place, message.into());
        self.warnings.insert(finding);
    }

    /// The same within a value.
    pub(crate) fn warning_at(&mut self, line: usize, place: &Place, message: impl Into<String>) {
        let finding = self.finding(line, place, message.into());
        self.warnings.insert(finding);
    }

    fn finding(&self, line: usize, place: &Place, message: String) -> Finding {
        Finding { line, key: self.name(place), message }
    }

    /// The header of a table, as the document writes it.
    pub(super) fn header(place: &Place) -> String {
        let name = place.keys.iter().map(|key| shown_key(key)).collect::<Vec<_>>().join(".");
        if place.rule.is_some() { format!("[rule.{name}]") } else { format!("[{name}]") }
    }

    /// A place as a person reads it.
    pub(crate) fn name(&self, place: &Place) -> String {
        let keys: Vec<String> = place.keys.iter().map(|key| shown_key(key)).collect();
        match place.rule {
            None => keys.join("."),
            Some(rule) if keys.is_empty() => self.rule(rule).to_owned(),
            Some(rule) => format!("{}, {}", self.rule(rule), keys.join(".")),
        }
    }

    /// The mistakes and the warnings, by line.
    pub(super) fn close(self) -> (Vec<Finding>, Vec<Finding>) {
        (self.mistakes.into_iter().collect(), self.warnings.into_iter().collect())
    }
}

/// A key as TOML writes it, cut where it is long.
pub(crate) fn shown_key(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !key.is_empty() && key.len() <= 64 && key.bytes().all(is_bare) { key.to_owned() } else { quoted(key) }
}

/// A text from the document in quotes: cut where it is long, and on one line. No e-mail address is repeated.
pub(crate) fn quoted(text: &str) -> String {
    if text.contains('@') {
        return "\"…@…\"".to_owned();
    }
    let cut: String = text.chars().take(64).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!("\"{}{dots}\"", cut.escape_debug().collect::<String>().replace("\\'", "'"))
}
