//! No query string panics or is answered with a 500.

use sea_orm::EntityTrait;

use super::shop::{self, product, tag, user};
use crate::{
    ColumnFilter, FilterBackends, FilterContext, Filters, MAX_TEXT_LENGTH, MAX_VALUES, OrderBy,
    OrderingFilter, QueryParams, SearchField, SearchFilter, lookups,
};

fn filters() -> Filters<product::Entity> {
    use lookups::*;
    use product::Column;
    type Moment = chrono::DateTime<chrono::Utc>;
    let name = ColumnFilter::<_, String, _>::new("name", Column::Name)
        .exact()
        .all_lookups()
        .lookup(IStartsWith)
        .lookup(IEndsWith);
    #[cfg(feature = "sqlite-regexp")]
    let name = name.lookup(Regex).lookup(IRegex);
    let released = ColumnFilter::<_, chrono::NaiveDate, _>::new("released_on", Column::ReleasedOn);
    let created = ColumnFilter::<_, Moment, _>::new("created_at", Column::CreatedAt);
    let opening = ColumnFilter::<_, chrono::NaiveTime, _>::new("opening_time", Column::OpeningTime);
    let tags = ColumnFilter::<_, String, _>::related::<tag::Entity>("tags", tag::Column::Name);
    let owner = ColumnFilter::<_, i32, _>::related_key::<user::Entity>("owner");
    Filters::new()
        .field(name)
        .field(
            ColumnFilter::<_, rust_decimal::Decimal, _>::new("price", Column::Price)
                .exact()
                .all_lookups()
                .lookup(Range),
        )
        .field(
            ColumnFilter::<_, i32, _>::new("quantity", Column::Quantity)
                .exact()
                .all_lookups(),
        )
        .field(
            ColumnFilter::<_, f64, _>::new("rating", Column::Rating)
                .exact()
                .all_lookups(),
        )
        .field(
            ColumnFilter::<_, bool, _>::new("in_stock", Column::InStock)
                .exact()
                .lookup(IsNull),
        )
        .field(
            released
                .exact()
                .all_lookups()
                .lookup(IsoYear)
                .lookup(IsoWeekDay),
        )
        .field(
            created
                .exact()
                .lookup(Gt)
                .lookup(Range)
                .lookup(In)
                .lookup(Date)
                .lookup(Year)
                .lookup(IsoYear)
                .lookup(Month)
                .lookup(Week)
                .lookup(Time)
                .lookup(Hour)
                .lookup(Second),
        )
        .field(
            opening
                .exact()
                .lookup(Lte)
                .lookup(Time)
                .lookup(Hour)
                .lookup(Minute),
        )
        .field(tags.exact().lookup(IContains).lookup(In).lookup(IsNull))
        .field(owner.exact().lookup(In).lookup(IsNull))
        .order_by(OrderBy::new().term("id", Column::Id, sea_orm::Order::Asc))
}

/// A pseudo-random sequence (xorshift), the same in each run.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap()
}

#[tokio::test]
async fn any_query_string_is_answered() {
    const VALUES: [&str; 38] = [
        "",
        " ",
        ",",
        ",,,",
        "%",
        "%00",
        "%FF",
        "'",
        "\"",
        "\\",
        "1",
        "-1",
        "1e400",
        "-1e400",
        "NaN",
        "inf",
        "1,2",
        "1,2,3",
        "99999999999999999999",
        "0.0000000000000000000000000000001",
        "true",
        "null",
        "2024-02-30",
        "9999-12-31",
        "0000-00-00",
        "10000-01-01T00:00:00Z",
        "2024-01-01T25:00:00",
        "id,-id,--id",
        "0",
        "13",
        "2023",
        "12:00:00",
        "^a.*b$",
        "(a",
        "\\bB",
        "a.*b.*c",
        "\u{1F600}",
        "a\u{301}'; DROP TABLE product; --",
    ];
    let db = shop::database_with_regexp().await;
    let filters = filters();
    let backends = FilterBackends::new()
        .with(SearchFilter::new([product::Column::Name]).field(
            SearchField::related::<tag::Entity>(SearchField::exact(tag::Column::Name)),
        ))
        .with(OrderingFilter::<product::Entity>::all());
    let names: Vec<String> = filters
        .parameters()
        .into_iter()
        .map(|parameter| parameter.name.into_owned())
        .collect();
    assert!(names.len() > 100, "{names:?}");
    let mut state = 0x9E37_79B9_7F4A_7C15;
    for _ in 0..3000 {
        let mut query = String::new();
        for _ in 0..=random(&mut state) % 4 {
            let name = match random(&mut state) % 8 {
                0 => "search",
                1 => "ordering",
                _ => &names[random(&mut state) % names.len()],
            };
            let first = VALUES[random(&mut state) % VALUES.len()];
            let second = VALUES[random(&mut state) % VALUES.len()];
            // Half of them alone, so that some are read.
            let second = if random(&mut state).is_multiple_of(2) {
                ""
            } else {
                second
            };
            query += &format!("{name}={first}{second}&");
        }
        let params = QueryParams::parse(&query);
        let context = FilterContext::new(&params, &db);
        let result = match filters
            .filter_queryset(product::Entity::find(), &context)
            .await
        {
            Ok(select) => backends.filter_queryset(select, &context).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(select) => {
                let rows = select.all(&db).await;
                assert!(rows.is_ok(), "?{query}: {rows:?}");
            }
            Err(error) => assert_eq!(error.status(), 400, "?{query}"),
        }
    }
}

