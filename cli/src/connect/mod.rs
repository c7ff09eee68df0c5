//! On what a command works, and as whom: options, the environment, or a simulated organization. I/O: the environment;
//! starts the simulation.

mod simulation;

use std::{env, path::PathBuf, str::FromStr};

use clap::Args;
use rollcall_aws::{Aws, Source};
use rollcall_core::{Mode, ServiceId};
use rollcall_runtime::{Configuration, Session, administrator_id, administrator_role, find};
use tracing::Level;

use crate::output::Failure;
use simulation::{Simulation, Specification};

/// The options that say on what a command works, and as whom.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "the help is printed as it is")]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connect {
    /// Work on a simulated organization instead of AWS, such as `accounts=60,regions=5,state=FILE`, each optional
    ///
    /// Without `state` each command starts with nothing enabled; with it the organization is kept in the file from one
    /// command to the next.
    #[arg(long, value_name = "SPECIFICATION", num_args = 0..=1, default_missing_value = "")]
    simulate: Option<Specification>,
    /// Profile of AWS's shared configuration files (env: AWS_PROFILE)
    #[arg(long, value_name = "NAME", conflicts_with = "simulate")]
    profile: Option<String>,
    /// Account that administers the services, or one of them (env: ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID,
    /// ROLLCALL_INSPECTOR_ADMINISTRATOR_ID)
    #[arg(long, value_name = "[SERVICE=]ID")]
    administrator: Vec<OfService>,
    /// Role in that account for everything about members; without one, the caller is in that account
    /// (env: ROLLCALL_GUARDDUTY_ADMINISTRATOR_ROLE_ARN, ROLLCALL_INSPECTOR_ADMINISTRATOR_ROLE_ARN)
    #[arg(long, value_name = "[SERVICE=]ARN")]
    administrator_role: Vec<OfService>,
    /// Role that reads Organizations and Account Management; without one, the caller reads them
    /// (env: ROLLCALL_MANAGEMENT_READ_ROLE_ARN)
    #[arg(long, value_name = "ARN")]
    management_read_role: Option<String>,
    /// Role in the management account for trusted access, designation and GuardDuty there
    /// (env: ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN)
    #[arg(long, value_name = "ARN")]
    management_write_role: Option<String>,
    /// The stack's bucket, with the policy and the newest report (env: ROLLCALL_BUCKET)
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
    /// The region of the stack and its bucket (env: AWS_REGION, AWS_DEFAULT_REGION; default: us-east-1)
    #[arg(long, value_name = "REGION")]
    home_region: Option<String>,
    /// Write log lines from this level on to standard error: error, warn, info, debug or trace (env: ROLLCALL_LOG)
    #[arg(long, value_name = "LEVEL")]
    log: Option<Level>,
}

/// A value for one service, or for all.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OfService {
    service: Option<ServiceId>,
    value: String,
}

impl FromStr for OfService {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // An ARN has no `=` before its account.
        let Some((service, value)) = text.split_once('=').filter(|(service, _)| !service.contains(':')) else {
            return Ok(Self { service: None, value: text.to_owned() });
        };
        let entry = find(service).ok_or_else(|| format!("{service:?} is not a service"))?;
        Ok(Self { service: Some(entry.spec.id), value: value.to_owned() })
    }
}

/// The administrator where none is needed.
const NOBODY: &str = "000000000000";

/// What a command works with.
pub(crate) struct Connected {
    pub(crate) session: Session,
    simulation: Option<Simulation>,
}

impl Connected {
    /// Whether this is the simulated organization.
    pub(crate) fn is_simulated(&self) -> bool {
        self.simulation.is_some()
    }

    /// Where a simulated organization keeps its policy: beside its own file.
    pub(crate) fn policy_file(&self) -> Option<PathBuf> {
        self.simulation.as_ref()?.policy_file()
    }

    /// Keeps the simulated organization, where a file was named for it.
    pub(crate) fn keep(&self) -> Result<(), Failure> {
        self.simulation.as_ref().map_or(Ok(()), Simulation::keep)
    }
}

impl Connect {
    /// Makes the session; no call is made yet.
    pub(crate) fn open(&self, mode: Mode) -> Result<Connected, Failure> {
        self.open_with(mode, |_| None)
    }

