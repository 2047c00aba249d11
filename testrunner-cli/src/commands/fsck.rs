//! `testrunner fsck`

use testrunner_core::store::ListQuery;
use testrunner_core::{Store as _, TestrunId, fsck};
use testrunner_store_sqlite::SqliteStore;

use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::screen::{Screen, say};
use crate::place::Place;

/// Checks the file, then each Testrun against its log.
pub(super) async fn fsck(ids: Vec<TestrunId>, place: &Place) -> Result<Exit> {
    place.refuse_server(
        "`fsck` checks the data of this machine, not of a server",
        "; --data-dir names the data folder",
    )?;
    let Some(store) = place.open_existing().await? else {
        say("no Testruns yet");
        return Ok(Exit::Passed);
    };
    let checked = check(&store, ids).await;
    store.close().await;
    checked
}

async fn check(store: &SqliteStore, ids: Vec<TestrunId>) -> Result<Exit> {
    store.check().await?;
    let ids = if ids.is_empty() { all(store).await? } else { ids };
    let mut screen = Screen::new();
    let mut found = 0;
    for id in &ids {
        let findings = fsck::check(store, *id).await?;
        found += findings.len();
        findings.iter().for_each(|finding| screen.line(&finding.to_string()));
    }
    let checked = if ids.len() == 1 { "1 Testrun".to_owned() } else { format!("{} Testruns", ids.len()) };
    match found {
        0 => screen.line(&format!("{checked} checked, all in order")),
        1 => screen.line(&format!("{checked} checked, 1 finding")),
        _ => screen.line(&format!("{checked} checked, {found} findings")),
    }
    screen.close()?;
    Ok(if found == 0 { Exit::Passed } else { Exit::Infrastructure })
}

async fn all(store: &SqliteStore) -> Result<Vec<TestrunId>> {
    let mut ids = Vec::new();
    let mut query = ListQuery { limit: 500, ..ListQuery::default() };
    loop {
        let page = store.list(&query).await?;
        ids.extend(page.rows.iter().map(|run| run.id));
        query.before = page.next;
        if page.next.is_none() {
            ids.reverse();
            return Ok(ids);
        }
    }
}
