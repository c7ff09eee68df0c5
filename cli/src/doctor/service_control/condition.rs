//! Whether a request of Rollcall's satisfies a condition: yes, no, or it depends, and on what. No I/O.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "AWS global condition context keys".

use super::{
    document::Condition,
    pattern::{arn_fits, fits, pathless_arn_fits},
    truth::Truth,
};

/// Who calls where, as condition keys tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request<'a> {
    /// Such as `guardduty:CreateMembers`.
    pub(super) action: &'a str,
    pub(super) region: &'a str,
    pub(super) caller: &'a Caller,
}

/// An account's principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Caller {
    pub(super) account: String,
    /// A role's or user's ARN; of a role without its path where that is not known.
    pub(super) arn: String,
    /// Whether the ARN is complete.
    pub(super) has_path: bool,
    /// Where the account is, as `o-…/r-…/ou-…/`.
    pub(super) path: String,
}

/// What a request tells by a key.
enum Told<'a> {
    Text(String),
    /// The ARN of a role, without its path.
    Pathless(&'a str),
}

impl Request<'_> {
    /// What is told by a key of this name, in lower case; `None` where that is not known beforehand.
    fn told(&self, key: &str) -> Option<Told<'_>> {
        let Caller { account, arn, has_path, path } = self.caller;
        let text = |text: &str| Some(Told::Text(text.to_owned()));
        match key {
            "aws:requestedregion" => text(self.region),
            "aws:principalaccount" => text(account),
            "aws:principalarn" if *has_path => text(arn),
            "aws:principalarn" => Some(Told::Pathless(arn)),
            "aws:principalorgid" => text(path.split('/').next().unwrap_or_default()).filter(|_| !path.is_empty()),
            "aws:principalorgpaths" => text(path).filter(|_| !path.is_empty()),
            "aws:principaltype" if arn.contains(":role/") => text("AssumedRole"),
            "aws:securetransport" => text("true"),
            "aws:principalisawsservice" | "aws:viaawsservice" => text("false"),
            _ => None,
        }
    }

    /// Whether the condition holds.
    pub(super) fn satisfies(&self, condition: &Condition) -> Truth {
        let Condition { operator, key, values } = condition;
        let open = || Truth::depends_on(format!("{operator} {key}"));
        if values.iter().any(|value| value.contains("${")) {
            return open();
        }
        let Some(told) = self.told(&key.to_ascii_lowercase()) else { return open() };
        if operator == "Null" {
            // All that is told is there; "true" asks for a key that is not.
            return values.iter().any(|value| value.eq_ignore_ascii_case("false")).into();
        }
        // What is told has one value each, so that any and all of them are the same.
        let single = ["ForAnyValue:", "ForAllValues:"].iter().find_map(|set| operator.strip_prefix(set));
        let single = single.unwrap_or(operator);
        let Some((compare, negated)) = comparison(single.strip_suffix("IfExists").unwrap_or(single)) else {
            return open();
        };
        // What AWS makes of a text that is no ARN is not documented.
        if single.starts_with("Arn") && values.iter().any(|value| value.splitn(6, ':').count() < 6) {
            return open();
        }
        let matches = Truth::any(values.iter().map(|value| match &told {
            Told::Text(text) => compare(value, text).into(),
            Told::Pathless(arn) => pathless_arn_fits(value, arn),
        }));
        if negated { matches.not() } else { matches }
    }
}

/// Whether a value of a policy fits what is told.
type Compare = fn(&str, &str) -> bool;

