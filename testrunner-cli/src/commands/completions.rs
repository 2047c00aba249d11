//! `testrunner completions`

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::screen::Screen;

/// Prints a script for the shell to read.
pub(super) fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "testrunner", &mut script);
    let mut screen = Screen::new();
    screen.bytes(&script);
    screen.close()?;
    Ok(Exit::Passed)
}
