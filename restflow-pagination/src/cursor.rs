use std::borrow::Cow;
use std::fmt;

use restflow_exceptions::{ApiError, Result};
use restflow_fields::{FieldInfo, Parameter};
use sea_orm::sea_query::{DynIden, Order};
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DatabaseConnection, DbBackend, QueryResult,
};

use self::signing::SigningKeys;
use self::token::{Binding, Tokens};
use crate::keyset::{Edge, KeyColumn, KeyPosition, KeyRange, KeyTerm, Keyset};
use crate::number::parse_size;
use crate::pagination::{Page, Pagination};
use crate::query::{OrderColumn, OrderTerm, OrderedQuery};
use crate::schema;
use crate::{DEFAULT_MAX_PAGE_SIZE, EndLinks, Envelope, PageQuery, PageRequest};

mod signing;
mod token;

/// Pages that stay where they are while rows are inserted and deleted:
/// `?cursor=…`, forward and backward, without a total and without page
/// numbers.
///
/// DRF: `rest_framework.pagination.CursorPagination`. A cursor names a row by
/// its values of all columns of the ordering, which the primary key ends, in
/// the direction of the last column, where it is not named. So the database
/// goes straight to the page if an index serves the ordering, and a row that
/// exists all the time comes exactly once, forward and backward, whatever is
/// inserted or deleted meanwhile: any number of columns, mixed directions,
/// equal values, `NULL`, all types that databases compare, in full precision.
/// The page need not show the columns of the ordering. They should not change:
/// a row whose value changes is another row to a cursor.
///
/// # Queries
/// A page is one statement. There are more where it is at borders: one for each
/// border between the values and the `NULL`s of a column, which databases keep
/// apart, and in SQLite and PostgreSQL one for each column whose equal values
/// fill more than a page. So an ordering by `n` columns before the key takes
/// `2n + 1` statements at most, and stops at the first that fills the page.
/// What the entity declares must be true: the type of a column of the ordering,
/// and whether it can be `NULL`. A query may join other tables if that gives no
/// row twice, and be ordered by their columns. One that is distinct, grouped,
/// united with another, or cut is refused with an error for the developer; an
/// `EXISTS` is usually what was meant. MySQL compares long texts by their first
/// 255 characters here, with no index; rows that begin alike are in the order of
/// the key.
///
/// # Cursors
/// A cursor belongs to the table, the ordering, the path and the parameters that
/// filter, see [`PageRequest::filtered_by`]. One of another list, and anything
/// that is no cursor, is 404 "Invalid cursor". An empty one is the first page.
/// A cursor holds values of some 2,000 bytes of text, so that links are never
/// longer than servers and proxies take. Of a longer text it holds a digest,
/// and the text is read from its row, by key and by one more statement. Where
/// that row was deleted or changed meanwhile, or no longer passes the filters,
/// the cursor is 404: it names nothing any more. Values of the key itself are
/// never shortened.
///
/// Of DRF's cursors those are understood that say only an offset (`o=5`), up to
/// DRF's bound of 1000; but not with a key.
///
/// Whoever reads the text of a cursor finds the values of a row in it, so do not
/// order by what clients may not see. Whoever writes one can name another
/// position, and nothing else: that shows rows of the same list from there on.
/// A [`signing_key`](Self::signing_key) refuses cursors that the server has not
/// written.
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
    keys: SigningKeys,
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
            keys: SigningKeys::default(),
        }
    }

    /// The ordering of the list, most significant column first. It replaces
    /// the ordering of the query; an ordering filter that the client uses (see
    /// [`PageQuery::ordering`]) replaces it in turn.
    ///
    /// `NULL`s stand where the database puts them: as the highest values in
    /// PostgreSQL, as the lowest ones elsewhere.
    ///
    /// # Panics
    /// For [`Order::Field`], and for a column of a type that no database puts
    /// in an order, such as JSON.
    #[must_use]
    #[track_caller]
    pub fn ordering<C: ColumnTrait>(
        mut self,
        ordering: impl IntoIterator<Item = (C, Order)>,
    ) -> Self {
        self.ordering = ordering
            .into_iter()
            .map(|(column, order)| checked(column, order))
            .collect();
        self
    }

    /// Signs cursors with this key, and refuses those that are not signed with
    /// it. Default: no key.
    ///
    /// Without a key, a client can write a cursor that names a position of its
    /// own, as it can in DRF, which shows it nothing but rows of the list. With
    /// one, it can use only cursors that it was given. All servers of a list
    /// need the same key, from their settings; cursors are lost when it changes,
    /// see [`signing_key_fallbacks`](Self::signing_key_fallbacks).
    ///
    /// The signature is HMAC-SHA-256, and compared in constant time. An ordering
    /// by a type whose values only PostgreSQL can check needs a key: `inet`,
    /// `cidr`, `macaddr`, `interval`, `ltree`, `money`, and types of one's own.
    ///
    /// # Panics
    /// When the key is shorter than 16 bytes.
    #[must_use]
    #[track_caller]
    pub fn signing_key(mut self, key: impl AsRef<[u8]>) -> Self {
        self.keys = SigningKeys::one(key.as_ref());
        self
    }

    /// Accepts cursors that are signed with one of these keys, too, and signs
    /// none with them: the former keys, when the key was changed.
    ///
    /// # Panics
    /// When there is no [`signing_key`](Self::signing_key) yet, or one of these
    /// is shorter than 16 bytes.
    #[must_use]
    #[track_caller]
    pub fn signing_key_fallbacks<K: AsRef<[u8]>>(
        mut self,
        keys: impl IntoIterator<Item = K>,
    ) -> Self {
        for key in keys {
            self.keys.accept(key.as_ref());
        }
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

    /// The cursors of the list that the client asks for.
    fn tokens<'t>(
        &'t self,
        table: &DynIden,
        key: &'t [OrderColumn],
        terms: &'t [KeyTerm],
        backend: DbBackend,
        request: &PageRequest<'_>,
    ) -> Result<Tokens<'t>> {
        if self.keys.is_empty()
            && let Some(opaque) = terms.iter().find(|term| term.is_opaque())
        {
            return Err(ApiError::internal(NeedsKey(opaque.column().clone())));
        }
        let mut filters = request.filters();
        filters.retain(|(name, _)| {
            *name != self.cursor_query_param && self.page_size_query_param.as_deref() != Some(*name)
        });
        Ok(Tokens {
            terms,
            key,
            backend,
            keys: &self.keys,
            binding: Binding::of(table, terms, request.path(), &filters),
        })
    }
}

