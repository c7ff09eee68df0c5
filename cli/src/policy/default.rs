//! The built-in policy as a commented document, made from the tables of keys. No I/O.

use std::fmt::Write as _;

use rollcall_core::{
    FeatureSpec, ServiceSpec,
    policy::document::keys::{self, Key, Kind},
};

use super::text::{bare_or_quoted, sentence, wrapped};

const HEAD: &str = "\
# Rollcall's built-in policy, as a document to start from. `rollcall policy default` prints it.
#
# A line that begins with # and a space explains; one that begins with # alone is an example, or says what holds
# anyway: remove the # and change it. What is left out has the default.
#
# The reference is docs/policy.md, more examples are beside this file in docs/policies. Check what you write with
# `rollcall policy check FILE`, then put it into the stack's bucket as policy/policy.toml.
";

/// The document.
pub(super) fn document(specs: &[&'static ServiceSpec]) -> String {
    let mut text = HEAD.to_owned();
    for key in keys::document(specs).iter().filter(|key| !is_table(&key.kind)) {
        one(&mut text, key, false);
    }
    for spec in specs {
        service(&mut text, spec);
    }
    rule(&mut text, specs);
    text
}

fn service(text: &mut String, spec: &'static ServiceSpec) {
    let keys = keys::service(spec);
    header(text, &format!("[{}]", spec.id), false);
    for key in keys.iter().filter(|key| !is_table(&key.kind)) {
        one(text, key, false);
    }
    for key in keys.iter().filter(|key| is_table(&key.kind)) {
        explained(text, &key.meaning);
        _ = writeln!(text, "[{}.{}]", spec.id, key.name);
        let automatic = matches!(key.kind, Kind::FeatureAutoEnable(_));
        for feature in spec.features.iter().filter(|feature| !automatic || feature.auto_enable) {
            let value = if automatic { "\"none\"" } else { by_default(feature) };
            _ = writeln!(text, "#{} = {value}", bare_or_quoted(feature.name));
        }
    }
}

/// What holds of a feature that is not named.
pub(super) fn by_default(feature: &FeatureSpec) -> &'static str {
    if feature.by_default { "\"on\"" } else { "\"as-found\"" }
}

fn rule(text: &mut String, specs: &[&'static ServiceSpec]) {
    for key in keys::document(specs).iter().filter(|key| key.name == "rule") {
        explained(text, &key.meaning);
    }
    text.push_str("#[[rule]]\n");
    for key in keys::rule(specs).iter().filter(|key| !matches!(key.kind, Kind::Table)) {
        one(text, key, true);
    }
    for spec in specs {
        header(text, &format!("[rule.{}]", spec.id), true);
        for key in keys::rule_service(spec).iter().filter(|key| !is_table(&key.kind)) {
            one(text, key, true);
        }
        for key in keys::rule_service(spec).iter().filter(|key| is_table(&key.kind)) {
            header(text, &format!("[rule.{}.{}]", spec.id, key.name), true);
            for feature in spec.features.iter().take(1) {
                _ = writeln!(text, "#{} = {}", bare_or_quoted(feature.name), key.example);
            }
        }
    }
}

fn header(text: &mut String, header: &str, is_example: bool) {
    _ = writeln!(text, "\n{}{header}", if is_example { "#" } else { "" });
}

/// A key with its meaning, and its default where that can be written.
fn one<T>(text: &mut String, key: &Key<T>, is_example: bool) {
    explained(text, &key.meaning);
    let is_value = key.default.starts_with('"') || key.default.parse::<u32>().is_ok() || key.default == "true";
    let (comment, value) = if is_value && !is_example { ("", key.default) } else { ("#", key.example.as_str()) };
    _ = writeln!(text, "{comment}{} = {value}", key.name);
}

fn explained(text: &mut String, meaning: &str) {
    text.push('\n');
    for line in wrapped(&sentence(meaning), 110) {
        _ = writeln!(text, "# {line}");
    }
}

/// Whether a key is written as a table of its own.
fn is_table<T>(kind: &Kind<T>) -> bool {
    matches!(kind, Kind::Features(_) | Kind::FeatureAutoEnable(_) | Kind::Table)
}
