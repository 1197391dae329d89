//! Filters by arrays.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::{
    BinOper, Expr, ExprTrait, Func, PostgresQueryBuilder, SimpleExpr, TableBuilder,
};
use sea_orm::{ColumnTrait, ColumnType, DbBackend, EntityTrait, IdenStatic};

use crate::column_filter::FilterValue;
use crate::entries::{Declared, FilterEntries, declared, declared_options};
use crate::input::{Many, One};
use crate::lookups::bindable;
use crate::postgres::needs_postgres;

/// A type of the elements of an array column with values of the type `C`.
#[diagnostic::on_unimplemented(
    message = "a filter by elements of the type `{Self}` does not fit a column of the type `{C}`",
    label = "not the type of the elements",
    note = "the type of an `ArrayFilter` is `T` for a column of the type `Vec<T>` or `Option<Vec<T>>`"
)]
pub trait FitsElement<C> {}

impl<T> FitsElement<Vec<T>> for T {}
impl<T> FitsElement<Option<Vec<T>>> for T {}

/// A filter by an array column of PostgreSQL: `?tags__contains=red,blue` (Django: `ArrayField`).
///
/// A parameter takes a list of elements, separated by commas or sent several times, of which the
/// empty one is a list, too: all arrays contain it, none overlaps with it. Each lookup has its
/// negation, `tags__contains!`.
///
/// ```
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub tags: Vec<String> }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::Filters;
/// use restflow_filters::postgres::ArrayFilter;
///
/// let tags = ArrayFilter::<product::Entity, String>::new("tags", product::Column::Tags)
///     .fits(|model: &product::Model| &model.tags)
///     .element()        // tags=red
///     .contains()       // tags__contains=red,blue
///     .overlaps()       // tags__overlaps=red,blue
///     .len();           // tags__len=2
/// let filters: Filters<product::Entity> = Filters::new().with(tags);
/// # let _ = filters;
/// ```
///
/// With [`fits`](Self::fits), elements of another type do not compile:
///
/// ```compile_fail,E0277
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub tags: Vec<String> }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # use restflow_filters::postgres::ArrayFilter;
/// let tags = ArrayFilter::<product::Entity, i32>::new("tags", product::Column::Tags)
///     .fits(|model: &product::Model| &model.tags);
/// ```
pub struct ArrayFilter<E: EntityTrait, T> {
    declared: Declared<E>,
    column: E::Column,
    /// The type of the column without its limits, as a cast names it.
    array: String,
    value: PhantomData<fn() -> T>,
}

