//! The functions' configuration, from environment variables. No I/O: the look-up is injected.

use std::{collections::BTreeMap, fmt, time::Duration};

use rollcall_aws::{Access, Settings};
use rollcall_core::{AccountId, Mode, Region, ServiceId};

use crate::CATALOG;

/// One environment variable, as README's table documents it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it is without being set; `None` where it must be set.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
}

const MODE: &str = "ROLLCALL_MODE";
const READ_ROLE: &str = "ROLLCALL_MANAGEMENT_READ_ROLE_ARN";
const WRITE_ROLE: &str = "ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN";
const CONCURRENCY: &str = "ROLLCALL_CONCURRENCY";
const MAX_ATTEMPTS: &str = "ROLLCALL_MAX_ATTEMPTS";
const INITIAL_BACKOFF: &str = "ROLLCALL_INITIAL_BACKOFF_MS";
const STOP_BEFORE: &str = "ROLLCALL_STOP_BEFORE_MS";
const MAX_RECEIVES: &str = "ROLLCALL_MAX_RECEIVES";
const BUCKET: &str = "ROLLCALL_BUCKET";
const STATE_MACHINE: &str = "ROLLCALL_STATE_MACHINE_ARN";
const EVENT_BUS: &str = "ROLLCALL_EVENT_BUS";
const MAX_ENROLMENTS: &str = "ROLLCALL_MAX_ENROLMENTS";
const TARGETS_AT_ONCE: &str = "ROLLCALL_TARGETS_AT_ONCE";
const WAIT: &str = "ROLLCALL_WAIT_SECONDS";
const LOG: &str = "ROLLCALL_LOG";
const HOME: &str = "AWS_REGION";

/// The variables that are the same for all services: name, default, meaning.
static VARIABLES: &[(&str, Option<&str>, &str)] = &[
    (MODE, Some("plan"), "`plan` changes nothing and reports what would be done; `apply` does it"),
    (READ_ROLE, Some(""), "role that reads Organizations and Account Management; empty: the account of the stack"),
    (
        WRITE_ROLE,
        Some(""),
        "role for trusted access, designation and GuardDuty in the management account; empty: the account of the stack",
    ),
    (CONCURRENCY, Some("10"), "calls at a time within one service and region"),
    (MAX_ATTEMPTS, Some("4"), "how often the SDK tries a call, the first time included"),
    (INITIAL_BACKOFF, Some("1000"), "longest pause before the second try, in milliseconds; it doubles from there"),
    (STOP_BEFORE, Some("5000"), "how long before its deadline a function stops, in milliseconds"),
    (MAX_RECEIVES, Some("24"), "after so many receives a message that is still pending is acknowledged, with a metric"),
    (
        BUCKET,
        Some(""),
        "the stack's bucket, with the policy; the functions of the sweep need it; empty: the built-in policy",
    ),
    (STATE_MACHINE, Some(""), "the sweep's state machine; empty: what is left to the sweep waits for its schedule"),
    (EVENT_BUS, Some(""), "event bus that the sweep's events go to; empty: none are sent"),
    (
        MAX_ENROLMENTS,
        Some("unlimited"),
        "breaker: a sweep that would newly enrol more memberships (account × region × service) turns nothing on; the \
         policy's limit counts too",
    ),
    (TARGETS_AT_ONCE, Some("10"), "so many targets the sweep re-asserts side by side; AWS allows 40"),
    (WAIT, Some("60"), "seconds before the sweep looks again where AWS is at work; it grows to five times as long"),
    (LOG, Some("info"), "least level of log lines: `error`, `warn`, `info`, `debug` or `trace`"),
    (HOME, None, "the region of the stack; Lambda sets it"),
];

/// All variables, with each service's own.
#[must_use]
pub fn variables() -> Vec<Variable> {
    let services = CATALOG.iter().flat_map(|entry| {
        let id = entry.spec.id;
        let administrator = Variable {
            name: administrator_id(id),
            default: None,
            meaning: "12-digit id of the account that administers the service",
        };
        let role = Variable {
            name: administrator_role(id),
            default: Some(""),
            meaning: "role in that account for everything about members; empty: the account of the stack",
        };
        [administrator, role]
    });
    let all_services = VARIABLES.iter().map(|(name, default, meaning)| Variable {
        name: (*name).to_owned(),
        default: *default,
        meaning,
    });
    services.chain(all_services).collect()
}

