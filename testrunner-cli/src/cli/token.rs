//! `testrunner token`.

use std::time::Duration;

use clap::Subcommand;
use testrunner_api::Role;

use super::values::{self, Format};

/// What to do with the tokens of this data folder.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it, once
    Create {
        /// What it may do: viewer, submitter, admin or worker
        #[arg(long, value_name = "ROLE", value_parser = role)]
        role: Role,
        /// Whose it is: the name that it submits under
        #[arg(long, value_name = "NAME")]
        name: String,
        /// When it ends, like 90d [default: never]
        #[arg(long, value_name = "TIME", value_parser = values::lifetime)]
        lifetime: Option<Duration>,
    },
    /// List tokens, without what is secret
    List {
        /// How to print them
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Make a token worthless, at once
    Revoke {
        /// Its id, as `token list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|_| "a role is viewer, submitter, admin or worker".to_owned())
}
