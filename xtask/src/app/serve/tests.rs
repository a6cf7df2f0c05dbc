//! The server against a folder of its own.

use super::*;

/// A served folder with a page, a module, and a secret outside it.
struct Site {
    root: PathBuf,
    address: SocketAddr,
}

impl Site {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("darkroom-serve-{name}-{}", std::process::id()));
        let folder = root.join("dist");
        std::fs::create_dir_all(folder.join("web")).unwrap();
        std::fs::write(folder.join("index.html"), "<p>page</p>").unwrap();
        std::fs::write(folder.join("web/a file.wasm"), [0, 1, 2]).unwrap();
        std::fs::write(root.join("secret"), "secret").unwrap();
        let server = Server::bind(folder, 0).unwrap();
        let address = server.address;
        std::thread::spawn(move || server.run());
        Self { root, address }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(format!("{request} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.root));
    }
}

#[test]
fn files_come_with_their_type_and_are_not_cached() {
    let site = Site::new("types");
    let page = site.ask("GET /?x=1");
    assert!(page.starts_with("HTTP/1.1 200 OK") && page.ends_with("<p>page</p>"), "{page}");
    assert!(page.contains("text/html") && page.contains("Cache-Control: no-cache"), "{page}");
    let module = site.ask("GET /web/a%20file.wasm");
    assert!(module.contains("application/wasm") && module.contains("Content-Length: 3"), "{module}");
}

#[test]
fn head_sends_no_body() {
    let answer = Site::new("head").ask("HEAD /index.html");
    assert!(answer.contains("Content-Length: 11") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn nothing_outside_the_folder_is_served() {
    let site = Site::new("outside");
    for target in ["/../secret", "/web/../../secret", "/%2e%2e/secret", "/..%2fsecret", "//secret", "secret", "/web/%"]
    {
        let answer = site.ask(&format!("GET {target}"));
        assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
    }
}

#[test]
fn other_methods_are_refused() {
    let site = Site::new("methods");
    for method in ["POST", "PUT", "DELETE", ""] {
        assert!(site.ask(&format!("{method} /")).starts_with("HTTP/1.1 405"), "{method}");
    }
}

#[test]
fn a_taken_port_gives_the_next() {
    let first = Server::bind(std::env::temp_dir(), 18_080).unwrap();
    let second = Server::bind(std::env::temp_dir(), first.address.port()).unwrap();
    assert!(second.address.port() > first.address.port());
}
