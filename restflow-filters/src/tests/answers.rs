//! Each filter set of the recorded shop, played against the recorded answers.

use restflow_exceptions::Result;
use restflow_macros::FilterSet;
use rust_decimal::Decimal;
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, Order, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::recorded::{self, Answer, Refusal};
use super::shop::{self, Status, category, product, review, tag, user};
use crate::{
    FilterBackends, FilterContext, FilterSet, OrderingFilter, QueryParams, RestflowFilterBackend,
    SearchField, SearchFilter,
};

#[derive(FilterSet)]
#[filterset(
    crate = "crate",
    entity = product::Entity,
    order_by(price, name, created = created_at, newest = -created_at, id)
)]
struct ProductFilterSet {
    #[filter(lookups(text))]
    name: String,
    #[filter(lookups(exact, in, iexact, startswith))]
    sku: String,
    #[filter(lookups(comparison, range))]
    price: Decimal,
    #[filter(lookups(comparison, in))]
    quantity: i32,
    #[filter(lookups(comparison, isnull))]
    rating: f64,
    in_stock: bool,
    #[filter(lookups(in))]
    status: Status,
    #[filter(lookups(comparison, year, month, isnull))]
    released_on: chrono::NaiveDate,
    #[filter(lookups(gte, lt, hour))]
    opening_time: chrono::NaiveTime,
    #[filter(lookups(comparison, year, month, day, date = date))]
    created_at: chrono::DateTime<chrono::Utc>,
    #[filter(related = tag::Entity)]
    tags: Vec<i32>,
    #[filter(related = tag::Entity, column = "name")]
    tag_names: Vec<String>,
    #[filter(rename = "category__name", related = category::Entity, column = "name", lookups(icontains))]
    category_name: String,
    #[filter(rename = "category__slug", related = category::Entity, column = "slug", lookups(in))]
    category_slug: String,
    #[filter(related = category::Entity)]
    category: i32,
    #[filter(method = Self::cheaper_than)]
    cheaper_than: Decimal,
    #[filter(method = Self::text)]
    text: String,
    #[filter(method = Self::reviewed)]
    reviewed: bool,
}

impl ProductFilterSet {
    fn cheaper_than(
        select: Select<product::Entity>,
        price: Decimal,
        _context: &FilterContext<'_>,
    ) -> Result<Select<product::Entity>> {
        Ok(select.filter(product::Column::Price.lt(price)))
    }

    fn text(
        select: Select<product::Entity>,
        text: String,
        _context: &FilterContext<'_>,
    ) -> Result<Select<product::Entity>> {
        Ok(select.filter(
            Condition::any()
                .add(product::Column::Name.contains(&text))
                .add(product::Column::Description.contains(&text)),
        ))
    }

    /// Asks the database first, so it has to be async.
    async fn reviewed(
        select: Select<product::Entity>,
        reviewed: bool,
        context: &FilterContext<'_>,
    ) -> Result<Select<product::Entity>> {
        let reviews = review::Entity::find().all(context.db).await?;
        let products = reviews.into_iter().map(|review| review.product_id);
        Ok(select.filter(if reviewed {
            product::Column::Id.is_in(products)
        } else {
            product::Column::Id.is_not_in(products)
        }))
    }
}

#[derive(FilterSet)]
#[filterset(
    crate = "crate",
    entity = product::Entity,
    operator = "or",
    order_by(price, id),
    order_param = "sort",
    default_order = "-id",
    override_order_direction = "desc"
)]
struct AnnotatedFilterSet {
    name: String,
    #[filter(lookups(gte, lte))]
    price: Decimal,
    quantity: i32,
    in_stock: bool,
    status: Status,
    id: Vec<i32>,
    released_on: chrono::NaiveDate,
}

#[derive(FilterSet)]
#[filterset(crate = "crate", entity = product::Entity, operator = "xor")]
struct XorFilterSet {
    in_stock: bool,
    status: Status,
    #[filter(lookups(gte))]
    quantity: i32,
}

#[derive(FilterSet)]
#[filterset(crate = "crate", entity = product::Entity, lookup_separator = "_")]
struct ModelFilterSet {
    #[filter(lookups(icontains))]
    name: String,
    #[filter(allow_negate = false, min_length = 2)]
    sku: String,
    #[filter(lookups(max = lte, min = gte))]
    price: Decimal,
    quantity: i32,
    rating: f64,
    in_stock: bool,
    status: Status,
    #[filter(related = category::Entity)]
    category: i32,
    #[filter(related = user::Entity)]
    owner: i32,
    #[filter(lookups(from = gte, year))]
    released_on: chrono::NaiveDate,
}

#[derive(FilterSet)]
#[filterset(crate = "crate", entity = product::Entity)]
struct RelatedFilterSet {
    #[filter(
        rename = "owner__username",
        related = user::Entity,
        column = "username",
        required,
        allow_negate = false
    )]
    owner: String,
    status: Status,
    #[filter(rename = "category__id", related = category::Entity)]
    category: i32,
    #[filter(rename = "category__slug", related = category::Entity, column = slug)]
    category_slug: String,
}

