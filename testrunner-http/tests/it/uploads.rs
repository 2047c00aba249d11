//! Rows of the table of bad input that uploads answer for.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use futures_util::{StreamExt as _, stream};
use testrunner_http::upload::{UploadLimits, Uploads};

use crate::harness::{Answer, World};

const KIND: &str = "multipart/form-data; boundary=xyz";

fn part(disposition: &str, content: &str) -> String {
    format!("--xyz\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
}

fn file(path: &str, content: &str) -> String {
    part(&format!("name=\"files\"; filename=\"{path}\""), content)
}

fn field(name: &str, value: &str) -> String {
    part(&format!("name=\"{name}\""), value)
}

fn form(parts: &[String]) -> String {
    format!("{}--xyz--\r\n", parts.concat())
}

async fn send(world: &World, kind: &str, body: impl Into<Body>) -> Answer {
    world
        .send(world.asking("POST", "/api/v1/upload").header("content-type", kind).body(body.into()).unwrap())
        .await
}

fn small(limits: UploadLimits) -> World {
    World::with(|config| config.upload = Uploads::new(std::env::temp_dir(), limits, 1 << 20))
}

#[tokio::test]
async fn fields_and_files() {
    let world = World::new();
    let body = form(&[
        field("username", "ada"),
        file("a/test_a.py", "def test_a(): pass"),
        field("label", "ci=7"),
        file("conftest.py", ""),
        field("label", "nightly"),
    ]);
    let answer = send(&world, KIND, body).await;
    assert_eq!(answer.body, "label=ci=7\nlabel=nightly\nusername=ada\na/test_a.py:18\nconftest.py:0\n");
    let none = send(&world, KIND, form(&[])).await;
    assert_eq!((none.status, none.body.as_str()), (200, ""));
}

/// Forms that are none.
#[tokio::test]
async fn b11_multipart() {
    let world = World::new();
    let good = form(&[file("a.py", "x")]);
    for (name, kind, body, status, code) in [
        ("no boundary", "multipart/form-data", good.clone(), 400, "invalid-multipart"),
        ("an empty boundary", "multipart/form-data; boundary=\"\"", good.clone(), 400, "invalid-multipart"),
        (
            "a boundary of 71",
            &format!("multipart/form-data; boundary={}", "x".repeat(71)),
            good.clone(),
            400,
            "invalid-multipart",
        ),
        (
            "two boundaries",
            "multipart/form-data; boundary=xyz; boundary=abc",
            good.clone(),
            400,
            "invalid-multipart",
        ),
        ("another boundary", "multipart/form-data; boundary=abc", good.clone(), 400, "invalid-multipart"),
        ("not a form", "text/plain", good.clone(), 415, "unsupported-media-type"),
        ("empty", KIND, String::new(), 400, "invalid-multipart"),
        ("a part that is not closed", KIND, file("a.py", "x"), 400, "invalid-multipart"),
        ("cut off", KIND, good[..good.len() - 6].to_owned(), 400, "invalid-multipart"),
        ("cut off in the headers", KIND, "--xyz\r\nContent-Disp".to_owned(), 400, "invalid-multipart"),
        ("a part without a name", KIND, form(&[part("filename=\"a.py\"", "x")]), 400, "invalid-multipart"),
        (
            "a part without headers",
            KIND,
            "--xyz\r\n\r\nx\r\n--xyz--\r\n".to_owned(),
            400,
            "invalid-multipart",
        ),
        (
            "two users",
            KIND,
            form(&[field("username", "a"), field("username", "b")]),
            400,
            "invalid-multipart",
        ),
        (
            "a header of 64 KiB",
            KIND,
            form(&[part(&format!("name=\"a\"; x=\"{}\"", "y".repeat(64 << 10)), "")]),
            400,
            "invalid-multipart",
        ),
        (
            "a header without an end",
            KIND,
            format!("--xyz\r\nContent-Disposition: {}", "y".repeat(4 << 20)),
            400,
            "invalid-multipart",
        ),
        ("files without a name", KIND, form(&[field("files", "x")]), 400, "invalid-multipart"),
        (
            "a file of another name",
            KIND,
            form(&[part("name=\"tests\"; filename=\"a.py\"", "")]),
            422,
            "unknown-field",
        ),
        (
            "two archives",
            KIND,
            form(&[
                part("name=\"archive\"; filename=\"a\"", ""),
                part("name=\"archive\"; filename=\"b\"", ""),
            ]),
            400,
            "invalid-multipart",
        ),
        ("a field that is not text", KIND, form(&[field("username", "?")]), 422, "invalid"),
    ] {
        let body = if name == "a field that is not text" {
            let mut bytes = body.into_bytes();
            let place = bytes.iter().position(|&byte| byte == b'?').unwrap();
            bytes[place] = 0xff;
            Body::from(bytes)
        } else {
            Body::from(body)
        };
        let answer = send(&world, kind, body).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{name}: {}", answer.body);
    }
    let many = send(&world, KIND, form(&vec![field("label", "x"); 2_101])).await;
    assert_eq!(many.problem(), (413, "too-large".to_owned()));
    assert!(many.detail().contains("2100 parts"), "{}", many.detail());
}

/// Larger than allowed: told with the limit, before the rest is read.
#[tokio::test]
async fn b12_too_large() {
    let limits = UploadLimits {
        file_bytes: 100,
        total_bytes: 150,
        files: 3,
        field_bytes: 10,
        ..UploadLimits::default()
    };
    let world = small(limits);
    let fits = "x".repeat(60);
    for (name, parts, said) in [
        ("a file", vec![file("a.py", &"x".repeat(101))], "100 bytes"),
        ("all files", vec![file("a.py", &fits), file("b.py", &fits), file("c.py", &fits)], "150 bytes"),
        ("an archive", vec![part("name=\"archive\"; filename=\"a.zip\"", &"x".repeat(151))], "150 bytes"),
        ("files", vec![file("a", ""), file("b", ""), file("c", ""), file("d", "")], "3 files"),
        ("a field", vec![field("username", "01234567890")], "10 bytes"),
    ] {
        let answer = send(&world, KIND, form(&parts)).await;
        assert_eq!(answer.problem(), (413, "too-large".to_owned()), "{name}");
        assert!(answer.detail().contains(said), "{name}: {}", answer.detail());
        assert_eq!(answer.header("connection"), "close", "{name}");
    }
    let fields = send(&World::new(), KIND, form(&vec![field("label", &"x".repeat(60 << 10)); 20])).await;
    assert_eq!(fields.problem(), (413, "too-large".to_owned()));
}

/// A body without an end is refused after a few bytes more than the limit.
#[tokio::test]
async fn b12_is_told_before_the_whole_body_is_read() {
    let limits = UploadLimits { file_bytes: 1 << 20, ..UploadLimits::default() };
    let world = small(limits);
    let read = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&read);
    let head = stream::iter([Bytes::from(
        "--xyz\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a\"\r\n\r\n",
    )]);
    let endless = head.chain(stream::repeat(Bytes::from(vec![b'x'; 16 << 10])));
    let body = endless.map(move |bytes| {
        counter.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok::<_, std::io::Error>(bytes)
    });
    let answer = send(&world, KIND, Body::from_stream(body)).await;
    assert_eq!(answer.problem(), (413, "too-large".to_owned()));
    assert!(read.load(Ordering::Relaxed) < 3 << 20, "{read:?}");
}

