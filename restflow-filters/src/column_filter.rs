//! Filters by a column and its lookups.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use restflow_fields::{FieldOptions, FieldType};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, ColumnType, EntityTrait, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait, Related,
};

use crate::filters::{Action, Entry, parameter};
use crate::input::LookupInput;
use crate::lookups::{Exact, In, Lookup};
use crate::related::exists;

/// A field type whose values a database takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a filter",
    label = "not a field type that a database takes",
    note = "a filter has the type of its column: a text, a number, a `bool`, a date, a time, a `Uuid`, or an enum with `#[derive(Clone, Choices)]`"
)]
pub trait FilterValue: FieldType + Clone + Into<sea_orm::Value> {}

#[diagnostic::do_not_recommend]
impl<T: FieldType + Clone + Into<sea_orm::Value>> FilterValue for T {}

/// A type whose values a column with values of the type `C` is compared with:
/// the type of the column itself, without its `Option`.
#[diagnostic::on_unimplemented(
    message = "a filter of the type `{Self}` does not fit a column of the type `{C}`",
    label = "not the type of the column",
    note = "a filter has the type of its column, without `Option`; `Vec` of it filters by a list"
)]
pub trait Fits<C> {}

impl<T> Fits<T> for T {}
impl<T> Fits<Option<T>> for T {}

/// A filter by a column: the parameter of its name, one for each lookup, and
/// the negation of each.
///
/// With the name `price` and the lookup `gte` there are `price`, `price!`,
/// `price__gte` and `price__gte!`. Settings apply to the lookups that are
/// added after them.
pub struct ColumnFilter<E: EntityTrait, T, C> {
    pub(crate) entries: Vec<Entry<E>>,
    name: Cow<'static, str>,
    column: C,
    wrap: Option<fn(SimpleExpr) -> SimpleExpr>,
    options: FieldOptions,
    separator: &'static str,
    help_text: Option<Cow<'static, str>>,
    required: bool,
    negate: bool,
    value: PhantomData<fn() -> T>,
}

// Bounds on `T` stand at the functions: the compiler explains those, not the ones of an `impl`.
impl<E: EntityTrait, T> ColumnFilter<E, T, E::Column>
where
    E::Column: Send + Sync,
{
    /// Filters by a column of the entity.
    ///
    /// A decimal has the digits of its column unless
    /// [`options`](Self::options) say otherwise.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, column: E::Column) -> Self
    where
        T: FilterValue,
    {
        Self::build(name.into(), column, None)
    }
}

