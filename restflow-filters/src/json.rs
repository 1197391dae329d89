//! Filters by JSON columns: by what stands at a path, by keys, by what is contained.
//!
//! Paths are declared, never sent. Paths and keys work on SQLite, PostgreSQL and MySQL; what is
//! contained is asked on PostgreSQL and MySQL only, and refused at start-up on SQLite. Values of
//! another type than the declared one do not match, and are no error.
//!
//! On PostgreSQL a column of the type `jsonb` (SeaORM's `JsonBinary`) is compared as it is, so an
//! index serves: `CREATE INDEX … ((data #> '{color}'))` for a path, `gin (data)` for keys and for
//! what is contained. One of the type `json` is cast for each row.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use restflow_fields::{FieldInfo, FieldKind, FieldOptions};
use rust_decimal::prelude::ToPrimitive;
use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{ColumnTrait, ColumnType, DbBackend, EntityTrait, Value};

use crate::column_filter::FilterValue;
use crate::entries::{Declared, FilterEntries, declared, declared_options};
use crate::input::{LookupInput, Many, One, Pair, check_length};
use crate::like::{Place, like};
use crate::lookups::bindable;
use crate::postgres::array_of;

/// What a value in JSON is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// A string.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// A type whose values stand in JSON.
///
/// Implement it for a type of your own that is written as one of these kinds, such as an enum that
/// is written as a text.
#[diagnostic::on_unimplemented(
    message = "a value in JSON cannot be compared with a `{Self}`",
    note = "JSON has texts (`String`), numbers (`i32`, `i64`, `f64`, `Decimal`) and `bool`; for a type of your own implement `restflow::filters::json::JsonScalar`"
)]
pub trait JsonScalar: FilterValue {
    /// What the values are in JSON; others do not match.
    const KIND: JsonKind;
}

/// A type whose values in JSON have an order.
#[diagnostic::on_unimplemented(
    message = "values of the type `{Self}` have no order in JSON to compare by",
    note = "comparisons need a number or a text"
)]
pub trait JsonOrdered: JsonScalar {}

macro_rules! scalars {
    ($($type:ty => $kind:ident;)+) => {$(
        impl JsonScalar for $type {
            const KIND: JsonKind = JsonKind::$kind;
        }
    )+};
}

scalars! {
    String => Text;
    i16 => Number;
    i32 => Number;
    i64 => Number;
    u32 => Number;
    f64 => Number;
    rust_decimal::Decimal => Number;
    bool => Boolean;
}

impl JsonOrdered for String {}
impl JsonOrdered for i16 {}
impl JsonOrdered for i32 {}
impl JsonOrdered for i64 {}
impl JsonOrdered for u32 {}
impl JsonOrdered for f64 {}
impl JsonOrdered for rust_decimal::Decimal {}

/// Where something stands in JSON: keys and places in lists, from the outside in.
///
/// A key, or an array of them, converts into one.
///
/// ```
/// use restflow_filters::json::JsonPath;
///
/// let _ = JsonPath::from("color");
/// let _ = JsonPath::from(["size", "width"]);
/// let _ = JsonPath::from("tags").index(0).key("name");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(Cow<'static, str>),
    Index(u32),
}

impl JsonPath {
    /// Goes on to the value of a key.
    ///
    /// # Panics
    /// When the key has a quotation mark, a backslash or a control character, which not every
    /// database can ask for.
    #[must_use]
    #[track_caller]
    pub fn key(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        let key = key.into();
        let is_odd = |character: char| matches!(character, '"' | '\\') || character.is_control();
        assert!(
            !key.contains(is_odd),
            "the key {key:?} of a JSON path has a quotation mark, a backslash or a control \
             character, which not every database can ask for",
        );
        self.0.push(Step::Key(key));
        self
    }

