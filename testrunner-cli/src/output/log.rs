//! A whole event log, read page by page.

use testrunner_core::event::Event;
use testrunner_core::store::EventLimit;
use testrunner_core::{Report, Seq, Store, StoreError, TestrunId};

/// Calls `each` with every event that is stored now.
///
/// # Errors
/// There is no such Testrun, or the store failed.
pub(crate) async fn read(
    store: &dyn Store,
    run: TestrunId,
    mut each: impl FnMut(&Event) + Send,
) -> Result<(), StoreError> {
    let mut after = Seq(0);
    loop {
        let page = store.events(run, after, EventLimit::default()).await?;
        let Some(last) = page.events.last() else { return Ok(()) };
        after = last.seq;
        page.events.iter().for_each(&mut each);
    }
}

/// The report of all that is stored now.
///
/// # Errors
/// There is no such Testrun, or the store failed.
pub(crate) async fn report(store: &dyn Store, run: TestrunId) -> Result<Report, StoreError> {
    let mut report = Report::default();
    read(store, run, |event| report.apply(event)).await?;
    Ok(report)
}
