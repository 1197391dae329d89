use std::borrow::Cow;

use restflow_exceptions::{ApiError, Result};
use restflow_fields::{FieldInfo, Parameter};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Order;

use self::position::Position;
use self::token::Cursor;
use crate::number::parse_size;
use crate::pagination::{Page, Pagination};
use crate::query::OrderTerm;
use crate::schema;
use crate::{DEFAULT_MAX_PAGE_SIZE, Envelope, PageQuery, PageRequest, Window};

mod position;
mod token;

/// The most rows that a cursor may skip behind its position.
///
/// DRF: `CursorPagination.offset_cutoff`, which guards against cursors that
/// are made up to cause expensive queries.
const OFFSET_CUTOFF: u64 = 1000;

/// Pages that stay where they are while rows are inserted and deleted:
/// `?cursor=…`, forward and backward, without a total and without page
/// numbers.
///
/// DRF: `rest_framework.pagination.CursorPagination`, with its cursors. A
/// cursor names a value of the first column of the ordering (and a number of
/// rows to skip among equal ones), so the database goes straight to the page.
/// The first column should therefore be nearly unique and should not change,
/// such as a creation time; rows that share one value of it are told apart
/// only within 1000 of them, and where a client turns back on a page whose
/// rows all share one value, some rows are skipped, as in DRF.
///
/// Unlike DRF, rows whose first column is `NULL` are not lost, and the primary
/// key ends the ordering when it is not named.
///
/// ```
/// use restflow_pagination::CursorPagination;
/// use sea_orm::Order;
/// # mod event {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "event")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub created_at: DateTimeUtc }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
///
/// let paginator = CursorPagination::new(25)
///     .ordering([(event::Column::CreatedAt, Order::Desc), (event::Column::Id, Order::Asc)])
///     .page_size_query_param("page_size");
/// # let _ = paginator;
/// ```
#[derive(Debug, Clone)]
pub struct CursorPagination {
    page_size: u64,
    ordering: Vec<OrderTerm>,
    cursor_query_param: Cow<'static, str>,
    page_size_query_param: Option<Cow<'static, str>>,
    max_page_size: u64,
}

impl CursorPagination {
    /// Pages of `page_size` rows, ordered by primary key.
    ///
    /// DRF's default ordering is `-created`, a column that not every table
    /// has; say [`ordering`](Self::ordering) for anything but the key.
    ///
    /// # Panics
    /// When `page_size` is 0.
    #[must_use]
    pub fn new(page_size: u64) -> Self {
        assert!(page_size > 0, "page_size is 0; a page has at least one row");
        Self {
            page_size,
            ordering: Vec::new(),
            cursor_query_param: "cursor".into(),
            page_size_query_param: None,
            max_page_size: DEFAULT_MAX_PAGE_SIZE,
        }
    }

    /// The ordering of the list, most significant column first. It replaces
    /// the ordering of the query; an ordering filter that the client uses (see
    /// [`PageQuery::ordering`]) replaces it in turn.
    #[must_use]
    pub fn ordering<C: ColumnTrait>(
        mut self,
        ordering: impl IntoIterator<Item = (C, Order)>,
    ) -> Self {
        self.ordering = ordering.into_iter().map(OrderTerm::of).collect();
        self
    }

    /// Renames the parameter of the cursor; default `cursor`.
    #[must_use]
    pub fn cursor_query_param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.cursor_query_param = name.into();
        self
    }

    /// Lets the client choose the page size with this parameter, up to
    /// [`max_page_size`](Self::max_page_size). A size that is not a positive
    /// number is ignored.
    #[must_use]
    pub fn page_size_query_param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.page_size_query_param = Some(name.into());
        self
    }

    /// The most rows that a client may ask for; default
    /// [`DEFAULT_MAX_PAGE_SIZE`]. More is cut off, not refused.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    pub fn max_page_size(mut self, maximum: u64) -> Self {
        assert!(
            maximum > 0,
            "max_page_size is 0; a page has at least one row"
        );
        self.max_page_size = maximum;
        self
    }

    fn page_size(&self, request: &PageRequest<'_>) -> u64 {
        self.page_size_query_param
            .as_ref()
            .and_then(|name| parse_size(request.get(name), self.max_page_size))
            .unwrap_or(self.page_size)
    }

    fn cursor(&self, request: &PageRequest<'_>) -> Result<Cursor> {
        request
            .get(&self.cursor_query_param)
            .map_or_else(|| Some(Cursor::default()), Cursor::decode)
            .ok_or_else(invalid_cursor)
    }
}

impl Pagination for CursorPagination {
    async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        let page_size = self.page_size(request);
        let cursor = self.cursor(request)?;
        let mut keyset = query.into_keyset(&self.ordering)?;
        let backend = keyset.db.get_database_backend();

        // The value that cursors name comes in a column of its own behind
        // those of the page, so the page need not show it.
        let Some(first) = keyset.terms.first().cloned() else {
            return Err(ApiError::internal(position::NoOrdering));
        };
        let mut index = 0;
        keyset.statement.exprs_mut_for_each(|_| index += 1);
        keyset.statement.expr(first.column.select_expr(backend));
        if let Some(position) = &cursor.position {
            let behind = position
                .behind(&first, cursor.reverse, backend)
                .ok_or_else(invalid_cursor)?;
            keyset.statement.cond_where(behind);
        }
        for term in &keyset.terms {
            let order = if term.descending != cursor.reverse {
                Order::Desc
            } else {
                Order::Asc
            };
            keyset.statement.order_by_expr(term.column.expr(), order);
        }

