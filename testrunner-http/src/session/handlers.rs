//! The routes of the session.

use std::sync::Arc;

use axum::Json;
use axum::extract::Extension;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use testrunner_api::{CodeDocument, CodeRequest, WhoAmI};

use super::Sessions;
use super::codes::LIFE;
use crate::extract::ApiJson;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::token::Identity;

/// Who asks
#[utoipa::path(
    get, path = "/session", tag = "session", operation_id = "get_session",
    responses((status = 200, description = "Whom the token or the cookie belongs to", body = WhoAmI))
)]
pub async fn who_am_i(Extension(identity): Extension<Identity>) -> Json<WhoAmI> {
    Json(WhoAmI { subject: identity.subject, role: identity.role })
}

/// Make a one-time code
///
/// For the address of the console: `#t=CODE`. It lives for a minute.
#[utoipa::path(
    post, path = "/session/codes", tag = "session", operation_id = "create_code",
    responses((status = 201, description = "The code", body = CodeDocument))
)]
pub async fn create_code(
    Extension(sessions): Extension<Arc<Sessions>>,
    caller: Caller,
) -> Result<(StatusCode, Json<CodeDocument>), Problem> {
    let code = sessions.code(caller.identity())?;
    Ok((StatusCode::CREATED, Json(CodeDocument { code, expires_in: LIFE.as_secs() })))
}

/// Swap a code for a session
///
/// Answers with a cookie that lives for 30 days, as long as the token is valid.
#[utoipa::path(
    post, path = "/session", tag = "session", operation_id = "create_session", security(()),
    request_body = CodeRequest,
    responses((status = 204, description = "The cookie is set", headers(("Set-Cookie" = String, description = "The session"))))
)]
pub async fn create_session(
    Extension(sessions): Extension<Arc<Sessions>>,
    ApiJson(request): ApiJson<CodeRequest>,
) -> Result<Response, Problem> {
    let cookie = sessions.begin(&request.code).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// End the session
///
/// The browser forgets its cookie.
#[utoipa::path(
    delete, path = "/session", tag = "session", operation_id = "delete_session",
    responses((status = 204, description = "The cookie is gone"))
)]
pub async fn delete_session(
    Extension(sessions): Extension<Arc<Sessions>>,
    _identity: Extension<Identity>,
) -> Result<Response, Problem> {
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, sessions.end()?)]).into_response())
}