impl Pagination for CursorPagination {
    async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        let page_size = self.page_size(request);
        let OrderedQuery {
            db,
            statement,
            table,
            key,
            terms,
        } = query.into_ordered(&self.ordering)?;
        let backend = db.get_database_backend();
        let tokens = self.tokens(&table, &key, &terms, backend, request)?;
        let mut cursor = request
            .get(&self.cursor_query_param)
            .map_or(Some(Cursor::FIRST), |text| tokens.decode(text))
            .ok_or_else(invalid_cursor)?;

        let terms = if cursor.is_backward {
            terms.iter().map(KeyTerm::reversed).collect()
        } else {
            terms.clone()
        };
        let keyset = Keyset::in_order(statement, terms, backend);
        if !cursor.complete(db, &keyset).await? {
            return Err(invalid_cursor());
        }
        let mut rows = cursor
            .read(db, &keyset, page_size.saturating_add(1))
            .await?;
        let length = usize::try_from(page_size).unwrap_or(usize::MAX);
        let has_following = rows.len() > length;
        rows.truncate(length);
        if cursor.is_backward {
            rows.reverse();
        }

        let (next, previous) = cursor.neighbors(&keyset, &rows, has_following)?;
        let link = |cursor: Option<Cursor>| -> Result<Option<String>> {
            cursor
                .map(|cursor| {
                    let token = tokens.encode(&cursor)?;
                    Ok(request.replace_query_param(&self.cursor_query_param, &token))
                })
                .transpose()
        };
        Ok(Page {
            rows,
            envelope: Envelope::new()
                .field("next", link(next)?)
                .field("previous", link(previous)?)
                .results("results"),
        })
    }

    fn parameters(&self) -> Vec<Parameter> {
        let mut parameters = vec![schema::text_parameter(
            self.cursor_query_param.clone(),
            "The pagination cursor value.",
        )];
        parameters.extend(
            self.page_size_query_param
                .as_ref()
                .map(|name| schema::size_parameter(name.clone(), self.max_page_size)),
        );
        parameters
    }

    fn pages_by_columns(&self) -> bool {
        true
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        self.ordering.iter().find_map(|OrderTerm { column, .. }| {
            let name = format!("{}.{}", column.table, column.column);
            self.cannot_follow(&name, &column.kind, backend)
        })
    }

    fn cannot_follow(&self, column: &str, kind: &ColumnType, backend: DbBackend) -> Option<String> {
        match KeyColumn::of_ordering(kind, backend) {
            None => Some(format!(
                "no cursor can name a row by `{column}` of the type {kind:?}, whose values \
                 {backend:?} does not compare; order by a number, a text, a date, a time or a \
                 UUID, or allow an ordering filter only such columns"
            )),
            Some(values) if values.is_opaque() && self.keys.is_empty() => Some(format!(
                "`{column}` is of the type {kind:?}, whose values only the database can check; \
                 configure `CursorPagination::signing_key`, so that clients cannot make them up, \
                 or do not order by it"
            )),
            Some(_) => None,
        }
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        vec![schema::link("next"), schema::link("previous")]
    }

    fn end_links(&self, request: &PageRequest<'_>, _envelope: &Envelope) -> EndLinks {
        EndLinks {
            first: Some(request.remove_query_param(&self.cursor_query_param)),
            last: None,
        }
    }
}

