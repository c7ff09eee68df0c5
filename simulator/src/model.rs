//! AWS's service models, reduced to operations, input shapes with their constraints, and errors. No I/O.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use serde::Deserialize;

/// The model of one service.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Model {
    #[serde(skip)]
    pub(crate) service: &'static str,
    pub(crate) api_version: String,
    pub(crate) protocol: Protocol,
    /// What stands before the operation in `X-Amz-Target`.
    pub(crate) target_prefix: String,
    pub(crate) operations: BTreeMap<String, Binding>,
    /// The HTTP status of each modelled error.
    pub(crate) errors: BTreeMap<String, u16>,
    /// The member that is an error's message where it is not `Message` in JSON 1.1, or `message` in REST-JSON; empty where
    /// there is none.
    #[serde(default)]
    pub(crate) messages: BTreeMap<String, String>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Protocol {
    RestJson,
    Json,
    Query,
}

/// How an operation appears in HTTP.
#[derive(Debug, Deserialize)]
pub(crate) struct Binding {
    pub(crate) method: String,
    pub(crate) uri: String,
    #[serde(default = "ok")]
    pub(crate) status: u16,
    pub(crate) input: Option<String>,
}

fn ok() -> u16 {
    200
}

#[derive(Debug, Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) required: Vec<String>,
    #[serde(default, rename = "enum")]
    pub(crate) values: Vec<String>,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) pattern: Option<Pattern>,
    /// What a list consists of.
    pub(crate) member: Option<Reference>,
    /// What a map consists of.
    pub(crate) key: Option<Reference>,
    pub(crate) value: Option<Reference>,
    /// What a structure consists of.
    #[serde(default)]
    pub(crate) members: BTreeMap<String, Reference>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Boolean,
}

/// A shape in its place.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference {
    pub(crate) shape: String,
    #[serde(default)]
    pub(crate) location: Location,
    location_name: Option<String>,
}

impl Reference {
    /// The member's name on the wire.
    pub(crate) fn wire_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.location_name.as_deref().unwrap_or(name)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Location {
    #[default]
    Body,
    Uri,
    Querystring,
}

/// A pattern of AWS's, which speaks of the whole text.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Pattern {
    source: String,
    regex: Regex,
    /// AWS writes `(?!aws:)` before some patterns.
    forbidden: Option<String>,
}

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(source: String) -> Result<Self, regex::Error> {
        let (forbidden, rest) = source
            .strip_prefix("(?!")
            .and_then(|rest| rest.split_once(')'))
            .map_or((None, source.as_str()), |(prefix, rest)| (Some(prefix.to_owned()), rest));
        // AWS's \d and \w are ASCII.
        let ascii = rest.replace(r"\d", "[0-9]").replace(r"\w", "[0-9A-Za-z_]");
        let regex = Regex::new(&format!("^(?:{ascii})$"))?;
        Ok(Self { source, regex, forbidden })
    }
}

impl Pattern {
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text) && self.forbidden.as_ref().is_none_or(|prefix| !text.starts_with(prefix))
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}

static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
    [
        ("account", include_str!("../model/account.json")),
        ("cloudtrail", include_str!("../model/cloudtrail.json")),
        ("guardduty", include_str!("../model/guardduty.json")),
        ("inspector2", include_str!("../model/inspector2.json")),
        ("organizations", include_str!("../model/organizations.json")),
        ("securityhub", include_str!("../model/securityhub.json")),
        ("ssm", include_str!("../model/ssm.json")),
        ("sts", include_str!("../model/sts.json")),
    ]
    .into_iter()
    .filter_map(|(service, text)| {
        // A model that cannot be read leaves its service out; a test reads them all.
        let model: Model = serde_json::from_str(text).ok()?;
        Some(Model { service, ..model })
    })
    .collect()
});

/// The model of every service.
pub(crate) fn all() -> &'static [Model] {
    &MODELS
}

/// The model of the service with this signing name.
pub(crate) fn of(service: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.service == service)
}

/// The model whose operations such a header `X-Amz-Target` names.
pub(crate) fn of_target(target: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.protocol == Protocol::Json && model.operation_of_target(target).is_some())
}

impl Model {
    pub(crate) fn shape(&self, name: &str) -> Option<&Shape> {
        self.shapes.get(name)
    }

    /// The operation that such a header `X-Amz-Target` names. Newer SDKs leave out the namespace before the last name of
    /// CloudTrail's prefix, as that for Rust does.
    pub(crate) fn operation_of_target<'a>(&self, target: &'a str) -> Option<&'a str> {
        let (prefix, operation) = target.rsplit_once('.')?;
        let last = self.target_prefix.rsplit('.').next();
        (prefix == self.target_prefix || Some(prefix) == last).then_some(operation)
    }

    /// The input shape of an operation, and its name.
    pub(crate) fn input(&self, operation: &str) -> Option<(&str, &Shape)> {
        let name = self.operations.get(operation)?.input.as_deref()?;
        Some((name, self.shape(name)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_can_be_read() {
        for service in
            ["account", "cloudtrail", "guardduty", "inspector2", "organizations", "securityhub", "ssm", "sts"]
        {
            let model = of(service).unwrap();
            for binding in model.operations.values() {
                assert!(binding.input.as_ref().is_none_or(|input| model.shapes.contains_key(input)));
            }
        }
    }

    #[test]
    fn patterns_speak_of_the_whole_text() {
        let pattern = Pattern::try_from(r"\d{12}".to_owned()).unwrap();
        assert!(pattern.matches("012345678901"));
        assert!(!pattern.matches("0123456789012"));
        assert!(!pattern.matches("٠١٢٣٤٥٦٧٨٩٠١"));
        let tag = Pattern::try_from("(?!aws:)[a-zA-Z+-=._:/]+".to_owned()).unwrap();
        assert!(tag.matches("team:owner") && !tag.matches("aws:owner"));
    }
}
