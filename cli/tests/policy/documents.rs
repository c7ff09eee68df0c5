//! The documents that are made from the parser's tables, and the examples. I/O: starts the binary, reads `docs`.

use std::{collections::BTreeSet, fs};

use rollcall_core::{Policy, ServiceSpec, policy::read};
use rollcall_runtime::CATALOG;

use crate::support::{docs, examples, rollcall, text};

fn specs() -> Vec<&'static ServiceSpec> {
    CATALOG.iter().map(|entry| entry.spec).collect()
}

/// A committed file is what a command prints.
fn is_up_to_date(file: &str, command: &str) {
    let printed = text(&rollcall(&[command], b"").stdout);
    let committed = fs::read_to_string(docs().join(file)).unwrap_or_default();
    assert!(
        printed == committed,
        "docs/{file} is not what the parser reads by; make it again: cargo run -p rollcall -- policy {command} > docs/{file}"
    );
}

#[test]
fn the_reference_is_up_to_date() {
    is_up_to_date("policy.md", "reference");
}

#[test]
fn the_schema_is_up_to_date() {
    is_up_to_date("policy.schema.json", "schema");
}

#[test]
fn the_default_is_up_to_date() {
    is_up_to_date("policies/default.toml", "default");
}

#[test]
fn the_default_is_the_built_in_policy() {
    let text = fs::read_to_string(docs().join("policies/default.toml")).unwrap();
    let checked = read(&text, &specs()).unwrap();
    assert_eq!(checked.policy, Policy::built_in(specs()));
    assert_eq!(checked.warnings, []);
}

/// What the default has in comments can be used as it stands: it says what holds anyway, apart from examples.
#[test]
fn what_the_default_has_in_comments_is_a_policy() {
    let text = fs::read_to_string(docs().join("policies/default.toml")).unwrap();
    let uncommented = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => format!("{rest}\n"),
        _ => format!("{line}\n"),
    };
    let text: String = text.lines().map(uncommented).collect();
    let checked = read(&text, &specs()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(checked.warnings, []);
    assert_eq!(checked.policy.rules.len(), 1);
    let region = "eu-central-1".parse().unwrap();
    for spec in specs() {
        let said = checked.policy.resolve(spec, &region, &[], false);
        let built_in = Policy::built_in(specs()).resolve(spec, &region, &[], false);
        for (feature, said) in said.features {
            assert_eq!(said.what, built_in.features[&feature].what, "{feature}");
        }
        let service = &checked.policy.services[&spec.id];
        assert_eq!(service.settings.len(), spec.settings.len(), "every setting has an example");
    }
}

#[test]
fn every_example_is_a_policy_without_warnings() {
    for example in examples() {
        let path = example.to_str().unwrap();
        let output = rollcall(&["check", path], b"");
        assert_eq!(text(&output.stdout), format!("{path}: a valid policy\n"));
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn every_example_is_in_the_reference_and_begins_with_what_it_does() {
    let page = fs::read_to_string(docs().join("policy.md")).unwrap();
    let linked: BTreeSet<&str> =
        page.split("(policies/").skip(1).filter_map(|rest| rest.split_once(')')).map(|(name, _)| name).collect();
    let names: BTreeSet<String> =
        examples().iter().map(|example| example.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(linked, names.iter().map(String::as_str).collect());
    for example in examples() {
        assert!(fs::read_to_string(&example).unwrap().starts_with("# "), "{}", example.display());
    }
}

/// The reference has a row for each key and feature.
#[test]
fn the_reference_tells_every_feature_and_setting() {
    let page = fs::read_to_string(docs().join("policy.md")).unwrap();
    for spec in specs() {
        let features = spec.features.iter().map(|feature| feature.name);
        for name in features.chain(spec.settings.iter().map(|setting| setting.key)) {
            assert!(page.contains(&format!("| `{name}` |")) || page.contains(&format!("| `\"{name}\"` |")), "{name}");
        }
    }
}

#[test]
fn the_policies_in_the_operations_guide_are_valid_and_without_warnings() {
    let guide = fs::read_to_string(docs().join("operations.md")).unwrap();
    let policies: Vec<&str> = guide.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(policies.len() >= 2);
    for policy in policies {
        let checked = read(policy, &specs()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        assert_eq!(checked.warnings, [], "{policy}");
    }
}