#[tokio::test]
async fn texts_and_lists_and_searches_are_bounded() {
    let db = shop::database().await;
    let filters = filters();
    let long = "x".repeat(MAX_TEXT_LENGTH + 1);
    let many = vec!["1"; MAX_VALUES + 1].join(",");
    let cases = [
        (
            format!("name__icontains={long}"),
            "name__icontains",
            "Ensure this field has no more than 10000 characters.",
        ),
        (
            format!("quantity__in={many}"),
            "quantity__in",
            "Ensure this field has no more than 1000 elements.",
        ),
        (
            "price__range=1".to_owned(),
            "price__range",
            "Ensure this field has at least 2 elements.",
        ),
        (
            "price__range=1,2,3".to_owned(),
            "price__range",
            "Ensure this field has no more than 2 elements.",
        ),
    ];
    for (query, name, message) in cases {
        let params = QueryParams::parse(&query);
        let context = FilterContext::new(&params, &db);
        let error = filters
            .filter_queryset(product::Entity::find(), &context)
            .await
            .unwrap_err();
        assert_eq!(
            error.detail().to_value(),
            serde_json::json!({name: [message]})
        );
    }
    let params = QueryParams::parse(&format!("search={}", "a ".repeat(101)));
    let context = FilterContext::new(&params, &db);
    let backends = FilterBackends::new().with(SearchFilter::new([product::Column::Name]));
    let error = backends
        .filter_queryset(product::Entity::find(), &context)
        .await
        .unwrap_err();
    assert_eq!(error.status(), 400);
}

#[tokio::test]
async fn integers_beyond_those_of_the_database_match_nothing() {
    let db = shop::database().await;
    let filters = Filters::new().field(
        ColumnFilter::<_, u64, _>::new("quantity", product::Column::Quantity)
            .exact()
            .lookup(lookups::Lt),
    );
    for (query, count) in [
        ("quantity=18446744073709551615", 0),
        ("quantity!=18446744073709551615", 45),
        ("quantity__lt=18446744073709551615", 45),
    ] {
        let params = QueryParams::parse(query);
        let context = FilterContext::new(&params, &db);
        let select = filters
            .filter_queryset(product::Entity::find(), &context)
            .await
            .unwrap();
        assert_eq!(select.all(&db).await.unwrap().len(), count, "?{query}");
    }
}

#[tokio::test]
async fn the_conditions_of_a_request_are_bounded() {
    use crate::ColumnFilter as Filter;
    let db = shop::database().await;
    let number = |index: usize| {
        Filter::<product::Entity, i32, _>::new(format!("f{index}"), product::Column::Quantity)
    };
    let filters = (0..=crate::MAX_CONDITIONS).fold(Filters::new(), |filters, index| {
        filters.field(number(index).one_of())
    });
    let refusal = async |query: String| {
        let params = QueryParams::parse(&query);
        let context = FilterContext::new(&params, &db);
        match filters
            .filter_queryset(product::Entity::find(), &context)
            .await
        {
            Ok(select) => {
                assert!(select.all(&db).await.is_ok());
                None
            }
            Err(error) => Some(error.detail().to_value()),
        }
    };
    let conditions =
        |count: usize| -> String { (0..count).map(|index| format!("f{index}=1,2&")).collect() };
    assert_eq!(refusal(conditions(crate::MAX_CONDITIONS)).await, None);
    assert_eq!(
        refusal(conditions(crate::MAX_CONDITIONS + 1)).await,
        Some(serde_json::json!({
            "non_field_errors": ["Ensure there are no more than 200 filters."]
        }))
    );
    let list = vec!["1"; MAX_VALUES].join(",");
    let lists = |count: usize| -> String {
        (0..count)
            .map(|index| format!("f{index}={list}&"))
            .collect()
    };
    assert_eq!(refusal(lists(10)).await, None);
    assert_eq!(
        refusal(lists(11)).await,
        Some(serde_json::json!({
            "non_field_errors": ["Ensure there are no more than 10000 values in all filters."]
        }))
    );
    // One parameter is one condition, however often it is sent.
    assert_eq!(refusal("f1=1&".repeat(1_000)).await, None);
    assert_eq!(
        refusal("f1=1&".repeat(10_000)).await,
        Some(serde_json::json!({
            "f1": ["Ensure this field has no more than 1000 elements."]
        }))
    );
    let large = format!("f1={}", "9".repeat(1024 * 1024));
    assert!(refusal(large).await.is_some());
}

#[tokio::test]
async fn a_search_by_regular_expression_refuses_what_is_none() {
    let db = shop::database().await;
    let backends = FilterBackends::new().with(SearchFilter::new([SearchField::regex(
        product::Column::Name,
    )]));
    for (query, message) in [
        (
            "search=(",
            "Enter a valid regular expression: unclosed group.",
        ),
        (
            "search=(a%2B)%2B",
            "Enter a valid regular expression: an open repetition within a repetition is not supported.",
        ),
    ] {
        let params = QueryParams::parse(query);
        let context = FilterContext::new(&params, &db);
        let result = backends.filter_queryset(product::Entity::find(), &context);
        let error = result.await.unwrap_err();
        assert_eq!(error.status(), 400);
        assert_eq!(error.detail().to_value(), serde_json::json!([message]));
    }
    // This database has no operator for it, which the log tells.
    let params = QueryParams::parse("search=a");
    let context = FilterContext::new(&params, &db);
    let select = backends.filter_queryset(product::Entity::find(), &context);
    let error = select.await.unwrap().all(&db).await.unwrap_err();
    assert!(
        error.to_string().contains("no such function: REGEXP"),
        "{error}"
    );
}
