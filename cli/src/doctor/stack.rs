//! The stack where its bucket is named: the policy, and the newest report's age and failures. I/O: S3.

use jiff::Timestamp;
use rollcall_core::sweep::{CoverageDocument, keys};

use super::{
    finding::{Finding, quoted},
    ground::Ground,
};
use crate::output::Failure;

const CHECK: &str = "stack";

/// How often the template's schedule starts a sweep unless told otherwise, in seconds.
const USUAL: i64 = 6 * 60 * 60;

/// The policy, then the newest report.
pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let mut findings = vec![policy(ground).await];
    let Ok(bucket) = ground.session.bucket() else {
        findings.push(
            Finding::note(CHECK, "no bucket is named, so that the stack's reports were not looked at")
                .means("name it with --bucket"),
        );
        return findings;
    };
    let latest = bucket.get::<CoverageDocument>(keys::LATEST).await;
    findings.extend(match latest {
        Err(error) => vec![Finding::unread(CHECK, &format!("the newest report in {}", bucket.name()), &error)],
        Ok(None) => {
            let none = Finding::wrong(CHECK, format!("there is no report in {}", bucket.name()));
            vec![none.means("no sweep has come to its end yet").command(start(ground))]
        }
        Ok(Some(latest)) => judged(&latest, Timestamp::now(), &start(ground)),
    });
    findings
}

async fn policy(ground: &Ground<'_>) -> Finding {
    let why = match &ground.policy_in_force {
        Ok(policy) => return Finding::ok(CHECK, format!("the policy can be used: {}", policy.version)),
        Err(Failure(why)) => why,
    };
    // A policy that could not be read is none with mistakes.
    if ground.policy_is_from_bucket
        && let Ok(bucket) = ground.session.bucket()
        && let Err(error) = bucket.version(keys::POLICY).await
    {
        return Finding::unread(CHECK, &format!("the policy in {}", bucket.name()), &error);
    }
    let wrong = Finding::wrong(CHECK, format!("the policy cannot be used: {}", why.replace('\n', "; ")))
        .means("nothing is changed before that is mended; the checks here go by the built-in policy");
    match (ground.policy_is_from_bucket, &ground.session.configuration.bucket) {
        (true, Some(bucket)) => wrong
            .command(format!("aws s3 cp s3://{}/{} policy.toml", quoted(bucket), keys::POLICY))
            .command("rollcall policy check policy.toml")
            .command(format!("rollcall policy put policy.toml --bucket {}", quoted(bucket))),
        _ => wrong.command("rollcall help policy check"),
    }
}

/// How a sweep is started.
fn start(ground: &Ground<'_>) -> String {
    let configuration = &ground.session.configuration;
    match &configuration.state_machine {
        Some(arn) => format!("aws stepfunctions start-execution --state-machine-arn {arn}"),
        None => format!("aws stepfunctions list-state-machines --region {}", configuration.home),
    }
}

/// What a report tells of the stack.
fn judged(latest: &CoverageDocument, now: Timestamp, start: &str) -> Vec<Finding> {
    // Runs on what joined write reports too: only a full sweep shows that the schedule works.
    let full = latest.trend.last().map_or(latest.ended_at, |point| point.ended_at);
    let (age, every) = (now.as_second() - full.as_second(), schedule(latest));
    let told = format!("the newest full sweep ended {} ago; they came every {}", hours(age), hours(every));
    let mut findings = vec![if age > 2 * every {
        Finding::wrong(CHECK, told).means("sweeps do not come to their end, or the schedule is off").command(start)
    } else {
        Finding::ok(CHECK, told)
    }];
    let failures: Vec<String> = latest.failures_of_run().collect();
    findings.push(if failures.is_empty() {
        Finding::ok(CHECK, "nothing failed in the newest report")
    } else {
        let named: Vec<&str> = failures.iter().take(6).map(String::as_str).collect();
        let more = failures.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let in_a_row = latest.failed_sweeps_in_a_row;
        Finding::wrong(
            CHECK,
            format!("failed in the newest report: {}{more}; so many sweeps in a row: {in_a_row}", named.join(", ")),
        )
        .means("the next sweep tries again; where it lasts, see why")
        .command("rollcall coverage")
    });
    findings
}

/// Seconds between the last two full sweeps; the template's schedule where there are not two.
fn schedule(latest: &CoverageDocument) -> i64 {
    let mut newest = latest.trend.iter().rev().map(|point| point.ended_at.as_second());
    match (newest.next(), newest.next()) {
        (Some(last), Some(before)) => (last - before).max(USUAL),
        _ => USUAL,
    }
}

fn hours(seconds: i64) -> String {
    match seconds / 3600 {
        0 => format!("{} minutes", seconds.max(0) / 60),
        hours => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use rollcall_core::{
        Mode,
        sweep::{FORMAT, PinnedPolicy, Survey, SurveyedService, SweepRun, TrendPoint},
    };

    use super::*;
    use crate::doctor::Verdict;

    /// A report of full sweeps that ended so many hours ago, the oldest first.
    fn report(ended: &[i64], error: Option<&str>) -> CoverageDocument {
        let at = |hours: i64| Timestamp::from_second(1_800_000_000 - hours * 3600).unwrap();
        let service = SurveyedService {
            service: "guardduty".to_owned(),
            administrator: "222222222222".parse().unwrap(),
            registered: None,
            regions: Vec::new(),
            organization_policies: None,
            error: error.map(str::to_owned),
        };
        let survey = Survey {
            format: FORMAT,
            run: SweepRun { id: "run".parse().unwrap(), started_at: at(0) },
            regions: None,
            mode: Mode::Apply,
            policy: PinnedPolicy::built_in(),
            carried: Vec::new(),
            breakers: Vec::new(),
            management: "111111111111".parse().unwrap(),
            accounts: BTreeMap::new(),
            units: BTreeMap::new(),
            trusted_access: None,
            services: vec![service],
            remarks: BTreeSet::new(),
        };
        let mut document = CoverageDocument::of_run(&survey, Vec::new(), at(0));
        let point = TrendPoint::from(&document);
        document.trend = ended.iter().map(|hours| TrendPoint { ended_at: at(*hours), ..point.clone() }).collect();
        document
    }

    fn verdicts(report: &CoverageDocument) -> Vec<Verdict> {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        judged(report, now, "start").into_iter().map(|finding| finding.verdict).collect()
    }

    #[test]
    fn a_report_is_too_old_after_two_schedules() {
        use Verdict::{Ok, Wrong};
        for (ended, verdict) in [
            (&[12][..], Ok),
            (&[13], Wrong),
            (&[30, 24], Wrong),
            // A sweep a day.
            (&[70, 46], Ok),
            (&[73, 49], Wrong),
            // Somebody started one by hand.
            (&[12, 11], Ok),
        ] {
            assert_eq!(verdicts(&report(ended, None)), [verdict, Ok], "{ended:?}");
        }
    }

    #[test]
    fn failures_of_the_newest_report_are_wrong() {
        let report = report(&[1], Some("AccessDenied"));
        assert_eq!(verdicts(&report), [Verdict::Ok, Verdict::Wrong]);
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        assert!(judged(&report, now, "start").iter().any(|finding| finding.found.contains("guardduty")));
    }
}
