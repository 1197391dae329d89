//! Forms and files: what is kept, what is refused, and what is left behind.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::{
    cell::RefCell,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{Stream, StreamExt, stream};
use poem::test::TestClient;
use restflow::{prelude::*, views::Data};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Tells what it was sent, and where the files are meanwhile.
struct Upload;

impl ApiView for Upload {}

#[handlers]
impl Upload {
    async fn post(&self, request: &Request) -> Result<Response> {
        request.input().await?;
        describe(request.data().await?).await
    }

    /// Does not mind that it could not be read, and looks again.
    async fn put(&self, request: &Request) -> Result<Response> {
        let mut statuses = Vec::new();
        for _ in 0..2 {
            let failed = request.data().await.err();
            statuses.push(failed.map(|error| (error.status().as_u16(), error.to_string())));
        }
        Ok(Response::new(statuses))
    }
}

/// Compares the bytes before and behind the parser, as one does who checks a signature.
struct Signed;

impl ApiView for Signed {}

#[handlers]
impl Signed {
    async fn post(&self, request: &Request) -> Result<Response> {
        let before = request.body().await?;
        request.data().await?;
        let behind = request.body().await?;
        Ok(Response::new(
            json!({"same": before == behind, "length": before.len()}),
        ))
    }
}

async fn describe(data: &Data) -> Result<Response> {
    let Some(form) = data.as_form() else {
        return Ok(Response::new(data.as_json().cloned()));
    };
    let mut files = Vec::new();
    for (field, file) in form.files() {
        let content = file.bytes().await.map_err(ApiError::internal)?;
        assert_eq!(content.len() as u64, file.size());
        files.push(json!({
            "field": field,
            "name": file.name(),
            "type": file.content_type(),
            "size": file.size(),
            "on_disk": file.path().is_some_and(Path::exists),
            "start": String::from_utf8_lossy(content.get(..content.len().min(5)).unwrap()),
        }));
    }
    let texts: Vec<_> = form.iter().collect();
    Ok(Response::new(json!({"texts": texts, "files": files})))
}

/// Takes one small file.
struct Avatar;

impl ApiView for Avatar {
    fn parser_classes(&self) -> Parsers {
        let limits = UploadLimits::new().max_files(1).max_file_size(10);
        MultiPartParser.with_limits(limits).into()
    }
}

#[handlers]
impl Avatar {
    async fn post(&self, request: &Request) -> Result<Response> {
        describe(request.data().await?).await
    }
}

/// Settings are read once for a URL configuration, so each test has one of its own.
struct Api<const TEST: u32>;

thread_local! {
    static LIMITS: RefCell<UploadLimits> = RefCell::new(UploadLimits::new());
}

impl<const TEST: u32> UrlConf for Api<TEST> {
    fn urls() -> Urls {
        Urls::new()
            .path("upload/", Upload)
            .path("avatar/", Avatar)
            .path("signed/", Signed)
    }

    fn settings() -> Settings {
        Settings::new()
            .max_body_size(20_000)
            .upload_limits(LIMITS.with_borrow(Clone::clone))
    }
}

/// An API with these limits, and the directory of its temporary files.
async fn api<const TEST: u32>(limits: UploadLimits) -> (TestClient<impl Endpoint>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    LIMITS.set(limits.temp_dir(directory.path()));
    let db = Database::connect("sqlite::memory:").await.unwrap();
    let api = OpenApiService::new(restflow::api::<Api<TEST>>(db), "test", "1");
    (TestClient::new(api), directory)
}

/// The limits of most tests: 64 bytes in memory.
fn small() -> UploadLimits {
    UploadLimits::new()
        .memory_size(64)
        .max_fields(5)
        .max_field_size(1000)
        .max_files(3)
        .max_file_size(100_000)
        .max_upload_size(250_000)
}

const MULTIPART: &str = "multipart/form-data; boundary=B";
const URLENCODED: &str = "application/x-www-form-urlencoded";

