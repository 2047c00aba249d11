//! What a fleet of one's own needs of the machine.

use std::path::{Path, PathBuf};

/// Programs of servers, found.
#[derive(Debug)]
pub(crate) struct Programs {
    /// The folder of PostgreSQL's server programs.
    pub(crate) postgres: PathBuf,
    /// The folder of RabbitMQ's own scripts: those in the search path change the user.
    pub(crate) rabbitmq: PathBuf,
}

/// # Errors
/// What is missing, for people to read.
pub(crate) fn find() -> Result<Programs, String> {
    if !rustix::process::geteuid().is_root() {
        return Err("networks are made by root alone".to_owned());
    }
    for program in ["ip", "setpriv"] {
        in_path(program).ok_or_else(|| format!("{program} is not installed"))?;
    }
    let postgres = postgres().ok_or("PostgreSQL's server programs are not installed")?;
    let rabbitmq = Path::new("/usr/lib/rabbitmq/bin");
    if !rabbitmq.join("rabbitmq-server").is_file() {
        return Err("RabbitMQ is not installed".to_owned());
    }
    Ok(Programs { postgres, rabbitmq: rabbitmq.to_owned() })
}

/// The newest.
fn postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let found = versions.filter_map(|version| {
        let number: u32 = version.file_name().to_str()?.parse().ok()?;
        let folder = version.path().join("bin");
        folder.join("initdb").is_file().then_some((number, folder))
    });
    found.max().map(|(_, folder)| folder)
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|found| found.is_file())
}
