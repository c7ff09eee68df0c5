//! What the stories share: setting the stage, sweeping, delivering events, and judging what came of it.

use std::collections::{BTreeMap, BTreeSet};

use organization_simulator::{Options, Record};
use rollcall_scenarios::{
    calls::is_write,
    function::Function,
    queue::{Delivery, deliver},
    stage::Stage,
    sweep::{Sweep, TargetEnd, WAIT},
    truth::Truth,
};
use serde_json::{Value, json};

/// So often a message is received before a story gives up.
pub(crate) const RECEIVES: usize = 5;

/// What a story's sweep came to.
pub(crate) struct Swept {
    pub(crate) ends: Vec<TargetEnd>,
    pub(crate) report: Value,
    pub(crate) log: Log,
}

/// What a story's event came to.
pub(crate) struct Delivered {
    pub(crate) delivery: Delivery,
    pub(crate) log: Log,
}

/// A function's log lines.
pub(crate) struct Log {
    lines: Vec<Value>,
    pub(crate) text: String,
}

/// Eight accounts, two regions that offer everything, and the rates that AWS documents.
pub(crate) fn options() -> Options {
    Options {
        accounts: 8,
        regions: ["us-east-1", "eu-west-1"].map(str::to_owned).to_vec(),
        documented_rates: true,
        ..Options::default()
    }
}

/// The same with switches set.
pub(crate) fn with_switches(switches: &[&str]) -> Options {
    Options { set: switches.iter().map(ToString::to_string).collect(), ..options() }
}

pub(crate) fn stage(options: &Options) -> Stage {
    Stage::start(options).unwrap()
}

/// An organization that was brought to its desired state.
pub(crate) async fn governed(options: &Options) -> Stage {
    let stage = stage(options);
    sweep(&stage).await;
    covered(&stage);
    // Some time passes: what was called is not held against what comes.
    stage.aws.advance(WAIT);
    stage.aws.clear_calls();
    stage
}

/// Re-asserts every target until each is done, as the state machine would.
pub(crate) async fn sweep(stage: &Stage) -> Swept {
    let sweep = Sweep::start(stage, 2).await.unwrap();
    let ended = sweep.run(stage, |_| ()).await.unwrap();
    let log = Log { lines: sweep.take_log(), text: sweep.output() };
    Swept { ends: ended.targets, report: ended.report, log }
}

/// Calls `reassert` once for one target.
pub(crate) async fn reassert(stage: &Stage, service: &str, region: &str) -> (Value, Log) {
    let function = stage.function("reassert").await.unwrap();
    let answer = function.invoke(json!({"service": service, "region": region})).await.unwrap();
    (answer.result.unwrap(), Log::of(&function))
}

/// Delivers messages as one batch, and again what comes back.
pub(crate) async fn enroll(stage: &Stage, bodies: &[String], receives: usize) -> Delivered {
    let function = stage.function("enroll-account").await.unwrap();
    let delivery = deliver(stage, &function, bodies, receives).await.unwrap();
    Delivered { delivery, log: Log::of(&function) }
}

/// Creates an account; gives its id and the body of the message about it.
pub(crate) fn newcomer(stage: &Stage) -> (String, String) {
    let number = stage.aws.organization()["accounts"].as_array().unwrap().len();
    let event = stage.aws.create_account("Newcomer", &format!("newcomer-{number}@example.com")).unwrap();
    let id = event.pointer("/detail/serviceEventDetails/createAccountStatus/accountId").unwrap();
    (id.as_str().unwrap().to_owned(), event.to_string())
}

/// The event of an account that was moved to another organizational unit.
pub(crate) fn moved(account: &str) -> String {
    let detail = json!({"eventName": "MoveAccount", "requestParameters": {"accountId": account}});
    json!({"source": "aws.organizations", "detail": detail}).to_string()
}

/// The accounts that are neither management nor administrator, in the order of their ids.
pub(crate) fn ordinary(stage: &Stage) -> Vec<String> {
    let organization = stage.aws.organization();
    let ids = organization["accounts"].as_array().unwrap().iter().map(|account| account["id"].as_str().unwrap());
    ids.filter(|id| *id != stage.management && *id != stage.administrator).map(str::to_owned).collect()
}

/// The bucket's policy from now on.
#[track_caller]
pub(crate) fn policy(stage: &Stage, text: &str) {
    stage.bucket.write("policy/policy.toml", text).unwrap();
}

