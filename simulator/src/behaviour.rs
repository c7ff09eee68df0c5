//! How the simulated AWS behaves where AWS leaves room, or where it is not known for certain. No I/O.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{clock::LONGEST, guardduty, inspector2, policies::Enforcement};

/// The switches. Each can be set by name: `--set page-size=2`, `--set guardduty.some-switch=true`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[allow(clippy::struct_excessive_bools, reason = "each switch is one independent doubt")]
pub(crate) struct Behaviour {
    /// How long a transition shows its intermediate state.
    pub(crate) transition_ms: u64,
    /// Transitions end after this many reads instead of after a time.
    pub(crate) transition_reads: Option<u32>,
    /// Reads of GuardDuty and Inspector do not see what was written in this many last milliseconds.
    /// Seen in public code: writes of both services are visible late.
    pub(crate) stale_reads_ms: u64,
    /// Pages are at most this long, so that small organizations have several.
    pub(crate) page_size: Option<usize>,
    /// Before each page that is not the first there is an empty one with a token. AWS documentation of Organizations.
    pub(crate) empty_pages: bool,
    /// Services refuse an account that is younger than this. Seen in public code: an account was refused
    /// minutes after it was created.
    pub(crate) new_account_usable_ms: u64,
    /// The code of that refusal. Seen in public code: `SubscriptionRequiredException`, `OptInRequired` and
    /// `RegionDisabledException`.
    pub(crate) new_account_refusal: String,
    /// Services refuse an account for this long after it opted in to a region. Seen in public code.
    pub(crate) region_lag_ms: u64,
    /// The code with which services refuse a caller in a region that is off. Seen in public code.
    pub(crate) region_off_refusal: String,
    /// Whether accounts have the old `Status` beside `State`: AWS announced its end for September 2026.
    pub(crate) account_status: bool,
    /// Whether an account that leaves the organization is a `Removed` member of both services; otherwise what they keep of it
    /// stays as it is. Not documented.
    pub(crate) departed_members_removed: bool,
    /// Whether `EnablePolicyType` of GuardDuty's and Inspector's types needs trusted access of the service. AWS's model has
    /// the error, without saying for which types; AWS documentation lists trusted access among the prerequisites of both.
    pub(crate) policy_type_needs_trusted_access: bool,
    /// When AWS brings about what an Organizations policy of GuardDuty or Inspector says. AWS documentation: "automatically
    /// evaluates the policy and applies it"; how long that takes is not documented.
    pub(crate) organization_policies: Enforcement,
    /// How long after its cause that is, when it is `later`.
    pub(crate) organization_policies_delay_ms: u64,
    /// Whether the documented rates of Organizations, Account Management and Parameter Store apply.
    pub(crate) documented_rates: bool,
    /// Rates by choice: `guardduty` or `guardduty:CreateMembers` → calls a second and burst, per account and region.
    pub(crate) rates: BTreeMap<String, (f64, f64)>,
    pub(crate) guardduty: guardduty::Switches,
    pub(crate) inspector2: inspector2::Switches,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            transition_ms: 2_000,
            transition_reads: None,
            stale_reads_ms: 0,
            page_size: None,
            empty_pages: false,
            new_account_usable_ms: 0,
            new_account_refusal: "SubscriptionRequiredException".to_owned(),
            region_lag_ms: 0,
            region_off_refusal: "UnrecognizedClientException".to_owned(),
            account_status: false,
            departed_members_removed: false,
            policy_type_needs_trusted_access: true,
            organization_policies: Enforcement::AtOnce,
            organization_policies_delay_ms: 5_000,
            documented_rates: false,
            rates: BTreeMap::new(),
            guardduty: guardduty::Switches::default(),
            inspector2: inspector2::Switches::default(),
        }
    }
}

impl Behaviour {
    /// Sets one switch by its dotted name. The value is JSON, or a plain string.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let mut all = serde_json::to_value(&*self).map_err(|error| error.to_string())?;
        let mut place = &mut all;
        for part in name.split('.') {
            place = place.get_mut(part).ok_or_else(|| format!("there is no switch `{name}`"))?;
        }
        *place = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        if name.ends_with("-ms") && place.as_u64().is_some_and(|millis| millis > LONGEST) {
            return Err(format!("switch `{name}`: at most {LONGEST}"));
        }
        *self = serde_json::from_value(all).map_err(|error| format!("switch `{name}`: {error}"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_set_by_its_name() {
        let mut behaviour = Behaviour::default();
        behaviour.set("page-size", "3").unwrap();
        behaviour.set("new-account-refusal", "OptInRequired").unwrap();
        behaviour.set("rates", r#"{"guardduty": [2, 4]}"#).unwrap();
        assert_eq!(behaviour.page_size, Some(3));
        assert_eq!(behaviour.new_account_refusal, "OptInRequired");
        assert_eq!(behaviour.rates.get("guardduty"), Some(&(2.0, 4.0)));
    }

    #[test]
    fn an_unknown_switch_and_a_wrong_type_are_errors() {
        let mut behaviour = Behaviour::default();
        assert!(behaviour.set("page-seize", "3").unwrap_err().contains("page-seize"));
        assert!(behaviour.set("empty-pages", "often").unwrap_err().contains("empty-pages"));
        assert!(behaviour.set("transition-ms", &u64::MAX.to_string()).unwrap_err().contains("at most"));
    }
}
