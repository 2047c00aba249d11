//! All measurements of a store, said one by one.

use std::sync::Arc;

use testrunner_core::Store;

use super::{Answer, EVENTS, Load, Part, Rate, Wanted};

/// Measures what is wanted, and prints each figure when it is there.
///
/// # Errors
/// The store failed.
pub async fn rates(store: Arc<dyn Store>, wanted: &Wanted) -> Answer {
    let load = Load::new(store, wanted.time).await?;
    for part in &wanted.parts {
        load.part(*part, wanted.json).await?;
    }
    Ok(())
}

impl Load {
    async fn part(&self, part: Part, json: bool) -> Answer {
        match part {
            Part::Items => {
                for batch in [1, 10, 100, 1_000] {
                    // What was claimed is ended in any case: more at once would only make that longer.
                    for workers in [1, 8, 32].into_iter().filter(|workers| workers * batch <= 1_000) {
                        say(&self.items(usize::try_from(workers)?, batch).await?, json)?;
                    }
                }
            }
            Part::Worker => {
                for slots in [1, 8, 32] {
                    say(&self.worker(slots).await?, json)?;
                }
            }
            Part::Events => {
                for (testruns, writers) in [(1, 1), (1, 8), (1, 32), (8, 8), (32, 32)] {
                    say(&self.events(testruns, writers, EVENTS).await?, json)?;
                }
                for writers in [1, 8, 32] {
                    say(&self.events(1, writers, 1).await?, json)?;
                }
            }
            Part::Followed => say(&self.followed(EVENTS).await?, json)?,
            Part::Creates => {
                for submitters in [1, 8, 32] {
                    say(&self.creates(submitters).await?, json)?;
                }
            }
            Part::Lists => say(&self.lists().await?, json)?,
        }
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn say(rate: &Rate, json: bool) -> Answer {
    if json {
        println!("{}", serde_json::to_string(rate)?);
    } else {
        println!("{rate}");
    }
    Ok(())
}
