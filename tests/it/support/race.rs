//! Sixteen concurrent attempts.

use std::future::Future;

/// Runs sixteen concurrent attempts, each with its number; yields their results.
pub async fn sixteen_at_once<F>(mut attempt: impl FnMut(usize) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let tasks: Vec<_> = (0..16).map(|turn| tokio::spawn(attempt(turn))).collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// How many of sixteen concurrent attempts succeed.
pub async fn successes_of_sixteen<F>(attempt: impl FnMut(usize) -> F) -> usize
where
    F: Future<Output = bool> + Send + 'static,
{
    let outcomes = sixteen_at_once(attempt).await;
    outcomes.into_iter().filter(|succeeded| *succeeded).count()
}
