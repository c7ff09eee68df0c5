//! Every key of the policy document, once: the parser walks these tables, and the schema and the reference are
//! made from them. No I/O.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::ledger::auto_enable_table;
use crate::{
    AccountId, AutoEnable, Feature, Region, ServiceSpec, SettingSpec, SettingValues,
    policy::{AutoEnableWish, MembershipWish, Policy, Regions, Rule, RuleSettings, ServicePolicy, Wanted},
};

/// A key of a table that is read into a `T`.
#[derive(Debug)]
pub struct Key<T: 'static> {
    /// Its name.
    pub name: Cow<'static, str>,
    /// What it takes, and where that goes.
    pub kind: Kind<T>,
    /// What it is, in sentences.
    pub meaning: Cow<'static, str>,
    /// What holds where it is left out.
    pub default: &'static str,
    /// A value, in TOML; of a table, what may be in it.
    pub example: String,
}

/// What a key takes, and where that goes.
#[derive(Debug)]
pub enum Kind<T: 'static> {
    /// `true` or `false`.
    Switch(fn(&mut T, bool)),
    /// A number, or `"unlimited"`.
    Limit(fn(&mut T, Option<usize>)),
    /// A name that a person gives.
    Name(fn(&mut T, String)),
    /// An account's id.
    Account(fn(&mut T, AccountId)),
    /// `"all"`, a list of regions, or all but some.
    Regions(fn(&mut T, Regions)),
    /// A list of regions.
    RegionList(fn(&mut T, BTreeSet<Region>)),
    /// A list of account ids.
    AccountList(fn(&mut T, BTreeSet<AccountId>)),
    /// A list of organizational units, or the root.
    UnitList(fn(&mut T, BTreeSet<String>)),
    /// A table of tags.
    Tags(fn(&mut T, BTreeMap<String, String>)),
    /// A word for a membership.
    Membership(fn(&mut T, MembershipWish)),
    /// A word for an auto-enable setting.
    AutoEnable(fn(&mut T, AutoEnableWish)),
    /// A table of what is wanted of features.
    Features(fn(&mut T, BTreeMap<Feature, Wanted>)),
    /// A table of features' auto-enable settings.
    FeatureAutoEnable(fn(&mut T, BTreeMap<Feature, AutoEnableWish>)),
    /// What AWS keeps per organization or administrator only.
    Setting(&'static SettingSpec, fn(&mut T, &'static str, String)),
    /// A table, or a list of tables, with keys of its own.
    Table,
}

fn key<T>(name: &'static str, kind: Kind<T>, default: &'static str, example: &str, meaning: &'static str) -> Key<T> {
    Key { name: name.into(), kind, meaning: meaning.into(), default, example: example.to_owned() }
}

fn table<T>(name: &'static str, meaning: String) -> Key<T> {
    Key { name: name.into(), kind: Kind::Table, meaning: meaning.into(), default: "", example: String::new() }
}

/// The keys at the top of the document.
#[must_use]
pub fn document(specs: &[&'static ServiceSpec]) -> Vec<Key<Policy>> {
    let mut keys = vec![
        key(
            "max-enrolments",
            Kind::Limit(|policy: &mut Policy, most| policy.max_enrolments = most),
            "\"unlimited\"",
            "200",
            "A breaker: where a sweep would newly enrol more memberships (an account in one service in one region \
             each), it enrols none and raises an alarm.",
        ),
        key(
            "max-reductions",
            Kind::Limit(|policy: &mut Policy, most| policy.max_reductions = most),
            "0",
            "50",
            "A breaker: where a sweep would reduce more than this, it reduces nothing and raises an alarm. Each feature \
             counts that is turned off in an account and region, each account that is removed in a region, and \
             each region whose auto-enable settings are lowered. With 0 nothing is ever reduced, whatever the policy says.",
        ),
    ];
    keys.extend(specs.iter().map(|spec| {
        let id = spec.id.as_str();
        table(
            id,
            format!("What is wanted of {id}, for every account. Left out: the built-in default, which governs it."),
        )
    }));
    keys.push(table(
        "rule",
        "An exception: for the accounts and regions in its scope, these settings. Rules are applied in their order; \
         of those that are about an account and region, the last one that sets something wins, for each setting alone."
            .to_owned(),
    ));
    keys
}

/// The keys of a service's table.
#[must_use]
pub fn service(spec: &'static ServiceSpec) -> Vec<Key<ServicePolicy>> {
    let mut keys = vec![
        key(
            "enabled",
            Kind::Switch(|service: &mut ServicePolicy, enabled| service.enabled = enabled),
            "true",
            "false",
            "Whether the service is governed. Where it is not, nothing is looked at and nothing is changed; nothing is \
             turned off either.",
        ),
        key(
            "administrator",
            Kind::Account(|service: &mut ServicePolicy, account| service.administrator = Some(account)),
            "the account that the stack is configured with",
            "\"222222222222\"",
            "The account that is to administer the service. It is compared with the one that the stack is configured \
             with: where they differ, nothing is done.",
        ),
        key(
            "regions",
            Kind::Regions(|service: &mut ServicePolicy, regions| service.regions = regions),
            "\"all\"",
            "[\"eu-central-1\", \"eu-west-1\"]",
            "The regions that are governed: \"all\" that the administrator's account has, a list of them, or \
             { all-but = [\"me-south-1\"] }.",
        ),
        key(
            "management-account",
            Kind::Membership(|service: &mut ServicePolicy, wish| service.management_account = wish),
            "\"enrolled\"",
            "\"unmanaged\"",
            "Whether the management account is a member: \"enrolled\", \"unmanaged\" (left alone, whatever it is), or \
             \"removed\" (disassociated, a reduction; the service itself stays on in it).",
        ),
        features(spec, "see below", |service: &mut ServicePolicy, features| service.features = features),
    ];
    keys.extend(automation(spec));
    let keep = |service: &mut ServicePolicy, key: &'static str, value| {
        service.settings.insert(key, value);
    };
    keys.extend(spec.settings.iter().map(|setting| Key {
        name: setting.key.into(),
        kind: Kind::Setting(setting, keep),
        meaning: setting.meaning.into(),
        default: "stays as found",
        example: setting_example(setting),
    }));
    keys
}

