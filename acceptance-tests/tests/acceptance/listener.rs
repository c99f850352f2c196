//! Small servers on loopback that remember who came: one that always answers the same, and a proxy.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Something that listens until the test ends, and what it has been told.
#[derive(Debug)]
struct Server {
    address: SocketAddr,
    told: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(serve: impl Fn(TcpStream, &Mutex<Vec<String>>) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
        let address = listener.local_addr().expect("a listener has an address");
        let told = Arc::<Mutex<Vec<String>>>::default();
        let (serve, log) = (Arc::new(serve), Arc::clone(&told));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (serve, log) = (Arc::clone(&serve), Arc::clone(&log));
                // Whoever hangs up in the middle has changed their mind.
                thread::spawn(move || serve(stream, &log).ok());
            }
        });
        Self { address, told }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().expect("nobody panics with the lock").clone()
    }
}

/// A server that gives everybody one answer.
#[derive(Debug)]
pub(crate) struct Listener(Server);

impl Listener {
    pub(crate) fn answering(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        Self(Server::start(move |mut stream, told| {
            let head = head_of(&mut stream)?;
            told.lock().expect("nobody panics with the lock").push(head);
            stream.write_all(answer.as_bytes())
        }))
    }

    pub(crate) fn origin(&self) -> String {
        self.0.origin()
    }

    /// Request line and headers of everybody who came.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.0.told()
    }
}

/// A proxy that opens tunnels.
#[derive(Debug)]
pub(crate) struct Proxy(Server);

impl Proxy {
    pub(crate) fn start() -> Self {
        Self(Server::start(|mut stream, told| {
            let head = head_of(&mut stream)?;
            let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
            told.lock().expect("nobody panics with the lock").push(target.to_owned());
            let there = TcpStream::connect(target)?;
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            let (mut from, mut to) = (stream.try_clone()?, there.try_clone()?);
            thread::spawn(move || io::copy(&mut from, &mut to).ok());
            io::copy(&mut &there, &mut &stream).map(|_| ())
        }))
    }

    pub(crate) fn origin(&self) -> String {
        self.0.origin()
    }

    /// Where every tunnel led.
    pub(crate) fn tunnels(&self) -> Vec<String> {
        self.0.told()
    }
}

/// What comes before the empty line, which is read byte by byte so that nothing behind it is lost.
fn head_of(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).replace("\r\n", "\n"))
}
