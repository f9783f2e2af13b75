//! A minimal HTTP/1.1 server: one request per connection, limited in size and time. A real
//! backend uses a web framework.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const MAX_HEAD: usize = 16 * 1024;
const MAX_BODY: usize = 64 * 1024;
const READ_TIMEOUT: Duration = Duration::from_secs(10);
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// A request.
pub struct Request {
    pub method: String,
    /// Segments of the path, percent-decoded.
    pub path: Vec<String>,
    pub query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Address of the client. Behind a proxy, take it from the proxy's header instead.
    pub peer: IpAddr,
}

impl Request {
    /// Returns the value of a header; the name must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A response.
pub struct Response {
    pub status: u16,
    pub body: Option<Value>,
    pub headers: Vec<(&'static str, String)>,
}

impl Response {
    pub fn json(status: u16, body: Value) -> Self {
        Response { status, body: Some(body), headers: Vec::new() }
    }

    pub fn empty() -> Self {
        Response { status: 204, body: None, headers: Vec::new() }
    }
}

/// Reads a request; the error is the response to send.
pub async fn read(stream: &mut TcpStream, peer: IpAddr) -> Result<Request, Response> {
    let refuse = |status, why: &str| Response::json(status, json!({ "detail": why }));
    match timeout(READ_TIMEOUT, read_whole(stream, peer)).await {
        Err(_) => Err(refuse(408, "The request came too slowly")),
        Ok(Err((status, why))) => Err(refuse(status, why)),
        Ok(Ok(request)) => Ok(request),
    }
}

async fn read_whole(stream: &mut TcpStream, peer: IpAddr) -> Result<Request, (u16, &'static str)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if bytes.len() > MAX_HEAD {
            return Err((431, "The head is too long"));
        }
        more(stream, &mut bytes).await?;
    };
    let head = str::from_utf8(&bytes[..end]).map_err(|_| (400, "The head is no text"))?;
    let mut lines = head.split("\r\n");
    let first: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, target, "HTTP/1.1" | "HTTP/1.0"] = first[..] else { return Err((400, "This is no HTTP/1.1")) };
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    let headers = lines.map(header).collect::<Option<Vec<_>>>().ok_or((400, "A header has no colon"))?;
    let all =
        |name: &str| headers.iter().filter(|(known, _)| known == name).map(|(_, v)| v.clone()).collect::<Vec<_>>();
    if !all("transfer-encoding").is_empty() {
        return Err((501, "Only bodies with a Content-Length are read"));
    }
    let length = match &all("content-length")[..] {
        [] => 0,
        [one] if one.bytes().all(|byte| byte.is_ascii_digit()) => one.parse().unwrap_or(usize::MAX),
        _ => return Err((400, "The Content-Length is no number")),
    };
    if length > MAX_BODY {
        return Err((413, "The body is too long"));
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = path.trim_matches('/').split('/').map(decoded).collect::<Option<_>>().ok_or((400, "A bad path"))?;
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let method = method.to_owned();
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        more(stream, &mut body).await?;
    }
    body.truncate(length);
    Ok(Request { method, path, query, headers, body, peer })
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<(), (u16, &'static str)> {
    match stream.read_buf(bytes).await {
        Ok(0) | Err(_) => Err((400, "The request breaks off")),
        Ok(_) => Ok(()),
    }
}

/// Percent-decodes a segment of a path.
fn decoded(segment: &str) -> Option<String> {
    let mut parts = segment.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

/// Writes a response, and closes the connection.
pub async fn write(mut stream: TcpStream, response: &Response) -> io::Result<()> {
    let body = response.body.as_ref().map(Value::to_string).unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} \r\nConnection: close\r\nCache-Control: no-store\r\n", response.status);
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if response.body.is_some() {
        head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).await?;
    stream.shutdown().await?;
    // Closing the connection while the client is still sending would discard the response.
    let mut rest = stream.take(MAX_BODY as u64);
    let _ = timeout(DRAIN_TIMEOUT, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
    Ok(())
}
