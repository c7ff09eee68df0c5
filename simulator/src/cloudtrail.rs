//! The simulated service `cloudtrail`: which trails an account has or sees, and what they log. No I/O.
//!
//! Behaviour without another source in a comment is of AWS's model and its documentation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    service::{Answer, Call, Refusal, Service},
    states,
    world::World,
};

/// The service, as the wire sees it.
pub(crate) const SERVICE: Service = Service {
    name: "cloudtrail",
    operations: &[
        ("DescribeTrails", describe),
        ("GetEventSelectors", get_event_selectors),
        ("GetTrailStatus", get_status),
    ],
};

const PRINCIPAL: &str = "cloudtrail.amazonaws.com";

/// The trails by their ARNs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    trails: BTreeMap<String, Trail>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Trail {
    settings: Settings,
    /// When logging was started or stopped last, in world time.
    since: u64,
}

/// A trail, as a special state describes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(crate) struct Settings {
    /// Who it belongs to.
    account: String,
    /// Where it was created.
    region: String,
    #[serde(default = "default_name")]
    name: String,
    #[serde(default)]
    multi_region: bool,
    #[serde(default)]
    organization: bool,
    #[serde(default = "yes")]
    logging: bool,
    #[serde(default)]
    management_events: ManagementEvents,
    /// What is logged is said by advanced event selectors instead of basic ones.
    #[serde(default)]
    advanced_selectors: bool,
}

fn default_name() -> String {
    "trail".to_owned()
}

fn yes() -> bool {
    true
}

/// Which management events are logged: `ReadWriteType` of AWS's model, or none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum ManagementEvents {
    #[default]
    All,
    ReadOnly,
    WriteOnly,
    None,
}

/// The special state of a trail; one with the same account, region and name is replaced.
pub(crate) fn prepare(world: &mut World, settings: Settings) -> Result<(), String> {
    states::known(world, &settings.account)?;
    states::known_region(world, &settings.region)?;
    if !is_name(&settings.name) {
        return Err(format!("`{}` is no name of a trail", settings.name));
    }
    if settings.organization {
        // A delegated administrator's is the management account's too.
        if !world.organization.is_management(&settings.account) {
            return Err("an organization trail belongs to the management account".to_owned());
        }
        world.trust(PRINCIPAL);
    }
    let arn = arn(&settings.region, &settings.account, &settings.name);
    world.cloudtrail.trails.insert(arn, Trail { settings, since: world.now });
    Ok(())
}

fn arn(region: &str, account: &str, name: &str) -> String {
    format!("arn:aws:cloudtrail:{region}:{account}:trail/{name}")
}

/// The ARN of the trail that a call names by its name or ARN; a name is one of the caller's in the region.
pub(crate) fn named(call: &Call, name: &str) -> String {
    if name.starts_with("arn:") { name.to_owned() } else { arn(&call.region, &call.caller.account, name) }
}

/// Names: between 3 and 128 letters, digits, and periods, underscores or dashes that are neither at an end nor adjacent.
fn is_name(name: &str) -> bool {
    let special = |letter: u8| matches!(letter, b'.' | b'_' | b'-');
    let letters = name.as_bytes();
    (3..=128).contains(&letters.len())
        && letters.iter().all(|letter| letter.is_ascii_alphanumeric() || special(*letter))
        && ![letters.first(), letters.last()].into_iter().flatten().any(|letter| special(*letter))
        && !letters.iter().zip(letters.iter().skip(1)).any(|(one, next)| special(*one) && special(*next))
}

impl Settings {
    /// Whether the trail is the caller's own, in the region where it was created. Others are shadow trails.
    fn is_at_home(&self, call: &Call) -> bool {
        self.account == call.caller.account && self.region == call.region
    }

    /// Whether the caller sees it: an organization trail is replicated in the accounts of the organization.
    fn is_visible(&self, world: &World, call: &Call) -> bool {
        let account = &call.caller.account;
        self.account == *account || self.organization && world.organization.is_member(account)
    }