/// Calls Organizations as the management account.
pub(crate) async fn organizations(stage: &Stage, operation: &str, input: Value) -> Value {
    let credential = format!("{}/20261122/us-east-1/organizations/aws4_request", stage.management);
    let authorization = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=0");
    let request = reqwest::Client::new()
        .post(stage.aws.url())
        .header("authorization", authorization)
        .header("x-amz-date", "20261122T080000Z")
        .header("x-amz-target", format!("AWSOrganizationsV20161128.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .body(input.to_string());
    let answer = request.send().await.unwrap();
    let (status, body) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{operation}: {status} {body}");
    serde_json::from_str(&body).unwrap_or_default()
}

/// Where an account is in the organization, from the root's id down.
pub(crate) async fn path(stage: &Stage, account: &str) -> Vec<String> {
    let described = organizations(stage, "DescribeAccount", json!({"AccountId": account})).await;
    let path = described["Account"]["Paths"][0].as_str().unwrap_or_default();
    path.split('/').filter(|part| part.starts_with("r-") || part.starts_with("ou-")).map(str::to_owned).collect()
}

/// Moves an account to another organizational unit, or to the root.
pub(crate) async fn move_to(stage: &Stage, account: &str, unit: &str) {
    let from = path(stage, account).await.pop().unwrap();
    if from == unit {
        return;
    }
    let input = json!({"AccountId": account, "SourceParentId": from, "DestinationParentId": unit});
    organizations(stage, "MoveAccount", input).await;
}

/// Makes a special state.
#[track_caller]
pub(crate) fn prepare(stage: &Stage, special: &Value) {
    stage.aws.prepare(special).unwrap();
}

pub(crate) fn truth(stage: &Stage) -> Truth {
    Truth::of(&stage.aws, &[("inspector2", "LAMBDA_CODE", "ap-east-1")])
}

/// Every applicable membership is enrolled, by the simulation's truth.
#[track_caller]
pub(crate) fn covered(stage: &Stage) {
    covered_but(stage, &[]);
}

/// Every applicable membership is enrolled but these: `(service, region, account)`; empty means every one.
#[track_caller]
pub(crate) fn covered_but(stage: &Stage, excepted: &[(&str, &str, &str)]) {
    let unknown: Vec<_> = stage.aws.calls().into_iter().filter(|call| call.status == 501).collect();
    assert!(unknown.is_empty(), "not simulated: {unknown:?}");
    let truth = truth(stage);
    let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
    let gaps: Vec<_> = truth
        .gaps()
        .filter(|(gap, _)| {
            !excepted.iter().any(|(service, region, account)| {
                is(service, &gap.service) && is(region, &gap.region) && is(account, &gap.account)
            })
        })
        .collect();
    assert!(gaps.is_empty(), "{} of {}: {gaps:#?}", truth.enrolled(), truth.applicable());
}

/// The row of the truth about a membership.
#[track_caller]
pub(crate) fn row(stage: &Stage, service: &str, region: &str, account: &str) -> Value {
    let rows = stage.aws.enrolment();
    let found =
        rows.into_iter().find(|row| row["service"] == service && row["region"] == region && row["account"] == account);
    found.unwrap_or(Value::Null)
}

/// The calls that change something.
pub(crate) fn writes(stage: &Stage) -> Vec<Record> {
    let calls = stage.aws.calls().into_iter();
    calls.filter(|call| is_write(&format!("{}:{}", call.service, call.operation))).collect()
}

/// Nothing was written.
#[track_caller]
pub(crate) fn nothing_written(stage: &Stage) {
    let written: Vec<_> =
        writes(stage).into_iter().map(|call| format!("{} {} {}", call.operation, call.region, call.request)).collect();
    assert!(written.is_empty(), "{written:#?}");
}

/// The newest coverage document.
pub(crate) fn document(stage: &Stage) -> Value {
    stage.bucket.read("coverage/latest.json").unwrap()
}

/// The reasons that the newest coverage document gives for a target's gaps.
pub(crate) fn gaps(stage: &Stage, service: &str, region: &str) -> BTreeSet<String> {
    let service = rollcall_runtime::find(service).unwrap().spec.id.as_str();
    let document = document(stage);
    let mut targets = document["targets"].as_array().unwrap().iter();
    let target = targets.find(|target| target["service"] == service && target["region"] == region).unwrap();
    target["gaps"].as_array().unwrap().iter().map(|gap| gap["reason"].as_str().unwrap().to_owned()).collect()
}

/// Why the newest coverage document leaves a service's region out.
pub(crate) fn excluded(stage: &Stage, service: &str, region: &str) -> Option<String> {
    let service = rollcall_runtime::find(service).unwrap().spec.id.as_str();
    let document = document(stage);
    let mut excluded = document["excluded"].as_array().unwrap().iter();
    let found = excluded.find(|excluded| excluded["service"] == service && excluded["region"] == region)?;
    Some(found["reason"].as_str().unwrap().to_owned())
}

/// How many successful or failed calls of an operation were made in a region.
pub(crate) fn count(stage: &Stage, operation: &str, region: &str) -> usize {
    stage.aws.calls().iter().filter(|call| call.operation == operation && call.region == region).count()
}

/// Everything that was called only adds, and nothing that was on before is off now.
#[track_caller]
pub(crate) fn only_added(stage: &Stage, before: &[Value]) {
    const ADDITIVE: [&str; 13] = [
        "guardduty:CreateDetector",
        "guardduty:CreateMembers",
        "guardduty:EnableOrganizationAdminAccount",
        "guardduty:StartMonitoringMembers",
        "guardduty:UpdateDetector",
        "guardduty:UpdateMemberDetectors",
        "guardduty:UpdateOrganizationConfiguration",
        "inspector2:AssociateMember",
        "inspector2:BatchUpdateMemberEc2DeepInspectionStatus",
        "inspector2:Enable",
        "inspector2:EnableDelegatedAdminAccount",
        "inspector2:UpdateEc2DeepInspectionConfiguration",
        "inspector2:UpdateOrganizationConfiguration",
    ];
    for call in writes(stage) {
        let name = format!("{}:{}", call.service, call.operation);
        let trust = name == "organizations:EnableAWSServiceAccess";
        assert!(trust || ADDITIVE.contains(&name.as_str()), "{name} is not additive");
        let request = call.request.to_string();
        // A new detector names every feature, wanted or not.
        let lowers =
            ["\"DISABLED\"", "\"NONE\"", "\"enable\":false", "\"DEACTIVATED\"", "\"activateDeepInspection\":false"];
        let new = call.operation == "CreateDetector";
        assert!(new || !lowers.iter().any(|word| request.contains(word)), "{name} {request}");
    }
    let key = |row: &Value| ["service", "region", "account"].map(|part| row[part].as_str().unwrap().to_owned());
    let after: BTreeMap<_, _> = stage.aws.enrolment().into_iter().map(|row| (key(&row), row)).collect();
    for row in before {
        let now = after.get(&key(row)).unwrap_or(&Value::Null);
        for (feature, status) in row["features"].as_object().unwrap() {
            let on = |status: &Value| status == "ENABLED" || status == "ACTIVATED";
            assert!(!on(status) || on(&now["features"][feature]), "{feature} was on: {row}\nnow {now}");
        }
    }
}

/// The reasons that a log gives for memberships that are not enrolled: `(service, region) → codes`.
pub(crate) fn reasons(log: &Log) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut reasons: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for line in log.lines.iter().filter(|line| line["reason"].is_string() && line["state"].is_string()) {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        reasons.entry((text("service"), text("region"))).or_default().insert(text("reason"));
    }
    reasons
}

impl Swept {
    /// How a target ended.
    #[track_caller]
    pub(crate) fn end(&self, service: &str, region: &str) -> &TargetEnd {
        let service = rollcall_runtime::find(service).unwrap().spec.id.as_str();
        self.ends.iter().find(|end| end.service == service && end.region == region).unwrap()
    }

    /// The outcomes of all targets, each once.
    pub(crate) fn outcomes(&self) -> BTreeSet<&str> {
        self.ends.iter().map(TargetEnd::outcome).collect()
    }
}

impl Delivered {
    /// Every message was acknowledged.
    #[track_caller]
    pub(crate) fn acknowledged(&self) -> &Self {
        let Delivery { receives, left } = &self.delivery;
        assert!(left.is_empty(), "messages {left:?} come back after {receives} receives:\n{}", self.log.text);
        self
    }
}

impl Log {
    /// The log lines so far of a function.
    pub(crate) fn of(function: &Function) -> Self {
        Self { lines: function.take_log(), text: function.output() }
    }

    /// The lines with this value.
    pub(crate) fn with<'a>(&'a self, key: &'a str, value: &'a str) -> impl Iterator<Item = &'a Value> {
        self.lines.iter().filter(move |line| line[key] == value)
    }

    /// One line has all these words.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> &Self {
        let has = |line: &str| words.iter().all(|word| line.contains(word));
        assert!(self.text.lines().any(has), "no line says {words:?}:\n{}", self.text);
        self
    }
}