/// Where a page begins, and in which direction it is read.
#[derive(Debug, Clone, PartialEq)]
struct Cursor {
    is_backward: bool,
    start: Start,
}

#[derive(Debug, Clone, PartialEq)]
enum Start {
    /// The end of the list that comes first in the direction.
    End,
    /// So many rows behind that end.
    Offset(u64),
    /// At or behind a row. It is behind, but on the way back from a page that has no rows.
    Row {
        position: KeyPosition,
        edge: Edge,
        /// In how many of the first columns the rows around it have its values, as far as was
        /// seen. It has no influence on the rows.
        ties: u8,
        /// The values that are missing in the position, see [`Cursor::complete`].
        long: Vec<LongValue>,
    },
}

/// A value that is too long for a cursor, which its row still has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LongValue {
    /// Of the column in the ordering.
    index: usize,
    digest: [u8; 16],
}

impl Cursor {
    /// That of the first page.
    const FIRST: Self = Self {
        is_backward: false,
        start: Start::End,
    };

    /// Reads the values that are too long for a cursor from their row, which must be one of the
    /// list. `false` if there is none any more that has them.
    async fn complete(&mut self, db: &DatabaseConnection, keyset: &Keyset) -> Result<bool> {
        let Start::Row { position, long, .. } = &mut self.start else {
            return Ok(true);
        };
        if long.is_empty() {
            return Ok(true);
        }
        let is_long = |index| long.iter().any(|long| long.index == index);
        let statement = keyset.statement_at(position, is_long);
        let Some(row) = db.query_one_raw(statement).await? else {
            return Ok(false);
        };
        let mut found = keyset.position(&row)?;
        for long in long.drain(..) {
            let value = found.0.get_mut(long.index).and_then(Option::take);
            if value.as_ref().and_then(token::digest) != Some(long.digest) {
                return Ok(false);
            }
            if let Some(missing) = position.0.get_mut(long.index) {
                *missing = value;
            }
        }
        Ok(true)
    }

    /// The rows from here on, in the direction of the cursor.
    async fn read(
        &self,
        db: &DatabaseConnection,
        keyset: &Keyset,
        limit: u64,
    ) -> Result<Vec<QueryResult>> {
        let (ranges, offset): (Vec<KeyRange>, u64) = match &self.start {
            Start::End => (vec![keyset.whole()], 0),
            Start::Offset(offset) => (vec![keyset.whole()], *offset),
            Start::Row {
                position,
                edge,
                ties,
                ..
            } => (keyset.ranges(position, usize::from(*ties), *edge), 0),
        };
        let mut rows = Vec::new();
        for range in ranges {
            let missing = limit.saturating_sub(rows.len() as u64);
            if missing == 0 {
                break;
            }
            let statement = keyset.statement_from(&range, offset, missing);
            rows.append(&mut db.query_all_raw(statement).await?);
        }
        Ok(rows)
    }

    /// The cursors of the next and the previous page around `rows`, which are from top to bottom.
    /// `has_following` tells whether there are more in the direction of the cursor.
    fn neighbors(
        &self,
        keyset: &Keyset,
        rows: &[QueryResult],
        has_following: bool,
    ) -> Result<(Option<Self>, Option<Self>)> {
        let position = |row: &QueryResult| keyset.position(row);
        let first = rows.first().map(position).transpose()?;
        let last = rows.last().map(position).transpose()?;
        let (ahead, behind) = if self.is_backward {
            (first, last)
        } else {
            (last, first)
        };
        let ties = match (&self.start, &behind, &ahead) {
            (Start::Row { position, .. }, _, Some(ahead)) => position.ties(ahead),
            (_, Some(behind), Some(ahead)) if rows.len() > 1 => behind.ties(ahead),
            _ => 0,
        };
        let at = |position: KeyPosition, edge: Edge, is_backward: bool| Self {
            is_backward,
            start: Start::Row {
                position,
                edge,
                ties,
                long: Vec::new(),
            },
        };
        let onward = ahead
            .filter(|_| has_following)
            .map(|ahead| at(ahead, Edge::Without, self.is_backward));
        let back = match (&self.start, behind) {
            // DRF: nothing comes before the first page, also when it is reached from behind.
            (Start::End | Start::Offset(0), _) => None,
            (_, Some(behind)) => Some(at(behind, Edge::Without, !self.is_backward)),
            (Start::Offset(_), None) => Some(Self {
                is_backward: !self.is_backward,
                start: Start::End,
            }),
            // The row at the position may be one that no page has shown on this way.
            (Start::Row { position, .. }, None) => {
                Some(at(position.clone(), Edge::With, !self.is_backward))
            }
        };
        Ok(if self.is_backward {
            (back, onward)
        } else {
            (onward, back)
        })
    }
}

