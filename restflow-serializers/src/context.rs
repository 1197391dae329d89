//! What a serializer is told about its surroundings.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use http::Extensions;
use sea_orm::{
    Condition, DatabaseConnection, EntityTrait, IdenStatic, Iterable, ModelTrait, Value as SqlValue,
};

use crate::{PostFetches, RestEntity, form::Batch};

/// What a serializer may use besides its input and its rows.
///
/// DRF: `Serializer.context`. Views make it of the request; without views make it yourself.
///
/// A view adds what its serializers need with [`insert`](Self::insert), and they find it by its
/// type with [`get`](Self::get).
#[derive(Clone)]
pub struct SerializerContext<'a> {
    db: &'a DatabaseConnection,
    base_url: &'a str,
    extensions: &'a Extensions,
    extras: Extensions,
    post_fetches: Option<&'a PostFetches>,
}

impl<'a> SerializerContext<'a> {
    /// Holds the database, the scheme and host of absolute URLs (`https://shop.example`, without
    /// a slash at the end; empty where there is no request), and the extensions of the request.
    #[must_use]
    pub fn new(db: &'a DatabaseConnection, base_url: &'a str, extensions: &'a Extensions) -> Self {
        Self {
            db,
            base_url,
            extensions,
            extras: Extensions::new(),
            post_fetches: None,
        }
    }

    /// Adds a value, one of each type; a second one of the same type replaces the first. Wrap what
    /// is common in a type of its own: `struct Currency(&'static str)`.
    pub fn insert<T: Clone + Send + Sync + 'static>(&mut self, value: T) {
        self.extras.insert(value);
    }

    /// The value of the type `T`: what was [inserted](Self::insert), else what stands in the
    /// [`extensions`](Self::extensions).
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.extras.get().or_else(|| self.extensions.get())
    }

    /// The same with what fills the post-fetched fields of serializers.
    ///
    /// The helpers of views do it; call it where you represent rows by hand.
    #[must_use]
    pub const fn with_post_fetches(mut self, post_fetches: &'a PostFetches) -> Self {
        self.post_fetches = Some(post_fetches);
        self
    }

    /// The database that relations are loaded from and that unique values are looked up in.
    #[must_use]
    pub const fn db(&self) -> &'a DatabaseConnection {
        self.db
    }

    /// Scheme and host for absolute URLs, without a slash at the end.
    #[must_use]
    pub const fn base_url(&self) -> &'a str {
        self.base_url
    }

    /// What middleware left with the request: the user, the tenant.
    #[must_use]
    pub const fn extensions(&self) -> &'a Extensions {
        self.extensions
    }

    /// What fills the post-fetched fields of serializers.
    #[must_use]
    pub const fn post_fetches(&self) -> Option<&'a PostFetches> {
        self.post_fetches
    }

    /// The same without what it borrows, for work that goes on when the handler has returned: a
    /// stream, a job.
    #[must_use]
    pub fn into_owned(self) -> OwnedSerializerContext {
        OwnedSerializerContext {
            db: self.db.clone(),
            base_url: self.base_url.to_owned(),
            extensions: self.extensions.clone(),
            extras: self.extras,
            post_fetches: self.post_fetches.cloned(),
        }
    }
}

/// A [`SerializerContext`] that borrows nothing, made by
/// [`into_owned`](SerializerContext::into_owned).
#[derive(Clone)]
pub struct OwnedSerializerContext {
    db: DatabaseConnection,
    base_url: String,
    extensions: Extensions,
    extras: Extensions,
    post_fetches: Option<PostFetches>,
}

impl OwnedSerializerContext {
    /// The context for one call of a serializer.
    #[must_use]
    pub fn borrow(&self) -> SerializerContext<'_> {
        SerializerContext {
            db: &self.db,
            base_url: &self.base_url,
            extensions: &self.extensions,
            extras: self.extras.clone(),
            post_fetches: self.post_fetches.as_ref(),
        }
    }
}

impl fmt::Debug for OwnedSerializerContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.borrow().fmt(f)
    }
}

impl fmt::Debug for SerializerContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SerializerContext")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// What one validation is about: a new row, a full update or a partial one.
///
/// DRF: the arguments `instance` and `partial` of a serializer.
#[derive(Clone, Copy)]
pub struct Validation<'a> {
    context: &'a SerializerContext<'a>,
    partial: bool,
    instance: Option<&'a (dyn Any + Send + Sync)>,
    batch: Option<&'a Batch>,
    sibling: Option<Sibling<'a>>,
    refused: bool,
}

/// Rows that are written anew together: a unique value is free that one of them has now and gives
/// up before another one takes it. First some are deleted, then others are changed one after
/// another, then the new ones are added.
pub(crate) struct Siblings {
    entity: TypeId,
    /// All rows but these.
    others: Condition,
    /// Those that are changed.
    changed: Box<dyn Changed>,
}

impl Siblings {
    /// `changed` are rows as they are now, each with its turn, in rising order.
    pub(crate) fn new<E: RestEntity>(others: Condition, changed: Vec<(usize, E::Model)>) -> Self {
        Self {
            entity: TypeId::of::<E>(),
            others,
            changed: Box::new(ChangedRows::<E> {
                rows: changed,
                turns: Mutex::default(),
            }),
        }
    }
}

