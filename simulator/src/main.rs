//! The program: a simulated AWS organization on a port. Does I/O through the library; prints where it listens.

use std::process::ExitCode;

use clap::Parser;
use organization_simulator::{Options, Simulator};

fn main() -> ExitCode {
    match Simulator::start(&Options::parse()) {
        Ok(simulator) => {
            println!("listening on {}", simulator.url());
            simulator.wait();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("organization-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}