/// The same for many files that are small each.
#[tokio::test]
async fn b12_the_sum_is_counted_as_it_comes() {
    let world = small(UploadLimits { total_bytes: 1 << 20, parts: 100, ..UploadLimits::default() });
    let read = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&read);
    let body = stream::iter(0..100).map(move |n| {
        let part = file(&format!("{n}.py"), &"x".repeat(100 << 10));
        counter.fetch_add(part.len() as u64, Ordering::Relaxed);
        Ok::<_, std::io::Error>(part)
    });
    let answer = send(&world, KIND, Body::from_stream(body)).await;
    assert_eq!(answer.problem(), (413, "too-large".to_owned()));
    assert!(read.load(Ordering::Relaxed) < 3 << 19, "{read:?}");
}

/// The length that is told is enough to refuse: nothing is read.
#[tokio::test]
async fn b12_a_length_that_is_told() {
    let world = World::new();
    let asked = world
        .asking("POST", "/api/v1/upload")
        .header("content-type", KIND)
        .header("content-length", 1_u64 << 40);
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let answer = world.send(asked.body(never).unwrap()).await;
    assert_eq!(answer.problem(), (413, "too-large".to_owned()));
}

/// Nothing is left on disk, and nothing has a name while it waits.
#[tokio::test]
async fn b12_no_file_is_ever_left() {
    let spool = tempfile::tempdir().unwrap();
    let world =
        World::with(|config| config.upload = Uploads::new(spool.path(), UploadLimits::default(), 1 << 30));
    let empty = || std::fs::read_dir(spool.path()).unwrap().next().is_none();
    let (go_on, gate) = tokio::sync::oneshot::channel::<()>();
    let (begun, mut taken) = tokio::sync::oneshot::channel::<()>();
    let first = file("a.py", &"x".repeat(1 << 20));
    let body = stream::once(async move { Ok::<_, std::io::Error>(Bytes::from(first)) }).chain(stream::once(
        async move {
            begun.send(()).unwrap();
            gate.await.unwrap();
            Ok(Bytes::from("--xyz--\r\n"))
        },
    ));
    let mut sending = Box::pin(send(&world, KIND, Body::from_stream(body)));
    // All that has come waits on disk now.
    while taken.try_recv().is_err() {
        assert!(futures_util::poll!(&mut sending).is_pending());
        assert!(empty());
        tokio::task::yield_now().await;
    }
    assert!(empty());
    go_on.send(()).unwrap();
    assert_eq!(sending.await.body, "a.py:1048576\n");
    assert_eq!(send(&world, KIND, file("a.py", "x")).await.status, 400);
    assert!(empty());
}

