//! Model mixins on types without an entity, by derive and by hand.

use restflow::prelude::*;

#[derive(ViewSet, ListModelMixin)]
struct ByDerive;

impl ApiView for ByDerive {}

#[derive(ViewSet)]
struct ByHand;

impl ApiView for ByHand {}

impl CreateModelMixin for ByHand {}

#[derive(RetrieveUpdateDestroyApiView)]
struct Concrete;

impl ApiView for Concrete {}

/// Not even a view.
#[derive(ListModelMixin)]
struct Nothing;

fn main() {}
