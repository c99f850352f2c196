//! Turns a listener into the stream of connections that the gRPC server consumes.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;
use tracing::debug;

use super::lifecycle::{Lifecycle, OpenConnection};
use super::listener::{self, Listener};

const TLS_TIMEOUT: Duration = Duration::from_secs(10);
/// Accepting fails for want of file descriptors at worst; a pause lets some come back.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(50);

/// Accepts for ever. A connection that fails never ends the stream and never delays another one.
pub(crate) fn connections(
    listener: Listener,
    tls: Option<TlsAcceptor>,
    lifecycle: Arc<Lifecycle>,
) -> impl Stream<Item = Result<Connection, Infallible>> {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        loop {
            let stream = match listener.accept().await {
                Ok(stream) => stream,
                Err(error) => {
                    debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                    continue;
                }
            };
            if sender.is_closed() {
                return;
            }
            let (sender, tls, lifecycle) = (sender.clone(), tls.clone(), Arc::clone(&lifecycle));
            tokio::spawn(async move {
                match establish(stream, tls).await {
                    Ok(io) => {
                        let connection = Connection { io, _open: lifecycle.connection_opened() };
                        let _ = sender.send(connection).await;
                    }
                    Err(error) => debug!(%error, "a connection was refused"),
                }
            });
        }
    });
    ReceiverStream::new(receiver).map(Ok)
}

async fn establish(stream: listener::Stream, tls: Option<TlsAcceptor>) -> io::Result<Io> {
    match stream {
        #[cfg(unix)]
        listener::Stream::Unix(stream) => secure(stream, tls).await,
        listener::Stream::Tcp(stream) => secure(stream, tls).await,
    }
}

async fn secure(stream: impl Duplex + 'static, tls: Option<TlsAcceptor>) -> io::Result<Io> {
    match tls {
        None => Ok(Box::pin(stream)),
        Some(acceptor) => {
            let stream = tokio::time::timeout(TLS_TIMEOUT, acceptor.accept(stream)).await??;
            Ok(Box::pin(stream))
        }
    }
}

pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}
type Io = Pin<Box<dyn Duplex>>;

/// One connection, counted for as long as it is open.
pub(crate) struct Connection {
    io: Io,
    _open: OpenConnection,
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