async fn send(
    client: &TestClient<impl Endpoint>,
    path: &str,
    content_type: &str,
    body: impl Into<poem::Body>,
) -> (u16, Value) {
    let request = client.post(path).content_type(content_type).body(body);
    let response = request.send().await.0;
    let status = response.status().as_u16();
    let text = response.into_body().into_string().await.unwrap();
    let answer = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text}"));
    (status, answer)
}

/// A part with these parameters of its `Content-Disposition`.
fn part(parameters: &str, content: &str) -> String {
    format!("--B\r\nContent-Disposition: form-data; {parameters}\r\n\r\n{content}\r\n")
}

fn file(name: &str, size: usize) -> String {
    part(
        &format!("name=\"{name}\"; filename=\"{name}.txt\""),
        &"x".repeat(size),
    )
}

fn text(name: &str, content: &str) -> String {
    part(&format!("name=\"{name}\""), content)
}

fn body(parts: impl IntoIterator<Item = String>) -> String {
    let mut body: String = parts.into_iter().collect();
    body.push_str("--B--\r\n");
    body
}

/// A body without a length that arrives in these pieces, and how many bytes were asked for.
fn streamed(
    pieces: impl Stream<Item = io::Result<String>> + Send + 'static,
) -> (poem::Body, Arc<AtomicUsize>) {
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    let pieces = pieces.inspect(move |piece| {
        let length = piece.as_ref().map_or(0, String::len);
        count.fetch_add(length, Ordering::Relaxed);
    });
    (poem::Body::from_bytes_stream(pieces), read)
}

fn files_in(directory: &TempDir) -> usize {
    std::fs::read_dir(directory.path()).unwrap().count()
}

/// Waits for the files that are being removed in the background.
async fn wait_until_empty(directory: &TempDir) {
    let empty = async {
        while files_in(directory) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), empty).await;
    waited.expect("temporary files are left behind");
}

#[tokio::test]
async fn small_files_are_in_memory_and_large_ones_on_disk_until_the_request_ends() {
    let (client, directory) = api::<1>(small()).await;
    let parts = [
        text("title", "Two é"),
        file("a", 40),
        // It would fit alone, but not beside the first one.
        file("b", 40),
        part(
            "name=\"c\"; filename=\"c.bin\"\r\nContent-Type: image/png",
            "12345678",
        ),
        text("title", ""),
    ];
    let (status, answer) = send(&client, "/upload/", MULTIPART, body(parts)).await;
    assert_eq!(status, 200, "{answer}");
    let file = |field: &str, name: &str, media_type: Option<&str>, size, on_disk, start: &str| {
        json!({
            "field": field, "name": name, "type": media_type,
            "size": size, "on_disk": on_disk, "start": start,
        })
    };
    assert_eq!(
        answer,
        json!({
            "texts": [["title", "Two é"], ["title", ""]],
            "files": [
                file("a", "a.txt", None, 40, false, "xxxxx"),
                file("b", "b.txt", None, 40, true, "xxxxx"),
                file("c", "c.bin", Some("image/png"), 8, false, "12345"),
            ],
        })
    );
    wait_until_empty(&directory).await;
}

#[tokio::test]
async fn files_may_be_larger_than_bodies() {
    let (client, directory) = api::<2>(small()).await;
    let (status, answer) = send(
        &client,
        "/upload/",
        MULTIPART,
        body([file("a", 90_000), text("t", "x")]),
    )
    .await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["files"][0]["size"], 90_000);
    assert_eq!(answer["files"][0]["on_disk"], true);
    wait_until_empty(&directory).await;
}

#[tokio::test]
async fn the_pieces_in_which_a_body_arrives_do_not_matter() {
    let (client, _directory) = api::<3>(small()).await;
    let whole = body([
        text("t", "a\r\n--A\r\nb"),
        file("a", 100),
        text("u", "\r\n--"),
    ]);
    let expected = send(&client, "/upload/", MULTIPART, whole.clone()).await;
    assert_eq!(
        expected.1["texts"],
        json!([["t", "a\r\n--A\r\nb"], ["u", "\r\n--"]])
    );
    for size in [1, 2, 3, 7, 64] {
        let pieces: Vec<_> = whole.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        let pieces = stream::iter(pieces).map(|piece| Ok(String::from_utf8(piece).unwrap()));
        let got = send(&client, "/upload/", MULTIPART, streamed(pieces).0).await;
        assert_eq!(got, expected, "pieces of {size}");
    }
}

