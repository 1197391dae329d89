//! The filtered list as a request: declared, and as a handler with SQL by hand.

use http::HeaderMap;
use poem::{
    EndpointExt, Response, Route,
    endpoint::BoxEndpoint,
    get, handler,
    http::{StatusCode, Uri},
    web::{Data, Json, Query},
};
use restflow::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, Value};
use serde::{Deserialize, Serialize};

use super::{PAGE_SIZE, ProductFilterSet, Row, table::product};
use crate::shop::link;

/// The paths that both sides serve.
pub(super) const FAST: &str = "/fast/";
pub(super) const COUNTED: &str = "/counted/";

/// A product in a list.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct RowSerializer {
    id: i64,
    name: String,
    price: i64,
    in_stock: bool,
    category_id: i64,
}

/// Products without a total.
#[derive(ViewSet, ListModelMixin)]
struct FastProducts;

impl ApiView for FastProducts {}

impl GenericView for FastProducts {
    type Entity = product::Entity;
    type Serializer = RowSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(RestflowFilterBackend::<ProductFilterSet>::new())
    }

    fn pagination_class(&self) -> Option<Paginator> {
        FastPageNumberPagination::new(PAGE_SIZE).into()
    }
}

/// Products with their total.
#[derive(ViewSet, ListModelMixin)]
struct CountedProducts;

impl ApiView for CountedProducts {}

impl GenericView for CountedProducts {
    type Entity = product::Entity;
    type Serializer = RowSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(RestflowFilterBackend::<ProductFilterSet>::new())
    }

    fn pagination_class(&self) -> Option<Paginator> {
        PageNumberPagination::new(PAGE_SIZE).into()
    }
}

struct Lists;

impl UrlConf for Lists {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("fast", FastProducts);
        router
            .register("counted", CountedProducts)
            .basename("counted");
        Urls::new().include("", router)
    }
}

/// What restflow makes of the declarations.
pub(super) fn declared(db: DatabaseConnection) -> BoxEndpoint<'static, Response> {
    let api = OpenApiService::new(restflow::api::<Lists>(db), "Lists", "1.0");
    Route::new().nest("/", api).map_to_response().boxed()
}

/// What a competent developer writes: parameters into a struct, SQL by hand with the conditions
/// that the client asks for, rows into a struct, a struct for the answer.
pub(super) fn by_hand(db: DatabaseConnection) -> BoxEndpoint<'static, Response> {
    Route::new()
        .at(FAST, get(fast))
        .at(COUNTED, get(counted))
        .data(db)
        .map_to_response()
        .boxed()
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    /// Pages count from 1.
    page: Option<u64>,
    category: Option<i64>,
    in_stock: Option<bool>,
    #[serde(rename = "price__gte")]
    price: Option<i64>,
    #[serde(rename = "quantity__gte")]
    quantity: Option<i32>,
    rating: Option<i32>,
    order_by: Option<Order>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Order {
    #[serde(rename = "price")]
    Price,
    #[serde(rename = "-price")]
    PriceDescending,
}

#[derive(Serialize)]
struct FastPage {
    next: Option<String>,
    previous: Option<String>,
    results: Vec<Row>,
}

#[derive(Serialize)]
struct CountedPage {
    count: u64,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<Row>,
}

#[handler]
async fn fast(
    query: Query<ListQuery>,
    db: Data<&DatabaseConnection>,
    uri: &Uri,
    headers: &HeaderMap,
) -> poem::Result<Json<FastPage>> {
    let page = page_of(&query)?;
    let mut sql = Sql::new(db.get_database_backend());
    sql.push(COLUMNS).push(FROM).filters(&query);
    sql.window(&query, page, PAGE_SIZE + 1);
    let rows = sql.fetch(&db).await?;
    let has_next = rows.len() as u64 > PAGE_SIZE;
    let mut results = mapped(&rows)?;
    results.truncate(PAGE_SIZE as usize);
    Ok(Json(FastPage {
        next: has_next.then(|| link(uri, headers, page + 1)),
        previous: (page > 1).then(|| link(uri, headers, page - 1)),
        results,
    }))
}

