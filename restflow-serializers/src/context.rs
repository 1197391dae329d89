//! What a serializer is told about its surroundings.

use std::{
    any::{Any, TypeId},
    fmt,
};

use http::Extensions;
use sea_orm::{Condition, DatabaseConnection, EntityTrait};

use crate::{PostFetches, form::Batch};

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
    siblings: Option<&'a Siblings>,
}

/// Rows that are written anew together: a unique value that one of them has now is free.
#[derive(Debug)]
pub(crate) struct Siblings {
    pub(crate) entity: TypeId,
    /// All rows but these.
    pub(crate) others: Condition,
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
            siblings: None,
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
            siblings: None,
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

    pub(crate) const fn with_siblings(self, siblings: Option<&'a Siblings>) -> Self {
        Self { siblings, ..self }
    }

    /// What the objects of a list share.
    pub(crate) const fn batch(&self) -> Option<&'a Batch> {
        self.batch
    }

    /// The rows of `E` that are not written anew together with this one, where some are.
    pub(crate) fn others<E: EntityTrait>(&self) -> Option<&'a Condition> {
        self.siblings
            .filter(|siblings| siblings.entity == TypeId::of::<E>())
            .map(|siblings| &siblings.others)
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
