//! A small server of static files for this machine alone.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::error::TaskError;

/// How many ports are tried after the first.
const SPARE_PORTS: u16 = 20;
/// The longest request line and headers that are read.
const LONGEST_HEAD: u64 = 16 * 1024;

/// A server that listens on the loopback address.
pub(crate) struct Server {
    folder: PathBuf,
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens on `port`, or on the next free one; port 0 takes any.
    ///
    /// # Errors
    /// No port is free.
    pub(crate) fn bind(folder: PathBuf, port: u16) -> Result<Self, TaskError> {
        let last = if port == 0 { 0 } else { port.saturating_add(SPARE_PORTS) };
        let listener = (port..=last).find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
        let listener = listener.ok_or(TaskError::NoPort { first: port, last })?;
        let address = listener.local_addr().map_err(|_| TaskError::NoPort { first: port, last })?;
        let folder = folder.canonicalize().map_err(TaskError::file("serve", &folder))?;
        Ok(Self { folder, listener, address })
    }

    /// Where the page is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers until the program ends, each connection on a thread of its own.
    pub(crate) fn run(self) {
        for stream in self.listener.incoming().flatten() {
            let folder = self.folder.clone();
            std::thread::spawn(move || {
                // A visitor who leaves before the answer is no error of the server.
                drop(answer(&folder, &stream));
            });
        }
    }
}

fn answer(folder: &Path, stream: &TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut reader = BufReader::new(stream.take(LONGEST_HEAD));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let send_body = match method {
        "GET" => true,
        "HEAD" => false,
        _ => return refuse(stream, "405 Method Not Allowed"),
    };
    let Some(file) = resolve(folder, target) else { return refuse(stream, "404 Not Found") };
    let Ok(mut content) = File::open(&file) else { return refuse(stream, "404 Not Found") };
    head(stream, "200 OK", mime(&file), content.metadata()?.len())?;
    if send_body {
        let mut stream = stream;
        std::io::copy(&mut content, &mut stream)?;
    }
    Ok(())
}

fn refuse(stream: &TcpStream, status: &str) -> std::io::Result<()> {
    head(stream, status, "text/plain; charset=utf-8", status.len() as u64)?;
    let mut stream = stream;
    stream.write_all(status.as_bytes())
}

fn head(mut stream: &TcpStream, status: &str, kind: &str, length: u64) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-cache\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
}

/// The file that a request's target names, if it lies inside `folder`.
fn resolve(folder: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = PathBuf::from(percent_decoded(path)?);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let mut file = folder.join(path);
    if file.is_dir() {
        file.push("index.html");
    }
    // A link that leads out of the folder is followed no further.
    file.canonicalize().ok().filter(|file| file.starts_with(folder) && file.is_file())
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "md" | "txt" => "text/plain; charset=utf-8",
        // A `.nii.gz` stays compressed: it is gzip as a file, not as a way of sending.
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
