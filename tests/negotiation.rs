//! Media types in and out: renderers, `Vary`, what OPTIONS tells, bodies of JSON.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use poem::{http::header, test::TestClient};
use restflow::{
    prelude::*,
    views::{Accepted, ActionFields, Metadata, MetadataClass, SimpleMetadata},
};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde_json::{Value, json};

/// Rows for people, for spreadsheets and for programs.
#[derive(ViewSet)]
struct TableViewSet;

impl ApiView for TableViewSet {
    fn renderer_classes(&self) -> Renderers {
        Renderers::default()
            .with(CsvRenderer::new())
            .with(PlainTextRenderer)
    }

    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new().action("plain", ActionConfig::new().renderer_classes(JsonRenderer))
    }
}

#[actions]
impl TableViewSet {
    #[action(detail = false)]
    async fn plain(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(json!([])))
    }

    #[action(detail = false)]
    async fn page(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(json!({
            "count": 2,
            "next": null,
            "previous": null,
            "results": [
                {"id": 1, "name": "Bolts, 3\"", "price": "-1.50"},
                {"id": 2, "name": "=HYPERLINK(A1)", "price": null},
            ],
        })))
    }

    #[action(detail = false, methods("post"))]
    async fn refuse(&self, request: &Request) -> Result<Response> {
        request.data().await?;
        let mut errors = FieldErrors::new();
        errors.add("name", "This field is required.");
        errors.add("name", "Really.");
        Err(errors.into())
    }

    #[action(detail = false, renderer_classes = CsvRenderer::new(), parser_classes = JsonParser)]
    async fn export(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(json!([{"id": 1}])))
    }
}

/// JSON, except for one action.
#[derive(ViewSet)]
struct PlainViewSet;

impl ApiView for PlainViewSet {}

#[actions]
impl PlainViewSet {
    #[action(detail = false)]
    async fn one(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(json!({"a": [1]})))
    }

    #[action(
        detail = false,
        renderer_classes = Renderers::from_settings().with(PlainTextRenderer)
    )]
    async fn two(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(json!({"a": [1]})))
    }
}

/// Answers what the query asks for, whatever `Accept` says.
struct Stubborn;

impl ApiView for Stubborn {
    fn get_renderers(&self, _request: &Request) -> Renderers {
        Renderers::default().with(PlainTextRenderer)
    }

    fn perform_content_negotiation(&self, request: &Request) -> Result<()> {
        let wanted = usize::from(request.query_params().get("text").is_some());
        let renderer = request.renderers().iter().nth(wanted);
        let renderer = renderer.ok_or_else(ApiError::not_acceptable)?;
        request.set_accepted(Accepted::new(renderer));
        Ok(())
    }

    fn metadata_class(&self) -> Option<MetadataClass> {
        Some(Terse.into())
    }
}

#[handlers]
impl Stubborn {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new("as I like"))
    }
}

/// Half of what DRF tells, and a link.
struct Terse;

impl Metadata for Terse {
    fn determine_metadata(&self, request: &Request, actions: ActionFields) -> Value {
        let simple = SimpleMetadata.determine_metadata(request, actions);
        json!({"renders": simple["renders"], "help": "https://example.org/help"})
    }
}

#[derive(Clone, Debug, PartialEq, EnumIter, DeriveActiveEnum, Choices)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
enum Size {
    Small,
    #[choice(label = "Very large")]
    Large,
}

#[derive(Debug, Serializer)]
struct LineSerializer {
    #[validate(length(min = 3, max = 9))]
    sku: String,
    #[validate(range(min = 1, max = 99))]
    #[serializer(default = 1)]
    quantity: i32,
}

#[derive(Debug, Serializer)]
struct OrderSerializer {
    #[serializer(label = "Mail", help_text = "Where the bill goes.")]
    #[validate(email)]
    email: String,
    size: Size,
    first: LineSerializer,
    #[validate(length(max = 5))]
    lines: Vec<LineSerializer>,
    #[validate(length(max = 20), each(range(min = 1)))]
    ids: Vec<i64>,
    #[serializer(decimal(max_digits = 5, decimal_places = 2))]
    limit: Option<Decimal>,
}

struct Orders;

impl ApiView for Orders {
    fn serializer_class(&self) -> Option<SerializerClass> {
        Some(SerializerClass::of::<OrderSerializer>())
    }

    async fn check_permissions(&self, request: &Request) -> Result<()> {
        match (request.method(), request.query_params().get("guest")) {
            (&Method::POST, Some(_)) => Err(self.permission_denied(request, None, None)),
            _ => Ok(()),
        }
    }
}

