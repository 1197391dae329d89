//! The serializers of the shop (SPEC.md, section 2).
//!
//! The order of fields is that of the specification: of output and of error collection.

mod event;
mod note;
mod plain;
mod product;
mod review;
mod shelf;

pub(crate) use self::{
    event::EventSerializer,
    note::NoteSerializer,
    plain::{
        CountSerializer, IdsSerializer, ImportSerializer, NowSerializer, PriceSerializer,
        StatusSerializer,
    },
    product::{
        PlainProductSerializer, ProductCreateSerializer, ProductListSerializer, ProductSerializer,
    },
    review::ReviewSerializer,
    shelf::{CategorySerializer, TagSerializer},
};
