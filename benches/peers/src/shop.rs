//! What the hand-written peers share: the shapes on the wire and the rules of the shop that
//! do not touch the database. Anything that costs time (routing, queries, reading rows) is
//! each peer's own.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Uri, header};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Products on a page.
pub(crate) const PAGE_SIZE: u64 = 20;
/// How many connections each peer keeps to the database.
pub(crate) const POOL_SIZE: u32 = 4;

/// One page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    pub(crate) count: u64,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
    pub(crate) results: Vec<T>,
}

/// A product in a list; prices are texts with two decimals.
#[derive(Debug, Serialize)]
pub(crate) struct ProductInList {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) sku: String,
    pub(crate) price: String,
    pub(crate) in_stock: bool,
    pub(crate) category: i64,
}

/// A product on its own.
#[derive(Debug, Serialize)]
pub(crate) struct ProductAlone {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) sku: String,
    pub(crate) price: String,
    pub(crate) in_stock: bool,
    pub(crate) category: i64,
    pub(crate) description: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// The query parameters of a list, named as DRF's filters name them.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ListQuery {
    /// Pages count from 1.
    pub(crate) page: Option<u64>,
    #[serde(rename = "price__gte")]
    pub(crate) price_from: Option<Decimal>,
    #[serde(rename = "price__lte")]
    pub(crate) price_to: Option<Decimal>,
    pub(crate) in_stock: Option<bool>,
    #[serde(rename = "name__icontains")]
    pub(crate) word: Option<String>,
    /// The least rating of one of the reviews.
    #[serde(rename = "rating__gte")]
    pub(crate) rating: Option<i32>,
    pub(crate) order_by: Option<Order>,
}

impl ListQuery {
    /// The page, or `None` for page 0, which does not exist.
    pub(crate) fn page(&self) -> Option<u64> {
        Some(self.page.unwrap_or(1)).filter(|page| *page > 0)
    }

    pub(crate) fn has_filters(&self) -> bool {
        self.price_from.is_some()
            || self.price_to.is_some()
            || self.in_stock.is_some()
            || self.word.is_some()
            || self.rating.is_some()
    }
}

/// How a list is ordered; by id if nothing is said.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum Order {
    #[serde(rename = "price")]
    Price,
    #[serde(rename = "-price")]
    PriceDescending,
}

/// The body of a create.
#[derive(Debug, Deserialize)]
pub(crate) struct NewProduct {
    pub(crate) name: String,
    pub(crate) sku: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) price: Decimal,
    #[serde(default = "yes")]
    pub(crate) in_stock: bool,
    pub(crate) category: i64,
}

fn yes() -> bool {
    true
}

/// Messages by field.
pub(crate) type FieldErrors = BTreeMap<&'static str, Vec<String>>;

impl NewProduct {
    /// Checks all that can be checked without the database.
    pub(crate) fn errors(&self) -> FieldErrors {
        let mut errors = FieldErrors::new();
        let mut add = |field, message: &str| {
            errors.entry(field).or_default().push(message.to_owned());
        };
        if self.name.trim().is_empty() {
            add("name", "This field may not be blank.");
        }
        if self.name.chars().count() > 200 {
            add("name", "Ensure this field has no more than 200 characters.");
        }
        if self.sku.chars().count() < 3 {
            add("sku", "Ensure this field has at least 3 characters.");
        }
        if self.sku.chars().count() > 12 {
            add("sku", "Ensure this field has no more than 12 characters.");
        }
        if self.price < Decimal::ZERO {
            add("price", "Ensure this value is greater than or equal to 0.");
        }
        if self.price.normalize().scale() > 2 {
            add(
                "price",
                "Ensure that there are no more than 2 decimal places.",
            );
        }
        errors
    }
}

/// The links to the neighbors of a page: the URL of the request with another page.
pub(crate) fn neighbors(
    uri: &Uri,
    headers: &HeaderMap,
    page: u64,
    count: u64,
) -> (Option<String>, Option<String>) {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.unwrap_or("localhost");
    let link = |page: u64| {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs.filter(|(key, _)| key != "page"));
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("http://{host}{}{mark}{query}", uri.path())
    };
    let next = (page * PAGE_SIZE < count).then(|| link(page + 1));
    let previous = (page > 1).then(|| link(page - 1));
    (next, previous)
}
