//! No query string panics or is answered with a 500.

use sea_orm::{EntityTrait, Order, QuerySelect};

use super::shop::{database, page, product};
use crate::request::quote_plus;
use crate::{
    CursorPagination, FastPageNumberPagination, LimitOffsetPagination, PageNumberPagination,
    Paginator,
};

/// A pseudo-random sequence (xorshift), the same in each run.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap()
}

#[tokio::test]
async fn any_query_string_is_answered() {
    const NAMES: [&str; 5] = ["page", "page_size", "limit", "offset", "cursor"];
    const VALUES: [&str; 24] = [
        "",
        "0",
        "1",
        "2",
        "-1",
        "+3",
        " 4",
        "last",
        "x",
        "1.5",
        "1e3",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "99999999999999999999999999999999999999999",
        "\0",
        "\u{1F600}",
        "cD0xLjAw",
        "cj0xJnA9OS45OQ==",
        "bz05OTk5OTk5OTk5OQ==",
        "bz01",
        "EA",
        "EAAAAAAAAAAA",
        "====",
    ];
    let db = database().await;
    let mut state = 0x9E37_79B9_7F4A_7C15;
    for round in 0..2000 {
        let mut url = "http://testserver/?".to_owned();
        for _ in 0..=random(&mut state) % 3 {
            let name = NAMES[random(&mut state) % NAMES.len()];
            let value = VALUES[random(&mut state) % VALUES.len()];
            url += &format!("{name}={}&", quote_plus(value));
        }
        let select = product::Entity::find();
        let answer = match round % 4 {
            0 => {
                let paginator = PageNumberPagination::new(7).page_size_query_param("page_size");
                page(&paginator, select, &url, &db).await
            }
            1 => {
                let paginator = FastPageNumberPagination::new(7)
                    .page_size_query_param("page_size")
                    .max_page_size(u64::MAX);
                page(&paginator, select, &url, &db).await
            }
            2 => page(&LimitOffsetPagination::new(7), select, &url, &db).await,
            _ => {
                let columns = [
                    product::Column::Price,
                    product::Column::Rating,
                    product::Column::IsArchived,
                ];
                let column = columns[random(&mut state) % columns.len()];
                let paginator = CursorPagination::new(7).ordering([(column, Order::Desc)]);
                page(&paginator, select, &url, &db).await
            }
        };
        if let Err(error) = answer {
            assert_eq!(error.status(), 404, "{url}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_cursor_of_any_size_is_refused() {
    let db = database().await;
    for text in ["A", "E", "o", "=", "\u{1F600}", "%"] {
        let url = format!(
            "http://testserver/?cursor={}",
            quote_plus(&text.repeat(1_000_000))
        );
        let select = product::Entity::find();
        let answer = page(&CursorPagination::new(7), select, &url, &db).await;
        assert_eq!(answer.unwrap_err().status(), 404);
    }
}

#[test]
#[should_panic(expected = "`price` with `Order::Field`")]
fn an_ordering_by_values_is_refused_at_start_up() {
    let order = Order::Field(sea_orm::sea_query::Values(Vec::new()));
    let _ = CursorPagination::new(1).ordering([(product::Column::Price, order)]);
}

#[tokio::test]
async fn a_query_without_positions_is_the_mistake_of_a_developer() {
    let db = database().await;
    let products = product::Entity::find;
    for select in [products().distinct(), products().limit(3)] {
        let error = page(&CursorPagination::new(7), select, "http://testserver/", &db)
            .await
            .unwrap_err();
        assert_eq!(error.status(), 500);
        let source = error.log_source().unwrap().to_string();
        assert!(source.contains("needs a query without LIMIT"), "{source}");
    }
}

#[test]
fn paginators_describe_their_parameters_and_envelopes() {
    let paginator: Paginator = PageNumberPagination::new(10)
        .page_size_query_param("size")
        .max_page_size(50)
        .into();
    let parameters = paginator.parameters();
    let names: Vec<&str> = parameters
        .iter()
        .map(|parameter| parameter.name.as_ref())
        .collect();
    assert_eq!(names, ["page", "size"]);
    assert_eq!(
        parameters[1].info.max_value,
        Some(restflow_fields::Bound::Integer(50))
    );
    let schema = paginator.envelope_schema();
    let names: Vec<&str> = schema.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(names, ["count", "next", "previous"]);
    assert!(format!("{paginator:?}").contains("PageNumberPagination"));
}

#[test]
#[should_panic(expected = "page_size is 0")]
fn a_page_without_rows_is_refused_at_start_up() {
    let _ = PageNumberPagination::new(0);
}
