//! Routes as data, routers, URL configurations and the OpenAPI document.
