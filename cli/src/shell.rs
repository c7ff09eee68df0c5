//! `rollcall completions` and `rollcall man`. I/O: writes manual pages where asked to.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};
use clap_mangen::{Man, generate_to};

use crate::output::{Ended, Failure, print};

#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

const COMPLETIONS_HELP: &str = "\
Examples:
  rollcall completions bash > /etc/bash_completion.d/rollcall
  rollcall completions zsh > ~/.zfunc/_rollcall";

#[derive(Debug, Args)]
#[command(after_help = MANUAL_HELP)]
pub(crate) struct Manual {
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

const MANUAL_HELP: &str = "\
Examples:
  rollcall man | man -l -
  rollcall man --folder /usr/local/share/man/man1";

impl Completions {
    /// Prints them.
    pub(crate) fn print(&self) -> ExitCode {
        let mut script = Vec::new();
        generate(self.shell, &mut crate::Arguments::command(), "rollcall", &mut script);
        print(&String::from_utf8_lossy(&script), 0)
    }
}

impl Manual {
    /// Prints the page of the command itself, or writes all.
    pub(crate) fn write(&self) -> Ended {
        let command = crate::Arguments::command();
        if let Some(folder) = &self.folder {
            let written = generate_to(command, folder);
            written.map_err(|error| Failure(format!("cannot write into {}: {error}", folder.display())))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        Ok(print(&String::from_utf8_lossy(&page), 0))
    }
}
