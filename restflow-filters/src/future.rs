//! Functions of one's own that are sync or async, boxed.

use std::future::Future;
use std::pin::Pin;

use restflow_exceptions::Result;

/// A future without a name.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The kind of functions that answer at once.
#[derive(Debug)]
pub struct SyncMethod;

/// The kind of functions that are `async fn`.
#[derive(Debug)]
pub struct AsyncMethod;

/// The kind of functions that answer at once, with a condition.
#[derive(Debug)]
pub struct SyncCondition;

/// The kind of functions that are `async fn` and answer with a condition.
#[derive(Debug)]
pub struct AsyncCondition;