/// How an operator compares, and whether it is negated; `None` for one that is not known here.
fn comparison(operator: &str) -> Option<(Compare, bool)> {
    let ignoring_case: Compare = |value, told| value.eq_ignore_ascii_case(told);
    let equal: Compare = |value, told| value == told;
    Some(match operator {
        "StringEquals" => (equal, false),
        "StringNotEquals" => (equal, true),
        "StringEqualsIgnoreCase" | "Bool" => (ignoring_case, false),
        "StringNotEqualsIgnoreCase" => (ignoring_case, true),
        "StringLike" => (fits, false),
        "StringNotLike" => (fits, true),
        "ArnEquals" | "ArnLike" => (arn_fits, false),
        "ArnNotEquals" | "ArnNotLike" => (arn_fits, true),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> Caller {
        Caller {
            account: "222222222222".to_owned(),
            arn: "arn:aws:iam::222222222222:role/rollcall/rollcall-administrator".to_owned(),
            has_path: true,
            path: "o-1/r-1/ou-1/".to_owned(),
        }
    }

    fn truth(caller: &Caller, operator: &str, key: &str, values: &[&str]) -> Truth {
        let condition = Condition {
            operator: operator.to_owned(),
            key: key.to_owned(),
            values: values.iter().map(ToString::to_string).collect(),
        };
        Request { action: "guardduty:CreateMembers", region: "eu-west-1", caller }.satisfies(&condition)
    }

    #[test]
    fn what_is_known_decides() {
        for (operator, key, values, holds) in [
            ("StringEquals", "aws:RequestedRegion", &["us-east-1", "eu-west-1"][..], true),
            ("StringEquals", "AWS:requestedregion", &["eu-*"], false),
            ("StringNotEquals", "aws:RequestedRegion", &["us-east-1"], true),
            ("StringNotEqualsIfExists", "aws:RequestedRegion", &["us-east-1", "eu-west-1"], false),
            ("StringLike", "aws:RequestedRegion", &["eu-*"], true),
            ("StringNotLike", "aws:RequestedRegion", &["us-*", "eu-*"], false),
            ("StringEqualsIgnoreCase", "aws:RequestedRegion", &["EU-WEST-1"], true),
            ("StringNotEqualsIgnoreCase", "aws:RequestedRegion", &["EU-WEST-1"], false),
            ("ForAnyValue:StringEquals", "aws:RequestedRegion", &["eu-west-1"], true),
            ("ForAllValues:StringNotEquals", "aws:RequestedRegion", &["eu-west-1"], false),
            ("ArnLike", "aws:PrincipalARN", &["arn:aws:iam::*:role/rollcall/*"], true),
            ("ArnNotLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/rollcall/*"], false),
            ("ArnEquals", "aws:PrincipalArn", &["arn:aws:iam::222222222222:role/x"], false),
            ("ArnNotEquals", "aws:PrincipalArn", &["arn:aws:iam::222222222222:role/x"], true),
            ("StringLike", "aws:PrincipalArn", &["*rollcall*"], true),
            ("StringEquals", "aws:PrincipalAccount", &["222222222222"], true),
            ("StringNotEquals", "aws:PrincipalOrgID", &["o-1"], false),
            ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &["o-1/*/ou-1/*"], true),
            ("StringEquals", "aws:PrincipalType", &["AssumedRole"], true),
            ("Bool", "aws:SecureTransport", &["false"], false),
            ("BoolIfExists", "aws:PrincipalIsAWSService", &["false"], true),
            ("Null", "aws:RequestedRegion", &["true"], false),
            ("Null", "aws:PrincipalArn", &["false"], true),
        ] {
            assert_eq!(truth(&caller(), operator, key, values), holds.into(), "{operator} {key} {values:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        for (operator, key, value) in [
            ("StringEquals", "aws:PrincipalTag/team", "x"),
            ("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
            ("Null", "aws:MultiFactorAuthAge", "true"),
            ("NumericEquals", "aws:PrincipalAccount", "1"),
            ("stringequals", "aws:RequestedRegion", "eu-west-1"),
            ("StringEquals", "aws:PrincipalArn", "arn:aws:iam::222222222222:role/${aws:username}"),
            ("ArnLike", "aws:PrincipalArn", "*"),
        ] {
            let named = Truth::depends_on(format!("{operator} {key}"));
            assert_eq!(truth(&caller(), operator, key, &[value]), named);
        }
        let nowhere = Caller { path: String::new(), ..caller() };
        assert!(matches!(truth(&nowhere, "StringEquals", "aws:PrincipalOrgID", &["o-1"]), Truth::Perhaps(_)));
    }

    #[test]
    fn a_session_without_its_roles_path_is_exempt_only_for_sure() {
        let session = Caller { arn: "arn:aws:iam::222222222222:role/Audit".to_owned(), has_path: false, ..caller() };
        let exempt = |value: &str| truth(&session, "ArnNotLike", "aws:PrincipalArn", &[value]);
        assert_eq!(exempt("arn:aws:iam::*:role/break-glass"), Truth::Yes);
        assert_eq!(exempt("arn:aws:iam::*:role/*"), Truth::No);
        assert!(matches!(exempt("arn:aws:iam::*:role/*/Audit"), Truth::Perhaps(_)));
    }
}
