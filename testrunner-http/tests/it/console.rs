//! The console's page and files, and whether they are what its source builds.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::app::{Answer, App, request};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn browse(app: &App, method: Method, path: &str) -> Answer {
    let asked = request(method, path).header(header::ACCEPT, BROWSER);
    app.send(asked.body(Body::empty()).unwrap()).await
}

/// Addresses of the page's files.
fn files(page: &str) -> Vec<String> {
    page.split('"').filter(|part| part.contains("/assets/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_address_of_the_console_is_its_page() {
    let app = App::idle(|_| {});
    for path in ["/", "/new", "/testruns/17", "/testruns/17?view=log", "/no/such/page"] {
        let page = browse(&app, Method::GET, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-cache");
        assert!(page.text().contains("<div id=\"root\">"), "{path}");
        assert_eq!(browse(&app, Method::HEAD, path).await.status, StatusCode::OK, "{path}");
    }
    for path in ["/api/v1/nothing", "/api", "/assets/nothing.js", "/docs/nothing"] {
        assert_eq!(browse(&app, Method::GET, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(app.get("/testruns/17").await.problem(), (404, "not-found".to_owned()));
    assert_eq!(browse(&app, Method::POST, "/new").await.problem().0, 404);
}

#[tokio::test]
async fn styles_need_a_word_that_is_new_each_time() {
    let app = App::idle(|_| {});
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = browse(&app, Method::GET, "/").await;
        let policy = page.header("content-security-policy").to_owned();
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("require-trusted-types-for 'script'"), "{policy}");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(page.text().contains(&format!("\"nonce\":\"{nonce}\"")), "{policy}");
        assert!(!seen.contains(&nonce));
        seen.push(nonce);
    }
}

#[tokio::test]
async fn files_are_kept_for_ever_and_found_under_the_prefix() {
    for prefix in ["", "/tests"] {
        let app = App::idle(|config| *config = config.clone().mounted_at(prefix));
        let page = browse(&app, Method::GET, "/testruns/17").await.text();
        assert!(page.contains(&format!("\"prefix\":\"{prefix}\"")), "{page}");
        let files = files(&page);
        assert!(
            files.iter().any(|file| file.ends_with(".js")) && files.iter().any(|file| file.ends_with(".css"))
        );
        for file in files {
            let path = file.strip_prefix(prefix).expect("addresses name the prefix");
            let asset = app.get(path).await;
            assert_eq!((asset.status, asset.header("content-encoding")), (StatusCode::OK, ""), "{file}");
            assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
            let known = request(Method::GET, path).header(header::IF_NONE_MATCH, asset.header("etag"));
            assert_eq!(app.send(known.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_MODIFIED);
            let zipped = request(Method::GET, path).header(header::ACCEPT_ENCODING, "gzip");
            let zipped = app.send(zipped.body(Body::empty()).unwrap()).await;
            assert!(zipped.body.len() <= asset.body.len());
        }
    }
}

#[test]
fn dist_is_what_the_source_builds() {
    let console = Path::new(env!("CARGO_MANIFEST_DIR")).join("console");
    let told = std::fs::read_to_string(console.join("dist/SOURCE_HASH")).unwrap_or_default();
    assert_eq!(told.trim(), source_hash(&console), "console/dist is stale: run `just console` and commit it");
}

/// As `console/scripts/source-hash.mjs` makes it.
fn source_hash(console: &Path) -> String {
    let root = [
        "../openapi.json",
        "index.html",
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "vite.config.ts",
    ];
    let mut paths: Vec<String> = root.map(str::to_owned).into();
    below(console, Path::new("src"), &mut paths);
    paths.sort_by(|one, other| one.encode_utf16().cmp(other.encode_utf16()));
    let lines = paths.iter().fold(String::new(), |mut lines, path| {
        let digest = hex(&Sha256::digest(std::fs::read(console.join(path)).unwrap()));
        writeln!(lines, "{path} {digest}").unwrap();
        lines
    });
    hex(&Sha256::digest(lines))
}

fn below(console: &Path, folder: &Path, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(console.join(folder)).unwrap() {
        let path: PathBuf = folder.join(entry.unwrap().file_name());
        let text = path.to_str().unwrap().to_owned();
        if console.join(&path).is_dir() {
            below(console, &path, paths);
        } else if ![".test.ts", ".test.tsx"].iter().any(|end| text.ends_with(end))
            && !text.starts_with("src/testing/")
        {
            paths.push(text);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
