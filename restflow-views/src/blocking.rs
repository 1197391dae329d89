//! Code that blocks, off the event loop.

use std::panic::resume_unwind;

use tracing::Span;

/// Runs code that blocks on tokio's pool of blocking threads, and waits for it without holding up
/// other requests.
///
/// Hooks and rules of policies that may have to wait are `async fn`. One that only computes just
/// returns; one that waits for something asynchronous awaits it; one that waits without `await` (a
/// synchronous driver, a file, a password hash, a long computation) does that in here. The getters
/// of a view (`get_…`) are plain functions: what they need is awaited in
/// [`ApiView::initial`](crate::ApiView::initial). `work` owns what it uses, so clone what it needs
/// from the request:
///
/// ```
/// use restflow_views::{Authenticated, Authentication, Request, Result, User, blocking};
///
/// struct PasswordFile;
///
/// impl Authentication for PasswordFile {
///     async fn authenticate(&self, request: &Request) -> Result<Option<Authenticated>> {
///         let Some(key) = request.headers().get("x-key").cloned() else {
///             return Ok(None);
///         };
///         let known = blocking(move || {
///             std::fs::read("keys.txt").is_ok_and(|keys| keys == key.as_bytes())
///         })
///         .await;
///         // …
/// #       let _ = known;
/// #       Ok(None)
///     }
/// }
/// ```
///
/// `work` runs to its end even if the client goes away meanwhile. tokio starts up to 512 threads;
/// what is beyond them waits.
///
/// # Panics
///
/// When `work` does, with the same message, which [dispatch](crate::MountedView) turns into a 500;
/// and outside of a tokio runtime.
///
/// asgiref, on which Django's async views stand: `sync_to_async(…, thread_sensitive=False)`.
pub async fn blocking<F, T>(work: F) -> T
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let span = Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Nobody aborts it, so the runtime is shutting down and drops this future, too.
            Err(error) => panic!("the blocking code was not run: {error}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_runs_on_another_thread_and_yields_its_output() {
        let here = std::thread::current().id();
        let there = blocking(|| std::thread::current().id()).await;
        assert_ne!(here, there);
    }

    #[tokio::test]
    #[should_panic = "the disk is gone"]
    async fn a_panic_is_passed_on() {
        blocking(|| panic!("the disk is gone")).await;
    }
}
