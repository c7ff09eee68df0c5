//! The command line. I/O: the arguments; each command says what else it does.

mod apply;
mod connect;
mod coverage;
mod doctor;
mod explain;
mod files;
mod output;
mod plan;
mod policy;
mod run;
mod shell;
mod text;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::{Ended, FAILED, fail};

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
  1  the command failed, what it checked is wrong, or the usage is wrong
  2  the command did its work, and something is left to do

Credentials come from where AWS's tools find them: environment, profile, single sign-on.

Examples:
  rollcall plan --simulate
  rollcall apply --yes --simulate state=trial.state
  rollcall coverage --simulate state=trial.state --html coverage.html
  rollcall help plan";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what would change, and change nothing
    Plan(plan::Arguments),
    /// Show what would change, ask, and do it
    Apply(apply::Arguments),
    /// Show what is covered, what is not, and why
    Coverage(coverage::Arguments),
    /// Show what is wanted of one account, how it stands, and what comes next
    Explain(explain::Arguments),
    /// Look for what keeps Rollcall from its work, and tell the commands that mend it
    Doctor(doctor::Arguments),
    /// Check, show or store a policy, or print what there is to know of policies
    Policy(policy::Arguments),
    /// Print the completions of a shell
    Completions(shell::Completions),
    /// Print the manual page, or write those of all commands into a folder
    Man(shell::Manual),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Where the message cannot be written, the exit code is all that is left to say.
            _ = error.print();
            return ExitCode::from(if error.use_stderr() { FAILED } else { 0 });
        }
    };
    let ended = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let ended = runtime.block_on(Box::pin(run(arguments.command)));
            // Somebody may still be waited for at the terminal.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(error.into()),
    };
    ended.unwrap_or_else(|failure| fail(&failure.0))
}

async fn run(command: Command) -> Ended {
    match command {
        Command::Plan(arguments) => Box::pin(plan::run(&arguments)).await,
        Command::Apply(arguments) => Box::pin(apply::run(&arguments)).await,
        Command::Coverage(arguments) => Box::pin(coverage::run(&arguments)).await,
        Command::Explain(arguments) => Box::pin(explain::run(&arguments)).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(&arguments)).await,
        Command::Policy(arguments) => Box::pin(policy::run(&arguments)).await,
        Command::Completions(arguments) => Ok(arguments.print()),
        Command::Man(arguments) => arguments.write(),
    }
}
