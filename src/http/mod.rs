//! What every front door shares about HTTP: parameters, cookies and the client's address.

pub mod client_ip;
pub mod cookies;
pub mod params;
