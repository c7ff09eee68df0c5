//! The command line. I/O: the arguments; each command says what else it does.

mod output;
mod policy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps every account of an AWS organization enrolled in GuardDuty and Inspector.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, arg_required_else_help = true, after_help = HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
Exit codes:
  0  all is well
  1  something was found that is not as it should be
  2  the command could not do its work, or the usage is wrong

Examples:
  rollcall policy default > policy.toml
  rollcall policy check policy.toml
  rollcall help policy check";

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a policy, or print what there is to know of policies.
    Policy(policy::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Policy(arguments) => policy::run(&arguments),
    }
}