impl<E: EntityTrait, T: FilterValue> ArrayFilter<E, T>
where
    E::Column: Send + Sync,
{
    /// A filter without parameters by a column.
    ///
    /// # Panics
    /// When the column is not an array.
    #[must_use]
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>, column: E::Column) -> Self {
        let definition = column.def();
        let column_type = definition.get_column_type();
        let name = name.into();
        assert!(
            matches!(column_type, ColumnType::Array(_)),
            "the `ArrayFilter` of `{name}` needs an array: the type of the column `{}` is \
             {column_type:?}; a list of values of a plain column is a `ColumnFilter` with `one_of`",
            column.as_str(),
        );
        Self {
            declared: Declared::new(name, |backend| {
                needs_postgres("a lookup of arrays", backend)
            }),
            column,
            array: unlimited(column_type),
            value: PhantomData,
        }
    }

    /// Does nothing but compile only if the type of the filter is that of the elements of a field
    /// of the model.
    #[must_use]
    pub fn fits<M, V>(self, field: fn(&M) -> &V) -> Self
    where
        T: FitsElement<V>,
    {
        let _ = field;
        self
    }

    declared!();
    declared_options!();

    /// Adds the parameter without a suffix: the array has this element.
    #[must_use]
    pub fn element(mut self) -> Self {
        let list = self.list();
        let column = self.column;
        // An index serves `column @> ARRAY[value]`, but not `value = ANY(column)`.
        self.declared.push(
            None,
            "has the element",
            move |One(value): One<T>, backend| {
                Ok(column
                    .into_expr()
                    .binary(PgBinOper::Contains, list(vec![value], backend)))
            },
        );
        self
    }

    /// Adds `__exact`: the array has these elements, in this order.
    #[must_use]
    pub fn exact(self) -> Self {
        self.compare("exact", "has exactly the elements", BinOper::Equal)
    }

    /// Adds `__contains`: the array has all of these elements.
    #[must_use]
    pub fn contains(self) -> Self {
        self.compare("contains", "contains all of", PgBinOper::Contains.into())
    }

    /// Adds `__contained_by`: the array has none but these elements.
    #[must_use]
    pub fn contained_by(self) -> Self {
        self.compare("contained_by", "has none but", PgBinOper::Contained.into())
    }

    /// Adds `__overlaps`: the array has one of these elements (Django: `overlap`).
    #[must_use]
    pub fn overlaps(self) -> Self {
        self.compare("overlaps", "has one of", PgBinOper::Overlap.into())
    }

    /// Adds `__contains`, `__overlaps` and `__contained_by` (drf-restflow: `lookups=["pg_array"]`).
    #[must_use]
    pub fn pg_array(self) -> Self {
        self.contains().overlaps().contained_by()
    }

    /// Adds `__len`: the array has this many elements.
    #[must_use]
    pub fn len(mut self) -> Self {
        let column = self.column;
        self.declared.push_other(
            "len",
            "has this many elements",
            move |One(length): One<i32>, _| {
                Ok(SimpleExpr::from(Func::cust("cardinality").arg(column.into_expr())).eq(length))
            },
        );
        self
    }

    /// Adds `__0` and so on: the element at this place, from 0, equals the value. An array that is
    /// shorter does not match.
    #[must_use]
    pub fn index(mut self, index: u16) -> Self {
        let column = self.column;
        let hint = format!("at the place {index} equals");
        let element = self
            .array
            .strip_suffix("[]")
            .unwrap_or(&self.array)
            .to_owned();
        self.declared.push(
            Some(&index.to_string()),
            &hint,
            move |One(value): One<T>, backend| {
                // PostgreSQL counts from 1.
                let place = SimpleExpr::Custom(format!("[{}]", u32::from(index) + 1).into());
                let at = Expr::cust_with_exprs("$1 $2", [column.into_expr(), place]);
                Ok(at.eq(Expr::val(bindable(value, backend)).cast_as(element.clone())))
            },
        );
        self
    }

    fn compare(mut self, suffix: &str, hint: &str, operator: BinOper) -> Self {
        let list = self.list();
        let column = self.column;
        self.declared
            .push(Some(suffix), hint, move |Many(values): Many<T>, backend| {
                Ok(column.into_expr().binary(operator, list(values, backend)))
            });
        self
    }

    /// Makes `CAST(ARRAY[…] AS type[])`: PostgreSQL compares arrays of one type only.
    fn list(&self) -> impl Fn(Vec<T>, DbBackend) -> SimpleExpr + Clone + Send + Sync + 'static {
        let array = self.array.clone();
        move |values, backend| {
            array_of(
                values
                    .into_iter()
                    .map(|value| Expr::val(bindable(value, backend))),
                &array,
            )
        }
    }
}

/// The name of an array type without the limits of its elements, `numeric(5, 2)[]` without `(5, 2)`:
/// a cast to a type with limits rounds numbers, cuts texts, and fails for numbers that are too big.
fn unlimited(column_type: &ColumnType) -> String {
    let mut name = String::new();
    PostgresQueryBuilder.prepare_column_type(column_type, &mut name);
    // What stands behind the limits belongs to the type: `timestamp(3) with time zone[]`.
    while let Some((from, to)) = name
        .find('(')
        .zip(name.find(')'))
        .filter(|(from, to)| from < to)
    {
        name.replace_range(from..=to, "");
    }
    let element = name.trim_end_matches("[]");
    // Without limits these two are one character and one bit wide, unless named so.
    let unlimited = match element.trim() {
        "char" => "bpchar",
        "bit" => "\"bit\"",
        other => other,
    };
    format!("{unlimited}{}", &name[element.len()..])
}

/// `CAST(ARRAY[…] AS array)`.
///
/// sea-query has no constructor of arrays without a feature for their values, and takes what stands
/// in brackets for quoted, so the brackets come as expressions.
pub(crate) fn array_of(values: impl Iterator<Item = SimpleExpr>, array: &str) -> SimpleExpr {
    let raw = |text: &str| SimpleExpr::Custom(text.to_owned().into());
    let mut parts = vec![raw("["), raw("]"), raw(array)];
    let mut template = String::from("CAST(ARRAY $1");
    for (index, value) in values.enumerate() {
        let comma = if index == 0 { " " } else { ", " };
        parts.push(value);
        template.push_str(&format!("{comma}${}", parts.len()));
    }
    template.push_str(" $2 AS $3)");
    Expr::cust_with_exprs(template, parts)
}

impl<E: EntityTrait, T> From<ArrayFilter<E, T>> for FilterEntries<E> {
    fn from(filter: ArrayFilter<E, T>) -> Self {
        filter.declared.into_entries()
    }
}

impl<E: EntityTrait, T> fmt::Debug for ArrayFilter<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrayFilter")
            .field("name", &self.declared.name)
            .field("column", &self.column)
            .field("array", &self.array)
            .finish()
    }
}
