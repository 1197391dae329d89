//! The derives and attributes of restflow: thin adapters over the traits of
//! the library crates. They are documented where those crates, and the
//! `restflow` facade, re-export them.

mod actions;
mod choices;
mod docs;
mod filter_set;
mod generics;
mod handlers;
mod http_methods;
mod mixins;
mod model_serializer;
mod overrides;
mod serializer;
mod viewset;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemImpl, parse_macro_input};

fn emit(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}

macro_rules! derives {
    ($($(#[$meta:meta])* $function:ident = $name:ident [$($helper:ident),*] => $expand:expr;)*) => {$(
        $(#[$meta])*
        #[proc_macro_derive($name, attributes($($helper),*))]
        pub fn $function(input: TokenStream) -> TokenStream {
            let input = parse_macro_input!(input as DeriveInput);
            emit($expand(&input))
        }
    )*};
}

derives! {
    /// Derives `Serializer` for a struct without an entity.
    derive_serializer = Serializer [serializer, validate] => serializer::expand;
    /// Derives `ModelSerializer` (and `Serializer`) for a struct over an entity.
    derive_model_serializer = ModelSerializer [serializer, validate] => model_serializer::expand;
    /// Makes a SeaORM `ActiveEnum` a field type with choices.
    derive_choices = Choices [choice] => choices::expand;
    /// Derives `FilterSet` from the typed fields of a struct.
    derive_filter_set = FilterSet [filterset, filter] => filter_set::expand;
    /// Routes the mixins that a type implements, and its custom actions.
    derive_view_set = ViewSet [] => viewset::expand;
    /// A viewset with all six default actions.
    derive_model_view_set = ModelViewSet [overrides] => viewset::expand_model;
    /// A viewset with `list` and `retrieve`.
    derive_read_only_model_view_set = ReadOnlyModelViewSet [overrides] => viewset::expand_read_only_model;
    /// Implements `ListModelMixin` with its defaults.
    derive_list_model_mixin = ListModelMixin [] => |input| mixins::expand(input, "ListModelMixin");
    /// Implements `CreateModelMixin` with its defaults.
    derive_create_model_mixin = CreateModelMixin [] => |input| mixins::expand(input, "CreateModelMixin");
    /// Implements `RetrieveModelMixin` with its defaults.
    derive_retrieve_model_mixin = RetrieveModelMixin [] => |input| mixins::expand(input, "RetrieveModelMixin");
    /// Implements `UpdateModelMixin` with its defaults.
    derive_update_model_mixin = UpdateModelMixin [] => |input| mixins::expand(input, "UpdateModelMixin");
    /// Implements `DestroyModelMixin` with its defaults.
    derive_destroy_model_mixin = DestroyModelMixin [] => |input| mixins::expand(input, "DestroyModelMixin");
    /// GET lists.
    derive_list_api_view = ListApiView [overrides] => |input| generics::expand(input, "ListApiView");
    /// POST creates.
    derive_create_api_view = CreateApiView [overrides] => |input| generics::expand(input, "CreateApiView");
    /// GET retrieves.
    derive_retrieve_api_view = RetrieveApiView [overrides] => |input| generics::expand(input, "RetrieveApiView");
    /// PUT and PATCH update.
    derive_update_api_view = UpdateApiView [overrides] => |input| generics::expand(input, "UpdateApiView");
    /// DELETE destroys.
    derive_destroy_api_view = DestroyApiView [overrides] => |input| generics::expand(input, "DestroyApiView");
    /// GET lists, POST creates.
    derive_list_create_api_view = ListCreateApiView [overrides] => |input| generics::expand(input, "ListCreateApiView");
    /// GET retrieves, PUT and PATCH update.
    derive_retrieve_update_api_view = RetrieveUpdateApiView [overrides] => |input| generics::expand(input, "RetrieveUpdateApiView");
    /// GET retrieves, DELETE destroys.
    derive_retrieve_destroy_api_view = RetrieveDestroyApiView [overrides] => |input| generics::expand(input, "RetrieveDestroyApiView");
    /// GET retrieves, PUT and PATCH update, DELETE destroys.
    derive_retrieve_update_destroy_api_view = RetrieveUpdateDestroyApiView [overrides] => |input| generics::expand(input, "RetrieveUpdateDestroyApiView");
}

/// Collects the custom actions of a viewset.
#[proc_macro_attribute]
pub fn actions(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemImpl);
    emit(actions::expand(attribute.into(), item))
}

/// Binds the `get`, `post`, `put`, `patch` and `delete` methods of an impl block to the HTTP
/// methods of a view.
#[proc_macro_attribute]
pub fn handlers(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemImpl);
    emit(handlers::expand(attribute.into(), item))
}
