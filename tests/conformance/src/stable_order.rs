//! `StableOrder` (SPEC.md, section 0).

use restflow::{prelude::*, serializers::RestEntity};
use sea_orm::{Iterable, PrimaryKeyToColumn, Select};

/// Ends every ordering with the primary key; the last of a view's filter backends.
pub(crate) struct StableOrder;

impl<E: RestEntity> FilterBackend<E> for StableOrder {
    async fn filter_queryset(
        &self,
        select: Select<E>,
        _context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        Ok(
            E::PrimaryKey::iter()
                .fold(select, |select, key| select.order_by_asc(key.into_column())),
        )
    }
}
