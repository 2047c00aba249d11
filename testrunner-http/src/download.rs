//! Files and reports that are in memory while they are sent: so many bytes of them at once, whoever reads them.

use axum::body::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use crate::problem::Problem;
use crate::turns::Turns;

/// Bytes are counted in steps of this.
const STEP: u64 = 64 << 10;
/// Reports that are put together at once: how large one becomes is known only then.
const REPORTS_AT_ONCE: u32 = 2;

/// The memory for downloads.
#[derive(Clone, Debug)]
pub(crate) struct Downloads {
    bytes: Turns,
    pub(crate) reports: Turns,
}

impl Downloads {
    /// Memory for so many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        let steps = u32::try_from(bytes / STEP).unwrap_or(u32::MAX);
        let full = "other downloads take up the memory for them; try again";
        let reports = Turns::new(REPORTS_AT_ONCE, "other reports are being put together; try again");
        Self { bytes: Turns::new(steps, full), reports }
    }

    /// Takes the room for so many bytes. What is larger than all of it waits for all of it.
    ///
    /// # Errors
    /// It is taken, and not given back soon.
    pub(crate) async fn room(&self, bytes: u64) -> Result<Room, Problem> {
        self.bytes.take_many(bytes.div_ceil(STEP)).await.map(Room)
    }
}

/// Room in memory, until it is dropped.
#[derive(Debug)]
pub(crate) struct Room(OwnedSemaphorePermit);

impl Room {
    /// The bytes it is for. It is given back with the last of them, wherever in the connection they wait.
    pub(crate) fn hold(self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(Held { bytes, _room: self.0 })
    }
}

#[derive(Debug)]
struct Held {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
