//! Filters by a column and its lookups.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use restflow_exceptions::ErrorDetail;
use restflow_fields::{Choices, FieldOptions, FieldType, Supports};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Nullable, SimpleExpr};
use sea_orm::{
    ColumnTrait, ColumnType, EntityTrait, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait,
};

use crate::all_lookups::AllLookups;
use crate::chosen::{Chosen, OneOfChosen};
use crate::filters::{Action, Entry, parameter};
use crate::input::{LookupInput, Many, One, Pair};
use crate::labels::{bound_label, takes_something_else};
use crate::lookups::{Exact, In, Lookup};
use crate::path::{LeadsTo, Path, Wrap};
use crate::settings::{Settings, setting};

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

/// The type of a field of a model, from which the type of a filter follows: the type itself, or
/// that in its `Option`. `Kind` tells the two apart and is always inferred.
#[diagnostic::on_unimplemented(
    message = "the type of a filter does not follow from a column of the type `{Self}`",
    label = "no filter for a column of this type",
    note = "a filter has the type of its column: a text, a number, a `bool`, a date, a time, a `Uuid`, or an enum with `#[derive(Clone, Choices)]`"
)]
pub trait ModelField<Kind> {
    /// The type of the filter.
    type Value;
}

/// The kind of columns that are never null.
#[derive(Debug)]
pub struct NotNull;

/// The kind of columns that may be null.
#[derive(Debug)]
pub struct MayBeNull;

impl<T: FilterValue + Nullable> ModelField<NotNull> for T {
    type Value = T;
}

impl<T: FilterValue + Nullable> ModelField<MayBeNull> for Option<T> {
    type Value = T;
}

/// Checks the value of one parameter.
pub(crate) type Check = Arc<dyn Fn(&dyn Any) -> Result<(), ErrorDetail> + Send + Sync>;

/// A filter by a column: the parameter of its name, one for each lookup, and
/// the negation of each.
///
/// With the name `price` and the lookup `gte` there are `price`, `price!`,
/// `price__gte` and `price__gte!`. Settings apply to all lookups, whether they are said before or
/// after them.
pub struct ColumnFilter<E: EntityTrait, T, C> {
    lookups: Vec<Box<MakeEntries<E, T, C>>>,
    name: Cow<'static, str>,
    column: C,
    wrap: Option<Wrap>,
    settings: Settings,
    /// Whether there is a parameter without a suffix.
    has_base: bool,
    /// The limits that follow from the column.
    own_options: FieldOptions,
    /// What the type of the filter does with limits, where that was asked for.
    supports: Option<Supports>,
    value: PhantomData<fn() -> T>,
}

