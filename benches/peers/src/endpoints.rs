//! What is asked of every peer.
use bytes::Bytes;
use clap::ValueEnum;
use http::{Method, StatusCode};
use serde_json::json;

/// An endpoint of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Endpoint {
    /// One of the first 25 pages of 20 of all products, with the count.
    List,
    /// The first page of the products in a range of prices, in stock, with a word in their
    /// name and a good review, ordered by price: five conditions, one of them over a relation.
    Filtered,
    /// One product.
    Retrieve,
    /// A new product: validated, its SKU and category checked, inserted.
    Create,
}

/// A request to any peer.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Bytes,
    pub(crate) expected: StatusCode,
}

impl Call {
    pub(crate) fn get(path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            body: Bytes::new(),
            expected: StatusCode::OK,
        }
    }

    pub(crate) fn post(body: &serde_json::Value) -> Self {
        Self {
            method: Method::POST,
            path: "/api/products/".to_owned(),
            body: body.to_string().into(),
            expected: StatusCode::CREATED,
        }
    }
}

impl Endpoint {
    pub(crate) const ALL: &[Self] = &[Self::List, Self::Filtered, Self::Retrieve, Self::Create];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Filtered => "filtered list",
            Self::Retrieve => "retrieve",
            Self::Create => "create",
        }
    }

    /// How many times as many requests per second restflow promises to answer as SQL by hand.
    pub(crate) fn least(self) -> Option<f64> {
        match self {
            Self::Filtered => Some(0.95),
            Self::List | Self::Retrieve | Self::Create => None,
        }
    }

    /// How many requests stand for `requests`: four times as many where each is so short
    /// that CPU time, which is counted in hundredths of a second, would be too coarse.
    pub(crate) fn requests(self, requests: usize) -> usize {
        match self {
            Self::Retrieve => requests * 4,
            _ => requests,
        }
    }

    /// The request of number `at` to a table that started with `rows` products. Reads
    /// repeat after a while; creates differ for every `at`.
    pub(crate) fn call(self, at: u64, rows: u32) -> Call {
        let rows = u64::from(rows);
        match self {
            Self::List => {
                let pages = rows.div_ceil(20).min(25);
                Call::get(format!("/api/products/?page={}", at % pages + 1))
            }
            Self::Filtered => {
                let low = at % 48 * 10;
                let high = low + 10;
                Call::get(format!(
                    "/api/products/?in_stock=true&name__icontains=old&order_by=price\
                     &price__gte={low}&price__lte={high}&rating__gte=3"
                ))
            }
            Self::Retrieve => Call::get(format!("/api/products/{}/", at * 7919 % rows + 1)),
            Self::Create => Call::post(&json!({
                "name": format!("Brass Bell {at}"),
                "sku": format!("N{at:09}"),
                "description": "A bell that was made for this benchmark.",
                // Outside of what the filtered list asks for, so that its work does not grow.
                "price": "912.50",
                "in_stock": true,
                "category": at % 20 + 1,
            })),
        }
    }
}
