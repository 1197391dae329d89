//! axum with SQL written by hand: the least that the work can cost.
use std::{net::Ipv4Addr, path::PathBuf};

use anyhow::Result;
use axum::{
    Json, Router,
    extract::{OriginalUri, Path, Query, State},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, SubsecRound, Utc};
use http::{HeaderMap, StatusCode};
use rust_decimal::prelude::ToPrimitive;
use serde_json::json;
use sqlx::{
    ConnectOptions, FromRow, QueryBuilder, Sqlite, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use super::{Peer, Serving};
use crate::{
    data::settings,
    shop::{
        FieldErrors, ListQuery, NewProduct, Order, PAGE_SIZE, POOL_SIZE, Page, ProductAlone,
        ProductInList, neighbors,
    },
};

/// The peer.
pub(crate) struct AxumSqlx;

impl Peer for AxumSqlx {
    fn name(&self) -> &'static str {
        "axum+sqlx"
    }

    fn is_yardstick(&self) -> bool {
        true
    }

    fn has_own_sql(&self) -> bool {
        true
    }

    fn serve(&self, port: u16, db: PathBuf) -> Serving {
        Box::pin(serve(port, db))
    }
}

async fn serve(port: u16, db: PathBuf) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(db);
    let pool = SqlitePoolOptions::new()
        .max_connections(POOL_SIZE)
        .test_before_acquire(false)
        .connect_with(settings(options).disable_statement_logging())
        .await?;
    let app = Router::new()
        .route("/api/products/", get(list).post(create))
        .route("/api/products/{id}/", get(retrieve))
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}

#[derive(FromRow)]
struct ListRow {
    id: i64,
    name: String,
    sku: String,
    price: f64,
    in_stock: bool,
    category_id: i64,
    /// How many rows the filters leave, the same in each row.
    total: i64,
}

impl From<ListRow> for ProductInList {
    fn from(row: ListRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            sku: row.sku,
            price: format!("{:.2}", row.price),
            in_stock: row.in_stock,
            category: row.category_id,
        }
    }
}

#[derive(FromRow)]
struct Row {
    id: i64,
    name: String,
    sku: String,
    price: f64,
    in_stock: bool,
    category_id: i64,
    description: String,
    created_at: DateTime<Utc>,
}

impl From<Row> for ProductAlone {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            sku: row.sku,
            price: format!("{:.2}", row.price),
            in_stock: row.in_stock,
            category: row.category_id,
            description: row.description,
            created_at: row.created_at,
        }
    }
}

async fn list(
    State(pool): State<SqlitePool>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<ProductInList>>, Failure> {
    let page = query.page().ok_or(Failure::NotFound)?;
    let mut select = QueryBuilder::new(
        "SELECT id, name, sku, price, in_stock, category_id, (SELECT COUNT(*) FROM product",
    );
    push_filters(&mut select, &query);
    select.push(") AS total FROM product");
    push_filters(&mut select, &query);
    select.push(match query.order_by {
        None => " ORDER BY id",
        Some(Order::Price) => " ORDER BY price, id",
        Some(Order::PriceDescending) => " ORDER BY price DESC, id",
    });
    select.push(format_args!(" LIMIT {PAGE_SIZE} OFFSET "));
    select.push_bind(((page - 1) * PAGE_SIZE).cast_signed());
    let rows: Vec<ListRow> = select.build_query_as().fetch_all(&pool).await?;
    let count = match rows.first() {
        Some(row) => row.total.unsigned_abs(),
        None if page == 1 => 0,
        None => return Err(Failure::NotFound),
    };
    let (next, previous) = neighbors(&uri, &headers, page, count);
    let results = rows.into_iter().map(Into::into).collect();
    Ok(Json(Page {
        count,
        next,
        previous,
        results,
    }))
}

fn push_filters(builder: &mut QueryBuilder<Sqlite>, query: &ListQuery) {
    if !query.has_filters() {
        return;
    }
    builder.push(" WHERE TRUE");
    if let Some(price) = query.price_from {
        builder.push(" AND price >= ").push_bind(price.to_f64());
    }
    if let Some(price) = query.price_to {
        builder.push(" AND price <= ").push_bind(price.to_f64());
    }
    if let Some(in_stock) = query.in_stock {
        builder.push(" AND in_stock = ").push_bind(in_stock);
    }
    if let Some(word) = &query.word {
        builder
            .push(" AND name LIKE ")
            .push_bind(format!("%{word}%"));
    }
    if let Some(rating) = query.rating {
        builder
            .push(
                " AND EXISTS (SELECT 1 FROM review \
                 WHERE review.product_id = product.id AND review.rating >= ",
            )
            .push_bind(rating)
            .push(")");
    }
}

async fn retrieve(
    State(pool): State<SqlitePool>,
    Path(id): Path<i64>,
) -> Result<Json<ProductAlone>, Failure> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, name, sku, price, in_stock, category_id, description, created_at \
         FROM product WHERE id = ?",
    )
    .bind(id)
    .fetch_optional(&pool)
    .await?;
    row.map(|row| Json(row.into())).ok_or(Failure::NotFound)
}

async fn create(
    State(pool): State<SqlitePool>,
    Json(new): Json<NewProduct>,
) -> Result<(StatusCode, Json<ProductAlone>), Failure> {
    let mut errors = new.errors();
    let taken: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM product WHERE sku = ?)")
        .bind(&new.sku)
        .fetch_one(&pool)
        .await?;
    if taken {
        let message = "product with this sku already exists.".to_owned();
        errors.entry("sku").or_default().push(message);
    }
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM category WHERE id = ?)")
        .bind(new.category)
        .fetch_one(&pool)
        .await?;
    if !known {
        let message = format!("Invalid pk \"{}\" - object does not exist.", new.category);
        errors.entry("category").or_default().push(message);
    }
    if !errors.is_empty() {
        return Err(Failure::Invalid(errors));
    }
    let row: Row = sqlx::query_as(
        "INSERT INTO product (name, sku, description, price, in_stock, category_id, created_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?) \
         RETURNING id, name, sku, price, in_stock, category_id, description, created_at",
    )
    .bind(new.name)
    .bind(new.sku)
    .bind(new.description)
    .bind(new.price.to_f64())
    .bind(new.in_stock)
    .bind(new.category)
    .bind(Utc::now().trunc_subsecs(6))
    .fetch_one(&pool)
    .await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Everything that is not a product.
enum Failure {
    NotFound,
    Invalid(FieldErrors),
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => {
                (StatusCode::NOT_FOUND, Json(json!({"detail": "Not found."}))).into_response()
            }
            Self::Invalid(errors) => (StatusCode::BAD_REQUEST, Json(errors)).into_response(),
            Self::Database(error) => {
                (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
            }
        }
    }
}
