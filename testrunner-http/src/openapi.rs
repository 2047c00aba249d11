//! The description of the API.

use bytes::Bytes;
use testrunner_api::ProblemDocument;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, Ref, RefOr, Response, ResponseBuilder, SecurityRequirement};
use utoipa::{Modify, OpenApi as _};

/// What each operation may be answered with beside its own.
const PROBLEMS: [(&str, &str); 13] = [
    ("400", "It could not be read"),
    ("401", "No token, or a wrong one"),
    ("403", "Not allowed"),
    ("404", "There is no such thing"),
    ("405", "Not with this method"),
    ("408", "It took too long to arrive"),
    ("409", "Not in this state"),
    ("413", "Too large"),
    ("415", "Not in this form"),
    ("422", "Something in it is wrong"),
    ("429", "Too often; try again later"),
    ("503", "Not now; try again later"),
    ("507", "The disk is nearly full"),
];

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "TestRunner", description = "Submits batches of tests, follows them live, and reads what they came to."),
    components(schemas(ProblemDocument)),
    tags(
        (name = "testruns", description = "Submit, read, stop, repeat, delete"),
        (name = "events", description = "Live changes of all Testruns"),
        (name = "queue", description = "What waits, and who works"),
        (name = "insights", description = "What many Testruns tell together"),
        (name = "work", description = "For workers that have nothing but this API"),
        (name = "session", description = "Who asks"),
        (name = "server", description = "For whoever watches the server"),
    ),
    modifiers(&Security),
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A token")).build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let cookie =
            ApiKeyValue::with_description("testrunner_session", "What a browser gets for a one-time code");
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The document without its paths.
pub(crate) fn base() -> OpenApi {
    let mut document = Document::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let scheme = |name| SecurityRequirement::new::<_, [String; 0], String>(name, []);
    document.security = Some(vec![scheme("token"), scheme("session")]);
    document
}

/// Adds to each operation what any may be answered with.
pub(crate) fn finish(mut document: OpenApi) -> OpenApi {
    for path in document.paths.paths.values_mut() {
        let operations = [&mut path.get, &mut path.put, &mut path.post, &mut path.delete, &mut path.patch];
        for operation in operations.into_iter().flatten() {
            add_problems(operation);
        }
    }
    document
}

/// The document as it is sent.
pub(crate) fn to_json(document: OpenApi) -> Bytes {
    serde_json::to_vec(&finish(document)).expect("texts and numbers, and no input").into()
}

fn add_problems(operation: &mut Operation) {
    for (status, description) in PROBLEMS {
        let known = operation.responses.responses.entry(status.to_owned());
        known.or_insert_with(|| RefOr::T(problem(description)));
    }
}

fn problem(description: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name("ProblemDocument"));
    let content = utoipa::openapi::ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}

/// The whole document, as it is served.
#[must_use]
pub fn document() -> OpenApi {
    finish(crate::router::described())
}
