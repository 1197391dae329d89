//! What becomes of a handler whose client has left.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use poem::{
    listener::{Acceptor, Listener},
    web::{LocalAddr, RemoteAddr},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A listener whose connections end with their clients: a handler that still runs for one that
/// has left is dropped, and with it what it holds, such as a connection of the database.
///
/// Without it poem lets the handler run to its end, and one that never ends is kept for ever
/// (poem 3.1: the connection is awaited once more after hyper has given it up).
///
/// **Every client can then end a handler at each of its `.await`s**: between two statements, after
/// the first of two writes. What belongs together goes into one transaction, and what has to happen
/// whatever the client does (counting a wrong password) into `tokio::spawn`.
///
/// A client that closes its half of the connection before it has the answer counts as one that
/// has left; hyper sees it so by default, too.
///
/// ```no_run
/// use restflow::prelude::*;
/// # struct Ping;
/// # impl ApiView for Ping {}
/// # #[handlers]
/// # impl Ping {
/// #     async fn get(&self, _request: &Request) -> Result<Response> {
/// #         Ok(Response::new("pong"))
/// #     }
/// # }
/// # struct Api;
/// # impl UrlConf for Api {
/// #     fn urls() -> Urls {
/// #         Urls::new().path("ping/", Ping)
/// #     }
/// # }
/// # async fn run(db: DatabaseConnection) -> std::io::Result<()> {
/// let api = OpenApiService::new(restflow::api::<Api>(db), "Ping", "1.0");
/// let listener = CancelOnDisconnect::new(TcpListener::bind("127.0.0.1:8000"));
/// Server::new(listener).run(api).await
/// # }
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct CancelOnDisconnect<L>(L);

impl<L> CancelOnDisconnect<L> {
    /// Wraps a listener, or an acceptor. TLS goes inside: what is wrapped must be the connection
    /// that HTTP is spoken on.
    #[must_use]
    pub const fn new(listener: L) -> Self {
        Self(listener)
    }
}

impl<L: Listener> Listener for CancelOnDisconnect<L> {
    type Acceptor = CancelOnDisconnect<L::Acceptor>;

    async fn into_acceptor(self) -> io::Result<Self::Acceptor> {
        self.0.into_acceptor().await.map(CancelOnDisconnect)
    }
}

impl<A: Acceptor> Acceptor for CancelOnDisconnect<A> {
    type Io = ClientConnection<A::Io>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, http::uri::Scheme)> {
        let (io, local, remote, scheme) = self.0.accept().await?;
        let connection = ClientConnection {
            io,
            client_left: false,
        };
        Ok((connection, local, remote, scheme))
    }
}

/// A connection that fails once its client has left, see [`CancelOnDisconnect`].
#[derive(Debug)]
pub struct ClientConnection<I> {
    io: I,
    client_left: bool,
}

impl<I: AsyncRead + Unpin> AsyncRead for ClientConnection<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        let read = ready!(Pin::new(&mut self.io).poll_read(cx, buffer));
        let is_end = room > 0 && buffer.remaining() == room;
        self.client_left |= is_end || read.is_err();
        Poll::Ready(read)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for ClientConnection<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    /// Hyper flushes each time that it looks after a connection, so this is where it learns.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.client_left {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
