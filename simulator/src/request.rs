//! Reads a request off the wire: who signed it, which operation it is, and its parameters. No I/O.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method};
use serde_json::{Map, Value};

use crate::model::{self, Kind, Location, Model, Protocol};

/// An HTTP request, with its body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What the signature says. It is not verified.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) session_token: Option<String>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Reads the credential scope of the header `Authorization`, or of a presigned URL.
    pub(crate) fn signature(&self) -> Option<Signature> {
        let query = pairs(&self.query);
        let presigned = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let credential = match self.header("authorization") {
            Some(header) if header.starts_with("AWS4-") => {
                let (_, rest) = header.split_once("Credential=")?;
                rest.split([',', ' ']).next()?.to_owned()
            }
            Some(_) => return None,
            None => presigned("X-Amz-Credential")?,
        };
        let mut parts = credential.split('/');
        let (access_key, _date) = (parts.next()?.to_owned(), parts.next()?);
        let (region, service) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let session_token =
            self.header("x-amz-security-token").map(str::to_owned).or_else(|| presigned("X-Amz-Security-Token"));
        Some(Signature { access_key, region, service, session_token })
    }

    /// The application that the client says it is: `app/NAME` among the words of its user agent.
    pub(crate) fn application(&self) -> Option<&str> {
        let mut words = self.header("user-agent")?.split_whitespace();
        words.find_map(|word| word.strip_prefix("app/").filter(|name| !name.is_empty()))
    }

    /// AWS's name of the operation, and the parameters of the path. None: the model has no such operation.
    pub(crate) fn operation(&self, model: &'static Model) -> Option<(&'static str, BTreeMap<String, String>)> {
        let by_name =
            |name: &str| model.operations.get_key_value(name).map(|(name, _)| (name.as_str(), BTreeMap::new()));
        match model.protocol {
            Protocol::Json => by_name(model.operation_of_target(self.target()?)?),
            Protocol::Query => {
                let form = self.form();
                let version = form.get("Version").is_none_or(|version| *version == model.api_version);
                by_name(form.get("Action")?).filter(|_| version)
            }
            Protocol::RestJson => model
                .operations
                .iter()
                .filter(|(_, binding)| binding.method == self.method.as_str())
                .find_map(|(name, binding)| Some((name.as_str(), path_parameters(&binding.uri, &self.path)?))),
        }
    }

    fn target(&self) -> Option<&str> {
        self.header("x-amz-target")
    }

    /// The service whose protocol an unsigned request speaks; None: one of the REST services.
    pub(crate) fn protocol_of(&self) -> Option<&'static str> {
        match self.target() {
            Some(target) => Some(model::of_target(target).map_or("organizations", |model| model.service)),
            None => self.form().contains_key("Action").then_some("sts"),
        }
    }

    /// What was asked for, for a message about an unknown operation.
    pub(crate) fn asked_for(&self) -> String {
        let action = || self.form().get("Action").cloned();
        self.target().map(str::to_owned).or_else(action).unwrap_or_else(|| format!("{} {}", self.method, self.path))
    }

    fn form(&self) -> BTreeMap<String, String> {
        let body = String::from_utf8_lossy(&self.body);
        pairs(&self.query).into_iter().chain(pairs(&body)).collect()
    }

    /// The parameters by their wire names. None: the body cannot be read.
    pub(crate) fn input(
        &self,
        model: &Model,
        operation: &str,
        path_parameters: BTreeMap<String, String>,
    ) -> Option<Value> {
        match model.protocol {
            Protocol::Json => self.json_body().map(Value::Object),
            Protocol::Query => {
                let (name, _) = model.input(operation)?;
                Some(form_value(model, name, "", &self.form()).unwrap_or_else(|| Value::Object(Map::new())))
            }
            Protocol::RestJson => {
                let mut input = self.json_body()?;
                for (name, value) in path_parameters {
                    input.insert(name, Value::String(value));
                }
                let query = pairs(&self.query);
                let members = model.input(operation).into_iter().flat_map(|(_, shape)| &shape.members);
                for (name, reference) in members.filter(|(_, member)| member.location == Location::Querystring) {
                    let wire = reference.wire_name(name);
                    input.remove(wire);
                    if let Some((_, text)) = query.iter().find(|(key, _)| key == wire) {
                        let kind = model.shape(&reference.shape).map(|shape| shape.kind);
                        input.insert(wire.to_owned(), typed(kind, text));
                    }
                }
                Some(Value::Object(input))
            }
        }
    }

    fn json_body(&self) -> Option<Map<String, Value>> {
        if self.body.is_empty() {
            return Some(Map::new());
        }
        match serde_json::from_slice(&self.body).ok()? {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }
}

