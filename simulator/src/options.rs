//! The options of a simulation, for the command line and the library alike. No I/O.

use std::net::{Ipv4Addr, SocketAddr};

/// How a simulation starts and behaves.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "organization-simulator", version, about = "A simulated AWS organization that speaks the real wire protocols", long_about = None)]
pub struct Options {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:4510")]
    pub listen: SocketAddr,
    /// How many accounts, with the management and the intended administrator account
    #[arg(long, default_value_t = 12)]
    pub accounts: usize,
    /// The regions, separated by commas; `all` for the 34 of the commercial partition
    #[arg(long, value_delimiter = ',', default_value = "us-east-1,eu-west-1,ap-east-1")]
    pub regions: Vec<String>,
    /// How long each answer takes
    #[arg(long, default_value_t = 0)]
    pub latency_ms: u64,
    /// Keep no log of the calls: it grows with each
    #[arg(long)]
    pub forget_calls: bool,
    /// What ids and chances are drawn from
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How long a transition shows its intermediate state
    #[arg(long, default_value_t = 2_000)]
    pub transition_ms: u64,
    /// Apply the documented rates of Organizations, Account Management and Parameter Store
    #[arg(long)]
    pub documented_rates: bool,
    /// Offer services and features only where AWS documents them
    #[arg(long)]
    pub documented_offers: bool,
    /// How many accounts are suspended
    #[arg(long, default_value_t = 0)]
    pub suspended: usize,
    /// How many accounts are closed
    #[arg(long, default_value_t = 0)]
    pub closed: usize,
    /// How many organizational units the members are spread over, half of them within another; none: all are in the root
    #[arg(long, default_value_t = 0)]
    pub organizational_units: usize,
    /// How many members have an opt-in region off: COUNT:REGION; may be repeated
    #[arg(long, value_name = "COUNT:REGION")]
    pub region_off: Vec<String>,
    /// A region without the service: SERVICE:REGION; may be repeated
    #[arg(long, value_name = "SERVICE:REGION")]
    pub service_not_offered: Vec<String>,
    /// A region without the feature or resource type: SERVICE:FEATURE:REGION; may be repeated
    #[arg(long, value_name = "SERVICE:FEATURE:REGION")]
    pub feature_not_offered: Vec<String>,
    /// A special state, as JSON, as for POST /_simulator/state; may be repeated
    #[arg(long, value_name = "JSON")]
    pub state: Vec<String>,
    /// A fault, as JSON, as for POST /_simulator/faults; may be repeated
    #[arg(long, value_name = "JSON")]
    pub fault: Vec<String>,
    /// A switch: NAME=VALUE; GET /_simulator/settings lists them; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

impl Default for Options {
    /// Those of the command line, but on a free port.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            accounts: 12,
            regions: ["us-east-1", "eu-west-1", "ap-east-1"].map(str::to_owned).to_vec(),
            latency_ms: 0,
            forget_calls: false,
            seed: 1,
            transition_ms: 2_000,
            documented_rates: false,
            documented_offers: false,
            suspended: 0,
            closed: 0,
            organizational_units: 0,
            region_off: Vec::new(),
            service_not_offered: Vec::new(),
            feature_not_offered: Vec::new(),
            state: Vec::new(),
            fault: Vec::new(),
            set: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn library_and_command_line_have_the_same_defaults() {
        let mut parsed = Options::parse_from(["organization-simulator"]);
        parsed.listen = Options::default().listen;
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Options::default()));
    }
}
