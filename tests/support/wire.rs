//! A server on a port, and a client that sees what TCP carries.

#![allow(dead_code, unreachable_pub, reason = "shared by tests")]

use std::net::SocketAddr;

use poem::{
    Endpoint, Server,
    listener::{Acceptor, Listener, TcpListener},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Serves `app` on a free port until the test ends.
pub async fn serve(app: impl Endpoint + 'static) -> SocketAddr {
    serve_on(free_port(), app).await
}

/// A listener for [`serve_on`], bare or wrapped.
pub fn free_port() -> TcpListener<&'static str> {
    TcpListener::bind("127.0.0.1:0")
}

/// The same on the first address of `listener`.
pub async fn serve_on(
    listener: impl Listener + 'static,
    app: impl Endpoint + 'static,
) -> SocketAddr {
    let acceptor = listener.into_acceptor().await.unwrap();
    let address = acceptor.local_addr().remove(0);
    tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
    *address.as_socket_addr().unwrap()
}

/// Asks for `path` and reads nothing.
pub async fn send(address: SocketAddr, path: &str) -> TcpStream {
    send_with(address, path, "").await
}

/// The same with more lines in the head.
pub async fn send_with(address: SocketAddr, path: &str, headers: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// One request and its answer. Dropping it closes the connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    /// Status line and headers.
    pub head: String,
}

impl Connection {
    /// Asks for `path` and reads the head of the answer.
    pub async fn get(address: SocketAddr, path: &str) -> Self {
        Self::get_with(address, path, "").await
    }

    /// The same with more lines in the head of the request.
    pub async fn get_with(address: SocketAddr, path: &str, headers: &str) -> Self {
        let mut stream = BufReader::new(send_with(address, path, headers).await);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = stream.read_line(&mut head).await.unwrap();
            assert_ne!(read, 0, "no answer: {head}");
        }
        Self { stream, head }
    }

    /// The next chunk of the body: empty at its end, `None` where it was cut off.
    pub async fn chunk(&mut self) -> Option<Vec<u8>> {
        let mut size = String::new();
        self.stream.read_line(&mut size).await.ok()?;
        let size = usize::from_str_radix(size.strip_suffix("\r\n")?, 16).unwrap();
        let mut chunk = vec![0; size + 2];
        self.stream.read_exact(&mut chunk).await.ok()?;
        chunk.truncate(size);
        Some(chunk)
    }

    /// The rest of the body, and whether it is whole.
    pub async fn rest(mut self) -> (String, bool) {
        let mut body = Vec::new();
        let is_whole = match self.length() {
            Some(length) => {
                body.resize(length, 0);
                self.stream.read_exact(&mut body).await.is_ok()
            }
            None => loop {
                match self.chunk().await {
                    Some(chunk) if chunk.is_empty() => break true,
                    Some(chunk) => body.extend(chunk),
                    None => break false,
                }
            },
        };
        (String::from_utf8(body).unwrap(), is_whole)
    }

    fn length(&self) -> Option<usize> {
        let head = self.head.to_lowercase();
        let (_, length) = head.split_once("content-length: ")?;
        length.lines().next()?.parse().ok()
    }
}