    /// Goes on to the element at a place of a list, from 0.
    #[must_use]
    pub fn index(mut self, index: u32) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// The path as a literal: `{a,0}` in PostgreSQL, `$."a"[0]` elsewhere.
    fn literal(&self, backend: DbBackend) -> SimpleExpr {
        let path: String = if backend == DbBackend::Postgres {
            let steps = self.0.iter().map(|step| match step {
                Step::Key(key) => format!("\"{key}\""),
                Step::Index(index) => index.to_string(),
            });
            format!("{{{}}}", steps.collect::<Vec<_>>().join(","))
        } else {
            let steps = self.0.iter().map(|step| match step {
                Step::Key(key) => format!(".\"{key}\""),
                Step::Index(index) => format!("[{index}]"),
            });
            format!("${}", steps.collect::<String>())
        };
        Expr::Constant(path.into())
    }
}

impl From<&'static str> for JsonPath {
    #[track_caller]
    fn from(key: &'static str) -> Self {
        Self(Vec::new()).key(key)
    }
}

impl<const N: usize> From<[&'static str; N]> for JsonPath {
    #[track_caller]
    fn from(keys: [&'static str; N]) -> Self {
        let mut path = Self(Vec::new());
        for key in keys {
            path = path.key(key);
        }
        path
    }
}

/// A filter by what stands at a path of a JSON column: `?color=red` (Django: `data__color`).
///
/// The type of the filter says what is looked for: a text does not match the number that it looks
/// like. Each lookup has its negation, `color!`; rows without the path fulfill that.
///
/// ```
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)] pub id: i32,
/// #         #[sea_orm(column_type = "JsonBinary")] pub data: Json,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::Filters;
/// use restflow_filters::json::JsonPathFilter;
///
/// let color = JsonPathFilter::<product::Entity, String>::new("color", product::Column::Data, "color")
///     .exact()          // color=red
///     .icontains();     // color__icontains=re
/// let width =
///     JsonPathFilter::<product::Entity, i32>::new("width", product::Column::Data, ["size", "width"])
///         .gte()        // width__gte=10
///         .isnull();    // width__isnull=true
/// let filters: Filters<product::Entity> = Filters::new().with(color).with(width);
/// # let _ = filters;
/// ```
pub struct JsonPathFilter<E: EntityTrait, T> {
    declared: Declared<E>,
    place: JsonPlace<E::Column>,
    value: PhantomData<fn() -> T>,
}

