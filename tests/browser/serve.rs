//! Small servers of the tests' own: pages as they are given, and the place where an app takes answers.

use axum::Router;

/// Serves `routes` on a port of its own until the test ends; yields the address.
pub async fn serve(routes: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address
}