#[handlers]
impl Orders {
    async fn post(&self, request: &Request) -> Result<Response> {
        Ok(Response::new(request.data().await?.as_json().cloned()))
    }
}

struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        let mut router = DefaultRouter::new();
        router.register("table", TableViewSet);
        router.register("plain", PlainViewSet);
        Urls::new()
            .include("", router)
            .path("stubborn/", Stubborn)
            .path("orders/", Orders)
    }
}

async fn client() -> TestClient<impl Endpoint> {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    TestClient::new(OpenApiService::new(restflow::api::<Api>(db), "test", "1"))
}

/// The same for all views that do not say otherwise.
struct Described<const OPTIONS: bool>;

impl<const OPTIONS: bool> UrlConf for Described<OPTIONS> {
    fn urls() -> Urls {
        Urls::new().path("plain/", Bare).path("stubborn/", Stubborn)
    }

    fn settings() -> Settings {
        let class = OPTIONS.then(|| OnlyHelp.into());
        Settings::new().metadata_class(class)
    }
}

struct OnlyHelp;

impl Metadata for OnlyHelp {
    fn determine_metadata(&self, _request: &Request, _actions: ActionFields) -> Value {
        json!("help")
    }
}

struct Bare;

impl ApiView for Bare {}

#[handlers]
impl Bare {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }
}

#[tokio::test]
async fn the_settings_say_who_answers_options() {
    async fn answers<C: UrlConf>() -> [(u16, Value); 2] {
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let api = OpenApiService::new(restflow::api::<C>(db), "test", "1");
        let client = TestClient::new(api);
        let mut answers = Vec::new();
        for path in ["/plain/", "/stubborn/"] {
            let got = ask(&client, Method::OPTIONS, path, "").await;
            answers.push((got.status, serde_json::from_str(&got.text).unwrap()));
        }
        answers.try_into().unwrap()
    }

    let [settings, own] = answers::<Described<true>>().await;
    assert_eq!(settings, (200, json!("help")));
    assert_eq!(own.1["help"], "https://example.org/help");
    let [settings, own] = answers::<Described<false>>().await;
    assert_eq!(settings.0, 405);
    assert_eq!(own.0, 200);
}

struct Answer {
    status: u16,
    content_type: String,
    vary: Option<String>,
    length: Option<String>,
    text: String,
}

async fn ask(
    client: &TestClient<impl Endpoint>,
    method: Method,
    path: &str,
    accept: &str,
) -> Answer {
    let mut request = client.request(method, path);
    if !accept.is_empty() {
        request = request.header(header::ACCEPT, accept);
    }
    let response = request.send().await.0;
    let header = |name| {
        let value = response.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    Answer {
        status: response.status().as_u16(),
        content_type: header(header::CONTENT_TYPE).unwrap_or_default(),
        vary: header(header::VARY),
        length: header(header::CONTENT_LENGTH),
        text: response.into_body().into_string().await.unwrap(),
    }
}

#[tokio::test]
async fn data_and_errors_come_in_the_accepted_type() {
    let client = client().await;
    let csv = "text/csv; charset=utf-8";
    let plain = "text/plain; charset=utf-8";
    let page = "id,name,price\r\n1,\"Bolts, 3\"\"\",-1.50\r\n2,'=HYPERLINK(A1),\r\n";
    for (method, path, accept, status, content_type, text) in [
        (Method::GET, "/table/page/", "text/csv", 200, csv, page),
        (Method::GET, "/table/page/?format=csv", "", 200, csv, page),
        (Method::GET, "/table/page.csv", "", 200, csv, page),
        (
            Method::POST,
            "/table/refuse/",
            "text/csv",
            400,
            csv,
            "name\r\nThis field is required. Really.\r\n",
        ),
        (
            Method::POST,
            "/table/refuse/",
            "text/plain",
            400,
            plain,
            "name: This field is required.\nname: Really.\n",
        ),
        (
            Method::PUT,
            "/table/page/",
            "text/plain",
            405,
            plain,
            "Method \"PUT\" not allowed.\n",
        ),
        (
            Method::GET,
            "/table/page/",
            "image/png",
            406,
            "application/json",
            "{\"detail\":\"Could not satisfy the request Accept header.\"}",
        ),
        (
            Method::GET,
            "/plain/one/",
            "application/json; indent=2",
            200,
            "application/json",
            "{\n  \"a\": [\n    1\n  ]\n}",
        ),
        (
            Method::PUT,
            "/plain/one/",
            "application/json ; indent = 1, application/json;indent=1",
            405,
            "application/json",
            "{\n \"detail\": \"Method \\\"PUT\\\" not allowed.\"\n}",
        ),
        (
            Method::GET,
            "/plain/one/",
            "application/json;indent=0",
            200,
            "application/json",
            "{\"a\":[1]}",
        ),
    ] {
        let got = ask(&client, method, path, accept).await;
        assert_eq!(
            (got.status, got.text.as_str()),
            (status, text),
            "{path} {accept}"
        );
        assert_eq!(got.content_type, content_type, "{path} {accept}");
    }
    let head = ask(&client, Method::HEAD, "/table/page/", "text/csv").await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.length, Some(page.len().to_string()));
}