impl<E: EntityTrait, T: JsonScalar> JsonPathFilter<E, T>
where
    E::Column: Send + Sync,
{
    /// A filter without parameters by a path of a column.
    ///
    /// # Panics
    /// When the column is not of the type JSON.
    #[must_use]
    #[track_caller]
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        column: E::Column,
        path: impl Into<JsonPath>,
    ) -> Self {
        let name = name.into();
        check_column(&name, column);
        Self {
            declared: Declared::new(name, |_backend| None),
            place: JsonPlace {
                column,
                path: path.into(),
            },
            value: PhantomData,
        }
    }

    declared!();
    declared_options!();

    /// Adds the parameter without a suffix: the value at the path equals this one.
    #[must_use]
    pub fn exact(mut self) -> Self {
        let place = self.place.clone();
        self.declared
            .push(None, "equals", move |One(value): One<T>, backend| {
                Ok(place.equals(vec![value], backend))
            });
        self
    }

    /// Adds `__in`: the value at the path is one of these.
    #[must_use]
    pub fn one_of(mut self) -> Self {
        let place = self.place.clone();
        self.declared.push(
            Some("in"),
            "is one of",
            move |Many(values): Many<T>, backend| Ok(place.equals(values, backend)),
        );
        self
    }

    /// Adds `__isnull`: there is nothing at the path (`true`), or something (`false`). A `null` in
    /// the JSON is something, as in Django.
    #[must_use]
    pub fn isnull(mut self) -> Self {
        let place = self.place.clone();
        self.declared
            .push_other("isnull", "is null", move |One(null): One<bool>, backend| {
                let value = place.value(backend);
                Ok(if null {
                    value.is_null()
                } else {
                    value.is_not_null()
                })
            });
        self
    }

    /// Adds `__gt`: the value at the path is greater than this one.
    #[must_use]
    pub fn gt(self) -> Self
    where
        T: JsonOrdered,
    {
        self.compare("gt", "is greater than", BinOper::GreaterThan)
    }

    /// Adds `__gte`: the value at the path is this one or greater.
    #[must_use]
    pub fn gte(self) -> Self
    where
        T: JsonOrdered,
    {
        let operator = BinOper::GreaterThanOrEqual;
        self.compare("gte", "is greater than or equal to", operator)
    }

    /// Adds `__lt`: the value at the path is less than this one.
    #[must_use]
    pub fn lt(self) -> Self
    where
        T: JsonOrdered,
    {
        self.compare("lt", "is less than", BinOper::SmallerThan)
    }

    /// Adds `__lte`: the value at the path is this one or less.
    #[must_use]
    pub fn lte(self) -> Self
    where
        T: JsonOrdered,
    {
        let operator = BinOper::SmallerThanOrEqual;
        self.compare("lte", "is less than or equal to", operator)
    }

    /// Adds `__range`: the value at the path lies between two, both included.
    #[must_use]
    pub fn range(mut self) -> Self
    where
        T: JsonOrdered,
    {
        let place = self.place.clone();
        let compare = move |Pair(least, greatest): Pair<T>, backend| {
            let from = place.compares(least, BinOper::GreaterThanOrEqual, backend);
            let to = place.compares(greatest, BinOper::SmallerThanOrEqual, backend);
            Ok(from.and(to))
        };
        self.declared.push(Some("range"), "is in range", compare);
        self
    }

    fn compare(mut self, suffix: &str, hint: &str, operator: BinOper) -> Self {
        let place = self.place.clone();
        self.declared
            .push(Some(suffix), hint, move |One(value): One<T>, backend| {
                Ok(place.compares(value, operator, backend))
            });
        self
    }
}

