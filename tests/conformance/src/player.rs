//! Plays a recorded conversation against an endpoint, in process.
use std::{panic::AssertUnwindSafe, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header, uri::Scheme};
use indexmap::IndexMap;
use poem::{
    Addr, Endpoint, Request, RequestParts, Response,
    web::{LocalAddr, RemoteAddr},
};
use regex::{Captures, Regex};
use serde_json::Value;

use crate::{
    compare::{Answer, Body, compare_step},
    scenario::{RecordedRequest, Scenario},
};

/// The address that the recording calls the server by.
const SERVER: &str = "http://testserver";
/// How long an answer may take, body included.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How many differences of one step are told.
const TOLD: usize = 4;

/// How a scenario went.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// One line for each step that went wrong.
    pub problems: Vec<String>,
    /// Differences that no client can mind.
    pub soft: Vec<String>,
    /// What was asked and answered, as far as it came.
    pub exchanges: Vec<Exchange>,
}

/// A request that was answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The HTTP method.
    pub method: String,
    /// The path without its query, as it was sent.
    pub path: String,
    /// The answer.
    pub answer: Answer,
}

impl Outcome {
    /// Whether every answer was as recorded.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Plays the steps in order and compares every answer with the recorded one.
///
/// The application sees requests for `http://testserver` from 127.0.0.1. A step that is
/// answered wrongly does not end the scenario; one that is not answered (a panic, a body
/// that breaks off, 30 seconds without an end) does.
pub async fn play<E: Endpoint>(scenario: &Scenario, app: &E) -> Outcome {
    let mut outcome = Outcome::default();
    let mut captured = IndexMap::new();
    for (number, step) in scenario.steps.iter().enumerate() {
        let path = fill(&step.request.path, &captured);
        let label = format!("step {} {} {path}", number + 1, step.request.method);
        let answer = match send(app, &step.request, &captured).await {
            Ok(answer) => answer,
            Err(error) => {
                outcome
                    .problems
                    .push(format!("{label}: no response: {error:#}"));
                break;
            }
        };
        let diff = compare_step(step, &answer);
        if !diff.hard.is_empty() {
            let told = diff.hard[..diff.hard.len().min(TOLD)].join("; ");
            let rest = match diff.hard.len().saturating_sub(TOLD) {
                0 => String::new(),
                more => format!(" (+{more} more)"),
            };
            outcome.problems.push(format!("{label}: {told}{rest}"));
        }
        outcome
            .soft
            .extend(diff.soft.iter().map(|line| format!("{label}: {line}")));
        let body = answer.parsed();
        let sent = path.strip_prefix(SERVER).unwrap_or(&path);
        outcome.exchanges.push(Exchange {
            method: step.request.method.clone(),
            path: sent.split(['?', '#']).next().unwrap_or_default().to_owned(),
            answer,
        });
        for (name, pointer) in &step.capture {
            match captured_text(&body, pointer) {
                Some(text) => {
                    captured.insert(name.clone(), text);
                }
                None => outcome
                    .problems
                    .push(format!("{label}: nothing to capture at {pointer}")),
            }
        }
    }
    outcome
}

/// Sends one request and reads the whole answer.
async fn send<E: Endpoint>(
    app: &E,
    recorded: &RecordedRequest,
    captured: &IndexMap<String, String>,
) -> Result<Answer> {
    let request = build(recorded, captured)?;
    let answer = async {
        let response = app.get_response(request).await;
        read(&recorded.method, response).await
    };
    match tokio::time::timeout(TIMEOUT, AssertUnwindSafe(answer).catch_unwind()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => bail!("the application panicked"),
        Err(_) => bail!("no end after {TIMEOUT:?}"),
    }
}

fn build(recorded: &RecordedRequest, captured: &IndexMap<String, String>) -> Result<Request> {
    let path = fill(&recorded.path, captured);
    let path = match path.strip_prefix(SERVER) {
        Some("") => "/",
        Some(rest) => rest,
        None => &path,
    };
    let body = match (&recorded.body_base64, &recorded.body) {
        (Some(base64), _) => Some(BASE64_STANDARD.decode(base64)?),
        (None, Some(text)) => Some(fill(text, captured).into_bytes()),
        (None, None) => None,
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_static("testserver"));
    for (name, value) in &recorded.headers {
        let name = HeaderName::try_from(name.as_str())?;
        headers.append(name, latin1(&fill(value, captured))?);
    }
    let has_length = headers.contains_key(header::CONTENT_LENGTH);
    if !has_length && (body.is_some() || matches!(&*recorded.method, "POST" | "PUT" | "PATCH")) {
        let length = body.as_ref().map_or(0, Vec::len);
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    let mut request = http::Request::new(());
    *request.method_mut() = Method::from_bytes(recorded.method.as_bytes())?;
    *request.uri_mut() = Uri::try_from(path).with_context(|| format!("the path {path}"))?;
    *request.headers_mut() = headers;
    let (parts, ()) = request.into_parts();
    let address = |port| Addr::SocketAddr(([127, 0, 0, 1], port).into());
    let parts = RequestParts::from((
        parts,
        LocalAddr(address(80)),
        RemoteAddr(address(49152)),
        Scheme::HTTP,
    ));
    Ok(Request::from_parts(parts, body.unwrap_or_default().into()))
}

/// Reads an answer as a client on the network would see it.
async fn read(method: &str, response: Response) -> Result<Answer> {
    let (parts, body) = response.into_parts();
    let mut headers = IndexMap::<String, String>::new();
    for (name, value) in &parts.headers {
        // Bytes stand for themselves (ISO 8859-1), as in HTTP clients.
        let value: String = value
            .as_bytes()
            .iter()
            .map(|byte| char::from(*byte))
            .collect();
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|known| *known = format!("{known}, {value}"))
            .or_insert(value);
    }
    let status = parts.status.as_u16();
    // The server drops the body of these; here nobody else does.
    let bodiless = method == "HEAD" || matches!(status, 204 | 304);
    let body = if bodiless {
        Vec::new()
    } else {
        body.into_vec()
            .await
            .map_err(|error| anyhow!("the body broke off: {error}"))?
    };
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// Replaces each `{{name}}` that was captured.
fn fill(text: &str, captured: &IndexMap<String, String>) -> String {
    if captured.is_empty() || !text.contains("{{") {
        return text.to_owned();
    }
    let placeholder = Regex::new(r"\{\{(\w+)\}\}").expect("the pattern is a constant");
    let value = |found: &Captures<'_>| {
        captured
            .get(&found[1])
            .unwrap_or(&found[0].to_owned())
            .clone()
    };
    placeholder.replace_all(text, value).into_owned()
}

/// The value at `pointer`, as text that can be written into a request.
fn captured_text(body: &Body, pointer: &str) -> Option<String> {
    let value = match body {
        Body::Json(value) => value.pointer(pointer)?,
        Body::Text(text) => return pointer.is_empty().then(|| text.clone()),
    };
    Some(match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// The text in ISO 8859-1; what has no byte there becomes a question mark.
fn latin1(text: &str) -> Result<HeaderValue> {
    let bytes: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(c).unwrap_or(b'?'))
        .collect();
    HeaderValue::from_bytes(&bytes).context("a header value")
}
