//! `/metrics`, in the text format of Prometheus. A registry of its own: no globals.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use testrunner_core::store::ListQuery;

use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;
use crate::work::{Refused, Why};

const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const SECONDS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Named {
    name: &'static str,
}

/// What is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter<u64, AtomicU64>>,
    seconds: Histogram,
    streams: Gauge<i64, AtomicI64>,
    testruns: Family<Named, Gauge<i64, AtomicI64>>,
    items: Family<Named, Gauge<i64, AtomicI64>>,
    slots: Family<Named, Gauge<i64, AtomicI64>>,
    store_bytes: Gauge<i64, AtomicI64>,
    worker_refusals: Family<Refused, Counter<u64, AtomicU64>>,
}

/// A stream that is open; counted until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenStream(Gauge<i64, AtomicI64>);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("testrunner");
        let requests = Family::default();
        registry.register("http_requests", "Requests by route and status", requests.clone());
        let seconds = Histogram::new(SECONDS);
        registry.register("http_request_seconds", "Time until the answer began", seconds.clone());
        let streams = Gauge::default();
        registry.register("http_streams", "Streams of events that are open", streams.clone());
        let testruns = Family::default();
        registry.register("testruns", "Stored Testruns by status", testruns.clone());
        let items = Family::default();
        registry.register("items", "Open items by state", items.clone());
        let slots = Family::default();
        registry.register(
            "slots",
            "Slots of this server's worker: all of them, and those in use",
            slots.clone(),
        );
        let store_bytes = Gauge::default();
        registry.register("store_bytes", "Size of what is stored", store_bytes.clone());
        let worker_refusals = Family::default();
        registry.register(
            "worker_refusals",
            "What workers elsewhere were refused, and why",
            worker_refusals.clone(),
        );
        Self { registry, requests, seconds, streams, testruns, items, slots, store_bytes, worker_refusals }
    }

    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let request = Request { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&request).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn refused(&self, why: Why) {
        self.worker_refusals.get_or_create(&why.into()).inc();
    }

    pub(crate) fn stream_opened(&self) -> OpenStream {
        self.streams.inc();
        OpenStream(self.streams.clone())
    }

    async fn look(&self, api: &Api) -> Result<(), Problem> {
        let store = api.engine.store();
        let counts = store.counts(&ListQuery::default()).await?;
        for (name, count) in [
            ("CREATED", counts.created),
            ("RUNNING", counts.running),
            ("FAILED", counts.failed),
            ("SUCCESS", counts.success),
        ] {
            set(&self.testruns, name, count);
        }
        let backlog = store.backlog(1).await?;
        set(&self.items, "ready", backlog.ready);
        set(&self.items, "leased", backlog.leased);
        if let Some(worker) = api.engine.worker_status() {
            set(&self.slots, "all", worker.slots as u64);
            set(&self.slots, "busy", worker.busy as u64);
        }
        self.store_bytes.set(i64::try_from(store.usage().await?.bytes).unwrap_or(i64::MAX));
        Ok(())
    }
}

fn set(family: &Family<Named, Gauge<i64, AtomicI64>>, name: &'static str, value: u64) {
    family.get_or_create(&Named { name }).set(i64::try_from(value).unwrap_or(i64::MAX));
}

/// Figures for Prometheus
#[utoipa::path(
    get, path = "/metrics", tag = "server", operation_id = "get_metrics",
    responses((status = 200, description = "In the OpenMetrics text format", content_type = "application/openmetrics-text", body = String))
)]
pub(crate) async fn metrics(State(api): State<Api>, _caller: Caller) -> Result<Response, Problem> {
    api.metrics.look(&api).await?;
    let mut body = String::new();
    text::encode(&mut body, &api.metrics.registry)
        .map_err(|error| Problem::internal(format!("cannot write the metrics: {error}")))?;
    Ok(([(header::CONTENT_TYPE, KIND)], body).into_response())
}
