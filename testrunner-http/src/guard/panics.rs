//! A handler that panicked.

use std::any::Any;

use axum::response::{IntoResponse as _, Response};

use crate::problem::Problem;

/// Answers for it; the log says what it said.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub(super) fn answer(panic: Box<dyn Any + Send>) -> Response {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(format!("a handler panicked: {}", said.unwrap_or("without a word"))).into_response()
}