    /// Whether it is there, or a replication of it.
    fn is_in(&self, region: &str) -> bool {
        self.region == region || self.multi_region
    }
}

/// Without names all trails of the region, with shadow trails unless they are not wanted. A name is of the region's own
/// trails, an ARN of any; what does not exist is left out, which is inferred.
fn describe(world: &mut World, call: &Call) -> Answer {
    let names = call.input.get("trailNameList").and_then(Value::as_array).filter(|names| !names.is_empty());
    let asked = names.map(|names| names.iter().filter_map(Value::as_str).map(|name| checked(call, name)).collect());
    let asked: Option<Vec<String>> = asked.transpose()?;
    let shadows = call.input.get("includeShadowTrails").and_then(Value::as_bool).unwrap_or(true);
    let is_wanted = |arn: &String, settings: &Settings| match &asked {
        None => settings.is_in(&call.region) && (shadows || settings.is_at_home(call)),
        Some(asked) => asked.contains(arn),
    };
    let trails = world.cloudtrail.trails.iter();
    let listed: Value = trails
        .filter(|(arn, trail)| trail.settings.is_visible(world, call) && is_wanted(arn, &trail.settings))
        .map(|(arn, trail)| trail_json(arn, &trail.settings))
        .collect();
    Ok(json!({"trailList": listed}))
}

/// `Trail` of AWS's model.
fn trail_json(arn: &str, settings: &Settings) -> Value {
    json!({
        "Name": settings.name,
        "S3BucketName": format!("aws-cloudtrail-logs-{}", settings.account),
        "IncludeGlobalServiceEvents": true,
        "IsMultiRegionTrail": settings.multi_region,
        "HomeRegion": settings.region,
        "TrailARN": arn,
        "LogFileValidationEnabled": true,
        "HasCustomEventSelectors": settings.advanced_selectors || settings.management_events != ManagementEvents::All,
        "HasInsightSelectors": false,
        "IsOrganizationTrail": settings.organization,
    })
}

/// The ARN of the trail that a call names, which must look like one. The wordings are inferred.
fn checked(call: &Call, name: &str) -> Result<String, Refusal> {
    let arn = named(call, name);
    match arn.rsplit_once(":trail/") {
        Some((_, name)) if is_name(name) => Ok(arn),
        Some(_) if !name.starts_with("arn:") => {
            Err(refuse("InvalidTrailNameException", format!("The trail name is not valid: {name}")))
        }
        _ => Err(refuse("CloudTrailARNInvalidException", format!("The trail ARN is not valid: {name}"))),
    }
}

/// The trail that the parameter names. "To get the status of a shadow trail (a replication of the trail in another
/// Region), you must specify its ARN." Seen in public code: a member sees an organization trail by the management
/// account's ARN; the message of an unknown trail. That event selectors are told in every region is inferred.
fn known<'a>(world: &'a World, call: &Call, parameter: &str) -> Result<(String, &'a Trail), Refusal> {
    let arn = checked(call, call.input.get(parameter).and_then(Value::as_str).unwrap_or_default())?;
    let trail = world.cloudtrail.trails.get(&arn);
    let trail = trail.filter(|trail| trail.settings.is_visible(world, call) && trail.settings.is_in(&call.region));
    let unknown = || format!("Unknown trail: {arn} for the user: {}", call.caller.account);
    trail.map(|trail| (arn.clone(), trail)).ok_or_else(|| refuse("TrailNotFoundException", unknown()))
}

fn refuse(code: &str, message: String) -> Refusal {
    Refusal::new(400, code, message)
}

/// Both times have an older spelling too, as AWS documentation shows.
fn get_status(world: &mut World, call: &Call) -> Answer {
    let (_, trail) = known(world, call, "Name")?;
    let logging = trail.settings.logging;
    let (time, older) =
        if logging { ("StartLoggingTime", "TimeLoggingStarted") } else { ("StopLoggingTime", "TimeLoggingStopped") };
    let mut status = Map::new();
    status.insert("IsLogging".to_owned(), json!(logging));
    status.insert(time.to_owned(), json!(world.timestamp_epoch(trail.since)));
    status.insert(older.to_owned(), json!(crate::clock::iso_seconds(world.epoch(trail.since))));
    Ok(status.into())
}

