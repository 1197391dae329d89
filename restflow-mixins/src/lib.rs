#![doc = include_str!("../README.md")]

mod create;
mod destroy;
mod list;
mod retrieve;
mod update;

pub use self::{
    create::CreateModelMixin, destroy::DestroyModelMixin, list::ListModelMixin,
    retrieve::RetrieveModelMixin, update::UpdateModelMixin,
};

/// The default of every action and hook, for an override that builds on it.
///
/// What Python writes `super().create(…)` is `defaults::create(self, …)` here: a function of the
/// same name that takes the view first and then what the method takes. `restflow::defaults` has
/// those of the views, too.
///
/// ```
/// use restflow::prelude::*;
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         pub name: String,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # #[derive(ModelSerializer)]
/// # #[serializer(entity = product::Entity)]
/// # struct ProductSerializer {
/// #     #[serializer(read_only)]
/// #     id: i32,
/// #     name: String,
/// # }
/// # #[derive(ViewSet)]
/// # struct ProductViewSet;
/// # impl ApiView for ProductViewSet {}
/// # impl GenericView for ProductViewSet {
/// #     type Entity = product::Entity;
/// #     type Serializer = ProductSerializer;
/// # }
///
/// impl DestroyModelMixin for ProductViewSet {
///     async fn perform_destroy(&self, request: &Request, instance: product::Model) -> Result<()> {
///         let name = instance.name.clone();
///         defaults::perform_destroy(self, request, instance).await?;
///         tracing::info!(name, "deleted");
///         Ok(())
///     }
/// }
/// # fn main() {}
/// ```
pub mod defaults {
    pub use crate::{
        create::{create, get_success_headers, perform_create},
        destroy::{destroy, perform_destroy},
        list::list,
        retrieve::retrieve,
        update::{partial_update, perform_update, update},
    };
}