/// More than fits into memory at once waits for its turn.
#[tokio::test]
async fn uploads_share_the_memory() {
    let world = small(UploadLimits::default());
    let body = form(&[file("a.py", &"x".repeat(700 << 10))]);
    let answers = futures_util::future::join_all((0..4).map(|_| send(&world, KIND, body.clone()))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}

/// Names that lead out, or are read in several ways.
#[tokio::test]
async fn b13_file_names() {
    let world = World::new();
    let (long, segment) = (format!("{}.py", "d/".repeat(126)), "x".repeat(256));
    for path in [
        "../../etc/cron.d/x",
        "/abs",
        "C:\\x",
        "a/../../b",
        "a//b",
        ".",
        "",
        "-rf",
        "CON",
        &segment,
        &long,
        "x\0.py",
        "x.py/",
        "\u{202e}x.py",
        "%2e%2e%2fx.py",
        "a%00.py",
    ] {
        let answer = send(&world, KIND, form(&[file(path, "x")])).await;
        let wanted = if path.contains('\0') {
            [(422, "invalid-filename"), (400, "invalid-multipart")]
        } else {
            [(422, "invalid-filename"); 2]
        };
        let (status, code) = answer.problem();
        assert!(wanted.contains(&(status, code.as_str())), "{path:?}: {}", answer.body);
    }
    for (one, other) in [("a.py", "a.py"), ("a.py", "A.py"), ("\u{fc}.py", "u\u{308}.py"), ("a", "a/b.py")] {
        let answer = send(&world, KIND, form(&[file(one, ""), file(other, "")])).await;
        assert_eq!(answer.problem(), (422, "invalid-filename".to_owned()), "{one} {other}");
    }
    let disagree = part("name=\"files\"; filename=\"a.py\"; filename*=UTF-8''b.py", "");
    assert_eq!(send(&world, KIND, form(&[disagree])).await.problem(), (422, "invalid-filename".to_owned()));
    let encoded = part("name=\"files\"; filename*=UTF-8''a%2Ftest_%C3%BC.py", "x");
    assert_eq!(send(&world, KIND, form(&[encoded])).await.body, "a/test_ü.py:1\n");
}

/// What Python would load in place of its own.
#[tokio::test]
async fn b14_shadows() {
    let world = World::new();
    for path in ["pytest.py", "a/pytest.py", "sitecustomize.py", "usercustomize.py", "x.pth", "a/b/x.PTH"] {
        let answer = send(&world, KIND, form(&[file(path, "x")])).await;
        assert_eq!(answer.problem(), (422, "shadows-runtime".to_owned()), "{path}");
    }
    for path in ["conftest.py", "pytest.ini", "pyproject.toml", "__init__.py", "os.py"] {
        assert_eq!(send(&world, KIND, form(&[file(path, "x")])).await.status, 200, "{path}");
    }
}

/// An archive is unpacked; what it may not have is tried where it is read.
#[tokio::test]
async fn b16_archives() {
    let world = World::new();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for path in ["top/test_a.py", "top/data.txt"] {
        zip.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"content").unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    let body = |bytes: &[u8], more: &str| {
        let head = b"--xyz\r\nContent-Disposition: form-data; name=\"archive\"; filename=\"a.rar\"\r\n\r\n";
        [&head[..], bytes, b"\r\n", more.as_bytes(), b"--xyz--\r\n"].concat()
    };
    assert_eq!(send(&world, KIND, body(&zip, "")).await.body, "top/data.txt:7\ntop/test_a.py:7\n");
    let beside = send(&world, KIND, body(&zip, &file("x.py", ""))).await;
    assert_eq!(beside.body, "top/data.txt:7\ntop/test_a.py:7\nx.py:0\n");
    let twice = send(&world, KIND, body(&zip, &file("top/test_a.py", ""))).await;
    assert_eq!(twice.problem(), (422, "invalid-filename".to_owned()));
    assert_eq!(
        send(&world, KIND, body(b"Rar!", "")).await.problem(),
        (415, "unsupported-media-type".to_owned())
    );
    assert_eq!(send(&world, KIND, body(&zip[..50], "")).await.problem(), (422, "invalid-archive".to_owned()));
    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    bomb.start_file("zeros", zip::write::SimpleFileOptions::default()).unwrap();
    bomb.write_all(&vec![0; 4 << 20]).unwrap();
    let bomb = bomb.finish().unwrap().into_inner();
    assert_eq!(send(&world, KIND, body(&bomb, "")).await.problem(), (413, "too-large".to_owned()));
}
