//! A small HTTP/1.1 client: one persistent connection, one request at a time, and lazy parsing.
//!
//! It keeps the generator far cheaper than the server that it measures.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The maximum size of a response, larger than any response of the server.
const MAX_BYTES: usize = 1 << 20;

/// A connection.
pub struct Http {
    stream: TcpStream,
    received: Vec<u8>,
}

/// A response.
pub struct Response<'a> {
    pub status: u16,
    head: &'a str,
    pub body: &'a str,
}

impl Http {
    pub async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends the bytes of a request and reads the response.
    pub async fn send(&mut self, request: &[u8]) -> anyhow::Result<Response<'_>> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            self.read_more().await?;
            if let Some(at) = end_of_head(&self.received) {
                break at;
            }
        };
        let text = std::str::from_utf8(&self.received[..head])?;
        let status = text.get(9..12).context("no status")?.parse()?;
        let length: usize = header(text, "content-length")
            .context("no content-length")?
            .parse()?;
        while self.received.len() < head + length {
            self.read_more().await?;
        }
        Ok(Response {
            status,
            head: std::str::from_utf8(&self.received[..head])?,
            body: std::str::from_utf8(&self.received[head..head + length])?,
        })
    }

    async fn read_more(&mut self) -> anyhow::Result<()> {
        if self.received.len() > MAX_BYTES {
            bail!("the response is too large");
        }
        match self.stream.read_buf(&mut self.received).await? {
            0 => bail!("the server closed the connection"),
            _ => Ok(()),
        }
    }
}

impl Response<'_> {
    /// The response, if it has this status.
    pub fn expect(self, status: u16) -> anyhow::Result<Self> {
        if self.status == status {
            return Ok(self);
        }
        let start: String = self.body.chars().take(200).collect();
        bail!("status {} instead of {status}: {start}", self.status)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }

    /// The cookie that the response sets, as `name=value`.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        headers(self.head, "set-cookie")
            .filter_map(|cookie| cookie.split(';').next())
            .find(|pair| pair.split_once('=').is_some_and(|(set, _)| set == name))
    }

    /// A string member of a JSON response. Tokens contain nothing that JSON escapes.
    pub fn member(&self, name: &str) -> anyhow::Result<&str> {
        between(self.body, &format!("\"{name}\":\""), "\"").with_context(|| format!("no {name}"))
    }
}

/// The first text between two others.
pub fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

fn end_of_head(received: &[u8]) -> Option<usize> {
    received
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .map(|at| at + 4)
}

fn headers<'h>(head: &'h str, name: &str) -> impl Iterator<Item = &'h str> {
    head.split("\r\n").filter_map(move |line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    headers(head, name).next()
}

/// A GET request with additional header lines, each of which ends with CR LF.
pub fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}\r\n").into_bytes()
}

/// A POST request with form fields and additional header lines, each of which ends with CR LF.
pub fn post(path: &str, headers: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}
