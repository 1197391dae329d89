//! The pipeline of one request, seen from outside: negotiation, methods, bodies, errors.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use poem::{
    http::{Method, StatusCode, header},
    test::{TestClient, TestRequestBuilder},
};
use poem_openapi::{OpenApi, OpenApiService, payload::PlainText};
use restflow::{prelude::*, serializers::Representation};
use serde_json::{Value, json};

/// Answers what it was asked.
struct Echo;

impl ApiView for Echo {}

#[handlers]
impl Echo {
    async fn get(&self, request: &Request) -> Result<Response> {
        Ok(Response::new(json!({
            "kwargs": request.kwargs().iter().collect::<std::collections::BTreeMap<_, _>>(),
            "user": request.user().is_authenticated(),
        })))
    }

    async fn post(&self, request: &Request) -> Result<Response> {
        let data = request.data().await?;
        Ok(Response::new(data.as_json().cloned().unwrap_or_default()))
    }
}

struct Broken;

impl ApiView for Broken {}

#[handlers]
impl Broken {
    async fn get(&self, _request: &Request) -> Result<Response> {
        panic!("the secret of the handler")
    }

    async fn post(&self, _request: &Request) -> Result<Response> {
        Err(ApiError::internal(std::io::Error::other(
            "the secret of the disk",
        )))
    }
}

/// A stream that never ends, and hooks that fail behind the handler.
struct Endless;

impl ApiView for Endless {
    fn exception_handler(&self, _request: &Request, _error: &ApiError) -> Value {
        panic!("the secret of the handler of exceptions")
    }
}

#[handlers]
impl Endless {
    async fn get(&self, _request: &Request) -> Result<Response> {
        let forever = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 64]));
        Ok(Response::raw(
            "text/event-stream",
            poem::Body::from_bytes_stream(forever),
        ))
    }

    /// Looks at the body, does not mind that it is too large, and looks again.
    async fn put(&self, request: &Request) -> Result<Response> {
        let first = request
            .data()
            .await
            .map_err(|error| error.status().as_u16())
            .err();
        let again = request
            .input()
            .await
            .map_err(|error| error.status().as_u16())
            .err();
        Ok(Response::new(json!([first, again])))
    }

    async fn post(&self, _request: &Request) -> Result<Response> {
        Err(ApiError::not_found())
    }
}

struct Shout;

impl Renderer for Shout {
    fn media_type(&self) -> &'static str {
        "text/plain"
    }

    fn format(&self) -> &'static str {
        "txt"
    }

    fn charset(&self) -> Option<&'static str> {
        Some("utf-8")
    }

    fn render(&self, data: &dyn Representation, _context: &RendererContext<'_>) -> Result<Vec<u8>> {
        let value = data.to_value().map_err(ApiError::internal)?;
        Ok(value.to_string().to_uppercase().into_bytes())
    }
}

struct Loud;

impl ApiView for Loud {
    fn renderer_classes(&self) -> Renderers {
        Renderers::default().with(Shout)
    }
}

#[handlers]
impl Loud {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new("quiet"))
    }
}

struct Staff;

impl ApiView for Staff {
    fn permission_classes(&self) -> Permissions {
        IsAdminUser.into()
    }

    async fn check_throttles(&self, request: &Request) -> Result<()> {
        match request.query_params().get("wait") {
            Some(_) => Err(self.throttled(request, Some(std::time::Duration::from_millis(1200)))),
            None => Ok(()),
        }
    }
}

#[handlers]
impl Staff {
    async fn get(&self, request: &Request) -> Result<Response> {
        Ok(Response::new(request.user().username().to_owned()))
    }
}

#[derive(Debug)]
struct Root;

impl AuthUser for Root {
    fn id(&self) -> sea_orm::Value {
        1.into()
    }

    fn username(&self) -> &str {
        "root"
    }

    fn is_staff(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Guest;

impl AuthUser for Guest {
    fn id(&self) -> sea_orm::Value {
        2.into()
    }
}

/// `Authorization: root`, `guest`, or something wrong.
struct ByName;

impl Authentication for ByName {
    async fn authenticate(&self, request: &Request) -> Result<Option<Authenticated>> {
        let user = match request.headers().get(header::AUTHORIZATION) {
            None => return Ok(None),
            Some(name) if name == "root" => User::new(Root),
            Some(name) if name == "guest" => User::new(Guest),
            Some(_) => return Err(ApiError::authentication_failed("Who is that?")),
        };
        Ok(Some(Authenticated::new(user)))
    }

    fn authenticate_header(&self) -> Option<&str> {
        Some("Name")
    }
}

struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        Urls::new()
            .path("echo/", Echo)
            .path("echo/{word}/{number:[0-9]+}/", Echo)
            .path("broken/", Broken)
            .path("endless/", Endless)
            .path("staff/", Staff)
            .include(
                "suffixed/",
                Urls::new().path("loud/", Loud).format_suffixes(),
            )
    }

