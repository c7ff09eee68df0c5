//! Walks a document by the tables of keys: what each key holds goes into the policy, what is not known is a
//! mistake. No I/O.

use toml_span::{
    Value,
    value::{Key as Written, Table},
};

use super::{
    MOST_RULES,
    keys::{self, Key, Kind},
    ledger::{Ledger, Place, quoted, shown_key},
    suggest::{closest, did_you_mean},
};
use crate::{
    ServiceSpec,
    policy::{Policy, Rule, RuleScope, RuleSettings, ServicePolicy},
};

/// One feature of a service in AWS's words, as the document's tables have them: a plan, a scan.
pub(crate) fn feature_word(spec: &ServiceSpec) -> &'static str {
    spec.features_word.strip_suffix('s').unwrap_or(spec.features_word)
}

/// Which table is read.
#[derive(Clone, Copy)]
pub(super) enum Home {
    Top,
    Service(&'static ServiceSpec),
    Rule,
    RuleService(&'static ServiceSpec),
}

impl Home {
    /// The service that a table is about.
    pub(super) fn spec(self) -> Option<&'static ServiceSpec> {
        match self {
            Self::Service(spec) | Self::RuleService(spec) => Some(spec),
            Self::Top | Self::Rule => None,
        }
    }
}

/// A table within a table, by the name that was meant.
type Inner<'v, 'd> = (String, Place, &'v Value<'d>);

/// Reads a document.
pub(super) struct Reader<'a> {
    pub(super) specs: &'a [&'static ServiceSpec],
    pub(super) ledger: Ledger,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &str, specs: &'a [&'static ServiceSpec]) -> Self {
        Self { specs, ledger: Ledger::new(text) }
    }

    /// The policy, as far as it could be read, and all that is to be said of it.
    pub(super) fn read(mut self, document: &Value<'_>) -> (Policy, Ledger) {
        let mut policy = Policy::built_in(self.specs.iter().copied());
        let Some(table) = document.as_table() else { return (policy, self.ledger) };
        let keys = keys::document(self.specs);
        for (name, at, value) in self.fill(&Place::default(), table, &keys, Home::Top, &mut policy) {
            match self.specs.iter().find(|spec| spec.id.as_str() == name) {
                Some(spec) => {
                    let service = self.service(&at, value, spec);
                    policy.services.insert(spec.id, service);
                }
                None => policy.rules = self.rules(&at, value),
            }
        }
        (policy, self.ledger)
    }

    fn service(&mut self, at: &Place, value: &Value<'_>, spec: &'static ServiceSpec) -> ServicePolicy {
        let mut service = ServicePolicy::built_in();
        if let Some(table) = self.table(at, value) {
            self.fill(at, table, &keys::service(spec), Home::Service(spec), &mut service);
        }
        service
    }

    fn rules(&mut self, at: &Place, value: &Value<'_>) -> Vec<Rule> {
        let single = std::slice::from_ref(value);
        let rules = match (value.as_array(), value.as_table()) {
            (Some(rules), _) => rules.as_slice(),
            (None, Some(_)) => {
                self.ledger.mistake(at, "rules are a list: write [[rule]], with two brackets on each side");
                single
            }
            (None, None) => {
                self.ledger
                    .mistake(at, format!("this is {}; each rule is a table that begins with [[rule]]", a_kind(value)));
                return Vec::new();
            }
        };
        if rules.len() > MOST_RULES {
            let message = format!("there are {} rules; at most {MOST_RULES} are read: join some", rules.len());
            self.ledger.mistake(at, message);
        }
        rules.iter().take(MOST_RULES).enumerate().map(|(place, rule)| self.rule(place, rule)).collect()
    }

    fn rule(&mut self, place: usize, value: &Value<'_>) -> Rule {
        let at = Place::rule(place);
        let name = value.as_table().and_then(|table| table.get("name")).and_then(Value::as_str);
        self.ledger.name_rule(name.filter(|name| !name.is_empty()));
        self.ledger.note(at.clone(), value.span.start);
        let mut rule = Rule { name: String::new(), scope: RuleScope::default(), services: [].into() };
        let Some(table) = self.table(&at, value) else { return rule };
        if !table.contains_key("name") {
            self.ledger.mistake(&at, "the rule has no name: write name = \"…\", by which reports tell it");
        }
        for (name, at, value) in self.fill(&at, table, &keys::rule(self.specs), Home::Rule, &mut rule) {
            if let Some(spec) = self.specs.iter().find(|spec| spec.id.as_str() == name) {
                let settings = self.rule_service(&at, value, spec);
                rule.services.insert(spec.id, settings);
            }
        }
        rule
    }

    fn rule_service(&mut self, at: &Place, value: &Value<'_>, spec: &'static ServiceSpec) -> RuleSettings {
        let mut settings = RuleSettings::default();
        if let Some(table) = self.table(at, value) {
            self.fill(at, table, &keys::rule_service(spec), Home::RuleService(spec), &mut settings);
        }
        settings
    }

    /// A value that is to be a table.
    pub(super) fn table<'v, 'd>(&mut self, at: &Place, value: &'v Value<'d>) -> Option<&'v Table<'d>> {
        let table = value.as_table();
        if table.is_none() {
            let header = Ledger::header(at);
            let is_tables =
                value.as_array().and_then(|items| items.first()).is_some_and(|item| item.as_table().is_some());
            let message = if is_tables {
                format!("this is a list of tables, and there is only one: write {header}, with single brackets")
            } else {
                format!("this is {}; write {header}, with lines KEY = VALUE under it", a_kind(value))
            };
            self.ledger.mistake(at, message);
            self.ledger.leave_out(at);
        }
        table
    }

    /// Reads all keys of a table, and gives back the tables in it that have keys of their own.
    fn fill<'v, 'd, T>(
        &mut self,
        at: &Place,
        table: &'v Table<'d>,
        keys: &[Key<T>],
        home: Home,
        into: &mut T,
    ) -> Vec<Inner<'v, 'd>> {
        let mut inner = Vec::new();
        for (written, value) in in_order(table) {
            let mut place = at.key(&written.name);
            self.ledger.note(place.clone(), written.span.start);
            let mut key = keys.iter().find(|key| key.name == written.name);
            if key.is_none() {
                // What was probably meant is read, so that nothing that follows from its lack is told as well.
                let meant = self.unknown_key(&place, &written.name, keys, home);
                key = meant.filter(|key| !table.contains_key(&*key.name));
                place = key.map_or(place, |key| at.key(&key.name));
                self.ledger.note(place.clone(), written.span.start);
            }
            match key {
                Some(key) if matches!(key.kind, Kind::Table) => inner.push((key.name.to_string(), place, value)),
                Some(key) => self.value(&place, value, key, home, into),
                None => {}
            }
        }
        inner
    }

    fn unknown_key<'k, T>(&mut self, at: &Place, name: &str, keys: &'k [Key<T>], home: Home) -> Option<&'k Key<T>> {
        if let Some(message) = self.belongs_elsewhere(name, home) {
            self.ledger.mistake(at, message);
            self.leave_out_of_rule(at);
            return None;
        }
        let meant = closest(name, keys.iter().map(|key| &*key.name));
        let message = match meant {
            Some(_) => format!("there is no such key{}", did_you_mean(meant)),
            None => format!("there is no such key; the keys here are {}", listed(keys.iter().map(|key| &*key.name))),
        };
        self.ledger.mistake(at, message);
        if meant.is_none() {
            self.leave_out_of_rule(at);
        }
        meant.and_then(|meant| keys.iter().find(|key| key.name == meant))
    }

    /// A rule that lacks something for a mistake is not said to lack it as well.
    fn leave_out_of_rule(&mut self, at: &Place) {
        if at.is_in_a_rule() {
            self.ledger.leave_out(at);
        }
    }

    /// What is said of a key that is known, but not in this table.
    fn belongs_elsewhere(&self, name: &str, home: Home) -> Option<String> {
        let is_in = |names: Vec<String>| names.iter().any(|known| known == name);
        let services = || self.specs.iter().copied();
        let of_another =
            home.spec().and_then(|spec| Some((spec, services().find(|other| other.features_word == name)?)));
        match home {
            _ if let Some((spec, other)) = of_another => {
                Some(format!("{name} are what {} has; {} has {}", other.id, spec.id, spec.features_word))
            }
            Home::RuleService(spec) if is_in(names(&keys::service(spec))) => Some(once_only(name, spec)),
            Home::RuleService(spec) | Home::Service(spec) if is_in(names(&keys::rule(self.specs))) => {
                Some(match home {
                    Home::Service(_) => "this says which accounts a rule is about: it belongs in a [[rule]]".to_owned(),
                    _ => format!(
                        "this belongs to the rule as a whole: write it under [[rule]], above [rule.{}]",
                        spec.id
                    ),
                })
            }
            Home::Rule => {
                let owner = services().find(|spec| is_in(names(&keys::rule_service(spec))));
                let owner = owner.map(|spec| format!("this is said of one service: write it in [rule.{}]", spec.id));
                let once =
                    || services().find(|spec| is_in(names(&keys::service(spec)))).map(|spec| once_only(name, spec));
                owner.or_else(once)
            }
            Home::Top => services()
                .find(|spec| is_in(names(&keys::service(spec))))
                .map(|spec| format!("this is said of each service alone: write it in [{}], for example", spec.id)),
            Home::Service(spec) if name == "membership" => Some(format!(
                "every account of a governed region is enrolled, unless a rule says otherwise: write it in [rule.{0}] of a \
                 [[rule]], or enabled = false to govern {0} nowhere",
                spec.id
            )),
            Home::RuleService(_) | Home::Service(_) => None,
        }
    }
}

