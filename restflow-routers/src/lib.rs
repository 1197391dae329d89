#![doc = include_str!("../README.md")]

mod api;
mod api_root;
mod error;
mod matcher;
mod openapi;
mod path;
mod route;
mod router;
mod table;
mod urls;

pub use self::{
    api::{Api, api},
    path::PathTemplate,
    route::Route,
    router::{
        DefaultRouter, NestedIn, NestedRouter, Registration, Router, SimpleRouter, TrailingSlash,
    },
    table::{Resolved, RouteTable, RouteTableRow},
    urls::{UrlConf, Urls},
};
