//! What a sweep reports as JSON, page and table agrees with the simulator's truth, membership by membership.

use std::collections::{BTreeMap, BTreeSet};

use organization_simulator::Options;
use rollcall_core::{AccountId, State, sweep::CoverageDocument};
use rollcall_scenarios::{stage::Stage, sweep::WAIT, truth::Membership};
use serde_json::{Value, json};

use crate::{
    decode,
    support::{Log, document, newcomer, options, ordinary, policy, prepare, stage, sweep, truth},
};

/// An organization with a bit of everything, of which some accounts are special.
struct Mixed {
    stage: Stage,
    exempt: String,
    stuck: String,
    held: String,
    weakened: String,
}

/// A membership's service by its id, region and account.
type Key = (String, String, AccountId);

/// State, reason, since and sentence, as a table tells them.
type Told = [String; 4];

const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "eu-central-1", "ap-east-1"];

/// Swept once, and then made worse.
async fn mixed() -> Mixed {
    let stage = stage(&Options {
        accounts: 14,
        organizational_units: 3,
        suspended: 1,
        closed: 1,
        regions: REGIONS.map(str::to_owned).to_vec(),
        region_off: vec!["2:ap-east-1".to_owned()],
        feature_not_offered: vec!["inspector2:LAMBDA_CODE:ap-east-1".to_owned()],
        ..options()
    });
    let active: Vec<String> = ordinary(&stage).into_iter().filter(|account| works(&stage, account)).collect();
    let [exempt, stuck, held, weakened] = [5, 6, 7, 8].map(|place| active[place].clone());
    let rule = format!(
        "[guardduty]\nauto-enable = \"new\"\n\
         [[rule]]\nname = \"forensics\"\naccounts = [\"{exempt}\"]\n[rule.guardduty]\nmembership = \"unmanaged\"\n"
    );
    policy(&stage, &rule);
    prepare(&stage, &json!({"kind": "stuck", "account": stuck}));
    prepare(&stage, &json!({"service": "guardduty", "accounts": [held], "held-by": "999999999999"}));
    prepare(&stage, &json!({"kind": "deny", "region": "eu-west-1", "action": "inspector2:*"}));
    sweep(&stage).await;
    stage.aws.advance(WAIT);
    let off = json!({"service": "guardduty", "accounts": [weakened], "features": {"S3_DATA_EVENTS": "DISABLED"}});
    prepare(&stage, &off);
    fault(&stage, &json!({"kind": "unprocessed", "operation": "UpdateMemberDetectors", "members": [weakened]}));
    newcomer(&stage);
    let other = json!({"service": "guardduty", "regions": ["eu-central-1"], "administrator": active[9]});
    prepare(&stage, &other);
    fault(
        &stage,
        &json!({"kind": "error", "service": "inspector2", "operation": "ListMembers", "region": "ap-east-1"}),
    );
    Mixed { stage, exempt, stuck, held, weakened }
}

fn fault(stage: &Stage, fault: &Value) {
    stage.aws.add_fault(serde_json::from_value(fault.clone()).unwrap()).unwrap();
}

fn works(stage: &Stage, account: &str) -> bool {
    state(stage, account) == "ACTIVE"
}

fn state(stage: &Stage, account: &str) -> String {
    let organization = stage.aws.organization();
    let mut accounts = organization["accounts"].as_array().unwrap().iter();
    accounts.find(|one| one["id"] == account).unwrap()["state"].as_str().unwrap().to_owned()
}

/// What is to be told of a membership: what was made so, and of the rest what is true.
fn expected(
    mixed: &Mixed,
    truth: &BTreeMap<Membership, Result<(), String>>,
    (service, region, account): &Key,
) -> (State, &'static str) {
    let account = account.to_string();
    let signing_name = if service == "guardduty" { "guardduty" } else { "inspector2" };
    let membership = Membership { service: signing_name.to_owned(), region: region.clone(), account: account.clone() };
    match (service.as_str(), region.as_str(), state(&mixed.stage, &account).as_str()) {
        (_, _, "SUSPENDED") => (State::NotApplicable, "account-suspended"),
        (_, _, "CLOSED") => (State::NotApplicable, "account-closed"),
        ("inspector", "eu-west-1", _) => (State::Blocked, "denied-by-service-control-policy"),
        // Members could not be listed; what the administrator has on in its own account was seen.
        ("inspector", "ap-east-1", _) if account != mixed.stage.administrator => (State::Unknown, "not-observed"),
        _ if !truth.contains_key(&membership) => (State::NotApplicable, "region-off"),
        ("guardduty", ..) if account == mixed.exempt => (State::NotApplicable, "exempt"),
        ("guardduty", "eu-central-1", _) => (State::Blocked, "other-administrator"),
        ("guardduty", ..) if account == mixed.held => (State::Blocked, "held-by-other-administrator"),
        _ if truth[&membership].is_ok() => (State::Enrolled, ""),
        ("guardduty", ..) if account == mixed.stuck => (State::Pending, "just-written"),
        _ if account == mixed.stuck => (State::Pending, "already-done"),
        ("guardduty", ..) if account == mixed.weakened => (State::Missing, "action-failed"),
        _ => panic!("{membership:?} is not enrolled: {:?}", truth[&membership]),
    }
}

