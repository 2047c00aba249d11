//! Brokers that say no: what the user reads, and what nobody may read.

use testrunner_core::StoreErrorKind;
use testrunner_core::queue::Queue as _;
use testrunner_core::store::StoreError;

use crate::bench::{Bench, ticket};

/// Long enough for the broker to say no, short enough to be waited for: it never says yes.
const WAIT: std::time::Duration = std::time::Duration::from_secs(5);

async fn refused(bench: &Bench, url: &str) -> StoreError {
    let queue = bench.options().open(url).expect("valid");
    let error = queue.connected(WAIT).await.expect_err("refused");
    let offered = queue.offer(&[ticket(1)]).await.expect_err("refused");
    assert_eq!(error.to_string(), offered.to_string());
    error
}

pub(crate) async fn another_queue_of_that_name(bench: Bench) {
    bench.squat().await;
    let error = refused(&bench, &bench.url).await;
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    let said = error.to_string();
    for part in [&bench.queue, "choose another name", "rabbitmqctl delete_queue", &bench.address()] {
        assert!(said.contains(part), "{said}");
    }
    // It does as it is told.
    bench.delete().await;
    drop(bench.open().await);
}

pub(crate) async fn a_wrong_password_is_not_shown(bench: Bench) {
    let url = format!("amqp://guest:s3cret@{}/%2f", bench.address());
    let error = refused(&bench, &url).await;
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    let said = format!("{error} {error:?}");
    assert!(said.contains("check user and password") && said.contains(&bench.address()), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

pub(crate) async fn a_virtual_host_that_is_not_there(bench: Bench) {
    let url = format!("amqp://guest:guest@{}/nowhere", bench.address());
    let error = refused(&bench, &url).await;
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    assert!(error.to_string().contains("vhost \"nowhere\""), "{error}");
}
