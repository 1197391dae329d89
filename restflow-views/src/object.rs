//! The object that permissions are asked about.

use std::{
    any::{Any, TypeId},
    fmt,
};

use futures_util::future::BoxFuture;
use restflow_exceptions::Result;

/// The object that [`check_object_permissions`](crate::ApiView::check_object_permissions) is asked
/// about: a reference to any value, usually to a row.
///
/// [`get`](Self::get) is the value. What `retrieve` asks about has been read in the columns of the
/// serializer only; there the first `get` looks the object up once more, for the whole row, and
/// that row is what the client is shown.
#[derive(Clone, Copy)]
pub struct ObjectRef<'a> {
    type_id: TypeId,
    type_name: &'static str,
    source: Source<'a>,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Value(&'a (dyn Any + Send + Sync)),
    Unread(&'a dyn ReadObject),
}

/// An object that is read when somebody wants to see it, once.
pub(crate) trait ReadObject: Send + Sync {
    fn read(&self) -> BoxFuture<'_, Result<&(dyn Any + Send + Sync)>>;
}

impl<'a> ObjectRef<'a> {
    /// The object is an `M` that `unread` reads.
    pub(crate) fn unread<M: Any>(unread: &'a dyn ReadObject) -> Self {
        Self {
            type_id: TypeId::of::<M>(),
            type_name: std::any::type_name::<M>(),
            source: Source::Unread(unread),
        }
    }

    /// The object, if it is an `M`. Fails where it has to be read and the database does not
    /// answer, or with 404 where the row is gone.
    pub async fn get<M: Any + Send + Sync>(self) -> Result<Option<&'a M>> {
        if !self.is::<M>() {
            return Ok(None);
        }
        self.value()
            .await
            .map(<dyn Any + Send + Sync>::downcast_ref)
    }

    /// Whether the object is an `M`; asks no database.
    #[must_use]
    pub fn is<M: Any>(self) -> bool {
        self.type_id == TypeId::of::<M>()
    }

    pub(crate) const fn type_id(self) -> TypeId {
        self.type_id
    }

    pub(crate) async fn value(self) -> Result<&'a (dyn Any + Send + Sync)> {
        match self.source {
            Source::Value(value) => Ok(value),
            Source::Unread(unread) => unread.read().await,
        }
    }
}

impl<'a, M: Any + Send + Sync> From<&'a M> for ObjectRef<'a> {
    fn from(object: &'a M) -> Self {
        Self {
            type_id: TypeId::of::<M>(),
            type_name: std::any::type_name::<M>(),
            source: Source::Value(object),
        }
    }
}

impl fmt::Debug for ObjectRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ObjectRef").field(&self.type_name).finish()
    }
}
