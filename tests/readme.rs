//! The calls of the README are played, and its table of endpoints is looked up.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "shop_app/mod.rs"]
mod shop_app;

use poem::{http::Method, test::TestClient};
use restflow::routers::RouteTable;

const README: &str = include_str!("../README.md");
const SERVER: &str = "http://127.0.0.1:8000";

#[derive(Debug, Default)]
struct Call {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    only_status: bool,
    expected: String,
}

/// The `$ curl …` lines of the README with the line behind each.
fn calls() -> Vec<Call> {
    let mut lines = README.lines();
    let mut calls = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(command) = line.strip_prefix("$ curl ") {
            let mut call = parse(command);
            call.expected = lines.next().unwrap().to_owned();
            calls.push(call);
        }
    }
    calls
}

fn parse(command: &str) -> Call {
    let mut call = Call {
        method: "GET".to_owned(),
        ..Call::default()
    };
    let mut words = words(command).into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-s" => {}
            "-X" => call.method = words.next().unwrap(),
            "-H" => {
                let header = words.next().unwrap();
                let (name, value) = header.split_once(": ").unwrap();
                call.headers.push((name.to_owned(), value.to_owned()));
            }
            "-d" => call.body = words.next(),
            "-o" => assert_eq!(words.next().unwrap(), "/dev/null"),
            "-w" => {
                assert_eq!(words.next().unwrap(), "%{http_code}");
                call.only_status = true;
            }
            url => url.strip_prefix(SERVER).unwrap().clone_into(&mut call.path),
        }
    }
    call
}

/// Words as a shell splits them, with single quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// The time of creation is the only thing that differs from run to run.
fn without_time(body: &str) -> String {
    match body.split_once("\"created_at\":\"") {
        None => body.to_owned(),
        Some((before, rest)) => {
            let (_, behind) = rest.split_once('"').unwrap();
            format!("{before}\"created_at\":\"…\"{behind}")
        }
    }
}

#[tokio::test]
async fn the_calls_of_the_readme_answer_as_shown() {
    let client = TestClient::new(shop_app::fresh().await);
    let calls = calls();
    assert!(calls.len() > 10, "the README shows calls");
    for call in calls {
        let mut request = client
            .request(
                Method::from_bytes(call.method.as_bytes()).unwrap(),
                &call.path,
            )
            .header("host", "127.0.0.1:8000");
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        let response = request.send().await.0;
        let shown = if call.only_status {
            response.status().as_u16().to_string()
        } else {
            response.into_body().into_string().await.unwrap()
        };
        assert_eq!(
            without_time(&shown),
            without_time(&call.expected),
            "{} {}",
            call.method,
            call.path
        );
    }
}

#[test]
fn the_endpoints_of_the_readme_exist() {
    let rows: Vec<_> = RouteTable::of::<shop_app::urls::Shop>().rows().collect();
    let table = README
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | `/api/"));
    let mut count = 0;
    for (method, rest) in table {
        let path = format!("/api/{}", rest.split('`').next().unwrap());
        count += 1;
        assert!(
            rows.iter()
                .any(|row| row.path == path && row.methods.split(", ").any(|known| known == method)),
            "{method} {path}"
        );
    }
    assert_eq!(count, 7);
}
