use std::borrow::Cow;
use std::fmt;

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use restflow_fields::{Choice, FieldInfo, FieldKind, Parameter, label_for};
use sea_orm::sea_query::Order;
use sea_orm::{EntityTrait, QueryOrder, QueryTrait, Select};

use crate::QueryParams;

/// The ordering parameter of a filter set: `?order_by=price,-name`.
///
/// drf-restflow: `restflow.filters.OrderField`. Unlike
/// [`OrderingFilter`](crate::OrderingFilter), which ignores names that it does
/// not know, this one answers 400.
pub struct OrderBy<E: EntityTrait> {
    param: Cow<'static, str>,
    terms: Vec<Term<E>>,
    default: Vec<(E::Column, Order)>,
    reversed: bool,
}

struct Term<E: EntityTrait> {
    name: Cow<'static, str>,
    label: Option<Cow<'static, str>>,
    column: E::Column,
    order: Order,
}

impl<E: EntityTrait> OrderBy<E> {
    /// The parameter `order_by` without any terms.
    #[must_use]
    pub fn new() -> Self {
        Self {
            param: "order_by".into(),
            terms: Vec::new(),
            default: Vec::new(),
            reversed: false,
        }
    }

    /// Renames the parameter; default `order_by`.
    #[must_use]
    pub fn param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.param = name.into();
        self
    }

    /// Appends a term: `name` orders in this direction, `-name` in the
    /// opposite one.
    #[must_use]
    pub fn term(
        mut self,
        name: impl Into<Cow<'static, str>>,
        column: E::Column,
        order: Order,
    ) -> Self {
        self.terms.push(Term {
            name: name.into(),
            label: None,
            column,
            order,
        });
        self
    }

    /// Names the last term for people; default: its name with spaces.
    #[must_use]
    pub fn label(mut self, label: impl Into<Cow<'static, str>>) -> Self {
        if let Some(term) = self.terms.last_mut() {
            term.label = Some(label.into());
        }
        self
    }

    /// Appends a column to the ordering of requests that do not ask for one;
    /// default: the query keeps its own.
    #[must_use]
    pub fn default_order(mut self, column: E::Column, order: Order) -> Self {
        self.default.push((column, order));
        self
    }

    /// Turns the meaning of the minus sign round: `name` orders the other way,
    /// `-name` as the term says (drf-restflow: `override_order_direction`).
    /// The default ordering turns round, too.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.reversed = true;
        self
    }

    pub(crate) fn parameter(&self) -> Parameter {
        let choices = self.terms.iter().flat_map(|term| {
            let label = match &term.label {
                Some(label) => label.to_string(),
                None => label_for(&term.name),
            };
            let directions = if self.reversed {
                ["Descending", "Ascending"]
            } else {
                ["Ascending", "Descending"]
            };
            [("", directions[0]), ("-", directions[1])].map(|(sign, direction)| Choice {
                value: format!("{sign}{}", term.name).into(),
                display_name: format!("{label} ({direction})").into(),
            })
        });
        let info = FieldInfo::new(FieldKind::Choice)
            .name(self.param.clone())
            .required(false)
            .choices(choices.collect());
        Parameter::new(self.param.clone(), info)
            .description("Which fields to order the results by, most significant first.")
    }

    pub(crate) fn name(&self) -> &Cow<'static, str> {
        &self.param
    }

    /// The ordering that the request asks for, else the default one.
    pub(crate) fn read(
        &self,
        params: &QueryParams,
    ) -> Result<Vec<(E::Column, Order)>, ErrorDetail> {
        let values: Vec<&str> = params.get_all(&self.param).collect();
        let mut ordering: Vec<(E::Column, Order)> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for name in crate::input::split(&values)? {
            let (column, order) = self.choose(name)?;
            if !seen.contains(&name) {
                seen.push(name);
                ordering.push((column, order));
            }
        }
        if ordering.is_empty() {
            let reverse = |order: &Order| match self.reversed {
                true => opposite(order),
                false => order.clone(),
            };
            ordering = self
                .default
                .iter()
                .map(|(column, order)| (*column, reverse(order)))
                .collect();
        }
        Ok(ordering)
    }

    fn choose(&self, name: &str) -> Result<(E::Column, Order), ErrorDetail> {
        let (bare, minus) = match name.strip_prefix('-') {
            Some(bare) => (bare, true),
            None => (name, false),
        };
        let term = self.terms.iter().find(|term| term.name == bare);
        match term {
            Some(term) if minus != self.reversed => Ok((term.column, opposite(&term.order))),
            Some(term) => Ok((term.column, term.order.clone())),
            None => {
                let shown: String = name.chars().take(100).collect();
                let text = format!("\"{shown}\" is not a valid choice.");
                Err(ErrorDetail::from([ErrorMessage::new(
                    text,
                    "invalid_choice",
                )]))
            }
        }
    }
}

/// Replaces the ordering of a query.
pub(crate) fn order<E: EntityTrait>(
    mut select: Select<E>,
    ordering: Vec<(E::Column, Order)>,
) -> Select<E> {
    if !ordering.is_empty() {
        QueryTrait::query(&mut select).clear_order_by();
    }
    ordering
        .into_iter()
        .fold(select, |select, (column, order)| {
            select.order_by(column, order)
        })
}

fn opposite(order: &Order) -> Order {
    match order {
        Order::Asc => Order::Desc,
        Order::Desc => Order::Asc,
        other => other.clone(),
    }
}

impl<E: EntityTrait> Default for OrderBy<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: EntityTrait> fmt::Debug for OrderBy<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.terms.iter().map(|term| term.name.as_ref()).collect();
        f.debug_struct("OrderBy")
            .field("param", &self.param)
            .field("terms", &names)
            .finish_non_exhaustive()
    }
}
