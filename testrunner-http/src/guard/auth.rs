//! Who asks: a token, or a browser's session.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Guard;
use super::under_way;
use crate::problem::Problem;
use crate::token::Identity;

/// Whether nobody has to say who they are: the console's files, who watches the server, and the swap of a code.
pub(super) fn is_public(method: &Method, path: &str) -> bool {
    match path {
        "/api/v1/session" => method == Method::POST,
        "/api" | "/metrics" => false,
        path => !path.starts_with("/api/") && !path.starts_with("/metrics/"),
    }
}

/// Lets in who is known, and bounds how much of everything one token may use at once.
pub(super) async fn authenticate(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let public = is_public(request.method(), request.uri().path());
    // Reading what is public takes nothing that could run out, and has to work when all else does not.
    let free = public && request.method().is_safe();
    let permit = if public {
        request.extensions_mut().remove::<Identity>();
        if free { Ok(None) } else { guard.rates.public_request(peer).map(Some) }
    } else {
        match identify(&guard, request.headers()).await {
            Some(identity) => {
                let permit = guard.rates.request(&identity).map(Some);
                request.extensions_mut().insert(identity);
                permit
            }
            None => Err(Problem::unauthenticated()),
        }
    };
    let tried = public || request.headers().contains_key(header::AUTHORIZATION);
    request.extensions_mut().insert(Arc::clone(&guard.sessions));
    let response = match permit {
        Ok(Some(permit)) => under_way::until_sent(next.run(request).await, permit),
        Ok(None) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    // Who guesses is slowed down; who merely has no token yet is not.
    if response.status() == StatusCode::UNAUTHORIZED
        && tried
        && let Err(problem) = guard.rates.failed(peer)
    {
        return problem.into_response();
    }
    response
}

/// A token that is sent decides, also when it is wrong and there is a session beside it.
async fn identify(guard: &Guard, headers: &HeaderMap) -> Option<Identity> {
    let authenticator = &guard.config.authenticator;
    if headers.contains_key(header::AUTHORIZATION) {
        return authenticator.authenticate(bearer(headers)?).await;
    }
    match guard.sessions.identify(headers).await {
        Some(identity) => Some(identity),
        None => authenticator.anonymous().await,
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return None };
    let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty()).then_some(secret)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_is_public() {
        for path in
            ["/", "/healthz", "/readyz", "/version", "/openapi.json", "/docs", "/docs/x.js", "/assets/a.js"]
        {
            assert!(is_public(&Method::GET, path), "{path}");
        }
        for path in
            ["/api", "/api/", "/api/v1/testruns", "/api/v1/session", "/api/v1/session/codes", "/metrics"]
        {
            assert!(!is_public(&Method::GET, path), "{path}");
        }
        assert!(is_public(&Method::POST, "/api/v1/session"));
        assert!(!is_public(&Method::DELETE, "/api/v1/session"));
        assert!(!is_public(&Method::POST, "/api/v1/session/codes"));
    }

    #[test]
    fn one_token_and_nothing_else() {
        let headers = |values: &[&'static [u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(headers(&[b"Bearer tr_x"]).as_deref(), Some("tr_x"));
        assert_eq!(headers(&[b"bearer tr_x"]).as_deref(), Some("tr_x"));
        let bad: [&[&[u8]]; 7] = [
            &[],
            &[b"Bearer"],
            &[b"Bearer "],
            &[b"Basic tr_x"],
            &[b"tr_x"],
            &[b"Bearer \xff"],
            &[b"Bearer a", b"Bearer a"],
        ];
        for bad in bad {
            assert_eq!(headers(bad), None, "{bad:?}");
        }
    }
}