#[tokio::test]
async fn only_base_names_are_kept_and_nameless_files_are_not() {
    let (client, directory) = api::<4>(small()).await;
    for (sent, kept) in [
        ("../../etc/passwd", Some("passwd")),
        (r"..\..\boot.ini", Some("boot.ini")),
        ("/etc/cron.d/x", Some("x")),
        ("étude.pdf", Some("étude.pdf")),
        ("", None),
        ("..", None),
        ("a/", None),
    ] {
        let sent = part(
            &format!("name=\"f\"; filename=\"{sent}\""),
            &"x".repeat(100),
        );
        let (status, answer) = send(&client, "/upload/", MULTIPART, body([sent])).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["files"][0]["name"].as_str(), kept, "{answer}");
    }
    wait_until_empty(&directory).await;
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let (client, directory) = api::<5>(small()).await;
    let texts = |number, size: usize| (0..number).map(move |_| text("t", &"x".repeat(size)));
    let files = |number, size| (0..number).map(move |_| file("f", size));
    let long_name = |length: usize| text(&"n".repeat(length), "");
    let too_large = |limit| format!("Request body exceeded the limit of {limit} bytes.");
    for (parts, status, detail) in [
        (texts(5, 1000).collect::<Vec<_>>(), 200, String::new()),
        (
            texts(6, 1).collect(),
            400,
            "Form parse error - more than 5 fields".into(),
        ),
        (texts(1, 1001).collect(), 413, too_large(1000)),
        (files(3, 80_000).collect(), 200, String::new()),
        (
            files(4, 1).collect(),
            400,
            "Form parse error - more than 3 files".into(),
        ),
        (files(1, 100_001).collect(), 413, too_large(100_000)),
        (files(3, 90_000).collect(), 413, too_large(250_000)),
        (
            (0..2).map(|_| long_name(15_000)).collect(),
            413,
            too_large(20_000),
        ),
        (
            vec![long_name(20_000)],
            400,
            "Multipart form parse error - the headers of a part are too long".into(),
        ),
    ] {
        let whole = body(parts);
        let (got, answer) = send(&client, "/upload/", MULTIPART, whole).await;
        assert_eq!(got, status, "{answer}");
        if status != 200 {
            assert_eq!(answer, json!({"detail": detail}));
        }
        wait_until_empty(&directory).await;
    }
}

#[tokio::test]
async fn a_view_may_have_limits_of_its_own() {
    let (client, _directory) = api::<6>(small()).await;
    for (parts, status) in [
        (vec![file("a", 10)], 200),
        (vec![file("a", 11)], 413),
        (vec![file("a", 1), file("b", 1)], 400),
    ] {
        let (got, answer) = send(&client, "/avatar/", MULTIPART, body(parts)).await;
        assert_eq!(got, status, "{answer}");
    }
    let (status, _) = send(&client, "/avatar/", URLENCODED, "a=1").await;
    assert_eq!(status, 415);
}