#[tokio::test]
async fn vary_tells_whether_this_action_has_a_choice() {
    let client = client().await;
    for (method, path, varies) in [
        (Method::GET, "/table/page/", true),
        (Method::GET, "/table/nothing/", false),
        (Method::GET, "/table/plain/", false),
        (Method::GET, "/table/export/", false),
        (Method::OPTIONS, "/table/export/", false),
        (Method::OPTIONS, "/table/page/", true),
        (Method::GET, "/plain/one/", false),
        (Method::GET, "/plain/two/", true),
        (Method::PUT, "/plain/two/", true),
        (Method::OPTIONS, "/plain/two/", true),
        (Method::GET, "/stubborn/", true),
    ] {
        let got = ask(&client, method.clone(), path, "").await;
        let vary = varies.then_some("Accept");
        assert_eq!(got.vary.as_deref(), vary, "{method} {path}");
    }
}

#[tokio::test]
async fn options_tells_the_media_types_of_the_action() {
    let client = client().await;
    let all = json!([
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data"
    ]);
    let json_only = json!(["application/json"]);
    for (path, renders, parses) in [
        (
            "/table/page/",
            json!(["application/json", "text/csv", "text/plain"]),
            &all,
        ),
        ("/table/export/", json!(["text/csv"]), &json_only),
        ("/plain/one/", json!(["application/json"]), &all),
        (
            "/plain/two/",
            json!(["application/json", "text/plain"]),
            &all,
        ),
    ] {
        let got = client
            .request(Method::OPTIONS, path)
            .header("accept", "*/*");
        let got = got.send().await.0.into_body().into_bytes().await.unwrap();
        // The only renderer of `export` writes CSV.
        let text = String::from_utf8(got.to_vec()).unwrap();
        let Ok(metadata) = serde_json::from_str::<Value>(&text) else {
            assert_eq!(path, "/table/export/");
            let row = "name,description,renders,parses\r\n\
                       Export,\"Rows for people, for spreadsheets and for programs.\",\"[\"\"text/csv\"\"]\",\"[\"\"application/json\"\"]\"\r\n";
            assert_eq!(text, row);
            continue;
        };
        assert_eq!(metadata["renders"], renders, "{path}");
        assert_eq!(&metadata["parses"], parses, "{path}");
    }
}

#[tokio::test]
async fn options_describes_the_fields_of_a_method_that_the_client_may_use() {
    let client = client().await;
    let got = ask(&client, Method::OPTIONS, "/orders/", "").await;
    let metadata: Value = serde_json::from_str(&got.text).unwrap();
    let line = json!({
        "sku": {
            "type": "string", "required": true, "read_only": false, "label": "Sku",
            "min_length": 3, "max_length": 9,
        },
        "quantity": {
            "type": "integer", "required": false, "read_only": false, "label": "Quantity",
            "min_value": 1, "max_value": 99,
        },
    });
    let fields = json!({
        "email": {
            "type": "email", "required": true, "read_only": false, "label": "Mail",
            "help_text": "Where the bill goes.",
        },
        "size": {
            "type": "choice", "required": true, "read_only": false, "label": "Size",
            "choices": [
                {"value": "small", "display_name": "Small"},
                {"value": "large", "display_name": "Very large"},
            ],
        },
        "first": {
            "type": "nested object", "required": true, "read_only": false, "label": "First",
            "children": line,
        },
        "lines": {
            "type": "field", "required": true, "read_only": false, "label": "Lines",
            "max_length": 5,
            "child": {
                "type": "nested object", "required": true, "read_only": false, "children": line,
            },
        },
        "ids": {
            "type": "list", "required": true, "read_only": false, "label": "Ids",
            "max_length": 20,
            "child": {"type": "integer", "required": true, "read_only": false, "min_value": 1},
        },
        "limit": {
            "type": "decimal", "required": false, "read_only": false, "label": "Limit",
            "max_digits": 5, "decimal_places": 2,
        },
    });
    assert_eq!(metadata["actions"], json!({"POST": fields}));
    let got = ask(&client, Method::OPTIONS, "/orders/?guest=1", "").await;
    let metadata: Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!(metadata.get("actions"), None);
}