macro_rules! text_lookups {
    ($($(#[$meta:meta])* $name:ident => $hint:literal, $place:ident, fold case $fold:literal;)+) => {
        impl<E: EntityTrait> JsonPathFilter<E, String>
        where
            E::Column: Send + Sync,
        {
            $(
                $(#[$meta])*
                #[must_use]
                pub fn $name(mut self) -> Self {
                    let place = self.place.clone();
                    let compare = move |One(text): One<String>, backend| {
                        let value = place.like(&text, Place::$place, $fold, backend);
                        Ok(place.is_a(JsonKind::Text, backend).and(value))
                    };
                    self.declared.push_other(stringify!($name), $hint, compare);
                    self
                }
            )+
        }
    };
}

text_lookups! {
    /// Adds `__iexact`: the text at the path equals this one, whatever the case.
    iexact => "equals (case-insensitive)", Whole, fold case true;
    /// Adds `__contains`: the text at the path contains this one.
    contains => "contains", Anywhere, fold case false;
    /// Adds `__icontains`: the text at the path contains this one, whatever the case.
    icontains => "contains (case-insensitive)", Anywhere, fold case true;
    /// Adds `__startswith`: the text at the path starts with this one.
    startswith => "starts with", Start, fold case false;
    /// Adds `__istartswith`: the text at the path starts with this one, whatever the case.
    istartswith => "starts with (case-insensitive)", Start, fold case true;
    /// Adds `__endswith`: the text at the path ends with this one.
    endswith => "ends with", End, fold case false;
    /// Adds `__iendswith`: the text at the path ends with this one, whatever the case.
    iendswith => "ends with (case-insensitive)", End, fold case true;
}

impl<E: EntityTrait, T> From<JsonPathFilter<E, T>> for FilterEntries<E> {
    fn from(filter: JsonPathFilter<E, T>) -> Self {
        filter.declared.into_entries()
    }
}

impl<E: EntityTrait, T> fmt::Debug for JsonPathFilter<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonPathFilter")
            .field("name", &self.declared.name)
            .field("column", &self.place.column)
            .field("path", &self.place.path)
            .finish()
    }
}

/// A path of a column.
#[derive(Clone)]
struct JsonPlace<C> {
    column: C,
    path: JsonPath,
}

impl<C: ColumnTrait> JsonPlace<C> {
    /// What stands there, as JSON; SQL's null if nothing does.
    fn value(&self, backend: DbBackend) -> SimpleExpr {
        let path = self.path.literal(backend);
        match backend {
            DbBackend::Postgres => jsonb(self.column).binary(BinOper::Custom("#>"), path),
            DbBackend::MySql => function("JSON_EXTRACT", [self.column.into_expr(), path]),
            // Where there is a null in the JSON, `json_extract` gives one of SQL.
            _ => function("json_type", [self.column.into_expr(), path]),
        }
    }

    /// What stands there, as a text.
    fn text(&self, backend: DbBackend) -> SimpleExpr {
        let path = self.path.literal(backend);
        match backend {
            DbBackend::Postgres => jsonb(self.column).binary(BinOper::Custom("#>>"), path),
            DbBackend::MySql => function("JSON_UNQUOTE", [self.value(backend)]),
            _ => function("json_extract", [self.column.into_expr(), path]),
        }
    }

    fn like(&self, text: &str, place: Place, fold_case: bool, backend: DbBackend) -> SimpleExpr {
        match like(self.text(backend), text, place, fold_case, backend) {
            // The collation of JSON knows case.
            SimpleExpr::Binary(value, BinOper::Like, pattern)
                if backend == DbBackend::MySql && fold_case =>
            {
                let lower = |text: SimpleExpr| SimpleExpr::from(Func::lower(text));
                lower(*value).binary(BinOper::Like, lower(*pattern))
            }
            condition => condition,
        }
    }

    fn is_a(&self, kind: JsonKind, backend: DbBackend) -> SimpleExpr {
        let value = self.value(backend);
        let (type_of, names): (_, &[&str]) = match (backend, kind) {
            (DbBackend::Postgres, JsonKind::Text) => {
                (function("jsonb_typeof", [value]), &["string"])
            }
            (DbBackend::Postgres, JsonKind::Number) => {
                (function("jsonb_typeof", [value]), &["number"])
            }
            (DbBackend::Postgres, JsonKind::Boolean) => {
                (function("jsonb_typeof", [value]), &["boolean"])
            }
            (DbBackend::MySql, JsonKind::Text) => (function("JSON_TYPE", [value]), &["STRING"]),
            (DbBackend::MySql, JsonKind::Number) => (
                function("JSON_TYPE", [value]),
                &["INTEGER", "UNSIGNED INTEGER", "DOUBLE", "DECIMAL"],
            ),
            (DbBackend::MySql, JsonKind::Boolean) => (function("JSON_TYPE", [value]), &["BOOLEAN"]),
            (_, JsonKind::Text) => (value, &["text"]),
            (_, JsonKind::Number) => (value, &["integer", "real"]),
            (_, JsonKind::Boolean) => (value, &["true", "false"]),
        };
        let mut names = names.iter().map(|name| Expr::Constant((*name).into()));
        match (names.len(), names.next()) {
            (1, Some(name)) => type_of.eq(name),
            (_, first) => type_of.is_in(first.into_iter().chain(names)),
        }
    }

    /// The value there, to be compared with [`operand`](Self::operand)s.
    fn comparable<T: JsonScalar>(&self, backend: DbBackend) -> SimpleExpr {
        match (backend, T::KIND) {
            // JSON of PostgreSQL has an order; what is cast could fail.
            (DbBackend::Postgres, _) => self.value(backend),
            (DbBackend::MySql, JsonKind::Number) => {
                self.text(backend).add(Expr::Constant(0.into()))
            }
            _ => self.text(backend),
        }
    }

    fn operand<T: JsonScalar>(value: T, backend: DbBackend) -> SimpleExpr {
        let value = bindable(value, backend);
        match (backend, value) {
            (DbBackend::Postgres, value) => function("to_jsonb", [Expr::val(value)]),
            // They know floating-point numbers in JSON only.
            (_, Value::Decimal(Some(number))) => Expr::val(number.to_f64()),
            (DbBackend::MySql, Value::Bool(Some(truth))) => {
                Expr::val(if truth { "true" } else { "false" })
            }
            (_, value) => Expr::val(value),
        }
    }

    /// Whether the value is one of these.
    fn equals<T: JsonScalar>(&self, values: Vec<T>, backend: DbBackend) -> SimpleExpr {
        let mut operands: Vec<SimpleExpr> = values
            .into_iter()
            .map(|value| Self::operand(value, backend))
            .collect();
        let value = self.comparable::<T>(backend);
        let equals = match operands.pop() {
            Some(operand) if operands.is_empty() => value.eq(operand),
            last => value.is_in(operands.into_iter().chain(last)),
        };
        match backend {
            // JSON equals nothing but JSON of its type.
            DbBackend::Postgres => equals,
            _ => self.is_a(T::KIND, backend).and(equals),
        }
    }

    fn compares<T: JsonScalar>(
        &self,
        value: T,
        operator: BinOper,
        backend: DbBackend,
    ) -> SimpleExpr {
        let operand = Self::operand(value, backend);
        let compared = self.comparable::<T>(backend).binary(operator, operand);
        self.is_a(T::KIND, backend).and(compared)
    }
}

/// The column as `jsonb`.
fn jsonb<C: ColumnTrait>(column: C) -> SimpleExpr {
    match column.def().get_column_type() {
        ColumnType::JsonBinary => column.into_expr(),
        _ => column.into_expr().cast_as("jsonb"),
    }
}

fn function<const N: usize>(name: &'static str, arguments: [SimpleExpr; N]) -> SimpleExpr {
    Func::cust(name).args(arguments).into()
}

/// A filter by a whole JSON column: by its keys, and by what it contains (Django: `JSONField`).
///
/// Clients send names of keys, which are values like any other. Each lookup has its negation,
/// `data__has_key!`.
///
/// ```
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)] pub id: i32,
/// #         #[sea_orm(column_type = "JsonBinary")] pub data: Json,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::Filters;
/// use restflow_filters::json::JsonFilter;
///
/// let data = JsonFilter::new("data", product::Column::Data)
///     .has_key()        // data__has_key=color
///     .contains();      // data__contains={"color": "red"}
/// let filters: Filters<product::Entity> = Filters::new().with(data);
/// # let _ = filters;
/// ```
pub struct JsonFilter<E: EntityTrait> {
    declared: Declared<E>,
    column: E::Column,
}

