//! The table of parameters that a filter set reads, built once.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use restflow_exceptions::{ApiError, ErrorDetail, FieldErrors, Result};
use restflow_fields::{FieldInfo, FieldOptions, FieldType, Parameter};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, ColumnType, Condition, DbBackend, EntityTrait, Iterable, PrimaryKeyToColumn,
    PrimaryKeyTrait, QueryFilter, Related, Select,
};

use crate::input::{LookupInput, Many, One};
use crate::lookups::{Exact, In, Lookup};
use crate::method::{FilterMethod, SelectFuture};
use crate::order_by::{self, OrderBy};
use crate::related::exists;
use crate::{FilterContext, QueryParams};

/// A field type whose values a database takes.
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

/// How the conditions of a filter set combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Operator {
    /// A row fulfills all conditions; the default.
    #[default]
    And,
    /// A row fulfills at least one condition.
    Or,
    /// A row fulfills an odd number of conditions.
    Xor,
}

/// The parameters of a filter set.
///
/// Usually made by `#[derive(FilterSet)]`; by hand for parameters that are
/// only known at run time.
pub struct Filters<E: EntityTrait> {
    entries: Vec<Entry<E>>,
    order_by: Option<OrderBy<E>>,
    operator: Operator,
}

/// One parameter and what it does.
struct Entry<E: EntityTrait> {
    parameter: Parameter,
    read: Box<Read<E>>,
}

type Read<E> =
    dyn Fn(&QueryParams, DbBackend) -> Result<Option<Action<E>>, ErrorDetail> + Send + Sync;

/// What a parameter that was sent does.
enum Action<E: EntityTrait> {
    Condition(SimpleExpr),
    Method(Box<MethodCall<E>>),
}

/// A call of a method with its value.
type MethodCall<E> =
    dyn for<'a> FnOnce(Select<E>, &'a FilterContext<'a>) -> SelectFuture<'a, E> + Send;

impl<E: EntityTrait> Filters<E> {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Self {
            entries: Vec::new(),
            order_by: None,
            operator: Operator::And,
        }
    }

    /// Appends a filter by a column with its lookups.
    #[must_use]
    pub fn field<T, C>(mut self, filter: ColumnFilter<E, T, C>) -> Self {
        self.entries.extend(filter.entries);
        self
    }

    /// Appends a filter by a method.
    #[must_use]
    pub fn method(mut self, filter: MethodFilter<E>) -> Self {
        self.entries.push(filter.into_entry());
        self
    }

    /// Sets the ordering parameter.
    #[must_use]
    pub fn order_by(mut self, order_by: OrderBy<E>) -> Self {
        self.order_by = Some(order_by);
        self
    }

    /// Says how conditions combine. Methods and ordering are always applied.
    #[must_use]
    pub fn operator(mut self, operator: Operator) -> Self {
        self.operator = operator;
        self
    }

    /// The parameters, for the OpenAPI document.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        self.entries
            .iter()
            .map(|entry| entry.parameter.clone())
            .chain(self.order_by.iter().map(OrderBy::parameter))
            .collect()
    }

    /// Filters and orders the query as the request asks for.
    ///
    /// # Errors
    /// 400 with the errors of all parameters by name.
    pub async fn filter_queryset(
        &self,
        mut select: Select<E>,
        context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        let mut conditions = Vec::new();
        let mut methods = Vec::new();
        let mut errors = FieldErrors::new();
        for entry in &self.entries {
            match (entry.read)(context.params, context.backend()) {
                Ok(None) => {}
                Ok(Some(Action::Condition(condition))) => conditions.push(condition),
                Ok(Some(Action::Method(method))) => methods.push(method),
                Err(detail) => errors.set(entry.parameter.name.clone(), detail),
            }
        }
        let mut ordering = Vec::new();
        if let Some(order_by) = &self.order_by {
            match order_by.read(context.params) {
                Ok(terms) => ordering = terms,
                Err(detail) => errors.set(order_by.name().clone(), detail),
            }
        }
        errors.into_result().map_err(ApiError::validation)?;

        for method in methods {
            select = method(select, context).await?;
        }
        if let Some(condition) = combine(conditions, self.operator) {
            select = select.filter(condition);
        }
        Ok(order_by::order(select, ordering))
    }
}

impl<E: EntityTrait> Default for Filters<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: EntityTrait> fmt::Debug for Filters<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .entries
            .iter()
            .map(|entry| entry.parameter.name.as_ref())
            .collect();
        f.debug_struct("Filters")
            .field("parameters", &names)
            .field("order_by", &self.order_by)
            .field("operator", &self.operator)
            .finish()
    }
}

fn combine(conditions: Vec<SimpleExpr>, operator: Operator) -> Option<Condition> {
    if conditions.is_empty() {
        return None;
    }
    let extend = |empty: Condition, conditions: Vec<SimpleExpr>| {
        conditions.into_iter().fold(empty, Condition::add)
    };
    Some(match operator {
        Operator::And => extend(Condition::all(), conditions),
        Operator::Or => extend(Condition::any(), conditions),
        Operator::Xor => {
            // Null counts as false, as it does in `WHERE`.
            let count = conditions
                .into_iter()
                .map(|condition| SimpleExpr::Case(Box::new(Expr::case(condition, 1).finally(0))));
            let odd = count
                .reduce(ExprTrait::add)
                .map(|count| count.modulo(2).eq(1));
            Condition::all().add_option(odd)
        }
    })
}

