//! `/generic/` (SPEC.md, section 6).

use restflow::prelude::*;

pub(crate) fn urls() -> Urls {
    Urls::new()
}