impl<E: EntityTrait, T, C: ColumnTrait + Send + Sync> ColumnFilter<E, T, C> {
    /// Filters by a column of a related row, or of one of several, through
    /// `EXISTS`.
    #[must_use]
    pub fn related<R>(name: impl Into<Cow<'static, str>>, column: C) -> Self
    where
        E: Related<R>,
        R: EntityTrait<Column = C>,
        T: FilterValue,
    {
        Self::build(name.into(), column, Some(exists::<E, R>))
    }

    /// Filters by the primary key of a related row, or of one of several,
    /// through `EXISTS`.
    ///
    /// A key of several columns is compared by its first one.
    ///
    /// # Panics
    /// When the related entity has no primary key.
    #[must_use]
    pub fn related_key<R>(name: impl Into<Cow<'static, str>>) -> Self
    where
        E: Related<R>,
        R: EntityTrait<Column = C>,
        T: FilterValue + Fits<<R::PrimaryKey as PrimaryKeyTrait>::ValueType>,
    {
        let key = R::PrimaryKey::iter()
            .next()
            .expect("an entity has a primary key");
        Self::related::<R>(name, key.into_column())
    }

    fn build(
        name: Cow<'static, str>,
        column: C,
        wrap: Option<fn(SimpleExpr) -> SimpleExpr>,
    ) -> Self {
        let mut options = FieldOptions::DEFAULT;
        if let ColumnType::Decimal(Some((digits, places))) = column.def().get_column_type() {
            options.max_digits = Some(*digits);
            options.decimal_places = Some(*places);
        }
        Self {
            entries: Vec::new(),
            name,
            column,
            wrap,
            options,
            separator: "__",
            help_text: None,
            required: false,
            negate: true,
            value: PhantomData,
        }
    }

    /// Changes the limits of the values.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut FieldOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Says what stands between the name and a lookup; default `__`.
    #[must_use]
    pub fn separator(mut self, separator: &'static str) -> Self {
        self.separator = separator;
        self
    }

    /// Explains the parameter in the OpenAPI document.
    #[must_use]
    pub fn help_text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.help_text = Some(text.into());
        self
    }

    /// Refuses requests without the parameter. Lookups and negations stay
    /// optional.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Leaves out the negations, `price!` and `price__gte!`.
    #[must_use]
    pub fn without_negation(mut self) -> Self {
        self.negate = false;
        self
    }

    /// Does nothing but compile only if the type of the filter fits that of a
    /// field of the model.
    #[must_use]
    pub fn fits<M, V>(self, field: fn(&M) -> &V) -> Self
    where
        T: Fits<V>,
    {
        let _ = field;
        self
    }

    /// Adds the parameter without a suffix: the column equals the value.
    #[must_use]
    pub fn exact(self) -> Self
    where
        T: FilterValue,
    {
        self.base::<Exact>()
    }

    /// Adds the parameter without a suffix: the column is one of the values.
    #[must_use]
    pub fn one_of(self) -> Self
    where
        T: FilterValue,
    {
        self.base::<In>()
    }

    fn base<L: Lookup<T>>(mut self) -> Self {
        let name = self.name.clone();
        let help = self.help_text.clone();
        let hint = format!("exclude where {name}");
        self.push::<L>(&name, help.clone(), self.required, Some(hint), help);
        self
    }

    /// Adds the parameter with the name of the lookup as suffix.
    #[must_use]
    pub fn lookup<L: Lookup<T>>(self, lookup: L) -> Self {
        self.lookup_as(L::NAME, lookup)
    }

    /// Adds the parameter with a suffix of your own: `price__min` for `gte`.
    #[must_use]
    pub fn lookup_as<L: Lookup<T>>(mut self, suffix: &str, _lookup: L) -> Self {
        let name = format!("{}{}{suffix}", self.name, self.separator);
        let hint = format!("{} {}", self.name, L::DESCRIPTION);
        let description = match &self.help_text {
            Some(help) => format!("{hint} - {help}"),
            None => hint.clone(),
        };
        let negated = format!("exclude where {hint}");
        let help = self.help_text.clone();
        self.push::<L>(&name, Some(description.into()), false, Some(negated), help);
        self
    }

    /// Adds one parameter and its negation.
    fn push<L: Lookup<T>>(
        &mut self,
        name: &str,
        description: Option<Cow<'static, str>>,
        required: bool,
        negated_hint: Option<String>,
        help: Option<Cow<'static, str>>,
    ) {
        let entry = self.entry::<L>(name.to_owned().into(), description, required, false);
        self.entries.push(entry);
        if self.negate {
            let description = match (negated_hint, help) {
                (Some(hint), Some(help)) => Some(format!("{hint} - {help}").into()),
                (hint, help) => hint.map(Cow::Owned).or(help),
            };
            let entry = self.entry::<L>(format!("{name}!").into(), description, false, true);
            self.entries.push(entry);
        }
    }

    fn entry<L: Lookup<T>>(
        &self,
        name: Cow<'static, str>,
        description: Option<Cow<'static, str>>,
        required: bool,
        negated: bool,
    ) -> Entry<E> {
        let info = L::Input::describe(&self.options);
        let (column, wrap, options) = (self.column, self.wrap, self.options);
        let nullable = column.def().is_null();
        let key = name.clone();
        Entry {
            parameter: parameter(name, info, description, required),
            misconfigured: L::misconfigured,
            read: Box::new(move |params, backend| {
                let input = L::Input::read(params, &key, &options, required)?;
                Ok(input.map(|input| {
                    let (values, absence) = (input.values(), L::matches_absence(&input));
                    let condition = L::condition(column, input, backend);
                    let condition = match (wrap, negated) {
                        (None, false) => condition,
                        (None, true) if nullable => is_not_true(condition),
                        (None, true) => condition.not(),
                        (Some(wrap), negated) => {
                            let found = wrap(condition);
                            let found = if absence {
                                found.or(wrap(Expr::val(1).eq(1)).not())
                            } else {
                                found
                            };
                            if negated { found.not() } else { found }
                        }
                    };
                    Action::Condition(condition, values)
                }))
            }),
        }
    }
}

/// What Django's `exclude` does: rows whose column is null are kept, because
/// they do not fulfill the condition.
fn is_not_true(condition: SimpleExpr) -> SimpleExpr {
    condition.binary(BinOper::IsNot, Expr::Constant(true.into()))
}

impl<E: EntityTrait, T, C> fmt::Debug for ColumnFilter<E, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnFilter")
            .field("name", &self.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
