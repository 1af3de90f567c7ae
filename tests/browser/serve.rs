//! Small servers for tests, such as the redirect URI of an app.

use axum::Router;

/// Serves `routes` on a free port until the test ends; yields the URL.
pub async fn serve(routes: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address
}
