//! Whether CloudTrail makes the events come that Rollcall enrols new accounts by. I/O: CloudTrail.

use aws_sdk_cloudtrail::{Client, types::Trail};
use futures::future::{join, join_all};
use rollcall_aws::{Access, endpoint_region, service_error};
use rollcall_core::{Region, ServiceError};

use super::{
    finding::{Finding, quoted},
    ground::Ground,
    trail::{Logs, logs},
};

const CHECK: &str = "CloudTrail";

const WITHOUT: &str =
    "without one EventBridge hears nothing of accounts that join, and only the schedule's sweeps enrol them";

/// A trail that is there in the events' region, and what it does.
struct Seen {
    arn: String,
    home: String,
    is_of_organization: bool,
    is_logging: Result<bool, ServiceError>,
    logs: Result<Logs, ServiceError>,
}

/// One finding.
pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let region = endpoint_region(&ground.session.configuration.home);
    let read = &ground.session.configuration.management_read;
    let error = match trails(ground, read, &region).await {
        Ok(trails) => return vec![judged(ground, &trails, &region, is_of_management(ground, read))],
        Err(error) => error,
    };
    // Members see an organization trail, which is the management account's as well.
    let own = Access::default();
    let of_organization = |trail: &Seen| trail.is_of_organization && verdict(trail) == Some(Logs::Yes);
    let unread = || Finding::unread(CHECK, &format!("the trails of {}", ground.management()), &error);
    let finding = match trails(ground, &own, &region).await.map(|trails| trails.into_iter().find(of_organization)) {
        Ok(Some(trail)) => {
            return vec![Finding::ok(
                CHECK,
                format!("{} logs management events of {region}, for all accounts", trail.arn),
            )];
        }
        Ok(None) => unread().means(format!(
            "no organization trail that logs {region} is seen by the caller; one that {} has for itself does as well: \
             look there. {WITHOUT}",
            ground.management()
        )),
        Err(_) => unread(),
    };
    vec![finding.run_in(ground.management()).command(format!("aws cloudtrail describe-trails --region {region}"))]
}

/// Whether the read access is the management account's. Others see only the organization's trails.
fn is_of_management(ground: &Ground<'_>, read: &Access) -> bool {
    let account = read.account().or_else(|| ground.caller.as_ref().ok().map(|caller| caller.account));
    let management = ground.roster.as_ref().ok().map(|roster| roster.management);
    management.is_some() && account == management
}

/// All trails that log in the region: those made there, and those of other regions that are for all.
async fn trails(ground: &Ground<'_>, access: &Access, region: &Region) -> Result<Vec<Seen>, ServiceError> {
    let client = Client::new(&ground.session.aws().config(access, region).await);
    let answer = client.describe_trails().include_shadow_trails(true).send().await;
    let trails = answer.map_err(|error| service_error("DescribeTrails", &error))?.trail_list.unwrap_or_default();
    let logs_here =
        |trail: &&Trail| trail.is_multi_region_trail() == Some(true) || trail.home_region() == Some(region.as_str());
    let here = trails.iter().filter(logs_here).filter_map(|trail| Some(seen(&client, trail, trail.trail_arn()?)));
    Ok(join_all(here).await)
}

async fn seen(client: &Client, trail: &Trail, arn: &str) -> Seen {
    let status = client.get_trail_status().name(arn).send();
    let selectors = client.get_event_selectors().trail_name(arn).send();
    let (status, selectors) = join(status, selectors).await;
    Seen {
        arn: arn.to_owned(),
        home: trail.home_region().unwrap_or_default().to_owned(),
        is_of_organization: trail.is_organization_trail().unwrap_or(false),
        is_logging: status
            .map(|status| status.is_logging().unwrap_or(false))
            .map_err(|error| service_error("GetTrailStatus", &error)),
        logs: selectors.map(|selectors| logs(&selectors)).map_err(|error| service_error("GetEventSelectors", &error)),
    }
}

/// Whether the trail does what is needed; `None` where that could not be read.
fn verdict(trail: &Seen) -> Option<Logs> {
    match (&trail.is_logging, &trail.logs) {
        (Ok(false), _) | (_, Ok(Logs::No)) => Some(Logs::No),
        (Ok(true), Ok(logs)) => Some(logs.clone()),
        (Err(_), _) | (_, Err(_)) => None,
    }
}

fn judged(ground: &Ground<'_>, trails: &[Seen], region: &Region, is_of_management: bool) -> Finding {
    if let Some(trail) = trails.iter().find(|trail| verdict(trail) == Some(Logs::Yes)) {
        return Finding::ok(CHECK, format!("{} logs management events of {region}", trail.arn));
    }
    for trail in trails {
        match (verdict(trail), &trail.is_logging, &trail.logs) {
            (Some(Logs::Perhaps(field)), ..) => {
                let found = format!("{} logs management events of {region}, narrowed by {field}", trail.arn);
                return Finding::unknown(CHECK, found)
                    .means("it must log CreateAccountResult and MoveAccount of organizations.amazonaws.com")
                    .run_in(ground.management())
                    .command(selectors("get", trail, ""));
            }
            (None, Err(error), _) | (None, _, Err(error)) => {
                return Finding::unread(CHECK, &format!("what {} logs", trail.arn), error);
            }
            _ => {}
        }
    }
    if !is_of_management {
        return Finding::unknown(
            CHECK,
            "the read access is not the management account's, and sees no organization trail that logs",
        )
        .means(WITHOUT)
        .run_in(ground.management())
        .command(format!("aws cloudtrail describe-trails --region {region}"));
    }
    let wrong = match trails.first() {
        None => none(ground, region),
        Some(trail) => not_logging(trail, region),
    };
    wrong.run_in(ground.management())
}

fn none(ground: &Ground<'_>, region: &Region) -> Finding {
    let account = ground.roster.as_ref().map_or_else(|_| String::new(), |roster| roster.management.to_string());
    let create = format!(
        "aws cloudtrail create-trail --name organization --is-organization-trail --is-multi-region-trail \
         --s3-bucket-name aws-cloudtrail-logs-{account} --region {region}"
    );
    Finding::wrong(CHECK, format!("no trail of {} logs {region}", ground.management()))
        .means(format!("{WITHOUT}. The bucket must be there and let CloudTrail write; a trail that you have for other purposes does as well"))
        .command("aws organizations enable-aws-service-access --service-principal cloudtrail.amazonaws.com")
        .command(create)
        .command(format!("aws cloudtrail start-logging --name organization --region {region}"))
}

/// What keeps the first trail from being enough.
fn not_logging(trail: &Seen, region: &Region) -> Finding {
    let (arn, home) = (&trail.arn, &trail.home);
    if trail.is_logging == Ok(false) {
        return Finding::wrong(CHECK, format!("{arn} does not log")).means(WITHOUT).command(format!(
            "aws cloudtrail start-logging --name {} --region {}",
            quoted(arn),
            quoted(home)
        ));
    }
    Finding::wrong(CHECK, format!("{arn} logs no management events of {region} that write"))
        .means(format!("{WITHOUT}. The second command replaces the trail's selectors: keep those of data events that the first one shows"))
        .command(selectors("get", trail, ""))
        .command(selectors("put", trail, r#" --event-selectors '[{"ReadWriteType": "All", "IncludeManagementEvents": true}]'"#))
}

fn selectors(verb: &str, trail: &Seen, more: &str) -> String {
    format!(
        "aws cloudtrail {verb}-event-selectors --trail-name {}{more} --region {}",
        quoted(&trail.arn),
        quoted(&trail.home)
    )
}
