//! The tables of the shop, as SeaORM entities.

pub mod category;
pub mod product;
pub mod product_tag;
pub mod review;
pub mod tag;
pub mod token;
pub mod user;