type Backends = FilterBackends<product::Entity>;

fn set<F: FilterSet<Entity = product::Entity>>() -> Backends {
    FilterBackends::new().with(RestflowFilterBackend::<F>::new())
}

/// Plays recorded queries: the ids, with `id` as the last criterion.
async fn check(backends: &Backends, select: Select<product::Entity>, answers: &[Answer]) {
    let db = shop::database().await;
    for (query, count, offset, expected) in answers {
        let ids = ids(backends, select.clone(), query, &db).await.unwrap();
        assert_eq!(ids.len(), *count, "?{query}");
        assert_eq!(
            &ids[*offset..offset + expected.len()],
            *expected,
            "?{query}"
        );
    }
}

async fn ids(
    backends: &Backends,
    select: Select<product::Entity>,
    query: &str,
    db: &DatabaseConnection,
) -> Result<Vec<i32>> {
    let params = QueryParams::parse(query);
    let context = FilterContext::new(&params, db);
    let select = backends.filter_queryset(select, &context).await?;
    let ids = select
        .select_only()
        .column(product::Column::Id)
        .order_by_asc(product::Column::Id)
        .into_tuple();
    Ok(ids.all(db).await?)
}

async fn check_errors(backends: &Backends, refusals: &[Refusal]) {
    let db = shop::database().await;
    for (query, expected) in refusals {
        let error = ids(backends, product::Entity::find(), query, &db)
            .await
            .unwrap_err();
        assert_eq!(error.status(), 400, "?{query}");
        let body = serde_json::to_string(&restflow_exceptions::exception_handler(&error)).unwrap();
        assert_eq!(body, *expected, "?{query}");
    }
}

/// The backends of `/generic/products/list/`.
fn list() -> Backends {
    set::<ProductFilterSet>()
        .with(SearchFilter::new([
            product::Column::Name,
            product::Column::Description,
        ]))
        .with(OrderingFilter::new([
            product::Column::CreatedAt,
            product::Column::Price,
        ]))
}

/// The backends of `/api/products/`.
fn api() -> Backends {
    set::<ProductFilterSet>()
        .with(
            SearchFilter::new([
                SearchField::contains(product::Column::Name),
                SearchField::starts_with(product::Column::Sku),
                SearchField::exact(product::Column::Slug),
            ])
            .field(SearchField::related::<category::Entity>(
                category::Column::Name,
            ))
            .field(SearchField::related::<tag::Entity>(tag::Column::Name)),
        )
        .with(OrderingFilter::new([
            product::Column::Id,
            product::Column::Name,
            product::Column::Price,
            product::Column::CreatedAt,
            product::Column::Quantity,
        ]))
}

#[tokio::test]
async fn the_filter_set_answers_as_recorded() {
    // The callable `text` of the reference can be negated; methods cannot.
    let answers: Vec<Answer> = recorded::LIST
        .iter()
        .filter(|(query, ..)| !query.starts_with("text!"))
        .copied()
        .collect();
    check(&list(), product::Entity::find(), &answers).await;
    check_errors(&list(), recorded::LIST_ERRORS).await;
}

#[tokio::test]
async fn search_and_ordering_answer_as_recorded() {
    let live = product::Entity::find().filter(product::Column::IsArchived.eq(false));
    check(&api(), live, recorded::API).await;
    check_errors(&api(), recorded::API_ERRORS).await;
}

#[tokio::test]
async fn ordering_by_all_columns_puts_nulls_where_the_database_does() {
    let backends = FilterBackends::new()
        .with(OrderingFilter::all().default_order([(product::Column::Price, Order::Desc)]));
    // SQLite has no regular expressions.
    let answers: Vec<Answer> = recorded::SEARCH_ALL
        .iter()
        .filter(|(query, ..)| query.starts_with("ordering"))
        .copied()
        .collect();
    check(&backends, product::Entity::find(), &answers).await;
}

#[tokio::test]
async fn conditions_combine_with_or_as_recorded() {
    let backends = set::<AnnotatedFilterSet>();
    check(&backends, product::Entity::find(), recorded::ANNOTATED).await;
    check_errors(&backends, recorded::ANNOTATED_ERRORS).await;
}

#[tokio::test]
async fn conditions_combine_with_xor_as_recorded() {
    check(
        &set::<XorFilterSet>(),
        product::Entity::find(),
        recorded::XOR,
    )
    .await;
}

#[tokio::test]
async fn lookups_have_aliases_and_separators_as_recorded() {
    let backends = set::<ModelFilterSet>();
    // The reference's view leaves out archived rows and those without stock
    // numbers of its own; only the parameters are of interest here.
    let db = shop::database().await;
    for (query, _, _, recorded) in recorded::MODEL {
        let ids = ids(&backends, product::Entity::find(), query, &db)
            .await
            .unwrap();
        let missing: Vec<&i32> = recorded.iter().filter(|id| !ids.contains(id)).collect();
        assert!(missing.is_empty(), "?{query}: {missing:?}");
    }
    check_errors(&backends, recorded::MODEL_ERRORS).await;
}