/// Makes the parameters of a lookup when all settings are known.
type MakeEntries<E, T, C> = dyn Fn(&ColumnFilter<E, T, C>) -> Vec<Entry<E>> + Send + Sync;

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
        E: LeadsTo<R>,
        R: EntityTrait<Column = C>,
        T: FilterValue,
    {
        Self::along(&Path::new().to::<R>(), name, column)
    }

    /// Filters by a column of the rows at the end of a path, through one `EXISTS` for each step.
    #[must_use]
    pub fn along<R>(path: &Path<E, R>, name: impl Into<Cow<'static, str>>, column: C) -> Self
    where
        R: EntityTrait<Column = C>,
        T: FilterValue,
    {
        Self::build(name.into(), column, path.wrap.clone())
    }

    /// Filters by the primary key of a related row, or of one of several,
    /// through `EXISTS`.
    ///
    /// A key of several columns does not compile; filter by each of them with
    /// [`related`](Self::related).
    ///
    /// # Panics
    /// When the related entity has no primary key.
    #[must_use]
    pub fn related_key<R>(name: impl Into<Cow<'static, str>>) -> Self
    where
        E: LeadsTo<R>,
        R: EntityTrait<Column = C>,
        T: FilterValue + Fits<<R::PrimaryKey as PrimaryKeyTrait>::ValueType>,
    {
        Self::key_along(&Path::new().to::<R>(), name)
    }

    /// Filters by the primary key of the rows at the end of a path, as
    /// [`related_key`](Self::related_key) does.
    ///
    /// # Panics
    /// When the entity at the end has no primary key.
    #[must_use]
    pub fn key_along<R>(path: &Path<E, R>, name: impl Into<Cow<'static, str>>) -> Self
    where
        R: EntityTrait<Column = C>,
        T: FilterValue + Fits<<R::PrimaryKey as PrimaryKeyTrait>::ValueType>,
    {
        // The type of a key of several columns is a tuple, which is no type of a filter.
        let key = R::PrimaryKey::iter()
            .next()
            .expect("an entity has a primary key");
        Self::along(path, name, key.into_column())
    }

    fn build(name: Cow<'static, str>, column: C, wrap: Option<Wrap>) -> Self {
        let mut options = FieldOptions::DEFAULT;
        if let ColumnType::Decimal(Some((digits, places))) = column.def().get_column_type() {
            options.max_digits = Some(*digits);
            options.decimal_places = Some(*places);
        }
        Self {
            lookups: Vec::new(),
            name,
            column,
            wrap,
            settings: Settings {
                options,
                ..Settings::default()
            },
            own_options: options,
            supports: None,
            has_base: false,
            value: PhantomData,
        }
    }

    /// Changes the limits of the values.
    ///
    /// They do not concern lookups that take something else than a value of the column, such as a
    /// part of a text (`icontains`) or a year.
    ///
    /// # Panics
    /// When the values must match a pattern that does not compile.
    #[must_use]
    #[track_caller]
    pub fn options(mut self, change: impl FnOnce(&mut FieldOptions)) -> Self {
        change(&mut self.settings.options);
        if let Some(Err(error)) = self.settings.options.format.map(|format| format.check()) {
            panic!("the filter `{}`: {error}", self.name);
        }
        self
    }

    /// Checks each value with a function of one's own, after its type and its limits. Those
    /// lookups are left out that [`options`](Self::options) leaves out.
    ///
    /// DRF: `validators` of a field.
    #[must_use]
    pub fn validate<R>(
        mut self,
        validator: impl Fn(&T) -> Result<(), R> + Send + Sync + 'static,
    ) -> Self
    where
        T: FilterValue,
        R: Into<ErrorDetail>,
    {
        self.settings.checks.push(Arc::new(move |input| {
            check_each(input, |value| validator(value).map_err(Into::into))
        }));
        self
    }

    setting!(separator of settings);
    setting!(help_text of settings);
    setting!(required of settings);
    setting!(without_negation of settings);

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

    /// Takes the type of the filter from a field of the model, without its `Option`.
    ///
    /// A limit that means nothing to that type, such as `min_value` for a text, panics when the
    /// filter is added to [`Filters`](crate::Filters).
    #[must_use]
    pub fn typed_as<M, V, Kind>(mut self, field: fn(&M) -> &V) -> Self
    where
        T: FilterValue,
        V: ModelField<Kind, Value = T>,
    {
        let _ = field;
        self.supports = Some(T::SUPPORTS);
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

    /// Adds the parameter without a suffix: the column is one of several choices, each of which
    /// counts once, with one message for all of them.
    #[must_use]
    pub fn chosen(self) -> Self
    where
        T: FilterValue + Choices,
    {
        self.base::<OneOfChosen>()
    }

    /// Adds the parameter without a suffix, compared in this way instead of with `=`.
    ///
    /// drf-restflow: `filter_by="name__icontains"`.
    #[must_use]
    pub fn by<L: Lookup<T>>(self, _lookup: L) -> Self {
        self.base::<L>()
    }

    fn base<L: Lookup<T>>(mut self) -> Self {
        self.has_base = true;
        self.lookups.push(Box::new(|filter| {
            let (name, help) = (&filter.name, &filter.settings.help_text);
            let hint = format!("exclude where {name}");
            filter.pair::<L>(
                name,
                help.clone(),
                filter.settings.required,
                Some(hint),
                help.clone(),
            )
        }));
        self
    }

    /// Adds the parameter with the name of the lookup as suffix.
    #[must_use]
    pub fn lookup<L: Lookup<T>>(self, lookup: L) -> Self {
        self.lookup_as(L::NAME, lookup)
    }

    /// Adds the parameter with a suffix of your own: `price__min` for `gte`.
    #[must_use]
    pub fn lookup_as<L: Lookup<T>>(self, suffix: &str, _lookup: L) -> Self {
        self.suffixed::<L>(suffix, None)
    }

    /// Adds the parameter with a suffix of your own, and says what it is in the OpenAPI document.
    #[must_use]
    pub fn lookup_described<L: Lookup<T>>(
        self,
        suffix: &str,
        _lookup: L,
        description: impl Into<String>,
    ) -> Self {
        self.suffixed::<L>(suffix, Some(description.into()))
    }

    /// Adds the lookups that the type has of itself, see [`AllLookups`].
    ///
    /// drf-restflow: `lookups="__all__"`.
    #[must_use]
    pub fn all_lookups<Kind>(self) -> Self
    where
        T: AllLookups<Kind>,
    {
        T::add(self)
    }

    fn suffixed<L: Lookup<T>>(mut self, suffix: &str, described: Option<String>) -> Self {
        let suffix = suffix.to_owned();
        self.lookups.push(Box::new(move |filter| {
            let name = format!("{}{}{suffix}", filter.name, filter.settings.separator);
            let help = filter.settings.help_text.as_ref();
            let help = || help.map(|help| format!("{help} ({})", bound_label(L::NAME)));
            let description = described.clone().or_else(help);
            let description =
                description.unwrap_or_else(|| format!("{} {}", filter.name, L::DESCRIPTION));
            let negated = format!("exclude where {description}");
            filter.pair::<L>(&name, Some(description.into()), false, Some(negated), None)
        }));
        self
    }

    /// One parameter and its negation.
    fn pair<L: Lookup<T>>(
        &self,
        name: &str,
        description: Option<Cow<'static, str>>,
        required: bool,
        negated_hint: Option<String>,
        help: Option<Cow<'static, str>>,
    ) -> Vec<Entry<E>> {
        let mut entries = Vec::with_capacity(2);
        entries.push(self.entry::<L>(name.to_owned().into(), description, required, false));
        if self.settings.negate {
            let description = match (negated_hint, help) {
                (Some(hint), Some(help)) => Some(format!("{hint} - {help}").into()),
                (hint, help) => hint.map(Cow::Owned).or(help),
            };
            entries.push(self.entry::<L>(format!("{name}!").into(), description, false, true));
        }
        entries
    }

    fn entry<L: Lookup<T>>(
        &self,
        name: Cow<'static, str>,
        description: Option<Cow<'static, str>>,
        required: bool,
        negated: bool,
    ) -> Entry<E> {
        let (options, checks) = match takes_something_else(L::NAME) {
            true => (FieldOptions::DEFAULT, Vec::new()),
            false => (self.settings.options, self.settings.checks.clone()),
        };
        let info = L::Input::describe(&options);
        let (column, wrap) = (self.column, self.wrap.clone());
        let nullable = column.def().is_null();
        Entry {
            parameter: parameter(name, info, description, required),
            misconfigured: L::misconfigured,
            read: Box::new(move |values, backend| {
                let input = L::Input::parse(values, &options, required)?;
                if let Some(input) = &input {
                    checks.iter().try_for_each(|check| check(input))?;
                }
                Ok(input.map(|input| {
                    let (values, absence) = (input.values(), L::matches_absence(&input));
                    let condition = L::condition(column, input, backend);
                    let condition = match (&wrap, negated) {
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

impl<E: EntityTrait, T, C> ColumnFilter<E, T, C> {
    /// The parameters, with all settings.
    #[track_caller]
    pub(crate) fn into_entries(self) -> Vec<Entry<E>> {
        assert!(
            !self.settings.required || self.has_base,
            "the filter `{}` is required and has no parameter of its own name, only lookups, which \
             are optional: add `exact()`, or remove `required()`",
            self.name,
        );
        if let Some(limit) = self
            .supports
            .and_then(|supports| self.ignored_limit(supports))
        {
            panic!(
                "the type of the filter `{}` ignores {limit}: remove it, or choose another column",
                self.name,
            );
        }
        self.lookups.iter().flat_map(|make| make(&self)).collect()
    }

    /// A limit that was set and means nothing to the type of the filter.
    fn ignored_limit(&self, supports: Supports) -> Option<&'static str> {
        let (own, set) = (&self.own_options, &self.settings.options);
        let length = (set.min_length, set.max_length) != (own.min_length, own.max_length);
        let range = (set.min_value, set.max_value) != (own.min_value, own.max_value);
        let exclusive =
            (set.exclusive_min, set.exclusive_max) != (own.exclusive_min, own.exclusive_max);
        let digits = (set.max_digits, set.decimal_places) != (own.max_digits, own.decimal_places);
        let format = set.format != own.format;
        [
            (length && !supports.length, "`min_length` and `max_length`"),
            (
                (range || exclusive) && !supports.range,
                "`min_value` and `max_value`",
            ),
            (
                digits && !supports.digits,
                "`max_digits` and `decimal_places`",
            ),
            (format && !supports.text, "the format of texts"),
        ]
        .into_iter()
        .find_map(|(ignored, limit)| ignored.then_some(limit))
    }
}

/// Calls the function with each value of the type `T` in the input of a lookup, and puts the
/// errors of a list under their positions.
pub(crate) fn check_each<T: 'static>(
    input: &dyn Any,
    check: impl Fn(&T) -> Result<(), ErrorDetail>,
) -> Result<(), ErrorDetail> {
    let values: Vec<&T> = if let Some(One(value)) = input.downcast_ref() {
        return check(value).map_err(ErrorDetail::into_list);
    } else if let Some(Many(values)) = input.downcast_ref::<Many<T>>() {
        values.iter().collect()
    } else if let Some(Chosen(values)) = input.downcast_ref::<Chosen<T>>() {
        values.iter().collect()
    } else if let Some(Pair(first, second)) = input.downcast_ref() {
        vec![first, second]
    } else {
        Vec::new()
    };
    let errors = values.into_iter().enumerate().filter_map(|(index, value)| {
        let error = check(value).err()?;
        Some((Cow::Owned(index.to_string()), error.into_list()))
    });
    let errors: Vec<_> = errors.collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ErrorDetail::Map(errors.into_iter().collect()))
    }
}

/// What Django's `exclude` does: rows whose column is null are kept, because
/// they do not fulfill the condition.
pub(crate) fn is_not_true(condition: SimpleExpr) -> SimpleExpr {
    condition.binary(BinOper::IsNot, Expr::Constant(true.into()))
}

impl<E: EntityTrait, T, C> fmt::Debug for ColumnFilter<E, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnFilter")
            .field("name", &self.name)
            .field("options", &self.settings.options)
            .finish_non_exhaustive()
    }
}
