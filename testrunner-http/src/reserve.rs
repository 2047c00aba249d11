//! Room that is kept free on the disk, so that what runs can end.

use std::path::PathBuf;

use crate::problem::Problem;

/// New Testruns are refused while less than this is free.
#[derive(Clone, Debug)]
pub struct Reserve {
    /// A folder on the disk.
    pub folder: PathBuf,
    /// In bytes.
    pub bytes: u64,
}

impl Reserve {
    /// Whether there is room enough now.
    ///
    /// # Errors
    /// There is less room, or the folder cannot be asked.
    pub async fn check(&self) -> Result<(), Problem> {
        let folder = self.folder.clone();
        let asked = tokio::task::spawn_blocking(move || rustix::fs::statvfs(&folder)).await;
        match asked {
            Ok(Ok(disk)) => {
                let free = disk.f_bavail.saturating_mul(disk.f_frsize);
                if free < self.bytes { Err(Problem::disk_low(free, self.bytes)) } else { Ok(()) }
            }
            Ok(Err(error)) => {
                Err(Problem::internal(format!("cannot ask for room in {}: {error}", self.folder.display())))
            }
            Err(error) => Err(Problem::internal(format!("cannot ask for room: {error}"))),
        }
    }
}