#[tokio::test]
async fn required_filters_are_required_as_recorded() {
    let backends = set::<RelatedFilterSet>();
    check(&backends, product::Entity::find(), recorded::RELATED).await;
    check_errors(&backends, recorded::RELATED_ERRORS).await;
}

#[tokio::test]
async fn all_errors_are_reported_at_once() {
    let db = shop::database().await;
    let query = "price=x&quantity__gte=y&in_stock=maybe&order_by=z";
    let error = ids(&list(), product::Entity::find(), query, &db)
        .await
        .unwrap_err();
    assert_eq!(
        error.detail().to_value(),
        serde_json::json!({
            "price": ["A valid number is required."],
            "quantity__gte": ["A valid integer is required."],
            "in_stock": ["Must be a valid boolean."],
            "order_by": ["\"z\" is not a valid choice."],
        })
    );
}

#[tokio::test]
async fn the_default_order_applies_when_none_is_asked_for() {
    let db = shop::database().await;
    let backends = set::<AnnotatedFilterSet>();
    let first = |query: &'static str| {
        let (db, backends) = (&db, &backends);
        async move {
            ids(backends, product::Entity::find(), query, db)
                .await
                .unwrap()[0]
        }
    };
    // With the direction overridden, "-id" is ascending.
    assert_eq!(first("").await, 1);
    assert_eq!(first("sort=id").await, 45);
    assert_eq!(first("sort=-id").await, 1);
}

#[tokio::test]
async fn a_backend_sees_the_extensions_of_the_request() {
    struct OwnRows;
    impl crate::FilterBackend<product::Entity> for OwnRows {
        async fn filter_queryset(
            &self,
            select: Select<product::Entity>,
            context: &FilterContext<'_>,
        ) -> Result<Select<product::Entity>> {
            let user = context.extensions.get::<i32>().copied();
            Ok(select.filter(product::Column::OwnerId.eq(user)))
        }
    }
    let db = shop::database().await;
    let mut extensions = http::Extensions::new();
    extensions.insert(2_i32);
    let params = QueryParams::default();
    let context = FilterContext::new(&params, &db).with_extensions(&extensions);
    let select = FilterBackends::new()
        .with(OwnRows)
        .filter_queryset(product::Entity::find(), &context)
        .await
        .unwrap();
    assert_eq!(select.all(&db).await.unwrap().len(), 11);
}

#[test]
fn parameters_describe_themselves() {
    let parameters = list().parameters();
    let names: Vec<&str> = parameters
        .iter()
        .map(|parameter| parameter.name.as_ref())
        .filter(|name| {
            name.starts_with("price") || name.starts_with("status") || !name.contains("_")
        })
        .collect();
    assert_eq!(
        names,
        [
            "name",
            "name!",
            "sku",
            "sku!",
            "price",
            "price!",
            "price__gt",
            "price__gt!",
            "price__gte",
            "price__gte!",
            "price__lt",
            "price__lt!",
            "price__lte",
            "price__lte!",
            "price__range",
            "price__range!",
            "quantity",
            "quantity!",
            "rating",
            "rating!",
            "status",
            "status!",
            "status__in",
            "status__in!",
            "tags",
            "tags!",
            "category",
            "category!",
            "text",
            "reviewed",
            "search",
            "ordering",
        ]
    );
    let find = |name: &str| {
        parameters
            .iter()
            .find(|parameter| parameter.name == name)
            .unwrap()
    };
    assert_eq!(find("price").info.max_digits, Some(10));
    assert_eq!(find("price").description, None);
    assert_eq!(
        find("price__gte!").description.as_deref(),
        Some("exclude where price is greater than or equal to")
    );
    assert_eq!(find("status").info.choices.len(), 3);
    assert!(find("status__in").info.child.is_some());
    assert_eq!(
        find("reviewed").info.kind,
        restflow_fields::FieldKind::Boolean
    );
    let order_by = find("order_by");
    assert_eq!(order_by.info.choices[1].value, "-price");
    assert_eq!(order_by.info.choices[1].display_name, "Price (Descending)");
}

/// DRF: `parse_html_list`.
#[tokio::test]
async fn elements_of_lists_may_have_places() {
    let db = shop::database().await;
    let found = async |query| {
        ids(&list(), product::Entity::find(), query, &db)
            .await
            .unwrap()
    };
    let by_name = found("tags=1&tags=2").await;
    assert!(!by_name.is_empty());
    for query in [
        "tags[0]=1&tags[1]=2",
        "tags%5B7%5D=2&tags%5B3%5D=1",
        "tags[0]=1,2",
        "tags=1,2&tags[0]=3",
    ] {
        assert_eq!(found(query).await, by_name, "{query}");
    }
    assert_eq!(found("tags[0]=").await, Vec::<i32>::new());
    // One value has no elements.
    assert_eq!(found("quantity[0]=1").await, found("").await);
    let refused = r#"{"tags":{"0":["A valid integer is required."]}}"#;
    check_errors(&list(), &[("tags[5]=x", refused)]).await;
}
