//! Parameters that mean harm: each is a page or a 404, as in DRF.

use std::time::Duration;

use sea_orm::EntityTrait;

use super::shop::{database, page, product};
use crate::request::quote_plus;
use crate::{
    Count, FastPageNumberPagination, LimitOffsetPagination, PageNumberPagination, Paginator,
};

/// The status and the number of results.
type Outcome = (u16, usize);

const FIRST: Outcome = (200, 10);
const MISSING: Outcome = (404, 0);

async fn check(pagination: impl Into<Option<Paginator>>, cases: &[(String, Outcome)]) {
    let db = database().await;
    let paginator = Erased(pagination.into().unwrap());
    for (query, expected) in cases {
        let url = format!("http://testserver/?{query}");
        let shown = &query[..query.len().min(80)];
        let outcome = match page(&paginator, product::Entity::find(), &url, &db).await {
            Ok(body) => (200, body["results"].as_array().unwrap().len()),
            Err(error) => (error.status().as_u16(), 0),
        };
        assert_eq!(outcome, *expected, "{paginator:?} {shown}");
    }
}

/// A `Paginator` where a `Pagination` is wanted.
#[derive(Debug)]
struct Erased(Paginator);

impl crate::Pagination for Erased {
    async fn paginate(
        &self,
        query: crate::PageQuery<'_>,
        request: &crate::PageRequest<'_>,
    ) -> restflow_exceptions::Result<crate::Page> {
        self.0.paginate(query, request).await
    }

    fn parameters(&self) -> Vec<restflow_fields::Parameter> {
        self.0.parameters()
    }

    fn envelope_schema(&self) -> Vec<restflow_fields::FieldInfo> {
        self.0.envelope_schema()
    }
}

fn cases(cases: &[(&str, Outcome)]) -> Vec<(String, Outcome)> {
    let own = |(query, outcome): &(&str, Outcome)| ((*query).to_owned(), *outcome);
    cases.iter().map(own).collect()
}

fn strategies() -> [Count; 4] {
    [
        Count::Exact,
        Count::None,
        Count::Capped(20),
        Count::Cached(Duration::from_secs(60)),
    ]
}

fn pages() -> Vec<(String, Outcome)> {
    let mut pages = cases(&[
        ("page=0", MISSING),
        ("page=-1", MISSING),
        ("page=-0", MISSING),
        ("page=1e9", MISSING),
        ("page=1000000000", MISSING),
        ("page=99999999999999999999", MISSING),
        ("page=9223372036854775807", MISSING),
        ("page=9223372036854775808", MISSING),
        ("page=18446744073709551615", MISSING),
        ("page=18446744073709551616", MISSING),
        ("page=922337203685477580", MISSING),
        ("page=922337203685477581", MISSING),
        ("page=LAST", MISSING),
        ("page=last%20", MISSING),
        ("page=0x1", MISSING),
        ("page=%00", MISSING),
        ("page=1%00", MISSING),
        ("page=%F0%9F%98%80", MISSING),
        ("page=%FF", MISSING),
        ("page=1%20OR%201=1", MISSING),
        ("page=NaN", MISSING),
        ("page=inf", MISSING),
        ("page[]=2", FIRST),
        ("page%5B%5D=2", FIRST),
        ("page=x&page=1", FIRST),
        ("page=1&page=x", MISSING),
        ("PAGE=2", FIRST),
        ("page_size=0", FIRST),
        ("page_size=-5", FIRST),
        ("page_size=", FIRST),
        ("page_size=%00", FIRST),
        ("page_size[]=3", FIRST),
        ("page_size=3&page_size=x", FIRST),
        ("page_size=x&page_size=3", (200, 3)),
        ("page_size=99999999999999999999", (200, 30)),
        ("page_size=9223372036854775807", (200, 30)),
        ("page_size=18446744073709551615", (200, 30)),
        ("page_size=1e9", FIRST),
        (
            "page_size=9223372036854775807&page=9223372036854775807",
            MISSING,
        ),
        ("page_size=-9223372036854775808&page=2", FIRST),
    ]);
    let megabyte = "9".repeat(1_000_000);
    pages.push((format!("page={megabyte}"), MISSING));
    pages.push((format!("page={}", "x".repeat(1_000_000)), MISSING));
    pages.push((format!("page_size={megabyte}"), (200, 30)));
    pages.push((format!("page={}1", "0".repeat(1_000_000)), FIRST));
    pages.push((format!("page={}1", quote_plus(&" ".repeat(100_000))), FIRST));
    pages
}