#[handler]
async fn counted(
    query: Query<ListQuery>,
    db: Data<&DatabaseConnection>,
    uri: &Uri,
    headers: &HeaderMap,
) -> poem::Result<Json<CountedPage>> {
    let page = page_of(&query)?;
    let mut sql = Sql::new(db.get_database_backend());
    sql.push(COLUMNS)
        .push(", (SELECT COUNT(*)")
        .push(FROM)
        .filters(&query);
    sql.push(")").push(FROM).filters(&query);
    sql.window(&query, page, PAGE_SIZE);
    let rows = sql.fetch(&db).await?;
    let count = match rows.first() {
        Some(row) => row
            .try_get_by_index::<i64>(super::COLUMNS.len())
            .map_err(failed)?,
        None if page == 1 => 0,
        None => return Err(StatusCode::NOT_FOUND.into()),
    };
    let count = count.unsigned_abs();
    Ok(Json(CountedPage {
        count,
        next: (page * PAGE_SIZE < count).then(|| link(uri, headers, page + 1)),
        previous: (page > 1).then(|| link(uri, headers, page - 1)),
        results: mapped(&rows)?,
    }))
}

const COLUMNS: &str = "SELECT p.id, p.name, p.price, p.in_stock, p.category_id";
const FROM: &str = " FROM bench_product p";

fn page_of(query: &ListQuery) -> poem::Result<u64> {
    let page = query.page.unwrap_or(1);
    let exists = page > 0;
    exists
        .then_some(page)
        .ok_or_else(|| StatusCode::NOT_FOUND.into())
}

fn mapped(rows: &[QueryResult]) -> poem::Result<Vec<Row>> {
    let rows = rows.iter().map(|row| Row::from_query_result(row, ""));
    rows.collect::<Result<_, _>>().map_err(failed)
}

fn failed(error: DbErr) -> poem::Error {
    poem::error::InternalServerError(error)
}

/// A statement with the placeholders of the database.
struct Sql {
    text: String,
    values: Vec<Value>,
    backend: DbBackend,
}

impl Sql {
    fn new(backend: DbBackend) -> Self {
        Self {
            text: String::with_capacity(512),
            values: Vec::new(),
            backend,
        }
    }

    fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        if self.backend == DbBackend::Postgres {
            self.text.push_str(&format!("${}", self.values.len()));
        } else {
            self.text.push('?');
        }
        self
    }

    fn filters(&mut self, query: &ListQuery) {
        self.push(" WHERE TRUE");
        if let Some(category) = query.category {
            self.push(" AND p.category_id = ").bind(category);
        }
        if let Some(in_stock) = query.in_stock {
            self.push(" AND p.in_stock = ").bind(in_stock);
        }
        if let Some(price) = query.price {
            self.push(" AND p.price >= ").bind(price);
        }
        if let Some(quantity) = query.quantity {
            self.push(" AND p.quantity >= ").bind(quantity);
        }
        if let Some(rating) = query.rating {
            self.push(
                " AND EXISTS (SELECT 1 FROM bench_review r WHERE r.product_id = p.id AND r.rating = ",
            )
            .bind(rating)
            .push(")");
        }
    }

    fn window(&mut self, query: &ListQuery, page: u64, limit: u64) {
        self.push(match query.order_by {
            None => " ORDER BY p.id",
            Some(Order::Price) => " ORDER BY p.price, p.id",
            Some(Order::PriceDescending) => " ORDER BY p.price DESC, p.id",
        });
        self.push(&format!(" LIMIT {limit}"));
        if page > 1 {
            self.push(" OFFSET ").bind((page - 1) * PAGE_SIZE);
        }
    }

    async fn fetch(self, db: &DatabaseConnection) -> poem::Result<Vec<QueryResult>> {
        let statement = Statement::from_sql_and_values(self.backend, self.text, self.values);
        db.query_all_raw(statement).await.map_err(failed)
    }
}
