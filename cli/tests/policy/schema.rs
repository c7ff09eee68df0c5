//! The JSON Schema: it is one, accepts what the parser accepts, and refuses what it refuses. I/O: starts the binary,
//! reads `docs`.

use std::fs;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::support::{check, examples, rollcall};

fn schema() -> Value {
    serde_json::from_slice(&rollcall(&["schema"], b"").stdout).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

/// A TOML document as JSON.
fn json(document: &str) -> Value {
    value(&toml_span::parse(document).unwrap())
}

fn value(toml: &toml_span::Value<'_>) -> Value {
    if let Some(table) = toml.as_table() {
        return Value::Object(
            table.iter().map(|(key, item)| (key.name.to_string(), value(item))).collect::<Map<_, _>>(),
        );
    }
    if let Some(items) = toml.as_array() {
        return Value::Array(items.iter().map(value).collect());
    }
    let scalar = [toml.as_str().map(Value::from), toml.as_integer().map(Value::from), toml.as_bool().map(Value::from)];
    scalar.into_iter().flatten().next().or_else(|| toml.as_float().map(Value::from)).unwrap()
}

#[test]
fn it_is_a_schema_of_its_draft() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::meta::validate(&schema).unwrap();
}

#[test]
fn it_accepts_every_example() {
    let validator = validator();
    for example in examples() {
        let document = json(&fs::read_to_string(&example).unwrap());
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{}", example.display());
    }
}

#[test]
fn it_accepts_everything_that_can_be_said() {
    let document = json(
        r#"
        max-enrolments = 5
        max-reductions = "unlimited"
        [guardduty]
        enabled = true
        administrator = "222222222222"
        regions = { all-but = ["eu-west-1"] }
        management-account = "unmanaged"
        auto-enable = "new"
        finding-publishing-frequency = "ONE_HOUR"
        plans = { AI_PROTECTION = "on", "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT" = "as-found" }
        auto-enable-plans = { AI_PROTECTION = "none" }
        [inspector]
        regions = ["eu-west-1"]
        deep-inspection-paths = ["/opt/a"]
        [[rule]]
        name = "a"
        units = ["r-ab12", "ou-ab12-34cd56ef"]
        accounts = ["111122223333"]
        tags = { a = "b" }
        regions = ["eu-west-1"]
        guardduty = { membership = "enrolled" }
        inspector = { scans = { EC2 = "on" } }
        "#,
    );
    validator().validate(&document).unwrap();
}

/// Mistakes that an editor is to see while one types. The parser refuses them too.
#[test]
fn it_refuses_what_the_parser_refuses() {
    let rule = "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n";
    let settings = "[rule.guardduty.plans]\nAI_PROTECTION = \"on\"\n";
    let documents = [
        "max-reduction = 1",
        "max-reductions = -1",
        "max-reductions = 1.5",
        "max-reductions = \"many\"",
        "[macie]",
        "guardduty = true",
        "[guardduty]\nregoins = \"all\"",
        "[guardduty]\nregions = \"eu-west-1\"",
        "[guardduty]\nregions = []",
        "[guardduty]\nregions = [\"Paris\"]",
        "[guardduty]\nregions = { but = [\"eu-west-1\"] }",
        "[guardduty]\nregions = [\"eu-west-1\", \"eu-west-1\"]",
        "[guardduty]\nenabled = \"true\"",
        "[guardduty]\nadministrator = 222222222222",
        "[guardduty]\nauto-enable = \"ALL\"",
        "[guardduty]\nmanagement-account = \"off\"",
        "[guardduty]\nfinding-publishing-frequency = \"ONE_DAY\"",
        "[guardduty]\nmembership = \"enrolled\"",
        "[guardduty.plans]\nEC2 = \"on\"",
        "[guardduty.plans]\nAI_PROTECTION = true",
        "[inspector]\ndeep-inspection-paths = [\"opt\"]",
        "[inspector]\ndeep-inspection-paths = [\"/1\", \"/2\", \"/3\", \"/4\", \"/5\", \"/6\"]",
        "[inspector.auto-enable-scans]\nEC2_DEEP_INSPECTION = \"none\"",
        "[rule]\nname = \"a\"",
        rule,
        &format!("{rule}[rule.guardduty]\n"),
        &format!("{rule}[rule.guardduty]\nauto-enable = \"none\"\n"),
        &format!("[[rule]]\nname = \"a\"\n{settings}"),
        &format!("[[rule]]\nunits = [\"ou-ab12-34cd56ef\"]\n{settings}"),
        &format!("[[rule]]\nname = \" \"\nunits = [\"ou-ab12-34cd56ef\"]\n{settings}"),
        &format!("[[rule]]\nname = \"a\"\nunits = [\"Sandboxes\"]\n{settings}"),
        &format!("[[rule]]\nname = \"a\"\naccounts = [\"1\"]\n{settings}"),
        &format!("[[rule]]\nname = \"a\"\ntags = {{}}\n{settings}"),
    ];
    let validator = validator();
    for document in documents {
        assert_eq!(check(document).1, 1, "the parser accepts {document}");
        assert!(!validator.is_valid(&json(document)), "the schema accepts {document}");
    }
    assert!(validator.is_valid(&json(&format!("{rule}{settings}"))), "the other half of the rules above");
    assert!(validator.is_valid(&json!({})), "an empty policy");
}