#[tokio::test]
async fn negotiation_and_metadata_can_be_ones_own() {
    let client = client().await;
    for (path, accept, text) in [
        ("/stubborn/", "image/png", "\"as I like\""),
        ("/stubborn/?text", "application/json", "as I like\n"),
    ] {
        let got = ask(&client, Method::GET, path, accept).await;
        assert_eq!((got.status, got.text.as_str()), (200, text));
    }
    let got = ask(&client, Method::OPTIONS, "/stubborn/", "").await;
    let metadata: Value = serde_json::from_str(&got.text).unwrap();
    let expected = json!({
        "renders": ["application/json", "text/plain"],
        "help": "https://example.org/help",
    });
    assert_eq!(metadata, expected);
}

#[tokio::test]
async fn json_is_read_strictly() {
    let client = client().await;
    let utf8 = "application/json";
    let latin = "application/json; charset=latin-1";
    let deep = |levels: usize| [b"[".repeat(levels), b"]".repeat(levels)].concat();
    for (content_type, body, expected) in [
        (utf8, b"{\"a\": 1, \"a\": 2}".to_vec(), Ok(json!({"a": 2}))),
        (
            "application/json ; charset=UTF-8;",
            b"\"\xc3\xa9\"".to_vec(),
            Ok(json!("é")),
        ),
        (latin, b"\"\xe9\"".to_vec(), Ok(json!("é"))),
        (
            "application/json; charset=utf-16",
            b"\"\0e\0\"\0".to_vec(),
            Ok(json!("e")),
        ),
        (utf8, b"18446744073709551615".to_vec(), Ok(json!(u64::MAX))),
        (
            utf8,
            deep(100),
            Ok(serde_json::from_slice(&deep(100)).unwrap()),
        ),
        (utf8, deep(1000), Err(400)),
        (utf8, b"NaN".to_vec(), Err(400)),
        (utf8, b"[Infinity]".to_vec(), Err(400)),
        (utf8, b"1e999".to_vec(), Err(400)),
        (utf8, b"\"\xe9\"".to_vec(), Err(400)),
        (utf8, b"{} {}".to_vec(), Err(400)),
        (utf8, b"\xef\xbb\xbf{}".to_vec(), Err(400)),
        ("application/json; charset=utf-32", b"{}".to_vec(), Err(400)),
        ("application/json; charset=gzip", b"{}".to_vec(), Err(400)),
        ("application/jsonp", b"{}".to_vec(), Err(415)),
        ("application/*", b"{}".to_vec(), Err(415)),
        ("*/*", b"{}".to_vec(), Err(415)),
    ] {
        let request = client.post("/orders/").content_type(content_type);
        let response = request.body(body.clone()).send().await.0;
        let status = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        let got = if status == 200 {
            Ok(answer)
        } else {
            Err(status)
        };
        let body = String::from_utf8_lossy(&body);
        assert_eq!(got, expected, "{content_type} {body}: {text}");
    }
}

/// Answers in anything.
struct Anything;

impl Renderer for Anything {
    fn media_type(&self) -> &'static str {
        "*/*"
    }

    fn format(&self) -> &'static str {
        "any"
    }

    fn render(&self, _: &dyn Representation, _: &RendererContext<'_>) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

/// A view that cannot be put on a path.
struct Misconfigured;

impl ApiView for Misconfigured {
    fn renderer_classes(&self) -> Renderers {
        Anything.into()
    }
}

#[handlers]
impl Misconfigured {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }
}

struct MisconfiguredApi;

impl UrlConf for MisconfiguredApi {
    fn urls() -> Urls {
        Urls::new().path("", Misconfigured)
    }
}

#[tokio::test]
#[should_panic = "has a renderer with the media type `*/*`"]
async fn a_renderer_of_any_type_is_refused_at_the_start() {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    let _ = TestClient::new(OpenApiService::new(
        restflow::api::<MisconfiguredApi>(db),
        "test",
        "1",
    ));
}
