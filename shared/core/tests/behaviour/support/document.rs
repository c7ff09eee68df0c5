//! A policy written as the document that a person writes. No I/O.

use std::fmt::Write;

use rollcall_core::{Policy, ServiceSpec};

/// The document; rules that are about nothing, or say nothing, are left out.
pub(crate) fn document(policy: &Policy, spec: &ServiceSpec) -> String {
    let (id, word) = (spec.id, spec.features_word);
    let service = &policy.services[&id];
    let mut text = "max-reductions = \"unlimited\"\n".to_owned();
    let mut line = |line: String| writeln!(text, "{line}").unwrap();
    line(format!("[{id}]"));
    line(format!("auto-enable = \"{}\"", service.auto_enable));
    line(format!("management-account = \"{}\"", service.management_account));
    line(format!("[{id}.{word}]"));
    service.features.iter().for_each(|(feature, wanted)| line(format!("\"{feature}\" = \"{wanted}\"")));
    line(format!("[{id}.auto-enable-{word}]"));
    service.feature_auto_enable.iter().for_each(|(feature, wish)| line(format!("\"{feature}\" = \"{wish}\"")));
    for rule in &policy.rules {
        let (scope, settings) = (&rule.scope, &rule.services[&id]);
        let of_nothing = scope.is_for_all_accounts() && scope.regions.is_empty();
        if of_nothing || (settings.membership.is_none() && settings.features.is_empty()) {
            continue;
        }
        line(format!("[[rule]]\nname = {:?}", rule.name));
        let mut list = |key: &str, all: Vec<String>| {
            if !all.is_empty() {
                line(format!("{key} = {all:?}"));
            }
        };
        list("units", scope.units.iter().cloned().collect());
        list("accounts", scope.accounts.iter().map(ToString::to_string).collect());
        list("regions", scope.regions.iter().map(ToString::to_string).collect());
        let tags: Vec<String> = scope.tags.iter().map(|(key, value)| format!("{key} = {value:?}")).collect();
        if !tags.is_empty() {
            line(format!("tags = {{ {} }}", tags.join(", ")));
        }
        line(format!("[rule.{id}]"));
        if let Some(membership) = settings.membership {
            line(format!("membership = \"{membership}\""));
        }
        line(format!("[rule.{id}.{word}]"));
        settings.features.iter().for_each(|(feature, wanted)| line(format!("\"{feature}\" = \"{wanted}\"")));
    }
    text
}
