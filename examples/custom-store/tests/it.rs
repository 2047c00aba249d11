//! The example prints what it promises, and its store keeps what stores promise.

use std::process::Command;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use example_custom_store::AuditStore;
use testrunner_core::{ManualClock, MemoryStore, Store};
use testrunner_testkit::store::StoreHarness;

#[test]
fn output_is_as_expected() {
    let output = Command::new(env!("CARGO_BIN_EXE_example-custom-store")).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), include_str!("../expected.out"));
}

/// Keeps what is behind the last store, so that `reopen` gives another one in front of the same.
#[derive(Default)]
struct Audit(Mutex<Option<MemoryStore>>);

#[async_trait]
impl StoreHarness for Audit {
    async fn fresh(&self, clock: ManualClock) -> Arc<dyn Store> {
        *self.0.lock().expect("not poisoned") = Some(MemoryStore::with_clock(Arc::new(clock.clone())));
        self.reopen(clock).await
    }

    async fn reopen(&self, _clock: ManualClock) -> Arc<dyn Store> {
        let inner = self.0.lock().expect("not poisoned").clone();
        Arc::new(AuditStore::over(inner.expect("fresh comes first"), std::io::sink()))
    }
}

testrunner_testkit::store_conformance!(Audit::default());
