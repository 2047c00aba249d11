//! The queue suite over the store's own queue, and over the one that carries tickets.

mod store_queue {
    use std::sync::Arc;

    use async_trait::async_trait;
    use testrunner_core::queue::{Queue, StoreQueue};
    use testrunner_core::{MemoryStore, Store as _};
    use testrunner_testkit::queue::QueueHarness;

    /// Handles on one memory store.
    #[derive(Default)]
    struct OverMemory(MemoryStore);

    #[async_trait]
    impl QueueHarness for OverMemory {
        async fn fresh(&self) -> Arc<dyn Queue> {
            Arc::new(StoreQueue::new(self.0.doorbell()))
        }

        async fn reopen(&self) -> Arc<dyn Queue> {
            self.fresh().await
        }
    }

    testrunner_testkit::queue_conformance!(OverMemory::default());
}

mod ticket_queue {
    use std::sync::Arc;

    use async_trait::async_trait;
    use testrunner_core::queue::Queue;
    use testrunner_testkit::fault::TicketQueue;
    use testrunner_testkit::queue::QueueHarness;

    struct InMemory(TicketQueue);

    #[async_trait]
    impl QueueHarness for InMemory {
        async fn fresh(&self) -> Arc<dyn Queue> {
            Arc::new(self.0.clone())
        }

        async fn reopen(&self) -> Arc<dyn Queue> {
            self.fresh().await
        }
    }

    testrunner_testkit::queue_conformance!(InMemory(TicketQueue::faithful()));
}