fn get_event_selectors(world: &mut World, call: &Call) -> Answer {
    let (arn, trail) = known(world, call, "TrailName")?;
    let events = trail.settings.management_events;
    Ok(if trail.settings.advanced_selectors {
        json!({"TrailARN": arn, "AdvancedEventSelectors": [advanced(events)]})
    } else {
        json!({"TrailARN": arn, "EventSelectors": [basic(events)]})
    })
}

/// `EventSelector` of AWS's model.
fn basic(events: ManagementEvents) -> Value {
    json!({
        "ReadWriteType": if events == ManagementEvents::None { ManagementEvents::All } else { events },
        "IncludeManagementEvents": events != ManagementEvents::None,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    })
}

/// `AdvancedEventSelector` of AWS's model, as AWS documentation shows those of management events; a trail that logs none
/// has one of data events.
fn advanced(events: ManagementEvents) -> Value {
    let field = |name: &str, value: &str| json!({"Field": name, "Equals": [value]});
    let category = |name: &str| field("eventCategory", name);
    let (name, fields) = match events {
        ManagementEvents::All => ("Management events selector", vec![category("Management")]),
        ManagementEvents::ReadOnly => {
            ("Management events selector", vec![category("Management"), field("readOnly", "true")])
        }
        ManagementEvents::WriteOnly => {
            ("Management events selector", vec![category("Management"), field("readOnly", "false")])
        }
        ManagementEvents::None => {
            ("S3 data events selector", vec![category("Data"), field("resources.type", "AWS::S3::Object")])
        }
    };
    json!({"Name": name, "FieldSelectors": fields})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, service::Caller, start};

    const MANAGEMENT: &str = "111111111111";
    const MEMBER: &str = "222222222222";
    const ARN: &str = "arn:aws:cloudtrail:us-east-1:111111111111:trail/all-accounts";

    /// The management account's trail, in us-east-1.
    fn world(more: &Value) -> World {
        let mut world = start::simulation(&Options::default(), 0).unwrap().world;
        let mut state = json!({"kind": "trail", "account": MANAGEMENT, "region": "us-east-1", "name": "all-accounts"});
        state.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        states::prepare(&mut world, &state).unwrap();
        world
    }

    fn call(world: &mut World, account: &str, region: &str, operation: &str, input: &Value) -> Answer {
        let call = Call {
            caller: Caller::root(account),
            region: region.to_owned(),
            service: "cloudtrail",
            operation: operation.to_owned(),
            input: input.clone(),
        };
        SERVICE.operations.iter().find(|(name, _)| *name == operation).unwrap().1(world, &call)
    }

    fn listed(world: &mut World, account: &str, region: &str, input: &Value) -> usize {
        let answer = call(world, account, region, "DescribeTrails", input).unwrap();
        answer["trailList"].as_array().unwrap().len()
    }

    #[test]
    fn there_is_no_trail_unless_a_state_says_so() {
        let mut world = start::simulation(&Options::default(), 0).unwrap().world;
        assert_eq!(listed(&mut world, MANAGEMENT, "us-east-1", &json!({})), 0);
        let mistake = |state: Value| states::prepare(&mut World::default(), &state).unwrap_err();
        assert!(mistake(json!({"kind": "trail", "account": "9", "region": "us-east-1"})).contains("no account 9"));
        let wrong = json!({"kind": "trail", "account": MEMBER, "region": "us-east-1", "organization": true});
        assert!(states::prepare(&mut world, &wrong).unwrap_err().contains("the management account"));
        let unknown = json!({"kind": "trail", "account": MEMBER, "region": "us-east-1", "bucket": "x"});
        assert!(states::prepare(&mut world, &unknown).unwrap_err().contains("bucket"));
    }

    #[test]
    fn an_organization_trail_of_all_regions_is_seen_by_members_everywhere() {
        let mut world = world(&json!({"multi-region": true, "organization": true}));
        let (all, own) = (json!({}), json!({"includeShadowTrails": false}));
        for (account, region, with_shadows, without) in [
            (MANAGEMENT, "us-east-1", 1, 1),
            (MANAGEMENT, "eu-west-1", 1, 0),
            (MEMBER, "us-east-1", 1, 0),
            (MEMBER, "eu-west-1", 1, 0),
            ("999999999999", "us-east-1", 0, 0),
        ] {
            assert_eq!(listed(&mut world, account, region, &all), with_shadows, "{account} {region}");
            assert_eq!(listed(&mut world, account, region, &own), without, "{account} {region}");
        }
        assert!(world.trusted(PRINCIPAL));
    }

    #[test]
    fn a_trail_of_one_region_and_account_is_there_only() {
        let mut world = world(&json!({}));
        for (account, region, count) in
            [(MANAGEMENT, "us-east-1", 1), (MANAGEMENT, "eu-west-1", 0), (MEMBER, "us-east-1", 0)]
        {
            assert_eq!(listed(&mut world, account, region, &json!({})), count, "{account} {region}");
        }
        let by_name = json!({"trailNameList": ["all-accounts"]});
        let by_arn = json!({"trailNameList": [ARN, "other"]});
        assert_eq!(listed(&mut world, MANAGEMENT, "us-east-1", &by_name), 1);
        assert_eq!(listed(&mut world, MANAGEMENT, "eu-west-1", &by_name), 0);
        assert_eq!(listed(&mut world, MANAGEMENT, "eu-west-1", &by_arn), 1);
        assert_eq!(listed(&mut world, MEMBER, "eu-west-1", &by_arn), 0);
    }

    #[test]
    fn a_shadow_trail_has_its_status_by_its_arn_only() {
        let mut world = world(&json!({"multi-region": true, "organization": true, "logging": false}));
        let mut status = |account: &str, region: &str, name: &str| {
            let answer = call(&mut world, account, region, "GetTrailStatus", &json!({"Name": name}));
            answer.map(|answer| answer["IsLogging"].clone()).map_err(|refusal| refusal.code)
        };
        assert_eq!(status(MANAGEMENT, "us-east-1", "all-accounts"), Ok(json!(false)));
        assert_eq!(status(MEMBER, "eu-west-1", ARN), Ok(json!(false)));
        let unknown = Err("TrailNotFoundException".to_owned());
        assert_eq!(status(MANAGEMENT, "eu-west-1", "all-accounts"), unknown);
        assert_eq!(status(MEMBER, "us-east-1", "all-accounts"), unknown);
        assert_eq!(status("999999999999", "us-east-1", ARN), unknown);
        assert_eq!(status(MEMBER, "us-east-1", "a--b"), Err("InvalidTrailNameException".to_owned()));
        assert_eq!(status(MEMBER, "us-east-1", "arn:aws:s3:::b"), Err("CloudTrailARNInvalidException".to_owned()));
    }

    #[test]
    fn both_kinds_of_selectors_tell_which_management_events_are_logged() {
        let selectors = |events: &str, advanced: bool| {
            let mut world = world(&json!({"management-events": events, "advanced-selectors": advanced}));
            call(&mut world, MANAGEMENT, "us-east-1", "GetEventSelectors", &json!({"TrailName": ARN})).unwrap()
        };
        let basic = selectors("WriteOnly", false);
        assert_eq!(basic["EventSelectors"][0]["ReadWriteType"], "WriteOnly");
        assert_eq!(basic["EventSelectors"][0]["IncludeManagementEvents"], true);
        assert_eq!(selectors("None", false)["EventSelectors"][0]["IncludeManagementEvents"], false);
        let advanced = &selectors("WriteOnly", true)["AdvancedEventSelectors"][0]["FieldSelectors"];
        assert_eq!(
            *advanced,
            json!([{"Field": "eventCategory", "Equals": ["Management"]},
                                     {"Field": "readOnly", "Equals": ["false"]}])
        );
    }
}