fn automation(spec: &'static ServiceSpec) -> [Key<ServicePolicy>; 2] {
    let word = spec.features_word;
    let all = match spec.strongest_auto_enable {
        AutoEnable::All => "\"all\" is every account, again and again, within a day",
        _ => "the service acts on accounts that join only, so that \"all\" means the same as \"new\"",
    };
    let automation = Key {
        name: "auto-enable".into(),
        kind: Kind::AutoEnable(|service: &mut ServicePolicy, wish| service.auto_enable = wish),
        meaning: format!(
            "What AWS itself does in the organization, whether Rollcall runs or not: {all}; \"new\" is every account at \
             the moment when it joins, before it has its unit or is looked at for its tags; with \"none\" accounts that \
             join wait for Rollcall; \"unmanaged\" leaves the setting as found. It holds for all {word} too, unless \
             auto-enable-{word} says otherwise: for those that are \"on\"; the setting of those that are \"off\" is made \
             none."
        )
        .into(),
        default: "\"all\"",
        example: "\"new\"".to_owned(),
    };
    let single = Key {
        name: auto_enable_table(spec).into(),
        kind: Kind::FeatureAutoEnable(|service: &mut ServicePolicy, wishes| service.feature_auto_enable = wishes),
        meaning: format!("The same for single {word}, where it differs from auto-enable.").into(),
        default: "auto-enable",
        example: "\"none\"".to_owned(),
    };
    [automation, single]
}

/// The keys of a rule.
#[must_use]
pub fn rule(specs: &[&'static ServiceSpec]) -> Vec<Key<Rule>> {
    let mut keys = vec![
        key(
            "name",
            Kind::Name(|rule: &mut Rule, name| rule.name = name),
            "required",
            "\"sandboxes\"",
            "Its name, as reports tell it; each rule has another.",
        ),
        key(
            "units",
            Kind::UnitList(|rule: &mut Rule, units| rule.scope.units = units),
            "everywhere",
            "[\"ou-ab12-sandbox1\"]",
            "Accounts in one of these organizational units, or in units below. The root (r-…) holds every account.",
        ),
        key(
            "accounts",
            Kind::AccountList(|rule: &mut Rule, accounts| rule.scope.accounts = accounts),
            "all accounts",
            "[\"333333333333\"]",
            "These accounts.",
        ),
        key(
            "tags",
            Kind::Tags(|rule: &mut Rule, tags| rule.scope.tags = tags),
            "whatever the tags",
            "{ environment = \"sandbox\" }",
            "Accounts that have all of these tags, with exactly these values. Tags are read slowly and kept: a new tag \
             may take some sweeps to count.",
        ),
        key(
            "regions",
            Kind::RegionList(|rule: &mut Rule, regions| rule.scope.regions = regions),
            "all governed regions",
            "[\"eu-west-3\"]",
            "These regions.",
        ),
    ];
    keys.extend(specs.iter().map(|spec| table(spec.id.as_str(), format!("What the rule sets of {}.", spec.id))));
    keys
}

/// The keys of a service's table in a rule.
#[must_use]
pub fn rule_service(spec: &'static ServiceSpec) -> Vec<Key<RuleSettings>> {
    vec![
        key(
            "membership",
            Kind::Membership(|settings: &mut RuleSettings, wish| settings.membership = Some(wish)),
            "as before the rule",
            "\"enrolled\"",
            "Whether the accounts are members: \"enrolled\", \"unmanaged\" (left alone, whatever they are), or \
             \"removed\" (disassociated, a reduction; the service itself stays on in them).",
        ),
        features(spec, "as before the rule", |settings: &mut RuleSettings, features| settings.features = features),
    ]
}

fn features<T>(
    spec: &'static ServiceSpec,
    default: &'static str,
    into: fn(&mut T, BTreeMap<Feature, Wanted>),
) -> Key<T> {
    Key {
        name: spec.features_word.into(),
        kind: Kind::Features(into),
        meaning: format!(
            "What is wanted of each of the {}, by AWS's names: \"on\", \"off\" (a reduction), or \"as-found\" (left alone).",
            spec.features_word
        )
        .into(),
        default,
        example: "\"on\"".to_owned(),
    }
}

fn setting_example(setting: &SettingSpec) -> String {
    match setting.values {
        SettingValues::OneOf(values) => format!("\"{}\"", values.first().unwrap_or(&"")),
        SettingValues::Paths { .. } => "[\"/opt/vendor\"]".to_owned(),
    }
}