/// A term of the ordering of a paginator.
#[track_caller]
fn checked<C: ColumnTrait>(column: C, order: Order) -> OrderTerm {
    let name = column.as_str();
    assert!(
        !matches!(order, Order::Field(_)),
        "CursorPagination::ordering got `{name}` with `Order::Field`; \
         a cursor needs `Order::Asc` or `Order::Desc`"
    );
    let term = OrderTerm::of((column, order));
    assert!(
        KeyColumn::is_known(&term.column.kind),
        "CursorPagination::ordering got `{name}` of the type {:?}, whose values are in no order; \
         order by a number, a text, a date, a time or a UUID",
        term.column.kind
    );
    term
}

/// 404 "Invalid cursor", without a full stop, as in DRF.
fn invalid_cursor() -> ApiError {
    ApiError::not_found().with_detail("Invalid cursor")
}

/// The mistake of a developer: an ordering by values that only the database can check.
#[derive(Debug)]
struct NeedsKey(OrderColumn);

impl fmt::Display for NeedsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CursorPagination orders by `{}`.`{}` of the type {:?}, whose values only the database \
             can check; configure `CursorPagination::signing_key`, so that clients cannot make them up",
            self.0.table, self.0.column, self.0.kind
        )
    }
}

impl std::error::Error for NeedsKey {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::keyset::told_order;

    mod host {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "host")]
        pub(super) struct Model {
            #[sea_orm(primary_key)]
            pub(super) id: i32,
            #[sea_orm(column_type = "Inet")]
            pub(super) address: String,
            #[sea_orm(column_type = "custom(\"citext\")")]
            pub(super) name: String,
            pub(super) settings: Json,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    /// The log of the refusal of an ordering without a key, if it is refused.
    fn refusal(paginator: &CursorPagination) -> Option<String> {
        let key = [OrderColumn::of(host::Column::Id)];
        let backend = DbBackend::Postgres;
        let terms = told_order(paginator.ordering.clone(), &key, backend).unwrap();
        let request = PageRequest::new("https://example.org/", &[]);
        let tokens = paginator.tokens(&key[0].table, &key, &terms, backend, &request);
        Some(tokens.err()?.log_source()?.to_string())
    }

    #[test]
    fn what_only_the_database_checks_needs_a_key() {
        let by = |column| CursorPagination::new(1).ordering([(column, Order::Asc)]);
        let message = refusal(&by(host::Column::Address)).unwrap();
        assert!(
            message.contains("`host`.`address` of the type Inet"),
            "{message}"
        );
        assert!(message.contains("signing_key"), "{message}");
        let signed = by(host::Column::Address).signing_key([0; 16]);
        assert_eq!(refusal(&signed), None);
        assert_eq!(refusal(&by(host::Column::Name)), None);
    }

    #[test]
    fn what_a_database_does_not_compare_is_found_at_start_up() {
        use crate::Paginator;
        let by = |column| CursorPagination::new(1).ordering([(column, Order::Asc)]);
        let problem = |paginator: CursorPagination, backend| {
            Paginator::from(paginator).misconfigured(backend)
        };
        let address = problem(by(host::Column::Address), DbBackend::Postgres).unwrap();
        assert!(
            address.contains("`host.address` is of the type Inet"),
            "{address}"
        );
        let signed = || by(host::Column::Address).signing_key([0; 16]);
        assert_eq!(problem(signed(), DbBackend::Postgres), None);
        let address = problem(signed(), DbBackend::MySql).unwrap();
        assert!(
            address.contains("`host.address` of the type Inet"),
            "{address}"
        );
        assert_eq!(problem(by(host::Column::Name), DbBackend::Postgres), None);

        let paginator = Paginator::from(Pagination::link_header(CursorPagination::new(1)));
        let settings = |backend| paginator.cannot_follow(host::Column::Settings, backend);
        let problem = settings(DbBackend::Postgres).unwrap();
        assert!(
            problem.contains("`host.settings` of the type Json"),
            "{problem}"
        );
        assert_eq!(settings(DbBackend::Sqlite), None);
        let unordered = Paginator::from(crate::PageNumberPagination::new(1));
        let settings = unordered.cannot_follow(host::Column::Settings, DbBackend::Postgres);
        assert_eq!(settings, None);
    }

    #[test]
    #[should_panic(expected = "`settings` of the type Json")]
    fn an_ordering_by_what_has_none_is_refused_at_start_up() {
        let _ = CursorPagination::new(1).ordering([(host::Column::Settings, Order::Asc)]);
    }
}