impl<E: EntityTrait> JsonFilter<E>
where
    E::Column: Send + Sync,
{
    /// A filter without parameters by a column.
    ///
    /// # Panics
    /// When the column is not of the type JSON.
    #[must_use]
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>, column: E::Column) -> Self {
        let name = name.into();
        check_column(&name, column);
        Self {
            declared: Declared::new(name, |_backend| None),
            column,
        }
    }

    declared!();

    /// Adds `__has_key`: the object has this key.
    #[must_use]
    pub fn has_key(mut self) -> Self {
        let column = self.column;
        self.declared.misconfigured = |_backend| None;
        self.declared.push(
            Some("has_key"),
            "has the key",
            move |One(key): One<String>, backend| Ok(has_key(column, key, backend)),
        );
        self
    }

    /// Adds `__has_keys`: the object has all of these keys.
    #[must_use]
    pub fn has_keys(mut self) -> Self {
        let column = self.column;
        self.declared.misconfigured = |_backend| None;
        let condition = move |Many(keys): Many<String>, backend| {
            Ok(has_keys(column, keys, "?&", true, backend))
        };
        self.declared
            .push(Some("has_keys"), "has the keys", condition);
        self
    }

    /// Adds `__has_any_keys`: the object has one of these keys.
    #[must_use]
    pub fn has_any_keys(mut self) -> Self {
        let column = self.column;
        self.declared.misconfigured = |_backend| None;
        let condition = move |Many(keys): Many<String>, backend| {
            Ok(has_keys(column, keys, "?|", false, backend))
        };
        self.declared
            .push(Some("has_any_keys"), "has one of the keys", condition);
        self
    }

    /// Adds `__contains`: the column contains this JSON, an object with these keys and values among
    /// others. On PostgreSQL and MySQL. More than 31 lists and objects within each other are 400.
    #[must_use]
    pub fn contains(mut self) -> Self {
        let column = self.column;
        self.declared.misconfigured = |backend| not_on_sqlite("contains", backend);
        self.declared.push(
            Some("contains"),
            "contains the JSON",
            move |Json(json), backend| {
                Ok(match backend {
                    DbBackend::Postgres => jsonb(column).binary(PgBinOper::Contains, json),
                    _ => function(
                        "JSON_CONTAINS",
                        [column.into_expr(), Expr::val(json.to_string())],
                    ),
                })
            },
        );
        self
    }

    /// Adds `__contained_by`: this JSON contains the column. On PostgreSQL and MySQL, as deep as
    /// for [`contains`](Self::contains).
    #[must_use]
    pub fn contained_by(mut self) -> Self {
        let column = self.column;
        self.declared.misconfigured = |backend| not_on_sqlite("contained_by", backend);
        let condition = move |Json(json), backend| {
            Ok(match backend {
                DbBackend::Postgres => jsonb(column).binary(PgBinOper::Contained, json),
                _ => function(
                    "JSON_CONTAINS",
                    [Expr::val(json.to_string()), column.into_expr()],
                ),
            })
        };
        self.declared
            .push(Some("contained_by"), "is contained by the JSON", condition);
        self
    }
}

