//! Contents of Inspector policies, and what they manage. No I/O.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

fn managed(content: &Value, at: &str) -> Managed {
    read(&content.to_string(), &region(at))
}

fn enablement(scans: &Value) -> Value {
    json!({"inspector": {"enablement": scans}})
}

fn lists(enable: &[&str], disable: &[&str]) -> Value {
    json!({"enable_in_regions": enable, "disable_in_regions": disable})
}

fn features<const N: usize>(features: [(Feature, bool); N]) -> BTreeMap<Feature, bool> {
    features.into()
}

#[test]
fn a_region_is_managed_where_a_list_names_it() {
    let content = enablement(&json!({
        "ec2_scanning": lists(&["us-east-1", "us-west-2"], &["eu-west-1"]),
        "ecr_scanning": lists(&["us-east-1"], &[]),
        "code_repository_scanning": lists(&[], &["us-east-1"]),
    }));
    let found = managed(&content, "us-east-1");
    assert_eq!(found.enrols, None);
    assert_eq!(found.features, features([(EC2, true), (ECR, true), (CODE_REPOSITORY, false)]));
    assert_eq!(found.unrecognised.len(), 0);
    let found = managed(&content, "eu-west-1");
    assert_eq!((found.enrols, found.features), (None, features([(EC2, false)])));
    assert_eq!(managed(&content, "eu-west-3"), Managed::default());
}

#[test]
fn all_supported_names_every_region_and_disabling_wins() {
    let content = enablement(&json!({
        "ec2_scanning": lists(&["ALL_SUPPORTED"], &["eu-west-1"]),
        "ecr_scanning": lists(&["eu-west-1"], &["ALL_SUPPORTED"]),
    }));
    assert_eq!(managed(&content, "us-east-1").features, features([(EC2, true), (ECR, false)]));
    let found = managed(&content, "eu-west-1");
    assert_eq!((found.enrols, found.features), (None, features([(EC2, false), (ECR, false)])));
}

#[test]
fn lambda_code_scanning_is_inside_lambda_standard_scanning() {
    let mut lambda = lists(&["ALL_SUPPORTED"], &[]);
    lambda["lambda_code_scanning"] = lists(&["ALL_SUPPORTED"], &["eu-west-1"]);
    let content = enablement(&json!({"lambda_standard_scanning": lambda}));
    assert_eq!(managed(&content, "us-east-1").features, features([(LAMBDA, true), (LAMBDA_CODE, true)]));
    assert_eq!(managed(&content, "eu-west-1").features, features([(LAMBDA, true), (LAMBDA_CODE, false)]));
}

#[test]
fn what_inheritance_leaves_is_read_through() {
    let content = enablement(&json!({
        "@@operators_allowed_for_child_policies": ["@@none"],
        "ec2_scanning": {
            "enable_in_regions": {"@@assign": ["us-east-1"], "@@append": ["eu-west-1"]},
            "disable_in_regions": {"@@assign": [], "@@operators_allowed_for_child_policies": ["@@all"]},
        },
    }));
    for at in ["us-east-1", "eu-west-1"] {
        let found = managed(&content, at);
        assert_eq!((found.features, found.unrecognised.len()), (features([(EC2, true)]), 0), "{at}");
    }
}

#[test]
fn what_is_not_known_is_told_and_the_rest_is_read() {
    let mut ec2 = lists(&["us-east-1", "the moon"], &[]);
    ec2["lambda_code_scanning"] = lists(&["us-east-1"], &[]);
    let content = json!({
        "inspector": {"enablement": {
            "ec2_scanning": ec2,
            "ecr_scanning": {"enable_in_regions": {"@@remove": ["us-east-1"]}},
            "ami_scanning": lists(&["us-east-1"], &[]),
            "code_repository_scanning": {"enable_in_regions": "ALL_SUPPORTED"},
        }, "suppression": {}},
        "guardduty": {},
    });
    let found = managed(&content, "us-east-1");
    assert_eq!((found.enrols, found.features), (None, features([(EC2, true)])));
    let told: Vec<&str> = found.unrecognised.iter().map(|text| text.split(" in a policy").next().unwrap()).collect();
    assert_eq!(
        told,
        [
            "a list of regions of code_repository_scanning",
            "a list of regions of ecr_scanning",
            "a region of ec2_scanning",
            "ami_scanning",
            "ec2_scanning.lambda_code_scanning",
            "guardduty",
            "suppression",
        ]
    );
}

#[test]
fn a_policy_in_effect_that_says_nothing_manages_nothing() {
    for content in
        [json!({}), json!({"inspector": {}}), enablement(&json!({})), enablement(&json!({"ec2_scanning": {}}))]
    {
        assert_eq!(managed(&content, "eu-west-1"), Managed::default(), "{content}");
    }
}

#[test]
fn junk_is_told_and_manages_nothing() {
    let deep = "[".repeat(100_000);
    for content in ["", "{", "null", "[]", "7", "\"inspector\"", "{\"inspector\": 7}", "\u{0}", deep.as_str()] {
        let found = read(content, &region("eu-west-1"));
        assert!(found.is_empty() && !found.unrecognised.is_empty(), "{content:.20}");
    }
    for scan in [json!(7), json!({"enable_in_regions": 7}), json!({"enable_in_regions": [{}]})] {
        let found = managed(&enablement(&json!({"ec2_scanning": scan})), "eu-west-1");
        assert!(found.is_empty() && !found.unrecognised.is_empty(), "{scan}");
    }
}