/// The variable that names the account that administers a service.
#[must_use]
pub fn administrator_id(service: ServiceId) -> String {
    format!("ROLLCALL_{}_ADMINISTRATOR_ID", service.as_str().to_ascii_uppercase())
}

/// The variable that names the role in a service's administrator account.
#[must_use]
pub fn administrator_role(service: ServiceId) -> String {
    format!("ROLLCALL_{}_ADMINISTRATOR_ROLE_ARN", service.as_str().to_ascii_uppercase())
}

/// A function's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Whether anything is changed.
    pub mode: Mode,
    /// Who administers each service, and how that account is reached.
    pub administrators: BTreeMap<ServiceId, (AccountId, Access)>,
    /// Reads as the management account.
    pub management_read: Access,
    /// Writes as the management account.
    pub management_write: Access,
    /// Calls at a time within one target.
    pub concurrency: usize,
    /// How patiently calls are made.
    pub settings: Settings,
    /// How long before its deadline a function stops.
    pub stop_before: Duration,
    /// After so many receives a message that is still pending is given up.
    pub max_receives: u32,
    /// The stack's bucket.
    pub bucket: Option<String>,
    /// The ARN of the sweep's state machine.
    pub state_machine: Option<String>,
    /// The event bus that the sweep's events go to.
    pub event_bus: Option<String>,
    /// So many memberships may newly be enrolled by one sweep.
    pub max_enrolments: Option<usize>,
    /// So many targets the sweep re-asserts side by side.
    pub targets_at_once: usize,
    /// Seconds before the sweep looks again where AWS is at work.
    pub wait_seconds: u32,
    /// Least level of log lines.
    pub log: tracing::Level,
    /// The region of the stack.
    pub home: Region,
}

/// Everything that is wrong with the environment, at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationError(pub Vec<String>);

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is not usable: {}", self.0.join("; "))
    }
}

impl std::error::Error for ConfigurationError {}

impl Configuration {
    /// Reads the configuration through `look_up`, which gives a variable's value by its name.
    pub fn read(look_up: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader { look_up, mistakes: Vec::new() };
        let administrators = CATALOG.iter().filter_map(|entry| reader.administrator(entry.spec.id)).collect();
        let defaults = Settings::default();
        let (mode, home) = (reader.mode(), reader.home());
        let (management_read, management_write) = (reader.role(READ_ROLE), reader.role(WRITE_ROLE));
        let max_attempts = reader.number(MAX_ATTEMPTS, 1..=10);
        let initial_backoff = Duration::from_millis(reader.number(INITIAL_BACKOFF, 1..=60_000).into());
        let stop_before = Duration::from_millis(reader.number(STOP_BEFORE, 0..=600_000).into());
        let concurrency = reader.number(CONCURRENCY, 1..=100) as usize;
        let max_receives = reader.number(MAX_RECEIVES, 1..=1000);
        let wait_seconds = reader.number(WAIT, 1..=3_600);
        let targets_at_once = reader.number(TARGETS_AT_ONCE, 1..=40) as usize;
        let max_enrolments = reader.limit(MAX_ENROLMENTS);
        let [bucket, state_machine, event_bus] =
            [BUCKET, STATE_MACHINE, EVENT_BUS].map(|name| reader.text(name).filter(|text| !text.is_empty()));
        let log = reader.parsed(LOG, "`error`, `warn`, `info`, `debug` or `trace`").unwrap_or(tracing::Level::INFO);
        let (Some(mode), Some(home), true) = (mode, home, reader.mistakes.is_empty()) else {
            return Err(ConfigurationError(reader.mistakes));
        };
        let settings = Settings { max_attempts, initial_backoff, ..defaults };
        Ok(Self {
            mode,
            administrators,
            management_read,
            management_write,
            concurrency,
            settings,
            stop_before,
            max_receives,
            bucket,
            state_machine,
            event_bus,
            max_enrolments,
            targets_at_once,
            wait_seconds,
            log,
            home,
        })
    }
}

/// Reads variables and gathers every mistake.
struct Reader<F> {
    look_up: F,
    mistakes: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn text(&self, name: &str) -> Option<String> {
        let set = (self.look_up)(name).map(|value| value.trim().to_owned());
        let default = VARIABLES.iter().find(|(known, ..)| *known == name).and_then(|(_, default, _)| *default);
        set.filter(|value| !value.is_empty()).or_else(|| default.map(str::to_owned))
    }