    fn settings() -> Settings {
        Settings::new()
            .authentication_classes(ByName)
            .max_body_size(1000)
    }
}

struct ByHand;

#[OpenApi]
impl ByHand {
    #[oai(path = "/", method = "get")]
    async fn root(&self) -> PlainText<&'static str> {
        PlainText("root by hand")
    }

    #[oai(path = "/echo/by-hand", method = "get")]
    async fn echo(&self) -> PlainText<&'static str> {
        PlainText("by hand")
    }
}

struct Expected {
    status: u16,
    body: Value,
    headers: Vec<(&'static str, &'static str)>,
}

async fn client() -> TestClient<impl Endpoint> {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    let api = OpenApiService::new((ByHand, restflow::api::<Api>(db)), "test", "1");
    TestClient::new(api)
}

async fn check<E: Endpoint>(request: TestRequestBuilder<'_, E>, expected: Expected) {
    let response = request.send().await.0;
    let status = response.status();
    let headers = response.headers().clone();
    let text = response.into_body().into_string().await.unwrap();
    assert_eq!(status.as_u16(), expected.status, "{text}");
    for (name, value) in expected.headers {
        let got = headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(got, Some(value), "header {name}");
    }
    if !expected.body.is_null() {
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        assert_eq!(body, expected.body);
        assert!(
            headers[header::CONTENT_TYPE]
                .to_str()
                .unwrap()
                .starts_with("application/json")
        );
    }
}

fn answer(status: u16, body: Value) -> Expected {
    Expected {
        status,
        body,
        headers: Vec::new(),
    }
}

