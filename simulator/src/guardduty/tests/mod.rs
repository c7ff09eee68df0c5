//! What GuardDuty does, told as stories of a small organization. No I/O.

mod administrator;
mod configuration;
mod detectors;
mod member_features;
mod members;
mod policy;
mod reductions;

use serde_json::{Value, json};

use super::{
    SERVICE, account_joined, enrolment, policy_type_disabled, prepare, refusals, region_opted_in, settle,
    switches::{Automation, ExceptionAccount, UnreachableAccounts},
};
use crate::{
    organization::{Account, AccountState, JoinedMethod, OptIn},
    service::{Answer, Call, Caller},
    transition::Moving,
    world::{Denial, World},
};

const MANAGEMENT: &str = "100000000001";
const ADMINISTRATOR: &str = "100000000002";
const ONE: &str = "100000000003";
const TWO: &str = "100000000004";
const SUSPENDED: &str = "100000000005";
const OUTSIDER: &str = "900000000009";
const REGION: &str = "eu-west-1";
const OPT_IN: &str = "ap-east-1";

/// The simulated AWS with a clock moved by hand.
struct Aws(World);

impl Aws {
    /// An organization in which nothing is enabled, but with trusted access.
    fn new() -> Self {
        let mut aws = Self(World { epoch_millis: 1_795_000_000_000, ..World::default() });
        aws.0.organization.management = MANAGEMENT.to_owned();
        aws.0.organization.regions = vec![REGION.to_owned(), OPT_IN.to_owned()];
        for id in [MANAGEMENT, ADMINISTRATOR, ONE, TWO] {
            aws.add(id, AccountState::Active);
        }
        aws.add(SUSPENDED, AccountState::Suspended);
        aws.0.trust("guardduty.amazonaws.com");
        aws
    }

    /// The same with a designated administrator.
    fn governed() -> Self {
        let mut aws = Self::new();
        aws.ok(MANAGEMENT, "EnableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR}));
        aws
    }

    /// The same with one member.
    fn with_member() -> Self {
        let mut aws = Self::governed();
        assert_eq!(aws.create(&[ONE]), json!([]));
        aws.pass(2_000);
        aws
    }

    fn add(&mut self, id: &str, state: AccountState) {
        let account = Account {
            id: id.to_owned(),
            name: id.to_owned(),
            email: format!("{id}@example.com"),
            state,
            usable_at: 0,
            joined_method: JoinedMethod::Created,
            joined_epoch_millis: 0,
            parent: "r-test".to_owned(),
            regions: [].into(),
            regions_usable_at: [].into(),
            tags: [].into(),
        };
        self.0.organization.accounts.insert(id.to_owned(), account);
    }

    fn opt(&mut self, account: &str, status: OptIn) {
        let account = self.0.organization.accounts.get_mut(account).unwrap();
        account.regions.insert(OPT_IN.to_owned(), Moving::settled(status));
    }

    fn join(&mut self, id: &str) {
        self.add(id, AccountState::Active);
        account_joined(&mut self.0, id);
    }

    fn pass(&mut self, milliseconds: u64) {
        self.0.now += milliseconds;
        settle(&mut self.0);
    }

    fn call_in(&mut self, region: &str, account: &str, operation: &str, mut input: Value) -> Answer {
        settle(&mut self.0);
        let known = super::regional(&self.0, region).and_then(|regional| regional.detector(account));
        if let Some(detector) = known.filter(|_| input.get("DetectorId").is_none()) {
            input["DetectorId"] = detector.id().into();
        }
        let (_, operate) = SERVICE.operations.iter().find(|(name, _)| *name == operation).unwrap();
        let call = Call {
            caller: Caller::root(account),
            region: region.to_owned(),
            service: "guardduty",
            operation: operation.to_owned(),
            input,
        };
        operate(&mut self.0, &call)
    }

    fn call(&mut self, account: &str, operation: &str, input: Value) -> Answer {
        self.call_in(REGION, account, operation, input)
    }

    fn ok(&mut self, account: &str, operation: &str, input: Value) -> Value {
        self.call(account, operation, input).unwrap()
    }

    fn refused(&mut self, account: &str, operation: &str, input: Value) -> String {
        let refusal = self.call(account, operation, input).unwrap_err();
        assert_eq!((refusal.status, refusal.code.as_str()), (400, "BadRequestException"));
        refusal.message
    }

    fn create(&mut self, accounts: &[&str]) -> Value {
        self.create_in(REGION, accounts)
    }

    fn create_in(&mut self, region: &str, accounts: &[&str]) -> Value {
        let details: Vec<Value> =
            accounts.iter().map(|account| json!({"accountId": account, "email": "a@b.c"})).collect();
        let answer = self.call_in(region, ADMINISTRATOR, "CreateMembers", json!({"accountDetails": details}));
        answer.unwrap()["unprocessedAccounts"].clone()
    }

    /// An operation of the administrator on accounts; what comes back unprocessed.
    fn on(&mut self, operation: &str, accounts: &[&str]) -> Value {
        self.ok(ADMINISTRATOR, operation, json!({"accountIds": accounts}))["unprocessedAccounts"].clone()
    }

    fn configure(&mut self, members: &str, features: &Value) {
        let input = json!({"autoEnableOrganizationMembers": members, "features": features});
        self.ok(ADMINISTRATOR, "UpdateOrganizationConfiguration", input);
    }

    fn members(&mut self, input: Value) -> Vec<(String, String)> {
        let answer = self.ok(ADMINISTRATOR, "ListMembers", input);
        let text = |member: &Value, name: &str| member[name].as_str().unwrap().to_owned();
        let members = answer["members"].as_array().unwrap().iter();
        members.map(|member| (text(member, "accountId"), text(member, "relationshipStatus"))).collect()
    }

    fn relationship(&self, region: &str, account: &str) -> Option<String> {
        let row = self.row(region, account)?;
        Some(row["relationship"].as_str().unwrap().to_owned())
    }

    fn feature(&self, account: &str, feature: &str) -> Option<String> {
        let row = self.row(REGION, account)?;
        Some(row["features"].get(feature)?.as_str().unwrap().to_owned())
    }

    fn row(&self, region: &str, account: &str) -> Option<Value> {
        enrolment(&self.0).into_iter().find(|row| row["region"] == region && row["account"] == account)
    }
}

fn one_unprocessed(account: &str, result: &str) -> Value {
    json!([{"accountId": account, "result": result}])
}

fn feature(name: &str, status: &str) -> Value {
    json!([{"name": name, "status": status}])
}

fn auto(name: &str, setting: &str) -> Value {
    json!([{"name": name, "autoEnable": setting}])
}
