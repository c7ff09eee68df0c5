//! The examples of policies in docs/policies, each run on an organization: what they say is what comes of them.

use organization_simulator::Options;
use rollcall_scenarios::stage::Stage;
use serde_json::{Value, json};

use crate::support::{
    covered, document, nothing_written, options, ordinary, path, policy, prepare, row, stage, sweep, truth,
};

/// The sweeps that a policy with reductions takes: to list them, to lower what AWS enables by itself, to turn off.
const SWEEPS: usize = 4;

/// An example with its made-up ids replaced by the organization's.
fn example(name: &str, ids: &[(&str, &str)]) -> String {
    let path = format!("{}/../../docs/policies/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    ids.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{name} has no {from}");
        text.replace(from, to)
    })
}

/// Three regions of everything, units, and nothing on that AWS would not have on by default but the legacy form of
/// runtime monitoring, which excludes the newer one.
fn organization() -> Stage {
    let regions = ["us-east-1", "eu-west-1", "eu-central-1"].map(str::to_owned).to_vec();
    let stage = stage(&Options { regions, organizational_units: 2, documented_offers: true, ..options() });
    let off = json!({"EKS_RUNTIME_MONITORING": "DISABLED"});
    prepare(&stage, &json!({"service": "guardduty", "accounts": [stage.administrator], "features": off}));
    stage
}

/// Sweeps until the policy is done, and once more, which writes nothing.
async fn bring_about(stage: &Stage, text: &str) {
    policy(stage, text);
    for _ in 0..SWEEPS {
        sweep(stage).await;
    }
    stage.aws.clear_calls();
    let swept = sweep(stage).await;
    nothing_written(stage);
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
    let document = document(stage);
    assert_ne!(document["policy"], "built-in");
    assert_eq!(document["breakers"], json!([]));
    assert_eq!(document["totals"]["percent"], 100.0, "{}", document["totals"]);
    let remarks = document["remarks"].to_string();
    assert!(!remarks.contains("policy: "), "a rule that nobody is in, or a warning: {remarks}");
}

fn status(stage: &Stage, service: &str, region: &str, account: &str, feature: &str) -> String {
    row(stage, service, region, account)["features"][feature].as_str().unwrap_or("absent").to_owned()
}

fn everyone(stage: &Stage) -> Vec<String> {
    let mut accounts = ordinary(stage);
    accounts.extend([stage.management.clone(), stage.administrator.clone()]);
    accounts
}

/// The unit that the last account is in, and whether each account is in it.
async fn unit(stage: &Stage) -> (String, Vec<(String, bool)>) {
    let last = ordinary(stage).pop().unwrap();
    let unit = path(stage, &last).await.pop().unwrap();
    let mut placed = Vec::new();
    for account in everyone(stage) {
        let inside = path(stage, &account).await.contains(&unit);
        placed.push((account, inside));
    }
    (unit, placed)
}

const RUNTIME: &str = "RUNTIME_MONITORING";
const AGENT: &str = "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT";
const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "eu-central-1"];

#[tokio::test]
async fn everything_on_in_the_whole_organization() {
    let stage = organization();
    bring_about(&stage, &example("everything", &[])).await;
    let on = ["AI_PROTECTION", RUNTIME, AGENT, "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT"];
    for account in everyone(&stage) {
        for region in REGIONS {
            for feature in on {
                assert_eq!(status(&stage, "guardduty", region, &account, feature), "ENABLED", "{account} {feature}");
            }
            assert_eq!(status(&stage, "inspector2", region, &account, "CODE_REPOSITORY"), "ENABLED");
        }
    }
    covered(&stage);
}

#[tokio::test]
async fn sandboxes_without_runtime_monitoring() {
    let stage = organization();
    let (sandboxes, placed) = unit(&stage).await;
    // What a sandbox has from before is turned off.
    let (one, _) = placed.iter().find(|(_, inside)| *inside).unwrap();
    let before = json!({RUNTIME: "ENABLED", AGENT: "ENABLED"});
    prepare(&stage, &json!({"service": "guardduty", "accounts": [one], "features": before}));
    bring_about(&stage, &example("sandboxes", &[("ou-ab12-sandbox1", &sandboxes)])).await;
    for (account, inside) in placed {
        let expected = if inside { "DISABLED" } else { "ENABLED" };
        for region in REGIONS {
            assert_eq!(status(&stage, "guardduty", region, &account, RUNTIME), expected, "{account} {region}");
        }
    }
    covered(&stage);
}

