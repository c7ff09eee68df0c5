//! The simulator over raw HTTP on loopback, without any SDK. Does I/O: sockets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod permissions;
mod saved;

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use organization_simulator::{Fault, FaultKind, Options, Simulator};
use serde_json::{Value, json};

const MANAGEMENT: &str = "111111111111";

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends one request; None: the connection was closed without an answer.
fn send(simulator: &Simulator, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(simulator.address()).unwrap();
    let headers: String = headers.iter().map(|(name, value)| name.to_string() + ": " + value + "\r\n").collect();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

fn signed(account: &str, region: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={account}/20261117/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

fn identity(simulator: &Simulator, key: &str) -> Option<Answer> {
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    send(simulator, "POST", "/", &[("authorization", &signed(key, "us-east-1", "sts"))], body)
}

fn organizations(simulator: &Simulator, operation: &str, input: &Value) -> Answer {
    let target = format!("AWSOrganizationsV20161128.{operation}");
    let headers = [("authorization", signed(MANAGEMENT, "us-east-1", "organizations")), ("x-amz-target", target)];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    send(simulator, "POST", "/", &headers, &input.to_string()).unwrap()
}

fn start(options: &Options) -> Simulator {
    Simulator::start(options).unwrap()
}

#[test]
fn each_protocol_answers_in_its_own_way() {
    let simulator = start(&Options::default());
    let sts = identity(&simulator, MANAGEMENT).unwrap();
    assert!(sts.head.contains("content-type: text/xml") && sts.head.contains("x-amzn-requestid: "));
    assert!(sts.body.contains("<Account>111111111111</Account>"));

    let described = organizations(&simulator, "DescribeOrganization", &json!({}));
    assert!(described.head.contains("content-type: application/x-amz-json-1.1"));
    assert_eq!(described.json()["Organization"]["MasterAccountId"], MANAGEMENT);
    let refused = organizations(&simulator, "DescribeAccount", &json!({"AccountId": "12"}));
    assert_eq!((refused.status, &refused.json()["__type"]), (400, &json!("InvalidInputException")));

    let authorization = signed(MANAGEMENT, "eu-west-1", "guardduty");
    let rest = send(&simulator, "GET", "/detector?maxResults=51", &[("authorization", &authorization)], "").unwrap();
    assert!(rest.head.contains("x-amzn-errortype: badrequestexception"));
    assert_eq!(rest.status, 400);
}

#[test]
fn what_is_not_simulated_or_not_signed_is_refused() {
    let simulator = start(&Options::default());
    let authorization = signed(MANAGEMENT, "eu-west-1", "guardduty");
    let unknown = send(&simulator, "GET", "/detector/d/filter", &[("authorization", &authorization)], "").unwrap();
    assert_eq!(unknown.status, 501);
    let service = signed(MANAGEMENT, "eu-west-1", "macie2");
    assert_eq!(send(&simulator, "GET", "/macie", &[("authorization", &service)], "").unwrap().status, 501);
    assert_eq!(send(&simulator, "GET", "/detector", &[], "").unwrap().status, 403);
    let unreadable = send(&simulator, "POST", "/admin/enable", &[("authorization", &authorization)], "[1").unwrap();
    assert!(unreadable.head.contains("serializationexception"));
    let statuses: Vec<u16> = simulator.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [501, 501, 403, 400]);
}

#[test]
fn a_dropped_connection_is_closed_without_an_answer() {
    let simulator = start(&Options::default());
    let drop = Fault { kind: FaultKind::Drop, service: Some("sts".to_owned()), nth: Some(1), ..Fault::default() };
    simulator.add_fault(drop).unwrap();
    assert!(identity(&simulator, MANAGEMENT).is_none());
    assert_eq!(identity(&simulator, MANAGEMENT).unwrap().status, 200);
    assert_eq!(simulator.calls()[0].status, 0);
}

#[test]
fn a_new_account_is_told_by_the_event_of_its_creation() {
    let simulator = start(&Options::default());
    let body = json!({"name": "vended", "email": "vended@example.com"}).to_string();
    let event = send(&simulator, "POST", "/_simulator/accounts", &[], &body).unwrap().json();
    assert_eq!(
        (&event["source"], &event["detail-type"]),
        (&json!("aws.organizations"), &json!("AWS Service Event via CloudTrail"))
    );
    assert_eq!(event["detail"]["eventName"], "CreateAccountResult");
    let status = &event["detail"]["serviceEventDetails"]["createAccountStatus"];
    assert_eq!(status["state"], "SUCCEEDED");
    let described = organizations(&simulator, "DescribeAccount", &json!({"AccountId": status["accountId"]}));
    assert_eq!(described.json()["Account"]["Name"], "vended");

    let again = simulator.create_account("vended", "vended@example.com").unwrap();
    let status = &again["detail"]["serviceEventDetails"]["createAccountStatus"];
    assert_eq!((&status["state"], &status["accountId"]), (&json!("FAILED"), &Value::Null));
    assert!(simulator.create_account("x", "no address").is_err());
}

#[test]
fn an_opt_in_is_told_by_its_event_and_takes_its_time() {
    let simulator = start(&Options { region_off: vec!["2:ap-east-1".to_owned()], ..Options::default() });
    let organization = simulator.organization();
    let off = |account: &&Value| account["regions"]["ap-east-1"] == "DISABLED";
    let accounts: Vec<&Value> = organization["accounts"].as_array().unwrap().iter().filter(off).collect();
    assert_eq!(accounts.len(), 2);
    let account = accounts[0]["id"].as_str().unwrap();
    let body = json!({"account": account, "region": "ap-east-1", "status": "ENABLING"}).to_string();
    let event = send(&simulator, "POST", "/_simulator/regions", &[], &body).unwrap().json();
    assert_eq!(event["detail-type"], "Region Opt-In Status Change");
    assert_eq!(event["detail"], json!({"accountId": account, "regionName": "ap-east-1", "status": "ENABLING"}));
    let authorization = signed(account, "ap-east-1", "guardduty");
    let call = || send(&simulator, "GET", "/detector", &[("authorization", &authorization)], "").unwrap();
    assert_eq!(call().status, 403);
    let later = json!({"advance-ms": 2_000}).to_string();
    assert_eq!(send(&simulator, "POST", "/_simulator/clock", &[], &later).unwrap().status, 200);
    assert_eq!(call().status, 200);
}

#[test]
fn latency_does_not_hold_others_back() {
    let simulator = start(&Options { latency_ms: 200, ..Options::default() });
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| identity(&simulator, MANAGEMENT));
        }
    });
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_simulator_that_forgets_its_calls_answers_all_the_same() {
    for forget_calls in [false, true] {
        let simulator = start(&Options { forget_calls, ..Options::default() });
        assert_eq!(identity(&simulator, MANAGEMENT).unwrap().status, 200);
        assert_eq!(simulator.calls().is_empty(), forget_calls);
    }
}

