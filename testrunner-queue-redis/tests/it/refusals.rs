//! Servers that say no: what the user reads, and what nobody may read.

use testrunner_core::StoreErrorKind;
use testrunner_core::queue::Queue as _;
use testrunner_core::store::StoreError;
use testrunner_queue_redis::RedisOptions;

use crate::bench::{Bench, ticket};
use crate::server::Server;

/// Long enough for the server to say no, short enough to be waited for: it never says yes.
const WAIT: std::time::Duration = std::time::Duration::from_secs(2);

async fn refused(options: RedisOptions, url: &str) -> StoreError {
    let queue = options.open_queue(url).expect("valid");
    let error = queue.connected(WAIT).await.expect_err("refused");
    let offered = queue.offer(&[ticket(1)]).await.expect_err("refused");
    assert_eq!(error.to_string(), offered.to_string());
    error
}

pub(crate) async fn another_key_of_that_name(bench: Bench) {
    bench.ask::<()>(&[b"SET", bench.queue.as_bytes(), b"something else"]).await;
    let error = refused(bench.options(), &bench.url).await;
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    let said = error.to_string();
    for part in [&bench.queue, "choose another one", "redis-cli del", &bench.address()] {
        assert!(said.contains(part), "{said}");
    }
    // It does as it is told.
    bench.delete().await;
    drop(bench.open().await);
}

pub(crate) async fn a_wrong_password_is_not_shown(mut server: Server) {
    server.start(&["--requirepass", "right"]).await;
    let url = format!("redis://:s3cret@127.0.0.1:{}/", server.port);
    let options = RedisOptions::new();
    let bell = options.clone().open_bell(&url).expect("valid");
    let error = refused(options, &url).await;
    let rung = bell.connected(WAIT).await.expect_err("refused");
    for error in [error, rung] {
        assert_eq!(error.kind(), StoreErrorKind::Invalid);
        let said = format!("{error} {error:?}");
        assert!(said.contains("check user and password"), "{said}");
        assert!(said.contains(&format!("127.0.0.1:{}", server.port)), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    assert!(!format!("{bell:?}").contains("s3cret"), "{bell:?}");
}