trait Changed: Send + Sync {
    /// The last turn of a row that has these values in these columns now.
    fn turn_of(&self, values: &[(&'static str, SqlValue)]) -> Option<usize>;
}

struct ChangedRows<E: EntityTrait> {
    rows: Vec<(usize, E::Model)>,
    turns: Mutex<HashMap<Vec<&'static str>, Turns>>,
}

/// The turns of rows, by their values in some columns.
type Turns = HashMap<Vec<SqlValue>, usize>;

impl<E: RestEntity> Changed for ChangedRows<E> {
    fn turn_of(&self, values: &[(&'static str, SqlValue)]) -> Option<usize> {
        let (names, values): (Vec<_>, Vec<_>) = values.iter().cloned().unzip();
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = turns.entry(names).or_insert_with_key(|names| {
            let column = |name: &&str| E::Column::iter().find(|column| column.as_str() == *name);
            let columns: Vec<E::Column> = names.iter().filter_map(column).collect();
            let values = |row: &E::Model| columns.iter().map(|column| row.get(*column)).collect();
            let rows = self.rows.iter();
            rows.map(|(turn, row)| (values(row), *turn)).collect()
        });
        turns.get(&values).copied()
    }
}

/// An object that writes one of [`Siblings`], and its turn; a new row has none.
#[derive(Clone, Copy)]
struct Sibling<'a> {
    siblings: &'a Siblings,
    turn: Option<usize>,
}

impl<'a> Validation<'a> {
    /// Validates input for something new: every required field must be sent.
    #[must_use]
    pub const fn new(context: &'a SerializerContext<'a>) -> Self {
        Self {
            context,
            partial: false,
            instance: None,
            batch: None,
            sibling: None,
            refused: false,
        }
    }

    /// With `true` only the fields that were sent are looked at, and defaults never apply.
    #[must_use]
    pub const fn partial(mut self, partial: bool) -> Self {
        self.partial = partial;
        self
    }

    /// Names the row that is updated. It may keep its own unique values.
    #[must_use]
    pub fn with_instance<M: Any + Send + Sync>(mut self, instance: &'a M) -> Self {
        self.instance = Some(instance);
        self
    }

    /// The same for the fields of a nested serializer, which is about no row.
    pub(crate) const fn nested(self) -> Self {
        Self {
            instance: None,
            sibling: None,
            ..self
        }
    }

    /// The same as one of the objects of a list.
    pub(crate) const fn within(self, batch: &'a Batch) -> Self {
        Self {
            batch: Some(batch),
            ..self
        }
    }

    /// The same for an object that is refused whatever else is wrong with it. As it is about no
    /// row, its unique values are neither looked up nor claimed.
    pub(crate) const fn refused(self) -> Self {
        Self {
            refused: true,
            ..self
        }
    }

    pub(crate) const fn is_refused(&self) -> bool {
        self.refused
    }

    /// The same for one of rows that are written anew together; only one that is changed has a
    /// turn.
    pub(crate) fn among(self, siblings: Option<&'a Siblings>, turn: Option<usize>) -> Self {
        let sibling = siblings.map(|siblings| Sibling { siblings, turn });
        Self { sibling, ..self }
    }

    /// What the objects of a list share.
    pub(crate) const fn batch(&self) -> Option<&'a Batch> {
        self.batch
    }

    /// The rows of `E` that are not written anew together with this one, where some are.
    pub(crate) fn others<E: EntityTrait>(&self) -> Option<&'a Condition> {
        self.sibling_of::<E>()
            .map(|sibling| &sibling.siblings.others)
    }

    /// Whether a row of `E` that is written anew together with this one, but changed after it, has
    /// these values in these columns until then.
    pub(crate) fn is_taken_until_later<E: EntityTrait>(
        &self,
        values: &[(&'static str, SqlValue)],
    ) -> bool {
        self.sibling_of::<E>().is_some_and(|sibling| {
            let turn = sibling
                .turn
                .map(|_| sibling.siblings.changed.turn_of(values));
            turn.flatten() > sibling.turn
        })
    }

    fn sibling_of<E: EntityTrait>(&self) -> Option<Sibling<'a>> {
        self.sibling
            .filter(|sibling| sibling.siblings.entity == TypeId::of::<E>())
    }

    /// The surroundings.
    #[must_use]
    pub const fn context(&self) -> &'a SerializerContext<'a> {
        self.context
    }

    /// Whether fields may be missing because only the sent ones are updated.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.partial
    }

    /// Whether a row is updated, in full or in part. DRF: `serializer.instance is not None`.
    #[must_use]
    pub const fn is_update(&self) -> bool {
        self.instance.is_some()
    }

    /// The row that is updated, if there is one and it is an `M`.
    #[must_use]
    pub fn instance<M: Any>(&self) -> Option<&'a M> {
        self.instance.and_then(|instance| instance.downcast_ref())
    }
}

impl fmt::Debug for Validation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validation")
            .field("context", &self.context)
            .field("partial", &self.partial)
            .field("has_instance", &self.instance.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Currency(&'static str);

    #[test]
    fn what_was_inserted_hides_the_extensions() {
        let db = DatabaseConnection::default();
        let mut extensions = Extensions::new();
        extensions.insert(Currency("EUR"));
        let mut context = SerializerContext::new(&db, "", &extensions);
        assert_eq!(context.get(), Some(&Currency("EUR")));
        context.insert(Currency("CHF"));
        assert_eq!(context.get(), Some(&Currency("CHF")));
        assert_eq!(context.extensions().get(), Some(&Currency("EUR")));
        assert_eq!(context.get::<u8>(), None);
    }
}