        let window = Window::new(cursor.offset, page_size.saturating_add(1));
        let mut rows = keyset.fetch(window).await?;
        let mut positions = Vec::with_capacity(rows.len());
        for row in &rows {
            positions.push(Position::of(row, index, &first.column.kind)?);
        }
        let length = usize::try_from(page_size).unwrap_or(usize::MAX);
        let following = positions.get(length).cloned();
        rows.truncate(length);
        positions.truncate(length);
        if cursor.reverse {
            rows.reverse();
            positions.reverse();
        }

        let walk = Walk::new(page_size, cursor, positions, following);
        let link = |cursor: Cursor| {
            request.replace_query_param(&self.cursor_query_param, &cursor.encode())
        };
        Ok(Page {
            rows,
            envelope: Envelope::new()
                .field("next", walk.next().map(link))
                .field("previous", walk.previous().map(link))
                .results("results"),
        })
    }

    fn parameters(&self) -> Vec<Parameter> {
        let mut parameters = vec![schema::text_parameter(
            self.cursor_query_param.clone(),
            "The pagination cursor value.",
        )];
        parameters.extend(self.page_size_query_param.as_ref().map(|name| {
            schema::integer_parameter(
                name.clone(),
                "Number of results to return per page.",
                Some(self.max_page_size),
            )
        }));
        parameters
    }

    fn pages_by_columns(&self) -> bool {
        true
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        vec![schema::link("next"), schema::link("previous")]
    }
}

/// One page on the walk through a list, and where the walk goes on.
///
/// The rules are those of `get_next_link` and `get_previous_link` in DRF: a
/// cursor names the position of the nearest row that differs from its
/// neighbor on the other page, and the number of rows between them.
struct Walk {
    page_size: u64,
    cursor: Cursor,
    positions: Vec<Position>,
    has_next: bool,
    has_previous: bool,
    next_position: Option<Position>,
    previous_position: Option<Position>,
}

impl Walk {
    /// `positions` are those of the page from top to bottom, `following` is
    /// that of the row behind the page in the direction of the walk.
    fn new(
        page_size: u64,
        cursor: Cursor,
        positions: Vec<Position>,
        following: Option<Position>,
    ) -> Self {
        let has_following = following.is_some();
        let has_preceding = cursor.position.is_some() || cursor.offset > 0;
        let preceding = cursor.position.clone();
        let (has_next, has_previous, next_position, previous_position) = if cursor.reverse {
            (has_preceding, has_following, preceding, following)
        } else {
            (has_following, has_preceding, following, preceding)
        };
        Self {
            page_size,
            cursor,
            positions,
            has_next,
            has_previous,
            next_position,
            previous_position,
        }
    }

    fn next(&self) -> Option<Cursor> {
        self.has_next.then(|| {
            // Where the direction turns at a cursor with an offset, the
            // position of the cursor is not the one of the neighbor.
            let turned = self.cursor.reverse && self.cursor.offset != 0;
            let neighbor = match self.positions.last() {
                Some(last) if turned => Some(last),
                _ => self.next_position.as_ref(),
            };
            let (offset, position) = match marker(self.positions.iter().rev(), neighbor) {
                Some((offset, position)) => (offset, Some(position.clone())),
                None if self.positions.is_empty() => (0, self.next_position.clone()),
                None if !self.has_previous => (self.page_size, None),
                None if self.cursor.reverse => (0, self.previous_position.clone()),
                None => (
                    self.cursor.offset.saturating_add(self.page_size),
                    self.previous_position.clone(),
                ),
            };
            Cursor {
                offset,
                reverse: false,
                position,
            }
        })
    }

    fn previous(&self) -> Option<Cursor> {
        self.has_previous.then(|| {
            let turned = !self.cursor.reverse && self.cursor.offset != 0;
            let neighbor = match self.positions.first() {
                Some(first) if turned => Some(first),
                _ => self.previous_position.as_ref(),
            };
            let (offset, position) = match marker(self.positions.iter(), neighbor) {
                Some((offset, position)) => (offset, Some(position.clone())),
                None if self.positions.is_empty() => (0, self.previous_position.clone()),
                None if !self.has_next => (self.page_size, None),
                None if self.cursor.reverse => (
                    self.cursor.offset.saturating_add(self.page_size),
                    self.next_position.clone(),
                ),
                None => (0, self.next_position.clone()),
            };
            Cursor {
                offset,
                reverse: true,
                position,
            }
        })
    }
}

/// The first position that differs from its neighbor, and the number of
/// positions before it.
fn marker<'a>(
    positions: impl Iterator<Item = &'a Position>,
    neighbor: Option<&'a Position>,
) -> Option<(u64, &'a Position)> {
    let mut neighbor = neighbor;
    for (offset, position) in (0..).zip(positions) {
        if neighbor != Some(position) {
            return Some((offset, position));
        }
        neighbor = Some(position);
    }
    None
}

/// 404 "Invalid cursor", without a full stop, as in DRF.
fn invalid_cursor() -> ApiError {
    ApiError::not_found().with_detail("Invalid cursor")
}
