//! Bodies of requests: the first byte chooses the media type, the rest is the body. What must hold
//! for each of them is in `tests/every_field/mod.rs`.

#![no_main]

#[path = "../../tests/every_field/mod.rs"]
mod every_field;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use poem::{EndpointExt, endpoint::BoxEndpoint};
use tokio::runtime::Runtime;

static APP: LazyLock<(Runtime, BoxEndpoint<'static>)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    (runtime.expect("a runtime needs nothing"), every_field::app().boxed())
});

fuzz_target!(|data: &[u8]| {
    if let Some((media_type, body)) = every_field::split(data) {
        let (runtime, app) = &*APP;
        runtime.block_on(every_field::check(app, media_type, body.to_vec()));
    }
});
