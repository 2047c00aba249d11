//! Who may be let in: uploaded code runs with this user's rights, so only programs of this machine, unless it was said
//! otherwise in every respect.

use crate::cli::{Sandbox, ServeArgs};
use crate::failure::{Failure, Result};
use crate::server::tokens::Tokens;

/// # Errors
/// The address can be reached from elsewhere, and something that this takes is missing.
pub(super) async fn check(args: &ServeArgs, tokens: &Tokens) -> Result<()> {
    if args.bind.ip().is_loopback() {
        return Ok(());
    }
    let has_token = tokens.has_others().await?;
    let needed = [
        (!args.allowed_hosts.is_empty(), "--allowed-host with the name that others reach it by"),
        (has_token, "a token for others (`testrunner token create`)"),
        (
            args.isolation == Some(Sandbox::None),
            "--isolation none, because uploaded code runs with this user's rights",
        ),
    ];
    let missing: Vec<&str> = needed.iter().filter(|(there, _)| !there).map(|(_, what)| *what).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!("{} can be reached from other machines", args.bind.ip()))
        .hint(format!("this takes {}", missing.join("; and "))))
}