impl<E: EntityTrait> From<JsonFilter<E>> for FilterEntries<E> {
    fn from(filter: JsonFilter<E>) -> Self {
        filter.declared.into_entries()
    }
}

impl<E: EntityTrait> fmt::Debug for JsonFilter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonFilter")
            .field("name", &self.declared.name)
            .field("column", &self.column)
            .finish()
    }
}

#[track_caller]
fn check_column<C: ColumnTrait>(name: &str, column: C) {
    let definition = column.def();
    let column_type = definition.get_column_type();
    assert!(
        matches!(column_type, ColumnType::Json | ColumnType::JsonBinary),
        "the JSON filter of `{name}` needs a column of the type `Json` or `JsonBinary`: the type of \
         `{}` is {column_type:?}",
        column.as_str(),
    );
}

fn not_on_sqlite(lookup: &str, backend: DbBackend) -> Option<String> {
    (backend == DbBackend::Sqlite).then(|| {
        format!(
            "the lookup `{lookup}` of JSON works on PostgreSQL and MySQL only, and this is SQLite: \
             filter by a path with `JsonPathFilter`, or leave it out"
        )
    })
}

fn has_key<C: ColumnTrait>(column: C, key: String, backend: DbBackend) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => jsonb(column).binary(BinOper::Custom("?"), Expr::val(key)),
        DbBackend::MySql => function(
            "JSON_CONTAINS",
            [
                function("JSON_KEYS", [column.into_expr()]),
                function("JSON_QUOTE", [Expr::val(key)]),
            ],
        ),
        // A path cannot have all keys.
        _ => Expr::cust_with_exprs(
            "EXISTS(SELECT 1 FROM json_each(?) AS entries WHERE entries.key = ?)",
            [column.into_expr(), Expr::val(key)],
        ),
    }
}

