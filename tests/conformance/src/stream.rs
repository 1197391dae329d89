//! `/stream/`: lists and events that are written while they come (SPEC.md, section 8).

mod python_json;

use std::time::Duration;

use chrono::{SubsecRound, Timelike};
use futures_util::stream;
use restflow::prelude::*;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::entities::product;

pub(crate) fn urls() -> Urls {
    Urls::new()
        .path("sse/", EventsView)
        .path("{kind}/", StreamView)
}

struct StreamView;

impl ApiView for StreamView {}

#[handlers]
impl StreamView {
    async fn get(&self, request: &Request) -> Result<Response> {
        let rows = stream::iter(source(request).await?);
        Ok(match request.kwargs().get("kind") {
            Some("json") => StreamingJsonListResponse::new(rows).into(),
            Some("ndjson") => NdjsonResponse::new(rows).into(),
            Some("ndjson-custom") => Response::from(NdjsonResponse::new(rows))
                .with_status(StatusCode::ACCEPTED)
                .with_header("content-type", "application/jsonl"),
            _ => return Err(ApiError::not_found()),
        })
    }
}

struct EventsView;

impl ApiView for EventsView {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }
}

#[handlers]
impl EventsView {
    async fn get(&self, request: &Request) -> Result<Response> {
        let events = if is_empty(request) {
            Vec::new()
        } else {
            events()?
        };
        Ok(SseResponse::from_items(stream::iter(events)).into())
    }
}

fn is_empty(request: &Request) -> bool {
    request.query_params().get("empty").is_some()
}

/// A product as Django's JSON encoder writes it.
#[derive(Serialize)]
struct Row {
    id: i64,
    name: String,
    price: String,
    released_on: Option<Date>,
    opening_time: Option<String>,
    created_at: String,
    rating: Option<f64>,
}

impl From<product::Model> for Row {
    fn from(product: product::Model) -> Self {
        Self {
            id: product.id,
            name: product.name,
            price: format!("{:.2}", product.price),
            released_on: product.released_on,
            opening_time: product.opening_time.map(time),
            created_at: date_time(product.created_at),
            rating: product.rating,
        }
    }
}

/// The first five products.
async fn source(request: &Request) -> Result<Vec<Result<Box<RawValue>>>> {
    if is_empty(request) {
        return Ok(Vec::new());
    }
    let products = product::Entity::find()
        .order_by_asc(product::Column::Id)
        .limit(5)
        .all(request.db())
        .await?;
    Ok(products
        .into_iter()
        .map(|product| python_json::encode(&Row::from(product)))
        .collect())
}

#[derive(Serialize)]
struct Tick {
    n: i32,
    at: String,
}

fn events() -> Result<Vec<SseEvent>> {
    let at: DateTimeUtc = "2024-01-02T03:04:05.678901Z"
        .parse()
        .map_err(ApiError::internal)?;
    let tick = Tick {
        n: 1,
        at: date_time(at),
    };
    let mixed = (1, "é", (), "1.50");
    Ok(vec![
        "plain text".into(),
        "two\nlines".into(),
        SseEvent::new()
            .id(1)
            .event("tick")
            .data(python_json::encode(&tick)?.get()),
        SseEvent::new()
            .id("abc")
            .retry(Duration::from_millis(3000))
            .data("multi\r\nline\rend"),
        SseEvent::new().event("empty"),
        SseEvent::new().data(python_json::encode(&mixed)?.get()),
    ])
}

/// Milliseconds, where there are fractions of a second at all.
fn date_time(at: DateTimeUtc) -> String {
    let format = if at.trunc_subsecs(6).nanosecond() == 0 {
        "%Y-%m-%dT%H:%M:%SZ"
    } else {
        "%Y-%m-%dT%H:%M:%S%.3fZ"
    };
    at.format(format).to_string()
}

fn time(time: Time) -> String {
    let format = if time.trunc_subsecs(6).nanosecond() == 0 {
        "%H:%M:%S"
    } else {
        "%H:%M:%S%.3f"
    };
    time.format(format).to_string()
}
