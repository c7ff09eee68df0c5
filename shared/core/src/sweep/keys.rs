//! Where the sweep's documents are in the bucket. No I/O.

use super::RunId;
use crate::Region;

/// The newest coverage document.
pub const LATEST: &str = "coverage/latest.json";

/// The newest coverage document as a page.
pub const LATEST_PAGE: &str = "coverage/latest.html";

/// The newest coverage document as a table.
pub const LATEST_TABLE: &str = "coverage/latest.csv";

/// The policy; absent means the built-in default.
pub const POLICY: &str = "policy/policy.toml";

/// Accounts' tags as they were last seen, kept from one sweep to the next.
pub const ACCOUNT_TAGS: &str = "cache/account-tags.json";

/// Members' regions as they were last seen, kept from one sweep to the next.
pub const MEMBER_REGIONS: &str = "cache/member-regions.json";

/// The coverage document of one run.
#[must_use]
pub fn coverage(run: &RunId) -> String {
    format!("coverage/runs/{run}.json")
}

/// What a run surveyed.
#[must_use]
pub fn survey(run: &RunId) -> String {
    format!("runs/{run}/survey.json")
}

/// What a run found of members' status in one opt-in region.
#[must_use]
pub fn region(run: &RunId, region: &Region) -> String {
    format!("runs/{run}/regions/{region}.json")
}

/// What a run's target came to.
#[must_use]
pub fn target(run: &RunId, service: &str, region: &Region) -> String {
    format!("runs/{run}/targets/{service}/{region}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runs_name_never_leaves_its_folder() {
        for bad in ["", ".", "..", "../x", "a/b", "a b", "ä", &"x".repeat(81)] {
            assert!(bad.parse::<RunId>().is_err(), "{bad}");
        }
        // As the scheduler, a rule and a person name executions.
        for good in ["d3f1c1de-5a0e-4f5e-9b1c-0f6e2c1a7d55_9a5c4d3e-1b2a-4c3d", "sweep-2026-11-22T13", "first"] {
            let run: RunId = good.parse().unwrap();
            assert_eq!(survey(&run), format!("runs/{good}/survey.json"));
        }
    }
}
