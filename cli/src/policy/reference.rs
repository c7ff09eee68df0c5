//! The reference of policy documents in Markdown, made from the tables of keys. No I/O.

use std::fmt::Write as _;

use rollcall_core::{
    ServiceSpec,
    policy::document::keys::{self, Key},
};

use super::{
    default::by_default,
    text::{sentence, takes},
};

const HEAD: &str = include_str!("reference/head.md");
const RULES: &str = include_str!("reference/rules.md");
const AUTOMATION: &str = include_str!("reference/automation.md");

/// The page.
pub(super) fn page(specs: &[&'static ServiceSpec]) -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n## At the top\n\n");
    table(&mut page, &keys::document(specs), None);
    for spec in specs {
        _ = writeln!(page, "\n## `[{}]`\n", spec.id);
        table(&mut page, &keys::service(spec), Some(spec));
        features(&mut page, spec);
    }
    page.push_str("\n## `[[rule]]`\n\n");
    page.push_str(RULES);
    page.push('\n');
    table(&mut page, &keys::rule(specs), None);
    for spec in specs {
        _ = writeln!(page, "\n### `[rule.{}]`\n", spec.id);
        table(&mut page, &keys::rule_service(spec), Some(spec));
    }
    page.push('\n');
    page.push_str(AUTOMATION);
    page
}

fn table<T>(page: &mut String, keys: &[Key<T>], spec: Option<&ServiceSpec>) {
    page.push_str("| Key | Takes | Default | Meaning |\n|---|---|---|---|\n");
    for key in keys {
        let takes = takes(&key.kind, spec);
        let default = match key.default {
            "" => String::new(),
            value if value.starts_with('"') || value.parse::<u32>().is_ok() || value == "true" => format!("`{value}`"),
            words => words.to_owned(),
        };
        _ = writeln!(page, "| `{}` | {takes} | {default} | {} |", key.name, sentence(&key.meaning));
    }
}

fn features(page: &mut String, spec: &ServiceSpec) {
    let word = spec.features_word;
    _ = writeln!(
        page,
        "\nThe {word}:\n\n| Name | Default | Auto-enable setting | Needs | Not beside | Only in |\n|---|---|---|---|---|---|"
    );
    for feature in spec.features {
        let quotes = if feature.name.contains('/') { "\"" } else { "" };
        let code = |name: Option<&str>| name.map_or_else(String::new, |name| format!("`{name}`"));
        _ = writeln!(
            page,
            "| `{quotes}{}{quotes}` | `{}` | {} | {} | {} | {} |",
            feature.name,
            by_default(feature),
            if feature.auto_enable { "yes" } else { "none" },
            code(feature.needs.as_ref().map(|needs| needs.feature)),
            code(feature.excluded_by),
            feature.only_in.map_or_else(String::new, |regions| regions.join(", ")),
        );
    }
}
