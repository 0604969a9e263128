//! HTTP as plain as can be, over a socket of the standard library: the second opinion on what `nrfcloud` says the
//! cloud said.

use std::{
    io::{Read, Write as _},
    net::TcpStream,
    time::Duration,
};

use super::failure::Failure;

const LIMIT: Duration = Duration::from_secs(10);

/// An answer, as it came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Result<serde_json::Value, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Failure::unreadable(
                "the cloud's JSON",
                format!("{error}: {}", String::from_utf8_lossy(&self.body)),
            )
        })
    }
}

/// Asks an `http:` address with GET.
pub(crate) fn get(url: &str, headers: &[(&str, &str)]) -> Result<Response, Failure> {
    let failed = |why: String| Failure::Cloud { url: url.to_owned(), why };
    let rest = url.strip_prefix("http://").ok_or_else(|| failed("it is no http: address".into()))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");

    let mut bytes = Vec::new();
    TcpStream::connect(host)
        .and_then(|mut stream| {
            stream.set_read_timeout(Some(LIMIT))?;
            stream.write_all(request.as_bytes())?;
            stream.read_to_end(&mut bytes)
        })
        .map_err(|error| failed(error.to_string()))?;
    let mut response = parse(&bytes).map_err(failed)?;
    if response.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        response.body = joined(&response.body).ok_or_else(|| failed("its chunks do not add up".into()))?;
    }
    Ok(response)
}

/// Reads a status line, headers, and everything behind them.
pub(crate) fn parse(bytes: &[u8]) -> Result<Response, String> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or("its headers have no end")?;
    let head = std::str::from_utf8(&bytes[..end]).map_err(|error| error.to_string())?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/"))
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| format!("no HTTP status in {head:?}"))?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Response { status, headers, body: bytes[end + 4..].to_vec() })
}

/// The body that was sent in chunks (RFC 9112, 7.1), or nothing when it was cut off.
fn joined(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&chunks[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        chunks = &chunks[end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunks.get(..size)?);
        chunks = chunks.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    #[test]
    fn status_headers_and_body_are_told_apart() {
        let answer = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\n\r\n\x01\r\n";
        let response = parse(answer).unwrap();
        assert_eq!((response.status, response.header("content-range")), (206, Some("bytes 0-1/9")));
        assert_eq!(response.body, b"\x01\r\n");
    }

    #[test]
    fn what_is_no_http_is_refused() {
        assert_eq!(parse(b"220 mail\r\n\r\n").unwrap_err(), "no HTTP status in \"220 mail\"");
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n").unwrap_err(), "its headers have no end");
    }

    #[test]
    fn chunks_are_joined_and_cut_off_ones_refused() {
        assert_eq!(joined(b"3\r\nabc\r\na;x=y\r\n0123456789\r\n0\r\n\r\n").unwrap(), b"abc0123456789");
        assert_eq!(joined(b"3\r\nab"), None);
        assert_eq!(joined(b"3\r\nabc\r\n"), None);
    }

    #[test]
    fn a_request_is_one_that_any_server_reads() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            String::from_utf8(request).unwrap()
        });
        let response = get(&format!("http://{address}/v1/status"), &[("Range", "bytes=0-1")]).unwrap();
        assert_eq!(response.status, 204);
        assert_eq!(
            server.join().unwrap(),
            format!(
                "GET /v1/status HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nRange: bytes=0-1\r\n\r\n"
            )
        );
    }

    #[test]
    fn a_server_that_is_not_there_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        assert!(get(&url, &[]).unwrap_err().to_string().starts_with(&format!("{url} could not be asked: ")));
    }
}