fn has_keys<C: ColumnTrait>(
    column: C,
    keys: Vec<String>,
    operator: &'static str,
    all: bool,
    backend: DbBackend,
) -> SimpleExpr {
    let keys: BTreeSet<String> = keys.into_iter().collect();
    if backend == DbBackend::Postgres {
        let keys = array_of(keys.into_iter().map(Expr::val), "text[]");
        return jsonb(column).binary(BinOper::Custom(operator), keys);
    }
    if keys.is_empty() {
        // All rows have all of no keys, none has one of them.
        return Expr::val(1).eq(if all { 1 } else { 2 });
    }
    if backend == DbBackend::MySql {
        if all {
            let own = function("JSON_KEYS", [column.into_expr()]);
            let keys: serde_json::Value = keys.into_iter().collect();
            return function("JSON_CONTAINS", [own, Expr::val(keys.to_string())]);
        }
        let keys = keys.into_iter().map(|key| has_key(column, key, backend));
        return any_of(keys.collect());
    }
    // One condition, however many keys: the depth of expressions is limited.
    let number = i64::try_from(keys.len()).expect("keys are few");
    let asked = Expr::col(("entries", "key")).is_in(keys);
    let template = match all {
        true => "(SELECT COUNT(DISTINCT entries.key) FROM json_each(?) AS entries WHERE ?) = ?",
        false => "EXISTS(SELECT 1 FROM json_each(?) AS entries WHERE ?)",
    };
    let values = [column.into_expr(), asked, Expr::val(number)];
    let values = values.into_iter().take(if all { 3 } else { 2 });
    Expr::cust_with_exprs(template, values)
}

/// Whether one of the conditions is true, at least one, as a tree that is no deeper than it must be:
/// what is built and written by recursion could end the program.
fn any_of(mut conditions: Vec<SimpleExpr>) -> SimpleExpr {
    while conditions.len() > 1 {
        let mut halves = conditions.into_iter();
        let mut pairs = Vec::with_capacity(halves.len().div_ceil(2));
        while let Some(first) = halves.next() {
            pairs.push(match halves.next() {
                Some(second) => first.or(second),
                None => first,
            });
        }
        conditions = pairs;
    }
    conditions.pop().expect("there is a condition")
}

/// JSON of a client: the last value wins when several were sent, an empty one filters nothing.
#[derive(Debug, Clone, PartialEq)]
struct Json(serde_json::Value);

impl LookupInput for Json {
    fn describe(_options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::Json)
    }

    fn parse(
        values: &[&str],
        _options: &FieldOptions,
        _required: bool,
    ) -> Result<Option<Self>, ErrorDetail> {
        let Some(text) = values.last().filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        check_length(text)?;
        // serde_json bounds the depth, too, so that this recursion is no danger.
        let json = serde_json::from_str(text).map_err(|_error| {
            ErrorDetail::from([ErrorMessage::new("Value must be valid JSON.", "invalid")])
        })?;
        if depth(&json) > MAX_DEPTH {
            let text = format!(
                "Ensure there are no more than {MAX_DEPTH} lists and objects within each other."
            );
            return Err(ErrorDetail::from([ErrorMessage::new(text, "max_depth")]));
        }
        if has_nul(&json) {
            return Err(ErrorDetail::from([ErrorMessage::new(
                "Null characters are not allowed.",
                "null_characters_not_allowed",
            )]));
        }
        Ok(Some(Self(json)))
    }
}

/// The most lists and objects within each other in the JSON of a client; MariaDB compares no deeper
/// ones.
const MAX_DEPTH: usize = 31;

/// How many lists and objects stand within each other.
fn depth(json: &serde_json::Value) -> usize {
    match json {
        serde_json::Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(entries) => 1 + entries.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether a text has a NUL, which PostgreSQL does not take.
fn has_nul(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(values) => values.iter().any(has_nul),
        serde_json::Value::Object(entries) => entries
            .iter()
            .any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}