    /// The same for who needs the bucket only: no administrator has to be named.
    pub(crate) fn open_bucket(&self) -> Result<Connected, Failure> {
        let is_id = |name: &str| rollcall_runtime::CATALOG.iter().any(|entry| administrator_id(entry.spec.id) == name);
        self.open_with(Mode::Plan, |name| is_id(name).then(|| NOBODY.to_owned()))
    }

    fn open_with(&self, mode: Mode, otherwise: impl Fn(&str) -> Option<String>) -> Result<Connected, Failure> {
        let simulation = self.simulate.as_ref().map(Simulation::start).transpose()?;
        self.start_log();
        let look_up = |name: &str| {
            let found = self.option(name).or_else(|| match &simulation {
                Some(simulation) => simulation.variable(name),
                None => variable(name),
            });
            found.or_else(|| otherwise(name))
        };
        let configuration = Configuration::read(look_up).map_err(|error| {
            Failure(format!("{error}\nThe same can be said by options: see --help, or try --simulate."))
        })?;
        let source = match (&simulation, &self.profile) {
            (Some(simulation), _) => simulation.source(),
            (None, Some(profile)) => Source::Profile(profile.clone()),
            (None, None) => Source::Environment,
        };
        let aws = Aws::from(source, configuration.settings, &configuration.home, "cli");
        let session = Session::with(Configuration { mode, ..configuration }, aws);
        Ok(Connected { session, simulation })
    }

    /// What the options say of a variable.
    fn option(&self, name: &str) -> Option<String> {
        match name {
            "ROLLCALL_MANAGEMENT_READ_ROLE_ARN" => return self.management_read_role.clone(),
            "ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN" => return self.management_write_role.clone(),
            "ROLLCALL_BUCKET" => return self.bucket.clone(),
            "AWS_REGION" => return self.home_region.clone(),
            _ => {}
        }
        let said = |options: &[OfService], variable: fn(ServiceId) -> String| {
            let of = |option: &&OfService| match option.service {
                Some(service) => variable(service) == name,
                None => rollcall_runtime::CATALOG.iter().any(|entry| variable(entry.spec.id) == name),
            };
            // What is said of one service counts before what is said of all.
            let found = options.iter().filter(of).max_by_key(|option| option.service.is_some());
            found.map(|option| option.value.clone())
        };
        said(&self.administrator, administrator_id).or_else(|| said(&self.administrator_role, administrator_role))
    }

    fn start_log(&self) {
        let level = self.log.or_else(|| env::var("ROLLCALL_LOG").ok()?.parse().ok());
        if let Some(level) = level {
            let lines = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).compact();
            // A second start, as tests may make, keeps the first.
            _ = lines.try_init();
        }
    }
}

/// A variable of the environment. The stack's region is also taken from where other tools find it.
fn variable(name: &str) -> Option<String> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    match name {
        "AWS_REGION" => set(name).or_else(|| set("AWS_DEFAULT_REGION")).or_else(|| Some("us-east-1".to_owned())),
        // A person says by the command whether anything is changed.
        "ROLLCALL_MODE" => None,
        _ => set(name),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        connect: Connect,
    }

    fn option(line: &[&str], name: &str) -> Option<String> {
        Line::parse_from([&["rollcall"], line].concat()).connect.option(name)
    }

    #[test]
    fn an_administrator_is_of_all_services_or_of_one() {
        let line = ["--administrator", "inspector=333333333333", "--administrator", "222222222222"];
        let of = |name| option(&line, name);
        assert_eq!(of("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID").as_deref(), Some("222222222222"));
        assert_eq!(of("ROLLCALL_INSPECTOR_ADMINISTRATOR_ID").as_deref(), Some("333333333333"));
        assert_eq!(of("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ROLE_ARN"), None);
        assert!(Line::try_parse_from(["rollcall", "--administrator", "macie=222222222222"]).is_err());
    }

    #[test]
    fn a_role_may_be_of_one_service() {
        let arn = "arn:aws:iam::222222222222:role/a=b";
        assert_eq!(
            option(&["--administrator-role", arn], "ROLLCALL_INSPECTOR_ADMINISTRATOR_ROLE_ARN").as_deref(),
            Some(arn)
        );
        let line = format!("guardduty={arn}");
        assert_eq!(option(&["--administrator-role", &line], "ROLLCALL_INSPECTOR_ADMINISTRATOR_ROLE_ARN"), None);
    }
}
