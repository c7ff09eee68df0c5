//! Conditions of policy statements: operators and keys, and whether a request satisfies them. No I/O.
//!
//! AWS documentation, "IAM JSON policy elements: Condition operators" and "… with multiple keys or values".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::glob::{glob, glob_arn};

/// What a request says by condition keys, in lower case; each has one value or more.
pub(super) type Context = BTreeMap<String, Vec<String>>;

/// The keys that the simulator gives values. One that is absent from a request has none there.
const KEYS: [&str; 14] = [
    "account:TargetRegion",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "iam:AWSServiceName",
    "organizations:PolicyType",
    "organizations:ServicePrincipal",
    "sts:ExternalId",
    "sts:RoleSessionName",
];

/// One key of one operator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Condition {
    set: Option<Set>,
    if_exists: bool,
    test: Test,
    /// In lower case: names of keys are the same in any case.
    key: String,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Set {
    Any,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Test {
    Matches { negated: bool, how: How },
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum How {
    Equal,
    EqualIgnoringCase,
    Like,
    Arn,
    Bool,
    Number,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Test {
    fn read(operator: &str) -> Option<Self> {
        let (negated, how) = match operator {
            "StringEquals" => (false, How::Equal),
            "StringNotEquals" => (true, How::Equal),
            "StringEqualsIgnoreCase" => (false, How::EqualIgnoringCase),
            "StringNotEqualsIgnoreCase" => (true, How::EqualIgnoringCase),
            "StringLike" => (false, How::Like),
            "StringNotLike" => (true, How::Like),
            // "ArnEquals and ArnLike behave identically."
            "ArnEquals" | "ArnLike" => (false, How::Arn),
            "ArnNotEquals" | "ArnNotLike" => (true, How::Arn),
            "Bool" => (false, How::Bool),
            "NumericEquals" => (false, How::Number),
            "NumericNotEquals" => (true, How::Number),
            "NumericLessThan" => (false, How::Less),
            "NumericLessThanEquals" => (false, How::LessOrEqual),
            "NumericGreaterThan" => (false, How::Greater),
            "NumericGreaterThanEquals" => (false, How::GreaterOrEqual),
            "Null" => return Some(Self::Null),
            _ => return None,
        };
        Some(Self::Matches { negated, how })
    }
}

impl How {
    fn matches(self, wanted: &str, got: &str) -> bool {
        let number = |text: &str| text.parse::<f64>().ok();
        let compared = || number(got)?.partial_cmp(&number(wanted)?);
        match self {
            Self::Equal => wanted == got,
            Self::EqualIgnoringCase | Self::Bool => wanted.eq_ignore_ascii_case(got),
            Self::Like => glob(wanted, got),
            Self::Arn => glob_arn(wanted, got),
            Self::Number => compared().is_some_and(std::cmp::Ordering::is_eq),
            Self::Less => compared().is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => compared().is_some_and(std::cmp::Ordering::is_le),
            Self::Greater => compared().is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => compared().is_some_and(std::cmp::Ordering::is_ge),
        }
    }

    /// Whether a policy's value makes sense.
    fn takes(self, value: &str) -> bool {
        match self {
            Self::Equal | Self::EqualIgnoringCase | Self::Like => true,
            Self::Arn => value.starts_with("arn:") && value.split(':').count() >= 6,
            Self::Bool => ["true", "false"].contains(&value),
            _ => value.parse::<f64>().is_ok(),
        }
    }
}

impl Condition {
    pub(super) fn read(operator: &str, key: &str, values: Vec<String>) -> Result<Self, String> {
        let unknown = || format!("the condition operator `{operator}` is not simulated");
        let (set, name) = match operator.split_once(':') {
            None => (None, operator),
            Some(("ForAnyValue", name)) => (Some(Set::Any), name),
            Some(("ForAllValues", name)) => (Some(Set::All), name),
            Some(_) => return Err(unknown()),
        };
        let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
        let test = Test::read(name).ok_or_else(unknown)?;
        if test == Test::Null && (if_exists || set.is_some()) {
            return Err(unknown());
        }
        let takes = |value: &&String| match test {
            Test::Null => How::Bool.takes(value),
            Test::Matches { how, .. } => how.takes(value),
        };
        if !KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            return Err(format!("the condition key `{key}` is not simulated"));
        }
        if let Some(value) = values.iter().find(|value| !takes(value)) {
            return Err(format!("`{operator}` does not compare with `{value}`"));
        }
        Ok(Self { set, if_exists, test, key: key.to_ascii_lowercase(), values })
    }

    pub(super) fn holds(&self, context: &Context) -> bool {
        let got = context.get(&self.key).filter(|got| !got.is_empty());
        let Test::Matches { negated, how } = self.test else {
            // "true" asks for the key to be absent.
            return self.values.iter().any(|wanted| (wanted == "true") == got.is_none());
        };
        // Values of one key are alternatives; of a negated operator none of them may match.
        let one = |got: &String| self.values.iter().any(|wanted| how.matches(wanted, got)) != negated;
        match (got, self.set) {
            // An absent key is matched by nothing, so it satisfies what is negated.
            (None, None) => self.if_exists || negated,
            (None, Some(Set::All)) => true,
            (None, Some(Set::Any)) => self.if_exists,
            (Some(got), Some(Set::All)) => got.iter().all(one),
            (Some(got), _) => got.iter().any(one),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 2] = ["o-1/r-1/ou-1/", "o-1/r-1/ou-2/"];

    fn holds(operator: &str, key: &str, values: &[&str]) -> bool {
        let context: Context = [
            ("aws:requestedregion", vec!["eu-west-1"]),
            ("aws:principalarn", vec!["arn:aws:iam::222222222222:role/rollcall/survey"]),
            ("aws:principalaccount", vec!["222222222222"]),
            ("aws:securetransport", vec!["true"]),
            ("aws:principalorgpaths", PATHS.to_vec()),
        ]
        .map(|(key, values)| (key.to_owned(), values.into_iter().map(str::to_owned).collect()))
        .into();
        Condition::read(operator, key, values.iter().map(ToString::to_string).collect()).unwrap().holds(&context)
    }

    #[test]
    fn texts_are_compared() {
        let region = "aws:RequestedRegion";
        assert!(holds("StringEquals", region, &["us-east-1", "eu-west-1"]));
        assert!(!holds("StringEquals", region, &["eu-west-*"]) && !holds("StringEquals", region, &["EU-WEST-1"]));
        assert!(holds("StringEqualsIgnoreCase", "AWS:requestedregion", &["EU-WEST-1"]));
        assert!(!holds("StringNotEqualsIgnoreCase", region, &["EU-WEST-1"]));
        assert!(holds("StringNotEquals", region, &["us-east-1", "us-west-2"]));
        assert!(!holds("StringNotEquals", region, &["us-east-1", "eu-west-1"]));
        assert!(holds("StringLike", region, &["eu-*"]) && holds("StringLike", region, &["eu-west-?"]));
        assert!(holds("StringNotLike", region, &["us-*"]) && !holds("StringNotLike", region, &["eu-*"]));
    }

    #[test]
    fn arns_are_compared_part_by_part() {
        let key = "aws:PrincipalArn";
        for operator in ["ArnEquals", "ArnLike"] {
            assert!(holds(operator, key, &["arn:aws:iam::*:role/rollcall/*"]));
            assert!(!holds(operator, key, &["arn:aws:iam:*:role/rollcall/survey:"]));
            assert!(!holds(operator, key, &["arn:aws:iam::222222222222:role/survey"]));
        }
        assert!(!holds("ArnNotLike", key, &["arn:aws:iam::*:role/rollcall/*"]));
        assert!(holds("ArnNotEquals", key, &["arn:aws:iam::111111111111:role/rollcall/survey"]));
    }

    #[test]
    fn numbers_and_booleans_are_compared() {
        let account = "aws:PrincipalAccount";
        assert!(
            holds("NumericEquals", account, &["222222222222.0"])
                && !holds("NumericNotEquals", account, &["222222222222"])
        );
        assert!(holds("NumericLessThan", account, &["222222222223"]) && !holds("NumericLessThan", account, &["1"]));
        assert!(holds("NumericLessThanEquals", account, &["222222222222"]));
        assert!(
            holds("NumericGreaterThan", account, &["1"]) && !holds("NumericGreaterThan", account, &["222222222222"])
        );
        assert!(holds("NumericGreaterThanEquals", account, &["222222222222"]));
        assert!(holds("Bool", "aws:SecureTransport", &["true"]) && !holds("Bool", "aws:SecureTransport", &["false"]));
    }

    #[test]
    fn an_absent_key_satisfies_what_is_negated_and_what_is_only_if_it_exists() {
        let key = "sts:ExternalId";
        assert!(!holds("StringEquals", key, &["x"]) && holds("StringEqualsIfExists", key, &["x"]));
        assert!(holds("StringNotEquals", key, &["x"]) && holds("ArnNotLike", key, &["arn:aws:iam::1:role/x"]));
        assert!(holds("Null", key, &["true"]) && !holds("Null", key, &["false"]));
        assert!(holds("Null", "aws:PrincipalArn", &["false"]) && !holds("Null", "aws:PrincipalArn", &["true"]));
        assert!(!holds("StringEqualsIfExists", "aws:RequestedRegion", &["us-east-1"]));
        assert!(!holds("ForAnyValue:StringLike", key, &["*"]) && holds("ForAllValues:StringLike", key, &["x"]));
    }

    #[test]
    fn sets_are_compared_by_any_or_all_of_their_values() {
        let key = "aws:PrincipalOrgPaths";
        assert!(holds("ForAnyValue:StringLike", key, &["o-1/*/ou-2/"]));
        assert!(!holds("ForAllValues:StringLike", key, &["o-1/*/ou-2/"]));
        assert!(holds("ForAllValues:StringLike", key, &["o-1/*/ou-2/", "o-1/*/ou-1/"]));
        assert!(!holds("ForAnyValue:StringEquals", key, &["o-1"]));
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused() {
        let refused = |operator: &str, key: &str, value: &str| {
            Condition::read(operator, key, vec![value.to_owned()]).map(|_| ()).unwrap_err()
        };
        let (region, account) = ("aws:RequestedRegion", "aws:PrincipalAccount");
        for operator in ["DateEquals", "NullIfExists", "ForAnyValue:Null", "ForSome:StringEquals", "stringequals"] {
            assert!(refused(operator, region, "true").contains(operator));
        }
        assert!(refused("StringEquals", "aws:PrincipalTag/team", "x").contains("aws:PrincipalTag/team"));
        assert!(refused("ArnLike", "aws:PrincipalArn", "*").contains("does not compare"));
        assert!(refused("Bool", "aws:SecureTransport", "yes").contains("yes"));
        assert!(refused("NumericEquals", account, "many").contains("many"));
        assert!(refused("Null", region, "maybe").contains("maybe"));
    }
}