impl Expected {
    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

#[tokio::test]
async fn paths_and_methods_are_dispatched_by_the_route_table() {
    let client = client().await;
    let allow = "GET, POST, HEAD, OPTIONS";
    check(
        client.get("/echo/caf%C3%A9%20x/12/"),
        answer(
            200,
            json!({"kwargs": {"word": "café x", "number": "12"}, "user": false}),
        ),
    )
    .await;
    check(
        client.get("/echo/a/b/"),
        answer(404, json!({"detail": "Not found."})),
    )
    .await;
    check(
        client.get("/nothing/"),
        answer(404, json!({"detail": "Not found."})),
    )
    .await;
    check(
        client.get("/echo/%FF/1/"),
        answer(404, json!({"detail": "Not found."})),
    )
    .await;
    check(
        client.get("/echo?x=1"),
        answer(301, Value::Null).with("location", "/echo/?x=1"),
    )
    .await;
    check(
        client.request(Method::DELETE, "/echo/"),
        answer(405, json!({"detail": "Method \"DELETE\" not allowed."})).with("allow", allow),
    )
    .await;
    let head = client.head("/echo/").send().await.0;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(head.headers()[header::CONTENT_LENGTH], "26");
    assert!(head.into_body().into_bytes().await.unwrap().is_empty());
    check(
        client.request(Method::OPTIONS, "/echo/"),
        answer(
            200,
            json!({
                "name": "Echo",
                "description": "",
                "renders": ["application/json"],
                "parses": [
                    "application/json",
                    "application/x-www-form-urlencoded",
                    "multipart/form-data",
                ],
            }),
        )
        .with("allow", allow),
    )
    .await;
}

#[tokio::test]
async fn hand_written_operations_come_first() {
    let client = client().await;
    for (path, expected) in [("/", "root by hand"), ("/echo/by-hand", "by hand")] {
        client.get(path).send().await.assert_text(expected).await;
    }
    check(
        client.request(Method::PUT, "/echo/by-hand"),
        answer(405, Value::Null),
    )
    .await;
}

#[tokio::test]
async fn bodies_are_parsed_within_limits() {
    let client = client().await;
    let json = "application/json";
    check(
        client
            .post("/echo/")
            .content_type(json)
            .body(r#"{"a": [1, 2.50]}"#),
        answer(200, json!({"a": [1, 2.5]})),
    )
    .await;
    let broken = client
        .post("/echo/")
        .content_type(json)
        .body("{")
        .send()
        .await;
    broken.assert_status(StatusCode::BAD_REQUEST);
    let detail = broken
        .json()
        .await
        .value()
        .object()
        .get("detail")
        .string()
        .to_owned();
    assert!(detail.starts_with("JSON parse error - "), "{detail}");
    check(
        client.post("/echo/").content_type("text/weird").body("x"),
        answer(
            415,
            json!({"detail": "Unsupported media type \"text/weird\" in request."}),
        ),
    )
    .await;
    check(
        client.post("/echo/").body("x"),
        answer(
            415,
            json!({"detail": "Unsupported media type \"\" in request."}),
        ),
    )
    .await;
    let large = client
        .post("/echo/")
        .content_type(json)
        .body(vec![b' '; 1001])
        .send()
        .await;
    large.assert_status(StatusCode::PAYLOAD_TOO_LARGE);
    let deep = "[".repeat(900);
    client
        .post("/echo/")
        .content_type(json)
        .body(deep)
        .send()
        .await
        .assert_status(StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_renderer_is_negotiated() {
    let client = client().await;
    for (path, accept, status, text) in [
        ("/suffixed/loud/", None, 200, "\"quiet\""),
        ("/suffixed/loud/", Some("text/plain"), 200, "\"QUIET\""),
        ("/suffixed/loud/?format=txt", None, 200, "\"QUIET\""),
        ("/suffixed/loud.txt", None, 200, "\"QUIET\""),
        ("/suffixed/loud.json/", None, 200, "\"quiet\""),
        (
            "/suffixed/loud/?format=xml",
            None,
            404,
            r#"{"detail":"Not found."}"#,
        ),
        (
            "/suffixed/loud/",
            Some("image/png"),
            406,
            r#"{"detail":"Could not satisfy the request Accept header."}"#,
        ),
    ] {
        let mut request = client.get(path);
        if let Some(accept) = accept {
            request = request.header(header::ACCEPT, accept);
        }
        let response = request.send().await;
        response.assert_status(StatusCode::from_u16(status).unwrap());
        response.assert_header(header::VARY, "Accept");
        response.assert_text(text).await;
    }
}

#[tokio::test]
async fn users_are_told_apart() {
    let client = client().await;
    let staff = || client.get("/staff/");
    check(
        staff(),
        answer(
            401,
            json!({"detail": "Authentication credentials were not provided."}),
        )
        .with("www-authenticate", "Name"),
    )
    .await;
    check(
        staff().header(header::AUTHORIZATION, "nobody"),
        answer(401, json!({"detail": "Who is that?"})).with("www-authenticate", "Name"),
    )
    .await;
    check(
        staff().header(header::AUTHORIZATION, "guest"),
        answer(
            403,
            json!({"detail": "You do not have permission to perform this action."}),
        ),
    )
    .await;
    check(
        staff().header(header::AUTHORIZATION, "root"),
        answer(200, json!("root")),
    )
    .await;
    check(
        client
            .get("/staff/?wait=1")
            .header(header::AUTHORIZATION, "root"),
        answer(
            429,
            json!({"detail": "Request was throttled. Expected available in 2 seconds."}),
        )
        .with("retry-after", "2"),
    )
    .await;
    // Permissions come before the method is looked at.
    check(client.post("/staff/"), answer(401, Value::Null)).await;
}

#[tokio::test]
async fn a_head_of_a_stream_ends() {
    let head = client().await.head("/endless/").send().await.0;
    assert_eq!(head.status(), StatusCode::OK);
    assert!(!head.headers().contains_key(header::CONTENT_LENGTH));
    assert!(head.into_body().into_bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_body_that_was_too_large_stays_too_large() {
    let client = client().await;
    // Without a length, so that the limit is found while reading.
    let chunks =
        futures_util::stream::iter((0..40).map(|_| Ok::<_, std::io::Error>(vec![b' '; 50])));
    check(
        client
            .put("/endless/")
            .content_type("application/json")
            .body(poem::Body::from_bytes_stream(chunks)),
        answer(200, json!([413, 413])),
    )
    .await;
}

#[tokio::test]
async fn a_panic_and_an_internal_error_keep_their_secrets() {
    let client = client().await;
    let plain = || answer(500, json!({"detail": "A server error occurred."}));
    check(client.get("/broken/"), plain()).await;
    check(client.post("/broken/"), plain()).await;
    check(client.post("/endless/"), plain()).await;
    check(client.get("/echo/"), answer(200, Value::Null)).await;
}
