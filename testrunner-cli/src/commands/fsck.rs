//! `testrunner fsck`

use testrunner_core::store::ListQuery;
use testrunner_core::{Store, TestrunId, fsck};

use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::screen::{Screen, say};
use crate::place::Place;
use crate::storage::Storage;

/// Checks the database, then each Testrun against its log.
pub(super) async fn fsck(ids: Vec<TestrunId>, place: &Place) -> Result<Exit> {
    place.refuse_server(
        "`fsck` checks a database, not a server",
        "; --store or --data-dir names the database",
    )?;
    let Some(store) = place.open_existing().await? else {
        say("no Testruns yet");
        return Ok(Exit::Passed);
    };
    let checked = check(&store, ids).await;
    store.close().await;
    checked
}

async fn check(storage: &Storage, ids: Vec<TestrunId>) -> Result<Exit> {
    storage.check().await?;
    let store = storage.store();
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

async fn all(store: &dyn Store) -> Result<Vec<TestrunId>> {
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
