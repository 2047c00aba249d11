//! What the target has of its own is never touched.

use std::time::Duration;

use testrunner_core::TestrunId;
use testrunner_core::copy::CopyError;
use testrunner_core::store::{NewTestrun, Numbers};

use super::fill::with_key;
use super::{CopyHarness, Pair};
use crate::store::factory::{per_file, whole};

/// The Testrun is named, and both ledgers stay as they are.
async fn expect_refusal(pair: &Pair, wanted: TestrunId, words: &str) {
    let before = (pair.to.numbers().await.expect("numbers"), pair.target.runs().await);
    match pair.copy().await {
        Err(CopyError::Differs { run, what }) => {
            assert!(run == wanted && what.contains(words), "Testrun {run}: {what}");
        }
        other => panic!("{other:?}"),
    }
    let after = (pair.to.numbers().await.expect("numbers"), pair.target.runs().await);
    assert_eq!(before, after);
    assert_eq!(pair.to.parts().await.expect("parts"), []);
}

/// Another one of the same number.
pub async fn another_run_of_the_same_number_is_refused(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    for _ in 0..2 {
        pair.source.submit(&whole(1)).await;
    }
    pair.source.pass_all("w").await;
    pair.target.submit(&NewTestrun { username: "eve".to_owned(), ..whole(1) }).await;
    expect_refusal(&pair, TestrunId(1), "username").await;
}

/// One that looks the same and was submitted at another time.
pub async fn a_likeness_is_refused(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    pair.source.submit(&whole(1)).await;
    pair.source.pass_all("w").await;
    pair.source.advance(Duration::from_micros(1));
    pair.target.submit(&whole(1)).await;
    pair.target.pass_all("w").await;
    expect_refusal(&pair, TestrunId(1), "time of creation").await;
}

/// One that was the same and ended in another way.
pub async fn another_end_is_refused(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    for bench in [&pair.source, &pair.target] {
        bench.submit(&whole(1)).await;
    }
    pair.source.pass_all("w").await;
    let lease = pair.target.claim_one("w").await;
    pair.target.complete(&lease, testrunner_core::FileOutcome::Failed).await;
    expect_refusal(&pair, TestrunId(1), "stands elsewhere").await;
}

/// One of another number whose items have numbers of the source's.
pub async fn another_item_of_the_same_number_is_refused(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    pair.source.submit(&per_file(3)).await;
    pair.source.pass_all("w").await;
    let own = Numbers { run: TestrunId(6), ..Numbers::default() };
    pair.to.reserve(own).await.expect("reserve");
    let stranger = pair.target.submit(&whole(1)).await.id();
    expect_refusal(&pair, stranger, "item 1 ").await;
}

/// One of another number with a key of the source's.
pub async fn another_run_of_the_same_key_is_refused(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    pair.source.submit(&with_key()).await;
    pair.source.pass_all("w").await;
    pair.to.reserve(pair.from.numbers().await.expect("numbers")).await.expect("reserve");
    let stranger = pair.target.submit(&with_key()).await.id();
    expect_refusal(&pair, stranger, "idempotency key").await;
}

/// One that is in nobody's way stays beside what is copied.
pub async fn a_stranger_stays(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let copied = pair.source.submit(&whole(1)).await.id();
    pair.source.pass_all("w").await;
    pair.to.reserve(pair.from.numbers().await.expect("numbers")).await.expect("reserve");
    let stranger = pair.target.submit(&whole(1)).await.id();
    let before = pair.target.dump(stranger).await;
    pair.copy_all().await;
    assert_eq!(pair.target.runs().await, [copied, stranger]);
    assert_eq!(pair.target.dump(stranger).await, before);
    pair.expect_same(copied).await;
}