/// The memberships of the document, as they are counted: what no gap names is enrolled.
fn in_document(document: &CoverageDocument) -> BTreeMap<Key, Told> {
    let mut all = BTreeMap::new();
    for target in &document.targets {
        let mut named = BTreeSet::new();
        for gap in &target.gaps {
            let since = gap.since.map(|since| since.to_string()).unwrap_or_default();
            for account in &gap.accounts {
                assert!(named.insert(*account), "{account} is in two gaps of {:?}", target.key());
                let told = [gap.state.to_string(), gap.reason.clone(), since.clone(), gap.sentence.clone()];
                all.insert((target.service.clone(), target.region.to_string(), *account), told);
            }
        }
        let rest = document.accounts.keys().filter(|account| !named.contains(account));
        all.extend(rest.map(|account| ((target.service.clone(), target.region.to_string(), *account), enrolled())));
    }
    all
}

fn enrolled() -> Told {
    ["enrolled", "", "", ""].map(str::to_owned)
}

fn in_table(text: &str) -> BTreeMap<Key, Told> {
    let mut all = BTreeMap::new();
    for row in csv::Reader::from_reader(text.as_bytes()).deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        let key = (row["service"].clone(), row["region"].clone(), row["account"].parse().unwrap());
        let told = ["state", "reason", "since", "sentence"].map(|head| row[head].clone());
        assert_eq!(all.insert(key, told), None, "{row:?}");
    }
    all
}

/// The page tells since when to the second.
fn in_page(page: &str) -> BTreeMap<Key, Told> {
    let island = decode::island(page);
    let since = decode::since(&island);
    let told = decode::memberships(&island).into_iter().map(|(key, told)| {
        let told = told.map_or_else(enrolled, |(state, reason, sentence)| {
            let since = since.get(&key).map(ToString::to_string).unwrap_or_default();
            [state.to_string(), reason, since, sentence]
        });
        (key, told)
    });
    told.collect()
}

