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