    fn mistake<T>(&mut self, name: &str, value: &str, wanted: &str) -> Option<T> {
        // What was set by mistake may be an address.
        let shown: String = if value.contains('@') { "(left out)".into() } else { value.chars().take(60).collect() };
        self.mistakes.push(format!("{name} is {shown:?}; set it to {wanted}"));
        None
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &str, wanted: &str) -> Option<T> {
        let Some(text) = self.text(name) else {
            self.mistakes.push(format!("{name} is not set; set it to {wanted}"));
            return None;
        };
        text.parse().ok().or_else(|| self.mistake(name, &text, wanted))
    }

    fn mode(&mut self) -> Option<Mode> {
        match self.text(MODE).as_deref() {
            Some("plan") | None => Some(Mode::Plan),
            Some("apply") => Some(Mode::Apply),
            Some(other) => self.mistake(MODE, other, "`plan` or `apply`"),
        }
    }

    fn home(&mut self) -> Option<Region> {
        self.parsed(HOME, "a region such as eu-central-1")
    }

    fn number(&mut self, name: &str, range: std::ops::RangeInclusive<u32>) -> u32 {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        let number: u32 = self.parsed(name, &wanted).unwrap_or(*range.start());
        if range.contains(&number) {
            return number;
        }
        self.mistake(name, &number.to_string(), &wanted).unwrap_or(*range.start())
    }

    fn limit(&mut self, name: &str) -> Option<usize> {
        match self.text(name).as_deref() {
            Some("unlimited") | None => None,
            Some(number) => {
                number.parse().ok().or_else(|| self.mistake(name, number, "a whole number, or `unlimited`"))
            }
        }
    }

    fn administrator(&mut self, service: ServiceId) -> Option<(ServiceId, (AccountId, Access))> {
        let role = self.role(&administrator_role(service));
        let id = self.parsed(&administrator_id(service), "a 12-digit account id")?;
        Some((service, (id, role)))
    }

    fn role(&mut self, name: &str) -> Access {
        let arn = self.text(name).unwrap_or_default();
        let access = Access::new(&arn);
        if access.role_arn.is_some() && (access.account().is_none() || !arn.contains(":iam::")) {
            self.mistake::<()>(
                name,
                &arn,
                "a role's ARN such as arn:aws:iam::111122223333:role/name, or leave it empty",
            );
        }
        access
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Configuration, Vec<String>> {
        let required = [
            ("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID", "222222222222"),
            ("ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", "222222222222"),
            ("AWS_REGION", "eu-central-1"),
        ];
        let variables: BTreeMap<&str, &str> = required.into_iter().chain(set.iter().copied()).collect();
        Configuration::read(|name| variables.get(name).map(|value| (*value).to_owned())).map_err(|error| error.0)
    }

    #[test]
    fn plan_mode_is_the_default_and_empty_roles_mean_the_account_of_the_stack() {
        let configuration = read(&[("ROLLCALL_MANAGEMENT_READ_ROLE_ARN", " ")]).unwrap();
        assert_eq!(configuration.mode, Mode::Plan);
        assert_eq!(configuration.management_read, Access::default());
        assert_eq!(configuration.settings.initial_backoff, Duration::from_secs(1));
    }

    #[test]
    fn a_number_out_of_its_range_is_told_with_the_range() {
        for (name, value) in
            [("ROLLCALL_CONCURRENCY", "0"), ("ROLLCALL_MAX_ATTEMPTS", "-1"), ("ROLLCALL_MAX_RECEIVES", "many")]
        {
            let mistakes = read(&[(name, value)]).unwrap_err();
            assert!(mistakes[0].contains(name) && mistakes[0].contains(value) && mistakes[0].contains("from 1 to"));
            assert_eq!(mistakes.len(), 1);
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let wrong = [
            ("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID", "22222222222"),
            ("ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", ""),
            ("ROLLCALL_INSPECTOR_ADMINISTRATOR_ROLE_ARN", "arn:aws:s3:::bucket"),
            ("ROLLCALL_MODE", "Apply!"),
            ("ROLLCALL_LOG", "loud"),
            ("ROLLCALL_MAX_ENROLMENTS", "-1"),
            ("ROLLCALL_WAIT_SECONDS", "0"),
            ("AWS_REGION", "Frankfurt"),
        ];
        let mistakes = read(&wrong).unwrap_err();
        assert_eq!(mistakes.len(), wrong.len(), "{mistakes:#?}");
        for (name, _) in wrong {
            assert!(mistakes.iter().any(|mistake| mistake.contains(name)), "{name}");
        }
    }
}