#[tokio::test]
async fn a_declared_length_is_refused_before_reading() {
    let (client, _directory) = api::<7>(small()).await;
    let endless = stream::repeat_with(|| Ok("x".repeat(1000)));
    let (body, read) = streamed(endless);
    let request = client.post("/upload/").content_type(MULTIPART).body(body);
    let response = request.header("content-length", "250001").send().await;
    response.assert_status(StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(read.load(Ordering::Relaxed), 0);
}

/// What multer has not yet looked at, in bytes.
const BUFFER: usize = 200_000;

#[tokio::test]
async fn hostile_bodies_are_given_up_early() {
    let limits = small()
        .max_fields(1000)
        .max_file_size(1_000_000)
        .max_upload_size(1 << 40);
    let (client, directory) = api::<8>(limits).await;
    let head = "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n";
    let endless = |start: &str, piece: &str| {
        let start = stream::once(std::future::ready(Ok(start.to_owned())));
        let piece = piece.repeat(100);
        start.chain(stream::repeat_with(move || Ok(piece.clone())))
    };
    for (start, piece, status, most) in [
        // A preamble, a header, many headers, tiny parts, empty parts, a file.
        ("", "x", 400, BUFFER),
        ("--B\r\nX: ", "x", 400, BUFFER),
        ("--B\r\n", "X: y\r\n", 400, BUFFER),
        (
            "",
            "--B\r\nContent-Disposition: form-data; name=t\r\n\r\n\r\n",
            400,
            BUFFER,
        ),
        ("", "--B\r\n\r\n\r\n", 400, BUFFER),
        ("--B", " ", 400, BUFFER),
        (
            &format!("{head}\r\n"),
            "0123456789",
            413,
            1_000_000 + BUFFER,
        ),
        (&format!("{head}\r\n"), "\r\n--", 413, 1_000_000 + BUFFER),
    ] {
        let (body, read) = streamed(endless(start, piece));
        let (got, answer) = send(&client, "/upload/", MULTIPART, body).await;
        assert_eq!(got, status, "{start:?} {piece:?}: {answer}");
        let read = read.load(Ordering::Relaxed);
        assert!(read <= most, "{start:?} {piece:?}: {read} bytes were read");
        wait_until_empty(&directory).await;
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused_and_leaves_nothing() {
    let (client, directory) = api::<9>(small()).await;
    let whole = body([text("t", "x"), file("a", 200)]);
    let cut = |length: usize| whole.get(..length).unwrap().to_owned();
    for length in [1, 3, 20, 60, 70, 150, 300, whole.len() - 4] {
        let (status, answer) = send(&client, "/upload/", MULTIPART, cut(length)).await;
        assert_eq!(status, 400, "cut at {length}: {answer}");
        let broken = [
            Ok(cut(length)),
            Err(io::Error::other("the secret of the line")),
        ];
        let (broken, _) = streamed(stream::iter(broken));
        let (status, answer) = send(&client, "/upload/", MULTIPART, broken).await;
        assert_eq!(status, 400, "broken at {length}: {answer}");
        assert_eq!(
            answer,
            json!({"detail": "The request body could not be read."})
        );
        wait_until_empty(&directory).await;
    }
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing() {
    let (client, directory) = api::<10>(small()).await;
    let start = format!("{}{}", text("t", "x"), file("a", 70_000));
    let start = stream::once(std::future::ready(Ok(start)));
    let (body, _) = streamed(start.chain(stream::pending()));
    let request = client.post("/upload/").content_type(MULTIPART).body(body);
    let upload = request.send();
    let spooled = async {
        while files_in(&directory) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = upload => panic!("the body does not end"),
        () = spooled => {}
    }
    wait_until_empty(&directory).await;
}

#[tokio::test]
async fn a_refused_body_stays_refused() {
    let (client, _directory) = api::<11>(small()).await;
    let too_large = json!([413, "Request body exceeded the limit of 100000 bytes."]);
    let broken = "Multipart form parse error - field \"a\" received with incomplete data";
    let broken = json!([400, broken]);
    for (body, statuses) in [
        (body([file("a", 100_001)]), json!([too_large, too_large])),
        (file("a", 10).trim_end().to_owned(), json!([broken, broken])),
        (body([file("a", 10)]), json!([null, null])),
    ] {
        let request = client.put("/upload/").content_type(MULTIPART).body(body);
        request.send().await.assert_json(statuses).await;
    }
}

#[tokio::test]
async fn the_content_type_of_a_form_is_read_with_care() {
    let (client, _directory) = api::<12>(small()).await;
    let whole = body([text("t", "x")]);
    let long = format!("multipart/form-data; boundary={}", "B".repeat(201));
    for (content_type, status) in [
        (MULTIPART, 200),
        ("Multipart/Form-Data; BOUNDARY=\"B\"; charset=utf-8", 200),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        // Not a media type that can be read at all.
        ("multipart/form-data; boundary=\"\"", 415),
        (&long, 400),
        ("multipart/form-data; boundary=B; charset=bz2_codec", 400),
        ("multipart/form-data; boundary=C", 400),
        ("multipart/mixed; boundary=B", 415),
    ] {
        let (got, answer) = send(&client, "/upload/", content_type, whole.clone()).await;
        assert_eq!(got, status, "{content_type}: {answer}");
    }
    let (status, answer) = send(&client, "/upload/", "multipart/form-data", "x").await;
    assert_eq!(status, 400, "{answer}");
}

#[tokio::test]
async fn texts_are_in_the_charset_of_the_request() {
    let (client, _directory) = api::<13>(small()).await;
    let mut latin: Vec<u8> =
        b"--B\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\ncaf".to_vec();
    latin.extend_from_slice(b"\xe9\r\n--B--\r\n");
    for (content_type, body, expected) in [
        (
            format!("{MULTIPART}; charset=latin-1"),
            latin.clone(),
            "café",
        ),
        (MULTIPART.to_owned(), latin, "caf\u{fffd}"),
        (
            format!("{URLENCODED}; charset=latin-1"),
            b"t=caf%E9".to_vec(),
            "café",
        ),
        (
            format!("{URLENCODED}; charset=latin-1"),
            b"t=caf\xe9".to_vec(),
            "café",
        ),
        (URLENCODED.to_owned(), b"t=caf%C3%A9".to_vec(), "café"),
        (URLENCODED.to_owned(), b"t=caf%E9".to_vec(), "caf\u{fffd}"),
    ] {
        let (status, answer) = send(&client, "/upload/", &content_type, body).await;
        assert_eq!(status, 200, "{content_type}: {answer}");
        assert_eq!(answer["texts"], json!([["t", expected]]), "{content_type}");
    }
    let charset = format!("{URLENCODED}; charset=bz2_codec");
    let (status, answer) = send(&client, "/upload/", &charset, "t=1").await;
    assert_eq!(status, 400);
    let detail = "Unsupported charset \"bz2_codec\" in request Content-Type header.";
    assert_eq!(answer, json!({"detail": detail}));
}

#[tokio::test]
async fn urlencoded_forms_have_limits() {
    let (client, _directory) = api::<14>(small()).await;
    for (body, status, texts) in [
        (
            "a=1&b=&c&&=d&a=x+y%3D%26",
            200,
            json!([["a", "1"], ["b", ""], ["c", ""], ["", "d"], ["a", "x y=&"]]),
        ),
        ("a=b=c&%zz=%", 200, json!([["a", "b=c"], ["%zz", "%"]])),
        ("&&&", 200, json!([])),
        ("a&b&c&d&e&f", 400, Value::Null),
    ] {
        let (got, answer) = send(&client, "/upload/", URLENCODED, body).await;
        assert_eq!(got, status, "{body}: {answer}");
        assert_eq!(answer["texts"], texts, "{body}");
    }
    let (status, _) = send(
        &client,
        "/upload/",
        URLENCODED,
        format!("a={}", "x".repeat(1001)),
    )
    .await;
    assert_eq!(status, 413);
    let (status, _) = send(&client, "/upload/", URLENCODED, "&".repeat(20_001)).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn a_body_that_was_read_is_still_there_behind_the_parser() {
    let (client, _directory) = api::<15>(small()).await;
    let form = body([text("title", "Emma"), file("a", 100)]);
    for (content_type, body) in [
        (MULTIPART, form),
        (URLENCODED, "a=1".to_owned()),
        ("application/json", "[1]".to_owned()),
    ] {
        let length = body.len();
        let (status, answer) = send(&client, "/signed/", content_type, body).await;
        assert_eq!(status, 200, "{content_type} {answer}");
        assert_eq!(answer, json!({"same": true, "length": length}));
    }
}