#[tokio::test]
async fn page_numbers_and_sizes() {
    for count in strategies() {
        let paginator = PageNumberPagination::new(10)
            .page_size_query_param("page_size")
            .max_page_size(30)
            .count(count);
        let mut cases = pages();
        cases.push(("page=".to_owned(), FIRST));
        let last = match count {
            Count::Exact | Count::Cached(_) => (200, 5),
            _ => MISSING,
        };
        cases.push(("page=last".to_owned(), last));
        check(paginator, &cases).await;
    }
}

#[tokio::test]
async fn fast_page_numbers_and_sizes() {
    let paginator = FastPageNumberPagination::new(10)
        .page_size_query_param("page_size")
        .max_page_size(30);
    let mut cases = pages();
    cases.push(("page=".to_owned(), MISSING));
    cases.push(("page=last".to_owned(), MISSING));
    check(paginator, &cases).await;
}

#[tokio::test]
async fn the_largest_pages_overflow_nothing() {
    for count in strategies() {
        let paginator = PageNumberPagination::new(u64::MAX).count(count);
        let all = [
            ("", (200, 45)),
            ("page=2", MISSING),
            ("page=18446744073709551615", MISSING),
        ];
        check(paginator, &cases(&all)).await;
        let windows = LimitOffsetPagination::new(u64::MAX)
            .max_limit(u64::MAX)
            .count(count);
        let all = [
            ("", (200, 45)),
            ("offset=44", (200, 1)),
            (
                "limit=18446744073709551615&offset=18446744073709551615",
                (200, 0),
            ),
            (
                "limit=9223372036854775807&offset=9223372036854775807",
                (200, 0),
            ),
            ("limit=9223372036854775807&offset=1", (200, 44)),
        ];
        check(windows, &cases(&all)).await;
    }
}

#[tokio::test]
async fn limits_and_offsets() {
    let empty = (200, 0);
    for count in strategies() {
        let windows = LimitOffsetPagination::new(10).max_limit(30).count(count);
        let mut cases = cases(&[
            ("limit=0", FIRST),
            ("limit=-1", FIRST),
            ("limit=", FIRST),
            ("limit=last", FIRST),
            ("limit=1e9", FIRST),
            ("limit=%00", FIRST),
            ("limit[]=3", FIRST),
            ("limit=3&limit=x", FIRST),
            ("limit=99999999999999999999", (200, 30)),
            ("limit=9223372036854775807", (200, 30)),
            ("limit=18446744073709551615&offset=40", (200, 5)),
            ("offset=-1", FIRST),
            ("offset=", FIRST),
            ("offset=%00", FIRST),
            ("offset=1e9", FIRST),
            ("offset[]=40", FIRST),
            ("offset=40&offset=x", FIRST),
            ("offset=1000000000", empty),
            ("offset=9223372036854775807", empty),
            ("offset=9223372036854775808", empty),
            ("offset=18446744073709551615", empty),
            ("offset=18446744073709551616", empty),
            ("offset=-9223372036854775809", FIRST),
            ("offset=340282366920938463463374607431768211456", empty),
        ]);
        cases.push((format!("offset={}", "9".repeat(1_000_000)), empty));
        cases.push((format!("limit={}", "x".repeat(1_000_000)), FIRST));
        check(windows, &cases).await;
    }
}