#[tokio::test]
async fn agents_for_one_unit() {
    let stage = organization();
    let (chosen, placed) = unit(&stage).await;
    bring_about(&stage, &example("agents-for-one-unit", &[("ou-ab12-contain1", &chosen)])).await;
    for (account, inside) in placed {
        let expected = if inside { "ENABLED" } else { "DISABLED" };
        for feature in [RUNTIME, AGENT, "RUNTIME_MONITORING/ECS_FARGATE_AGENT_MANAGEMENT"] {
            let found = status(&stage, "guardduty", "eu-west-1", &account, feature);
            assert!(found == expected || (!inside && found == "absent"), "{account} {feature}: {found}");
        }
    }
    covered(&stage);
}

#[tokio::test]
async fn code_scanning_in_two_regions() {
    let stage = organization();
    bring_about(&stage, &example("code-scanning-in-two-regions", &[])).await;
    for account in everyone(&stage) {
        for (region, expected) in [("us-east-1", "DISABLED"), ("eu-west-1", "ENABLED"), ("eu-central-1", "ENABLED")] {
            assert_eq!(status(&stage, "inspector2", region, &account, "LAMBDA_CODE"), expected, "{account} {region}");
            assert_eq!(status(&stage, "inspector2", region, &account, "LAMBDA"), "ENABLED");
        }
    }
    let setting = |region: &str| {
        let calls = stage.aws.calls();
        let described = calls.iter().find(|call| {
            call.service == "inspector2"
                && call.region == region
                && call.operation == "DescribeOrganizationConfiguration"
        });
        described.unwrap().response["autoEnable"]["lambdaCode"].clone()
    };
    assert_eq!((setting("us-east-1"), setting("eu-west-1")), (Value::Bool(false), Value::Bool(true)));
}

#[tokio::test]
async fn the_management_account_removed_from_guardduty() {
    let stage = organization();
    sweep(&stage).await;
    covered(&stage);
    bring_about(&stage, &example("management-account", &[])).await;
    for region in REGIONS {
        let row = row(&stage, "guardduty", region, &stage.management);
        assert_eq!(
            (row["relationship"].clone(), row["features"]["S3_DATA_EVENTS"].clone()),
            ("Removed".into(), "ENABLED".into())
        );
        assert_eq!(status(&stage, "inspector2", region, &stage.management, "EC2"), "ENABLED");
    }
    let gaps: Vec<_> = truth(&stage).gaps().map(|(gap, _)| gap.clone()).collect();
    assert!(gaps.iter().all(|gap| gap.account == stage.management && gap.service == "guardduty"), "{gaps:?}");
}

#[tokio::test]
async fn accounts_left_alone() {
    let stage = organization();
    let accounts = ordinary(&stage);
    let ids = [("111122223333", accounts[0].as_str()), ("444455556666", accounts[1].as_str())];
    bring_about(&stage, &example("accounts-left-alone", &ids)).await;
    for region in REGIONS {
        let enrolled = |service: &str, account: &str| {
            row(&stage, service, region, account)["relationship"]
                .as_str()
                .is_some_and(|word| word.eq_ignore_ascii_case("enabled"))
        };
        assert!(!enrolled("guardduty", &accounts[0]) && !enrolled("inspector2", &accounts[0]), "{region}");
        assert_eq!(enrolled("guardduty", &accounts[1]), region == "eu-central-1", "{region}");
        assert!(!enrolled("inspector2", &accounts[1]) && enrolled("guardduty", &accounts[2]), "{region}");
    }
}

#[tokio::test]
async fn govcloud() {
    let regions = ["us-gov-west-1", "us-gov-east-1"].map(str::to_owned).to_vec();
    let stage = stage(&Options { regions, ..options() }).with("AWS_REGION", "us-gov-west-1");
    for region in ["us-gov-west-1", "us-gov-east-1"] {
        let absent =
            json!({"kind": "feature-not-offered", "name": "inspector2", "feature": "LAMBDA_CODE", "region": region});
        prepare(&stage, &absent);
    }
    bring_about(&stage, &example("govcloud", &[])).await;
    for account in everyone(&stage) {
        for region in ["us-gov-west-1", "us-gov-east-1"] {
            assert_eq!(status(&stage, "guardduty", region, &account, "S3_DATA_EVENTS"), "ENABLED");
            assert_eq!(status(&stage, "inspector2", region, &account, "ECR"), "ENABLED");
        }
    }
    assert!(!document(&stage)["targets"].to_string().contains("not offered"));
}

#[tokio::test]
async fn the_default_as_a_document_changes_nothing() {
    let stage = organization();
    sweep(&stage).await;
    covered(&stage);
    stage.aws.clear_calls();
    policy(&stage, &example("default", &[]));
    sweep(&stage).await;
    nothing_written(&stage);
}