#[test]
fn a_simulator_that_is_dropped_listens_no_more() {
    let simulator = start(&Options::default());
    let address = simulator.address();
    drop(simulator);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn an_expired_session_is_refused_and_still_has_a_name() {
    let simulator = start(&Options::default());
    let assume = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2Fany&RoleSessionName=test";
    let form = ("content-type", "application/x-www-form-urlencoded");
    let authorization = signed(MANAGEMENT, "us-east-1", "sts");
    send(&simulator, "POST", "/", &[("authorization", &authorization), form], assume).unwrap();
    let credentials = &simulator.calls()[0].response["Credentials"];
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
    simulator.advance(Duration::from_secs(3_601));
    let authorization = signed(&text("AccessKeyId"), "us-east-1", "guardduty");
    let token = text("SessionToken");
    let headers = [("authorization", authorization.as_str()), ("x-amz-security-token", token.as_str())];
    assert_eq!(send(&simulator, "GET", "/detector", &headers, "").unwrap().status, 403);
    let calls = simulator.calls();
    assert_eq!(calls[1].error.as_deref(), Some("ExpiredTokenException"));
    assert_eq!(calls[1].account, "222222222222");
}

#[test]
fn options_that_make_no_sense_are_told() {
    let wrong = |options: Options| Simulator::start(&options).unwrap_err().to_string();
    assert!(wrong(Options { accounts: 0, ..Options::default() }).contains("too few"));
    assert!(wrong(Options { accounts: 2, suspended: 1, ..Options::default() }).contains("too few"));
    let set = vec!["no-such-switch=1".to_owned()];
    assert!(wrong(Options { set, ..Options::default() }).contains("no-such-switch"));
    let region_off = vec!["1:us-east-1".to_owned()];
    assert!(wrong(Options { region_off, ..Options::default() }).contains("on by default"));
    let state = vec![r#"{"kind": "upside-down"}"#.to_owned()];
    assert!(wrong(Options { state, ..Options::default() }).contains("upside-down"));
    let regions = vec!["us-east-1".to_owned(), "us-east-1".to_owned()];
    assert!(wrong(Options { regions, ..Options::default() }).contains("twice"));
    let region_off = vec!["11:ap-east-1".to_owned()];
    assert!(wrong(Options { region_off, ..Options::default() }).contains("only 10"));
    let region_off = vec!["1:af-south-1".to_owned()];
    assert!(wrong(Options { region_off, ..Options::default() }).contains("no region af-south-1"));
    let service_not_offered = vec!["inspector:eu-west-1".to_owned()];
    assert!(wrong(Options { service_not_offered, ..Options::default() }).contains("no service `inspector`"));
    let feature_not_offered = vec!["guardduty:LAMBDA_CODE:eu-west-1".to_owned()];
    assert!(wrong(Options { feature_not_offered, ..Options::default() }).contains("no feature `LAMBDA_CODE`"));
    let state = vec![r#"{"service": "guardduty", "accounts": [], "regions": ["eu-west-9"]}"#.to_owned()];
    assert!(wrong(Options { state, ..Options::default() }).contains("no region eu-west-9"));
    assert!(wrong(Options { transition_ms: u64::MAX, ..Options::default() }).contains("at most"));
    let fault = vec!["{}".to_owned()];
    assert!(wrong(Options { fault, ..Options::default() }).contains("`kind` is missing"));
}

#[test]
fn mistakes_over_the_control_door_are_400_and_404() {
    let simulator = start(&Options::default());
    let status = |method: &str, path: &str, body: &str| send(&simulator, method, path, &[], body).unwrap().status;
    assert_eq!(status("POST", "/_simulator/faults", r#"{"service": "sts"}"#), 400);
    assert_eq!(status("POST", "/_simulator/faults", r#"{"kind": "drop", "nth": 0}"#), 400);
    assert_eq!(status("POST", "/_simulator/accounts", "{"), 400);
    assert_eq!(status("POST", "/_simulator/regions", r#"{"account": "1", "region": "x", "status": "ENABLED"}"#), 400);
    assert_eq!(status("GET", "/_simulator/nothing", ""), 404);
    assert_eq!(status("POST", "/_simulator/settings", r#"{"empty-pages": true}"#), 200);
    assert_eq!(status("POST", "/_simulator/settings", r#"{"empty-pages": 7}"#), 400);
    assert_eq!(status("POST", "/_simulator/settings", "[1]"), 400);
    assert_eq!(status("POST", "/_simulator/clock", r#"{"advance-ms": 18446744073709551615}"#), 400);
    simulator.advance(Duration::MAX);
    assert_eq!(identity(&simulator, MANAGEMENT).unwrap().status, 200);
}

#[test]
fn reads_may_be_stale_for_a_while() {
    let options = Options { set: vec!["stale-reads-ms=1000".to_owned()], transition_ms: 0, ..Options::default() };
    let simulator = start(&options);
    let authorization = signed(MANAGEMENT, "eu-west-1", "guardduty");
    let call = |method: &str, body: &str| {
        send(&simulator, method, "/detector", &[("authorization", &authorization)], body).unwrap().json()
    };
    let created = call("POST", r#"{"enable": true}"#);
    assert_eq!(call("GET", "")["detectorIds"], json!([]));
    simulator.advance(Duration::from_secs(2));
    assert_eq!(call("GET", "")["detectorIds"], json!([created["detectorId"]]));
}

#[test]
fn public_parameters_tell_where_services_are() {
    let regions = ["us-east-1", "ap-southeast-6", "eu-west-1"].map(str::to_owned).to_vec();
    let service_not_offered = vec!["guardduty:eu-west-1".to_owned()];
    let simulator = start(&Options { regions, documented_offers: true, service_not_offered, ..Options::default() });
    let found = |region: &str, service: &str| {
        let path = format!("/aws/service/global-infrastructure/services/{service}/regions");
        let (authorization, target) = (signed(MANAGEMENT, region, "ssm"), "AmazonSSM.GetParametersByPath");
        let headers = [("authorization", authorization.as_str()), ("x-amz-target", target)];
        let answer = send(&simulator, "POST", "/", &headers, &json!({"Path": path}).to_string()).unwrap().json();
        let parameters = answer["Parameters"].as_array().unwrap().iter();
        parameters.map(|parameter| parameter["Value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("us-east-1", "guardduty"), ["us-east-1", "ap-southeast-6"]);
    assert_eq!(found("eu-west-1", "inspector2"), ["us-east-1", "eu-west-1"]);
    assert!(found("ap-southeast-6", "guardduty").is_empty(), "the path is not supported there");
}

#[test]
fn members_are_spread_over_organizational_units() {
    let listed = |units: usize| {
        let simulator = start(&Options { accounts: 8, organizational_units: units, ..Options::default() });
        organizations(&simulator, "ListAccounts", &json!({})).json()["Accounts"].as_array().unwrap().clone()
    };
    // o-…/r-…/ou-…/…/account/: how many units there are above the account.
    let depth = |account: &Value| account["Paths"][0].as_str().unwrap().split('/').count() - 4;
    assert!(listed(0).iter().all(|account| depth(account) == 0));
    let accounts = listed(3);
    let mut at = [0, 0, 0];
    for account in &accounts {
        at[depth(account)] += 1;
        let fields = ["Id", "Arn", "Email", "Name", "State", "JoinedMethod", "JoinedTimestamp", "Paths"];
        assert!(fields.iter().all(|field| !account[field].is_null()), "{account}");
    }
    assert_eq!(at, [1, 5, 2], "the management account is in the root, the second unit within the first");
    let unplaced = |accounts: &[Value]| accounts.iter().map(|account| account["Id"].clone()).collect::<Vec<_>>();
    assert_eq!(unplaced(&accounts), unplaced(&listed(0)), "the accounts are the same");
    let placed = |accounts: &[Value]| accounts.iter().map(|account| account["Paths"].clone()).collect::<Vec<_>>();
    assert_eq!(placed(&accounts), placed(&listed(3)), "the same seed makes the same units");
}

#[test]
fn a_new_account_has_joined_now() {
    let simulator = start(&Options { organizational_units: 2, ..Options::default() });
    let joined = |name: &str| {
        let accounts = organizations(&simulator, "ListAccounts", &json!({})).json();
        let named = |account: &&Value| account["Name"] == name;
        accounts["Accounts"].as_array().unwrap().iter().find(named).unwrap()["JoinedTimestamp"].as_f64().unwrap()
    };
    simulator.advance(Duration::from_hours(1));
    simulator.create_account("vended", "vended@example.com").unwrap();
    let age = joined("vended") - joined("account-3");
    assert!((3_600.0..3_660.0).contains(&age), "{age}");
}

#[test]
fn the_record_names_the_calling_application() {
    let simulator = start(&Options::default());
    let authorization = signed(MANAGEMENT, "eu-west-1", "guardduty");
    let headers = [("authorization", authorization.as_str()), ("user-agent", "Boto3/1.44 app/trial")];
    send(&simulator, "GET", "/detector", &headers, "").unwrap();
    send(&simulator, "GET", "/detector/d/filter", &headers, "").unwrap();
    send(&simulator, "GET", "/detector", &headers[..1], "").unwrap();
    let said: Vec<Option<String>> = simulator.calls().into_iter().map(|call| call.application).collect();
    assert_eq!(said, [Some("trial".to_owned()), Some("trial".to_owned()), None]);
    assert_eq!(send(&simulator, "GET", "/_simulator/calls", &[], "").unwrap().json()[0]["application"], "trial");
}

#[test]
fn suspended_and_closed_accounts_cannot_call() {
    let simulator = start(&Options { suspended: 1, closed: 1, ..Options::default() });
    let organization = simulator.organization();
    let mut inactive = organization["accounts"].as_array().unwrap().clone();
    inactive.retain(|account| account["state"] != "ACTIVE");
    assert_eq!(inactive.len(), 2);
    for account in &inactive {
        let answer = identity(&simulator, account["id"].as_str().unwrap()).unwrap();
        assert!(answer.status == 403 && answer.body.contains("InvalidClientTokenId"));
    }
}
