//! Makes documents: policies of any kind in TOML, and texts that were one. No I/O.

use proptest::{collection::vec, option, prelude::*, sample::select};

/// Units, as deep as they lie: the root, then one below it, and one below that.
pub(crate) const ROOT: &str = "r-ab12";
pub(crate) const OUTER: &str = "ou-ab12-outer000";
pub(crate) const INNER: &str = "ou-ab12-inner000";
pub(crate) const REGIONS: [&str; 3] = ["eu-central-1", "us-east-1", "eu-west-3"];
pub(crate) const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];

const PLANS: [&str; 5] = [
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "RUNTIME_MONITORING",
    "\"RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT\"",
    "EKS_RUNTIME_MONITORING",
];
const SCANS: [&str; 5] = ["EC2", "ECR", "LAMBDA", "LAMBDA_CODE", "EC2_DEEP_INSPECTION"];
const WANTED: [&str; 3] = ["on", "off", "as-found"];
const WISHES: [&str; 4] = ["all", "new", "none", "unmanaged"];
const MEMBERSHIPS: [&str; 3] = ["enrolled", "unmanaged", "removed"];

/// A policy, mostly one without mistakes.
pub(crate) fn policy() -> impl Strategy<Value = String> {
    let rules = vec(rule(), 0..4).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        let rules: Vec<String> =
            rules.map(|(place, rule)| format!("[[rule]]\nname = \"rule {place}\"\n{rule}")).collect();
        rules.concat()
    });
    (service("guardduty", "plans", &PLANS), service("inspector", "scans", &SCANS), rules)
        .prop_map(|(guardduty, inspector, rules)| format!("max-reductions = 10\n{guardduty}{inspector}{rules}"))
}

fn service(id: &'static str, word: &'static str, names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let regions = option::weighted(0.4, regions(true)).prop_map(|regions| line("regions", regions));
    let auto_enable = option::weighted(0.6, select(&WISHES)).prop_map(|wish| line("auto-enable", wish.map(quoted)));
    let management = option::weighted(0.2, select(&MEMBERSHIPS));
    let management = management.prop_map(|wish| line("management-account", wish.map(quoted)));
    let features = vec((select(names), select(&WANTED)), 0..4);
    let wishes = vec((select(names), select(&WISHES)), 0..3);
    (regions, auto_enable, management, features, wishes).prop_map(
        move |(regions, auto, management, features, wishes)| {
            let features = table(&format!("{id}.{word}"), &features);
            let wishes = table(&format!("{id}.auto-enable-{word}"), &wishes);
            format!("[{id}]\n{regions}{auto}{management}{features}{wishes}")
        },
    )
}

fn rule() -> impl Strategy<Value = String> {
    let scope = prop_oneof![
        select(&[ROOT, OUTER, INNER]).prop_map(|unit| format!("units = [\"{unit}\"]\n")),
        select(&ACCOUNTS).prop_map(|account| format!("accounts = [\"{account}\"]\n")),
        Just("tags = { kind = \"test\" }\n".to_owned()),
        regions(false).prop_map(|regions| format!("regions = {regions}\n")),
        (select(&[OUTER, INNER]), regions(false))
            .prop_map(|(unit, regions)| { format!("units = [\"{unit}\"]\nregions = {regions}\n") }),
    ];
    let settings = prop_oneof![settings("guardduty", "plans", &PLANS), settings("inspector", "scans", &SCANS)];
    (scope, settings).prop_map(|(scope, settings)| format!("{scope}{settings}"))
}

fn settings(id: &'static str, word: &'static str, names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let membership = option::weighted(0.3, select(&MEMBERSHIPS));
    let features = vec((select(names), select(&WANTED)), 0..3);
    (membership, features).prop_map(move |(membership, features)| {
        let membership = line("membership", membership.map(quoted));
        format!("[rule.{id}]\n{membership}{}", table(&format!("rule.{id}.{word}"), &features))
    })
}

fn regions(of_service: bool) -> impl Strategy<Value = String> {
    let some = proptest::sample::subsequence(REGIONS.to_vec(), 1..3).prop_map(|regions| format!("{regions:?}"));
    let all_but = some.clone().prop_map(|regions| format!("{{ all-but = {regions} }}"));
    if of_service { prop_oneof![some, all_but].boxed() } else { some.boxed() }
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

fn line(key: &str, value: Option<String>) -> String {
    value.map_or_else(String::new, |value| format!("{key} = {value}\n"))
}

/// A table in which each name stands once.
fn table(name: &str, entries: &[(&str, &str)]) -> String {
    let mut entries = entries.to_vec();
    entries.sort_unstable();
    entries.dedup_by_key(|(key, _)| *key);
    let lines: Vec<String> = entries.iter().map(|(key, value)| format!("{key} = \"{value}\"\n")).collect();
    if lines.is_empty() { String::new() } else { format!("[{name}]\n{}", lines.concat()) }
}

/// A policy in which some places were replaced by something else.
pub(crate) fn mutated() -> impl Strategy<Value = String> {
    let scrap = prop_oneof![
        select(&[
            "\"", "[", "]", "[[", "]]", "{", "}", "=", ",", ".", "\n", "#", "'''", "\"\"\"", "1", "-1e9", "true", "@"
        ])
        .prop_map(str::to_owned),
        select(&["[[rule]]\n", "[rule]\n", "rule = 1\n", "[guardduty]\n", "guardduty.plans.EC2 = {}\n", "name = []\n"])
            .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    (policy(), vec((any::<prop::sample::Index>(), 0..12_usize, scrap), 1..5)).prop_map(|(mut text, changes)| {
        for (place, length, scrap) in changes {
            let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = place.index(boundaries.len());
            let to = (from + length).min(boundaries.len() - 1);
            text.replace_range(boundaries[from]..boundaries[to], &scrap);
        }
        text
    })
}
