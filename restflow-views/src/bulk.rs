//! Lists of objects in the body of one request.

use restflow_exceptions::Result;
use restflow_fields::FieldType;
use restflow_serializers::{Key, KeyOf, ListLimits, ValidatedMany, Validation};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, PrimaryKeyToColumn, QueryFilter};

use crate::{
    GenericView, Instance, Request, api_view::resolve, generic_view::resolve_queryset, nesting,
};

/// How many rows one query asks for.
const CHUNK: usize = 500;

/// The body as a list of new rows.
pub(crate) async fn validated_many<V: GenericView>(
    view: &V,
    request: &Request,
    limits: ListLimits,
) -> Result<ValidatedMany<V::Entity>> {
    nesting::check_fills_parent::<V>(request)?;
    let class = resolve::request_serializer_class(view, request)?;
    let context = view.get_serializer_context(request);
    let input = nesting::input_with_parent::<V>(request, class, true).await?;
    let validation = Validation::new(&context);
    let validated = class.validate_many(input, &validation, limits).await?;
    let rows = validated.into_iter().map(|row| row.into_typed(None));
    let rows = rows.collect::<Result<_>>()?;
    nesting::with_parent_many::<V>(request, rows).await
}

/// The body as a list of changes to rows that the view shows.
pub(crate) async fn validated_updates<V>(
    view: &V,
    request: &Request,
    partial: bool,
    limits: ListLimits,
) -> Result<ValidatedMany<V::Entity>>
where
    V: GenericView,
    KeyOf<V::Entity>: Key + FieldType,
{
    let class = resolve::request_serializer_class(view, request)?;
    let context = view.get_serializer_context(request);
    let input = nesting::input_with_parent::<V>(request, class, true).await?;
    let validation = Validation::new(&context).partial(partial);
    let find = |keys| find(view, request, keys);
    let rows = class
        .validate_updates::<V::Entity, _>(input, &validation, limits, find)
        .await?;
    nesting::stay_with_parent::<V>(request, rows).await
}

/// The rows with these keys that the view shows, and that the client may change.
async fn find<V>(
    view: &V,
    request: &Request,
    keys: Vec<KeyOf<V::Entity>>,
) -> Result<Vec<Instance<V>>>
where
    V: GenericView,
    KeyOf<V::Entity>: Key,
{
    let queryset = resolve_queryset(view, request).await?;
    let queryset = view.filter_queryset(request, queryset).await?;
    let column = <V::Entity as EntityTrait>::PrimaryKey::iter()
        .next()
        .expect("an entity has a primary key")
        .into_column();
    let mut rows = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(CHUNK) {
        let queryset = queryset.clone().filter(column.is_in(chunk.iter().cloned()));
        rows.extend(queryset.all(request.db()).await?);
    }
    for row in &rows {
        view.check_object_permissions(request, row.into()).await?;
    }
    Ok(rows)
}
