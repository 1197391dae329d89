//! The nine concrete generic views: mixins bound to HTTP methods.