/// Numbers and booleans of a query or form. What cannot be read stays text, and violates the model.
fn typed(kind: Option<Kind>, text: &str) -> Value {
    let typed = match kind {
        Some(Kind::Integer) => text.parse::<i64>().ok().map(Value::from),
        Some(Kind::Boolean) => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Reads a value out of a form: `Tags.member.1.Key=…`.
fn form_value(model: &Model, shape: &str, prefix: &str, form: &BTreeMap<String, String>) -> Option<Value> {
    let definition = model.shape(shape)?;
    let below = |name: &str| {
        if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
    };
    match definition.kind {
        Kind::Structure => {
            let members = definition.members.iter().filter_map(|(name, reference)| {
                let wire = reference.wire_name(name);
                Some((wire.to_owned(), form_value(model, &reference.shape, &below(wire), form)?))
            });
            let object: Map<String, Value> = members.collect();
            (!object.is_empty()).then_some(Value::Object(object))
        }
        Kind::List => {
            let item = &definition.member.as_ref()?.shape;
            let at = |number: usize| form_value(model, item, &below(&format!("member.{number}")), form);
            let items: Vec<Value> = (1..).map_while(at).collect();
            (!items.is_empty() || form.contains_key(prefix)).then_some(Value::Array(items))
        }
        kind => form.get(prefix).map(|text| typed(Some(kind), text)),
    }
}

/// The values of the template's labels, when the path matches it.
fn path_parameters(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (mut wanted, mut got) = (template.split('/'), path.split('/'));
    let mut parameters = BTreeMap::new();
    loop {
        match (wanted.next(), got.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(got)) => {
                let label = wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
                match label {
                    Some(label) => {
                        parameters.insert(label.to_owned(), decoded(got, false));
                    }
                    None if wanted == got => {}
                    None => return None,
                }
            }
            _ => return None,
        }
    }
}

/// The pairs of a query string or form.
fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decoded(key, true), decoded(value, true)))
        .collect()
}

/// Undoes percent-encoding; in queries and forms a plus sign is a space.
fn decoded(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' if plus_is_space => bytes.push(b' '),
            b'%' => {
                let digits = rest.clone().take(2).collect::<Vec<u8>>();
                let parsed = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                match parsed {
                    Some(parsed) if digits.len() == 2 => {
                        bytes.push(parsed);
                        rest.nth(1);
                    }
                    _ => bytes.push(b'%'),
                }
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(method: &str, uri: &str, headers: &[(&'static str, &str)], body: &str) -> Request {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        Request {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn read(service: &str, request: &Request) -> (String, Value) {
        let model = model::of(service).unwrap();
        let (operation, path) = request.operation(model).unwrap();
        (operation.to_owned(), request.input(model, operation, path).unwrap())
    }

    #[test]
    fn the_signature_tells_key_region_and_service() {
        let header = "AWS4-HMAC-SHA256 Credential=111111111111/20261117/eu-west-1/guardduty/aws4_request, SignedHeaders=host, Signature=0";
        let signature = request("GET", "/", &[("authorization", header)], "").signature().unwrap();
        assert_eq!(signature.access_key, "111111111111");
        assert_eq!((signature.region.as_str(), signature.service.as_str()), ("eu-west-1", "guardduty"));
        assert_eq!(request("GET", "/", &[], "").signature(), None);
        let presigned = "/?X-Amz-Credential=AKID%2F20261117%2Fus-east-1%2Fsts%2Faws4_request";
        assert_eq!(request("GET", presigned, &[], "").signature().unwrap().service, "sts");
    }

    #[test]
    fn the_user_agent_tells_the_application() {
        let said = |agent: &str| request("GET", "/", &[("user-agent", agent)], "").application().map(str::to_owned);
        let long = "aws-sdk-rust/1.5 ua/2.1 api/sts/1.9 os/linux lang/rust/1.95 m/E,b app/rollcall";
        assert_eq!(said(long).as_deref(), Some("rollcall"));
        assert_eq!(said("aws-sdk-rust/1.5 os/linux"), None);
        assert_eq!(said("myapp/1 app/"), None);
        assert_eq!(request("GET", "/", &[], "").application(), None);
    }

    #[test]
    fn paths_queries_and_bodies_become_parameters() {
        let list = request("GET", "/detector/a%20b/member?maxResults=5&onlyAssociated=true", &[], "");
        let expected = json!({"detectorId": "a b", "maxResults": 5, "onlyAssociated": "true"});
        assert_eq!(read("guardduty", &list), ("ListMembers".to_owned(), expected));
        let update = request("POST", "/detector/d/admin", &[], r#"{"autoEnable": true}"#);
        assert_eq!(
            read("guardduty", &update),
            ("UpdateOrganizationConfiguration".to_owned(), json!({"detectorId": "d", "autoEnable": true}))
        );
    }

    #[test]
    fn the_target_of_an_unsigned_request_tells_its_service() {
        let spoken = |target: &str| request("POST", "/", &[("x-amz-target", target)], "{}").protocol_of();
        assert_eq!(spoken("AmazonSSM.GetParametersByPath"), Some("ssm"));
        assert_eq!(spoken("CloudTrail_20131101.DescribeTrails"), Some("cloudtrail"));
        let longer = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails";
        assert_eq!(spoken(longer), Some("cloudtrail"));
        assert_eq!(spoken("AWSOrganizationsV20161128.ListRoots"), Some("organizations"));
        assert_eq!(spoken("nonsense"), Some("organizations"));
        assert_eq!(request("GET", "/detector", &[], "").protocol_of(), None);
    }

    #[test]
    fn forms_become_parameters() {
        let body = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa+b&DurationSeconds=900&Tags.member.1.Key=k&Tags.member.1.Value=v";
        let (operation, input) = read("sts", &request("POST", "/", &[], body));
        assert_eq!(operation, "AssumeRole");
        assert_eq!(
            input,
            json!({"RoleArn": "arn:aws:iam::1:role/a b", "DurationSeconds": 900, "Tags": [{"Key": "k", "Value": "v"}]})
        );
    }

    #[test]
    fn unknown_operations_are_told_apart() {
        let model = model::of("guardduty").unwrap();
        assert!(request("GET", "/detector/d/filter", &[], "").operation(model).is_none());
        assert!(request("DELETE", "/detector", &[], "").operation(model).is_none());
    }
}