#[tokio::test]
async fn json_page_and_table_agree_with_the_truth_membership_by_membership() {
    let mixed = mixed().await;
    let stage = &mixed.stage;
    let first = serde_json::from_value(document(stage)).unwrap();
    let swept = sweep(stage).await;
    let read = |key: &str| stage.bucket.read_text(key).unwrap().unwrap();
    let document: CoverageDocument = serde_json::from_str(&read("coverage/latest.json")).unwrap();
    let told = in_document(&document);

    // The document against the truth.
    let truth = truth(stage).memberships;
    let accounts = stage.aws.organization()["accounts"].as_array().unwrap().len();
    assert_eq!(told.len(), 2 * REGIONS.len() * accounts, "each account in each target");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (key, told) in &told {
        let (wanted, reason) = expected(&mixed, &truth, key);
        *seen.entry(reason).or_default() += 1;
        if (told[0].as_str(), told[1].as_str()) != (wanted.as_str(), reason) {
            wrong.push((key, told, wanted, reason));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen.len(), 12, "a bit of everything: {seen:?}");
    for state in State::ALL {
        let count = told.values().filter(|told| told[0] == state.as_str()).count();
        assert_eq!(document.totals.memberships.count(state), count, "{state}");
    }

    // Since when: what the sweep before saw the same is as old as it was there.
    let before = in_document(&first);
    let mut kept = 0;
    for (key, told) in &told {
        let same = before.get(key).filter(|before| before[..2] == told[..2]);
        assert_eq!(told[2].is_empty(), ["enrolled", "not applicable"].contains(&told[0].as_str()), "{key:?}");
        if let Some(same) = same {
            assert_eq!(told[2], same[2], "{key:?}");
            kept += usize::from(!same[2].is_empty());
        } else {
            assert!(told[2].is_empty() || told[2] > document.run.started_at.to_string(), "{key:?}");
        }
    }
    assert!(kept > accounts, "the target that is denied, and more: {kept}");

    // Table and page against the document.
    assert_eq!(in_table(&read("coverage/latest.csv")), told);
    let to_the_second = told.into_iter().map(|(key, mut told)| {
        told[2] = told[2].split('.').next().unwrap().trim_end_matches('Z').to_owned();
        if !told[2].is_empty() {
            told[2].push('Z');
        }
        (key, told)
    });
    assert_eq!(in_page(&read("coverage/latest.html")), to_the_second.collect());
    assert_eq!(swept.report["page"], "s3://rollcall/coverage/latest.html");
    assert_eq!(swept.report["table"], "s3://rollcall/coverage/latest.csv");
    assert_eq!(document.trend.len(), 2);
    let names: BTreeSet<&str> = document.units.values().map(String::as_str).collect();
    assert_eq!(names, ["unit-1", "unit-2", "unit-3"].into());
    for title in ["Root", "unit-1", "unit-1 / unit-2", "unit-3"] {
        assert!(read("coverage/latest.csv").contains(&format!(",{title},guardduty,")), "{title}");
    }
}

/// A sweep's survey without its targets, and the payload of its report.
async fn surveyed(stage: &Stage, name: &str, second: usize) -> Value {
    let survey = stage.function("survey").await.unwrap();
    let started_at = format!("2026-11-22T08:00:{second:02}Z");
    let payload = json!({"run": name, "startedAt": started_at, "input": {}, "previous": null});
    let answer = survey.invoke(payload).await.unwrap().result.unwrap();
    json!({"run": answer["run"], "ends": []})
}

fn run_of_page(stage: &Stage) -> Value {
    decode::island(&stage.bucket.read_text("coverage/latest.html").unwrap().unwrap())["run"].clone()
}

/// The older one writes the document, and before it gets to write its page the newer one writes all.
#[tokio::test]
async fn reports_that_overlap_leave_the_page_of_the_newest_document() {
    let stage = stage(&options());
    let (older, newer) = (surveyed(&stage, "older", 1).await, surveyed(&stage, "newer", 2).await);
    let (slow, quick) = (stage.function("report").await.unwrap(), stage.function("report").await.unwrap());
    let held = stage.bucket.hold("coverage/latest.html");
    let meanwhile = async {
        held.wait().await;
        assert_eq!(document(&stage)["run"]["id"], "older");
        let answer = quick.invoke(newer).await.unwrap();
        assert_eq!(run_of_page(&stage), "newer");
        held.wait().await;
        answer
    };
    let (first, second) = futures::future::join(slow.invoke(older), meanwhile).await;
    for answer in [first.unwrap(), second] {
        assert_eq!(answer.result.unwrap()["page"], "s3://rollcall/coverage/latest.html");
    }
    assert_eq!(document(&stage)["run"]["id"], "newer");
    assert_eq!(run_of_page(&stage), "newer");
}

#[tokio::test]
async fn an_older_report_leaves_page_and_table_alone() {
    let stage = stage(&options());
    let (older, newer) = (surveyed(&stage, "older", 1).await, surveyed(&stage, "newer", 2).await);
    let report = stage.function("report").await.unwrap();
    let first = report.invoke(newer).await.unwrap().result.unwrap();
    assert_eq!(first["page"], "s3://rollcall/coverage/latest.html");
    let table = stage.bucket.read_text("coverage/latest.csv").unwrap();
    let second = report.invoke(older).await.unwrap().result.unwrap();
    assert_eq!((&second["page"], &second["latest"]), (&Value::Null, &json!(false)));
    assert_eq!(run_of_page(&stage), "newer");
    assert_eq!(stage.bucket.read_text("coverage/latest.csv").unwrap(), table);
}

#[tokio::test]
async fn a_page_that_cannot_be_written_costs_neither_the_document_nor_the_message() {
    let stage = stage(&options());
    // Something is in the way.
    stage.bucket.write("coverage/latest.html/in-the-way", "").unwrap();
    let payload = surveyed(&stage, "only", 1).await;
    let report = stage.function("report").await.unwrap();
    let answer = report.invoke(payload).await.unwrap().result.unwrap();
    assert_eq!(document(&stage)["run"]["id"], "only");
    assert!(answer["notification"]["message"].is_string(), "{answer}");
    assert_eq!((&answer["page"], &answer["table"]), (&Value::Null, &Value::Null));
    assert!(stage.bucket.read_text("coverage/latest.csv").unwrap().is_some(), "the table is written all the same");
    Log::of(&report).says(&["coverage/latest.html", "earlier sweep", "latest.json is right"]);
}
