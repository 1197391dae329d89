//! Links and totals in headers, and pages of models.

use sea_orm::{EntityTrait, Order};
use serde::Serialize;
use serde_json::{Value, json};

use super::shop::{database, product};
use crate::{
    Count, CursorPagination, FastPageNumberPagination, LimitOffsetPagination, PageNumberPagination,
    PageQuery, PageRequest, Paginated, Pagination, Paginator,
};

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Id(i32);

async fn ids(pagination: &impl Pagination, url: &str) -> Paginated<Id> {
    let db = database().await;
    let query = PageQuery::new(product::Entity::find(), &db);
    let page = pagination
        .paginate(query, &PageRequest::from_url(url))
        .await
        .unwrap();
    let models = page.into_models::<product::Model>().unwrap();
    models.map(|model| Id(model.id))
}

/// The `Link` header, with the URLs as they follow `/p/`.
fn links<T>(page: &Paginated<T>) -> String {
    let link = page
        .headers()
        .get("link")
        .map(|value| value.to_str().unwrap());
    link.unwrap_or_default().replace("http://testserver/p/", "")
}

#[tokio::test]
async fn links_are_in_the_header_beside_the_body() {
    let pages = PageNumberPagination::new(20).link_header();
    let second = ids(&pages, "http://testserver/p/?page=2&q=a%3Eb").await;
    assert_eq!(
        links(&second),
        r#"<?q=a%3Eb>; rel="first", <?q=a%3Eb>; rel="prev", <?page=3&q=a%3Eb>; rel="next", <?page=3&q=a%3Eb>; rel="last""#
    );
    let body = serde_json::to_value(&second).unwrap();
    assert_eq!(body["count"], 45);
    assert_eq!(body["results"][0], 21);
    assert_eq!(body["next"], "http://testserver/p/?page=3&q=a%3Eb");
    assert!(second.headers().get("x-total-count").is_none());
    // The order of the fields is that of the body.
    let text = serde_json::to_string(&second).unwrap();
    assert!(text.starts_with(r#"{"count":45,"next":"#), "{text}");
    assert_eq!(
        text.as_bytes(),
        second.envelope.serialize_with(&second.results).unwrap()
    );
}

#[tokio::test]
async fn a_bare_list_has_everything_else_in_headers() {
    let windows = LimitOffsetPagination::new(20).link_header().bare_list();
    let first = ids(&windows, "http://testserver/p/").await;
    assert_eq!(
        links(&first),
        r#"<?limit=20>; rel="first", <?limit=20&offset=20>; rel="next", <?limit=20&offset=40>; rel="last""#
    );
    assert_eq!(first.headers()["x-total-count"], "45");
    let body = serde_json::to_value(&first).unwrap();
    assert_eq!(body.as_array().map(Vec::len), Some(20));
    let paginator: Option<Paginator> = windows.into();
    let paginator = paginator.unwrap();
    assert!(paginator.envelope_schema().is_empty());
    let headers = paginator.response_headers();
    let names: Vec<_> = headers.iter().map(|header| header.name.as_ref()).collect();
    assert_eq!(names, ["Link", "X-Total-Count"]);
}

#[tokio::test]
async fn what_is_not_known_is_left_out() {
    let cases = [
        (Count::None, "", r#"<>; rel="first", <?page=2>; rel="next""#),
        (
            Count::Capped(30),
            "",
            r#"<>; rel="first", <?page=2>; rel="next""#,
        ),
        (
            Count::Capped(45),
            "",
            r#"<>; rel="first", <?page=2>; rel="next", <?page=3>; rel="last""#,
        ),
        (
            Count::Capped(30),
            "?page=3",
            r#"<>; rel="first", <?page=2>; rel="prev", <?page=3>; rel="last""#,
        ),
    ];
    for (count, query, expected) in cases {
        let pages = PageNumberPagination::new(20)
            .count(count)
            .link_header()
            .bare_list();
        let page = ids(&pages, &format!("http://testserver/p/{query}")).await;
        assert_eq!(links(&page), expected, "{count:?}");
        let is_known = page.headers().contains_key("x-total-count");
        assert_eq!(is_known, expected.contains("last"), "{count:?}");
    }
    let limited = PageNumberPagination::new(20).max_offset(20).link_header();
    let page = ids(&limited, "http://testserver/p/?page=2").await;
    assert_eq!(links(&page), r#"<>; rel="first", <>; rel="prev""#);

    let fast = FastPageNumberPagination::new(20).link_header();
    let page = ids(&fast, "http://testserver/p/?page=2").await;
    assert_eq!(
        links(&page),
        r#"<>; rel="first", <>; rel="prev", <?page=3>; rel="next""#
    );
    let cursor = CursorPagination::new(20).ordering([(product::Column::Id, Order::Asc)]);
    let cursor = cursor.link_header();
    let page = ids(&cursor, "http://testserver/p/").await;
    let next = page.envelope.get("next").and_then(Value::as_str).unwrap();
    let next = next.replace("http://testserver/p/", "");
    assert_eq!(
        links(&page),
        format!(r#"<>; rel="first", <{next}>; rel="next""#)
    );
    let page = ids(&cursor, &format!("http://testserver/p/{next}")).await;
    assert!(links(&page).starts_with(r#"<>; rel="first", <"#));
}

#[tokio::test]
async fn a_list_that_is_not_paged_has_no_links() {
    let on_demand = LimitOffsetPagination::on_demand().link_header().bare_list();
    let all = ids(&on_demand, "http://testserver/p/").await;
    assert_eq!((all.results.len(), links(&all)), (45, String::new()));
    let some = ids(&on_demand, "http://testserver/p/?limit=2").await;
    assert_eq!(some.results.len(), 2);
    assert_eq!(some.headers()["x-total-count"], "45");
}

#[tokio::test]
async fn no_url_breaks_out_of_the_header() {
    let pages = PageNumberPagination::new(20).link_header();
    let page = ids(
        &pages,
        "http://testserver/é \u{7f}\r\nX: y>; rel=\"next\"/?a=%0D%0A%00<",
    )
    .await;
    let link = page.headers()["link"].to_str().unwrap();
    assert_eq!(link.matches('>').count(), 3);
    assert!(link.starts_with(
        "<http://testserver/%C3%A9%20%7F%0D%0AX:%20y%3E;%20rel=%22next%22/?a=%0D%0A%00%3C>; "
    ));
}

#[tokio::test]
async fn a_page_of_models_answers_in_poem() {
    use poem::test::TestClient;
    use poem::{Request, handler, web::Data};
    use sea_orm::DatabaseConnection;

    #[handler]
    async fn products(
        request: &Request,
        db: Data<&DatabaseConnection>,
    ) -> restflow_exceptions::Result<Paginated<Id>> {
        let query = PageQuery::new(product::Entity::find(), &db);
        let pages = PageNumberPagination::new(20).link_header();
        let page = pages.paginate(query, &request.into()).await?;
        Ok(page
            .into_models::<product::Model>()?
            .map(|model| Id(model.id)))
    }

    use poem::EndpointExt;
    let app = poem::Route::new()
        .at("/p/", products)
        .data(database().await);
    let client = TestClient::new(app);
    let answer = client.get("/p/?page=3").send().await;
    answer.assert_status_is_ok();
    answer.assert_header(
        "link",
        r#"</p/>; rel="first", </p/?page=2>; rel="prev", </p/?page=3>; rel="last""#,
    );
    let expected = json!({
        "count": 45, "next": null, "previous": "/p/?page=2", "results": [41, 42, 43, 44, 45],
    });
    answer.assert_json(expected).await;
    let missing = client.get("/p/?page=4").send().await;
    missing.assert_status(http::StatusCode::NOT_FOUND);
    missing
        .assert_json(json!({"detail": "Invalid page."}))
        .await;
}
