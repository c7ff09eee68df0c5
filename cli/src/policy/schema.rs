//! The JSON Schema of policy documents, made from the tables of keys. No I/O.

use rollcall_core::{
    FeatureSpec, ServiceSpec, SettingValues,
    policy::{
        AutoEnableWish, MembershipWish, Wanted,
        document::{
            MOST_RULES,
            keys::{self, Key, Kind},
        },
    },
};
use serde_json::{Map, Value, json};

/// The schema, as text.
pub(super) fn schema(specs: &[&'static ServiceSpec]) -> String {
    let mut properties = properties(&keys::document(specs), None);
    for spec in specs {
        let described = properties.get(spec.id.as_str()).and_then(|table| table.get("description")).cloned();
        let mut service = table(&keys::service(spec), Some(spec));
        describe(&mut service, described);
        properties.insert(spec.id.to_string(), service);
    }
    let described = properties.get("rule").and_then(|table| table.get("description")).cloned();
    let mut rules = json!({ "type": "array", "maxItems": MOST_RULES, "items": rule(specs) });
    describe(&mut rules, described);
    properties.insert("rule".to_owned(), rules);
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A policy of Rollcall",
        "description": "What is wanted of each security service in each account and region. Reference: docs/policy.md.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": {
            "region": { "type": "string", "pattern": "^[a-z]+(-[a-z]+)+-[0-9]{1,2}$", "maxLength": 32 },
            "account": { "type": "string", "pattern": "^[0-9]{12}$" },
            "unit": { "type": "string", "pattern": "^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$" },
            "regions": list(&json!({ "$ref": "#/$defs/region" })),
        },
    });
    format!("{schema:#}\n")
}

fn rule(specs: &[&'static ServiceSpec]) -> Value {
    let keys = keys::rule(specs);
    let mut rule = table(&keys, None);
    let of_service = |name: &str| specs.iter().find(|spec| spec.id.as_str() == name);
    let required = |is_service: bool| -> Vec<Value> {
        let names = keys.iter().map(|key| &*key.name).filter(|name| *name != "name");
        names
            .filter(|name| of_service(name).is_some() == is_service)
            .map(|name| json!({ "required": [name] }))
            .collect()
    };
    let (scope, settings) = (required(false), required(true));
    if let Some(Value::Object(properties)) = rule.get_mut("properties") {
        for spec in specs {
            let described = properties.get(spec.id.as_str()).and_then(|table| table.get("description")).cloned();
            let mut service = table(&keys::rule_service(spec), Some(spec));
            describe(&mut service, described);
            insert(&mut service, "minProperties", json!(1));
            properties.insert(spec.id.to_string(), service);
        }
    }
    insert(&mut rule, "required", json!(["name"]));
    // A rule without a scope would be about everything, and one that sets nothing about nothing.
    insert(&mut rule, "allOf", json!([{ "anyOf": scope }, { "anyOf": settings }]));
    rule
}

fn table<T>(keys: &[Key<T>], spec: Option<&ServiceSpec>) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties(keys, spec) })
}

fn properties<T>(keys: &[Key<T>], spec: Option<&ServiceSpec>) -> Map<String, Value> {
    let property = |key: &Key<T>| {
        let mut value = value(&key.kind, spec);
        describe(&mut value, Some(json!(key.meaning)));
        // Some defaults are words for a person.
        if let Ok(default) = serde_json::from_str::<Value>(key.default) {
            insert(&mut value, "default", default);
        }
        (key.name.to_string(), value)
    };
    keys.iter().map(property).collect()
}

fn value<T>(kind: &Kind<T>, spec: Option<&ServiceSpec>) -> Value {
    match kind {
        Kind::Switch(_) => json!({ "type": "boolean" }),
        Kind::Limit(_) => json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "const": "unlimited" }] }),
        Kind::Name(_) => json!({ "type": "string", "minLength": 1, "maxLength": 64, "pattern": "\\S" }),
        Kind::Account(_) => json!({ "$ref": "#/$defs/account" }),
        Kind::Regions(_) => json!({ "anyOf": [
            { "const": "all" },
            { "$ref": "#/$defs/regions" },
            {
                "type": "object",
                "additionalProperties": false,
                "required": ["all-but"],
                "properties": { "all-but": { "$ref": "#/$defs/regions" } },
            },
        ] }),
        Kind::RegionList(_) => json!({ "$ref": "#/$defs/regions" }),
        Kind::AccountList(_) => list(&json!({ "$ref": "#/$defs/account" })),
        Kind::UnitList(_) => list(&json!({ "$ref": "#/$defs/unit" })),
        Kind::Tags(_) => json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "minLength": 1, "maxLength": 128 },
            "additionalProperties": { "type": "string", "maxLength": 256 },
        }),
        Kind::Membership(_) => json!({ "enum": MembershipWish::WORDS }),
        Kind::AutoEnable(_) => json!({ "enum": AutoEnableWish::WORDS }),
        Kind::Features(_) => features(spec, Wanted::WORDS, |_| true),
        Kind::FeatureAutoEnable(_) => features(spec, AutoEnableWish::WORDS, |feature| feature.auto_enable),
        Kind::Setting(setting, _) => match setting.values {
            SettingValues::OneOf(values) => json!({ "enum": values }),
            SettingValues::Paths { most } => {
                let mut paths = list(&json!({ "type": "string", "pattern": "^/[^:\\n\\r]*$", "maxLength": 512 }));
                insert(&mut paths, "maxItems", json!(most));
                paths
            }
        },
        Kind::Table => json!({ "type": "object" }),
    }
}

fn features(spec: Option<&ServiceSpec>, words: &[&str], may_be: fn(&FeatureSpec) -> bool) -> Value {
    let features = spec.map_or(&[][..], |spec| spec.features);
    let properties: Map<String, Value> = features
        .iter()
        .filter(|feature| may_be(feature))
        .map(|feature| (feature.name.to_owned(), json!({ "enum": words })))
        .collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "minItems": 1, "uniqueItems": true, "items": items })
}

fn describe(schema: &mut Value, meaning: Option<Value>) {
    if let Some(meaning) = meaning {
        insert(schema, "description", meaning);
    }
}

fn insert(schema: &mut Value, key: &str, value: Value) {
    if let Value::Object(schema) = schema {
        schema.insert(key.to_owned(), value);
    }
}