/// What is said of a key that AWS has one value of, in a rule.
fn once_only(name: &str, spec: &ServiceSpec) -> String {
    match name {
        "regions" => {
            format!("a rule's regions are those of the whole rule: write them under [[rule]], above [rule.{}]", spec.id)
        }
        "enabled" => {
            "a rule does not switch a service off; membership = \"unmanaged\" leaves the rule's accounts alone"
                .to_owned()
        }
        "administrator" => {
            format!(
                "a service has one administrator for the whole organization, so no rule can set it: write it in [{}]",
                spec.id
            )
        }
        "management-account" => {
            format!("there is one management account, so no rule can set it: write it in [{}]", spec.id)
        }
        _ => format!(
            "AWS keeps this once for the whole organization, not for single accounts, so no rule can set it: write it in [{}]",
            spec.id
        ),
    }
}

fn names<T>(keys: &[Key<T>]) -> Vec<String> {
    keys.iter().filter(|key| !matches!(key.kind, Kind::Table)).map(|key| key.name.to_string()).collect()
}

/// A table's keys in the order in which they stand.
pub(super) fn in_order<'v, 'd>(table: &'v Table<'d>) -> Vec<(&'v Written<'d>, &'v Value<'d>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span.start);
    entries
}

/// What a value is, for a person.
pub(super) fn a_kind(value: &Value<'_>) -> String {
    match (value.as_str(), value.as_bool()) {
        (Some(text), _) => format!("the text {}", quoted(text)),
        (_, Some(switch)) => switch.to_string(),
        _ if value.as_table().is_some() => "a table".to_owned(),
        _ if value.as_array().is_some() => "a list".to_owned(),
        _ => match (value.as_integer(), value.as_float()) {
            (Some(number), _) => format!("the number {number}"),
            (None, Some(number)) => format!("the number {number}"),
            (None, None) => "something else".to_owned(),
        },
    }
}

/// Words as a list in a sentence.
pub(super) fn listed<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words.into_iter().map(shown_key).collect::<Vec<_>>().join(", ")
}