/// A filter by a column: the parameter of its name, one for each lookup, and
/// the negation of each.
///
/// With the name `price` and the lookup `gte` there are `price`, `price!`,
/// `price__gte` and `price__gte!`. Settings apply to the lookups that are
/// added after them.
pub struct ColumnFilter<E: EntityTrait, T, C> {
    entries: Vec<Entry<E>>,
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

impl<E: EntityTrait, T: FilterValue> ColumnFilter<E, T, E::Column>
where
    E::Column: Send + Sync,
{
    /// Filters by a column of the entity.
    ///
    /// A decimal has the digits of its column unless
    /// [`options`](Self::options) say otherwise.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, column: E::Column) -> Self {
        Self::build(name.into(), column, None)
    }
}

impl<E: EntityTrait, T: FilterValue, C: ColumnTrait + Send + Sync> ColumnFilter<E, T, C> {
    /// Filters by a column of a related row, or of one of several, through
    /// `EXISTS`.
    #[must_use]
    pub fn related<R>(name: impl Into<Cow<'static, str>>, column: C) -> Self
    where
        E: Related<R>,
        R: EntityTrait<Column = C>,
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
        T: Fits<<R::PrimaryKey as PrimaryKeyTrait>::ValueType>,
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
    pub fn exact(self) -> Self {
        self.base::<Exact>()
    }

    /// Adds the parameter without a suffix: the column is one of the values.
    #[must_use]
    pub fn one_of(self) -> Self {
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
            read: Box::new(move |params, backend| {
                let input = L::Input::read(params, &key, &options, required)?;
                Ok(input.map(|input| {
                    let condition = L::condition(column, input, backend);
                    Action::Condition(match (wrap, negated) {
                        (None, false) => condition,
                        (None, true) if nullable => negate_nullable(column, condition),
                        (None, true) => condition.not(),
                        (Some(wrap), false) => wrap(condition),
                        (Some(wrap), true) => wrap(condition).not(),
                    })
                }))
            }),
        }
    }
}

/// What Django's `exclude` does: rows whose column is null are kept, because
/// they do not fulfill the condition.
fn negate_nullable<C: ColumnTrait>(column: C, condition: SimpleExpr) -> SimpleExpr {
    condition.and(column.is_not_null()).not()
}

impl<E: EntityTrait, T, C> fmt::Debug for ColumnFilter<E, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnFilter")
            .field("name", &self.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A filter by a function, which gets the value and changes the query.
///
/// There is no negation; the function sees the value.
pub struct MethodFilter<E: EntityTrait> {
    name: Cow<'static, str>,
    options: FieldOptions,
    help_text: Option<Cow<'static, str>>,
    required: bool,
    describe: fn(&FieldOptions) -> FieldInfo,
    read: Box<ReadMethod<E>>,
}

type ReadMethod<E> = dyn Fn(&QueryParams, &str, &FieldOptions, bool) -> Result<Option<Action<E>>, ErrorDetail>
    + Send
    + Sync;

impl<E: EntityTrait> MethodFilter<E> {
    /// Filters by a sync or async function of one value, see [`FilterMethod`].
    #[must_use]
    pub fn new<T, M, Kind>(name: impl Into<Cow<'static, str>>, method: M) -> Self
    where
        T: FieldType,
        M: FilterMethod<E, T, Kind>,
    {
        Self::build(name.into(), method, |One(value): One<T>| value)
    }

    /// Filters by a sync or async function of a list, whose elements are
    /// separated by commas or sent several times.
    #[must_use]
    pub fn list<T, M, Kind>(name: impl Into<Cow<'static, str>>, method: M) -> Self
    where
        T: FieldType,
        M: FilterMethod<E, Vec<T>, Kind>,
    {
        Self::build(name.into(), method, |Many(values): Many<T>| values)
    }

    fn build<I, V, M, Kind>(name: Cow<'static, str>, method: M, value: fn(I) -> V) -> Self
    where
        I: LookupInput,
        V: Send + 'static,
        M: FilterMethod<E, V, Kind>,
    {
        let method = Arc::new(method);
        Self {
            name,
            options: FieldOptions::DEFAULT,
            help_text: None,
            required: false,
            describe: I::describe,
            read: Box::new(move |params, name, options, required| {
                let input = I::read(params, name, options, required)?;
                Ok(input.map(|input| {
                    let (method, value) = (Arc::clone(&method), value(input));
                    Action::Method(Box::new(move |select, context| {
                        method.call(select, value, context)
                    }))
                }))
            }),
        }
    }

    /// Changes the limits of the values.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut FieldOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Explains the parameter in the OpenAPI document.
    #[must_use]
    pub fn help_text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.help_text = Some(text.into());
        self
    }

    /// Refuses requests without the parameter.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    fn into_entry(self) -> Entry<E> {
        let Self {
            name,
            options,
            required,
            read,
            ..
        } = self;
        let info = (self.describe)(&options);
        let key = name.clone();
        Entry {
            parameter: parameter(name, info, self.help_text, required),
            read: Box::new(move |params, _| read(params, &key, &options, required)),
        }
    }
}

impl<E: EntityTrait> fmt::Debug for MethodFilter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MethodFilter")
            .field("name", &self.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn parameter(
    name: Cow<'static, str>,
    info: FieldInfo,
    description: Option<Cow<'static, str>>,
    required: bool,
) -> Parameter {
    let info = info.name(name.clone()).required(required);
    let mut parameter = Parameter::new(name, info).required(required);
    parameter.description = description;
    parameter
}
