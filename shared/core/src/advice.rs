//! What is to be done about each reason, and who does it. No I/O.

/// What to do about a reason, given its code, as one line for a person; a code that this version has no word for refers to
/// the reason's sentence. `docs/runbook.md` says more.
#[must_use]
pub fn advice(reason: &str) -> &'static str {
    match reason {
        "turning-on" | "just-written" | "region-opting-in" | "account-not-active" => "Wait: AWS is at work.",
        "turning-off" => "Wait: AWS is at work. The next sweep turns on again what the policy asks for.",
        "settling" => "Wait a day: the next sweeps turn off again what AWS turns on meanwhile.",
        "already-done" => "Wait. Where it lasts for a day, look at the account in the service's console.",
        "not-ready" => "Wait some hours. Where it lasts, look whether the region is on for the administrator.",
        "left-to-organization-policy" => {
            "Wait: an AWS Organizations policy does it. Where it lasts, see what the sentence names."
        }
        "not-associated" | "not-monitored" | "not-enabled" | "features-off" => {
            "Nothing by hand: the next sweep in apply mode turns it on."
        }
        "action-failed" => "The next sweep tries again. Where it lasts, read AWS's answer.",
        "feature-failed" => "Each sweep tries again. Where it lasts, ask AWS support.",
        "other-administrator" => "Decide which account administers the service; remove the other one or configure it.",
        "designation-refused" => "Have one account administer the service in all regions, and configure that one.",
        "held-by-other-administrator" => "Have the other administrator disassociate the account.",
        "prerequisite" => {
            "Nothing by hand where a sweep in apply mode sets it up; otherwise see to what the sentence names first."
        }
        "denied" => "Grant Rollcall's role what AWS's answer names.",
        "denied-by-service-control-policy" => "Exempt Rollcall's roles from the service control policy.",
        "legacy-runtime-monitoring" => "Turn EKS_RUNTIME_MONITORING off; the next sweep turns RUNTIME_MONITORING on.",
        "management-not-enabled" => "Give the sweep the management account's write role, or turn the service on there.",
        "organization-policy" => "Change the AWS Organizations policy, or leave the setting to it.",
        "organization-policy-conflict" => "Change the AWS Organizations policy or Rollcall's: they disagree.",
        "limit-reached" => "Ask AWS to raise the quota.",
        "suspended-in-service" => "Ask AWS support: the service and Organizations disagree.",
        "no-email" => "Grant the read role organizations:DescribeAccount and organizations:ListAccounts.",
        "not-observed" => "The next sweep looks again. Where it lasts, read why.",
        "region-status-not-seen" => "Wait: the next sweeps ask for the account's regions.",
        "rules-undecided" => "Let the survey read what the policy's rules need.",
        "unrecognised-status" => "Look for a newer version of Rollcall.",
        "account-suspended" | "account-closed" | "region-off" | "service-not-offered" => "Nothing.",
        "exempt" | "removed" | "not-in-policy" => "Nothing, as long as the policy is meant so.",
        "administrator-region-off" => "To govern the region, opt the administrator's account in to it.",
        _ => "See the sentence.",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::State;

    const RUNBOOK: &str = include_str!("../../../docs/runbook.md");

    /// Every code that a report may have, with its state, from where it is written down: reasons carry data, so that they
    /// cannot be listed.
    fn codes() -> BTreeMap<&'static str, &'static str> {
        let reasons = include_str!("membership.rs").lines();
        let reasons = reasons.filter(|line| line.trim_start().starts_with("Self::") && line.contains("=> ("));
        let excluded = include_str!("sweep/document.rs").lines().filter(|line| line.contains("because("));
        let code = |line: &'static str| {
            let state = State::ALL.into_iter().find(|state| line.contains(&format!("{state:?}, \""))).unwrap();
            (line.split('"').nth(1).unwrap(), state.as_str())
        };
        let mut codes: BTreeMap<_, _> = reasons.chain(excluded).map(code).collect();
        assert!(codes.len() > 35, "the codes are not found any more");
        codes.remove("enrolled");
        codes
    }

    #[test]
    fn each_reason_that_core_knows_has_its_advice() {
        let without: Vec<_> = codes().into_keys().filter(|code| advice(code) == advice("")).collect();
        assert!(without.is_empty(), "no advice on {without:?}");
    }

    #[test]
    fn the_runbook_has_an_entry_for_each_reason_in_its_state_and_for_no_other() {
        let mut entries = BTreeMap::new();
        for chapter in RUNBOOK.split("\n## ").skip(1) {
            let state = chapter.lines().next().unwrap().to_lowercase();
            let names = chapter.split("\n### ").skip(1).map(|entry| entry.lines().next().unwrap());
            entries.extend(names.filter(|name| !name.ends_with("Alarm")).map(|name| (name.to_owned(), state.clone())));
        }
        let codes = codes().into_iter().map(|(code, state)| (code.to_owned(), state.to_owned()));
        assert_eq!(entries, codes.collect());
        for code in entries.keys() {
            assert!(RUNBOOK.contains(&format!("[{code}](#{code})")), "{code} is not in the table of contents");
        }
    }

    #[test]
    fn each_entry_of_the_runbook_says_what_it_means_how_to_check_it_and_what_to_do() {
        for entry in RUNBOOK.split("\n### ").skip(1) {
            let entry = entry.split("\n## ").next().unwrap();
            let says = ["\n- **Means**", "\n- **Check**", "\n- **Do**"].map(|part| entry.matches(part).count());
            assert_eq!(says, [1, 1, 1], "{entry}");
        }
    }
}
