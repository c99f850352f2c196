//! A scripted HTTP/1.1 server: it records what it is asked, and may drop, delay or garble its answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// How many requests came before it.
    pub(crate) index: usize,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What the server does about it.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Send {
        status: u16,
        headers: String,
        body: String,
    },
    /// Closes the connection without an answer.
    Drop,
    /// Promises more than it sends, then closes the connection.
    Truncate,
    /// Answers after a while.
    Late(Duration, Box<Reply>),
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self::text(200, body.to_string())
    }

    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        Self::Send { status, headers: String::new(), body: body.into() }
    }

    /// A refusal in Google's form.
    pub(crate) fn refuse(code: u16, status: &str, message: &str) -> Self {
        Self::text(code, json!({"error": {"code": code, "status": status, "message": message}}).to_string())
    }

    /// A refusal with an `ErrorInfo`.
    pub(crate) fn refuse_because(code: u16, status: &str, reason: &str, metadata: Value) -> Self {
        let info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata});
        let body = json!({"error": {"code": code, "status": status, "message": "no", "details": [info]}});
        Self::text(code, body.to_string())
    }

    pub(crate) fn header(self, line: &str) -> Self {
        match self {
            Reply::Send { status, headers, body } => {
                Reply::Send { status, headers: format!("{headers}{line}\r\n"), body }
            }
            other => other,
        }
    }

    pub(crate) fn late(self, wait: Duration) -> Self {
        Reply::Late(wait, Box::new(self))
    }
}

pub(crate) struct FakeCloud {
    pub(crate) origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

type Script = Arc<Mutex<dyn FnMut(&Seen) -> Reply + Send>>;

impl FakeCloud {
    pub(crate) async fn start(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let script: Script = Arc::new(Mutex::new(script));
        let log = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), log.clone()));
            }
        });
        Self { origin, seen }
    }

    /// Every request so far, in order of arrival.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }

    pub(crate) fn count(&self, needle: &str) -> usize {
        self.lines().iter().filter(|line| line.contains(needle)).count()
    }
}

async fn serve(mut stream: TcpStream, script: Script, log: Arc<Mutex<Vec<Seen>>>) {
    let mut buffer = Vec::new();
    loop {
        let Some(mut seen) = read_request(&mut stream, &mut buffer).await else { return };
        let mut reply = {
            let mut log = log.lock().unwrap();
            seen.index = log.len();
            log.push(seen.clone());
            (script.lock().unwrap())(&seen)
        };
        while let Reply::Late(wait, then) = reply {
            tokio::time::sleep(wait).await;
            reply = *then;
        }
        let answer = match reply {
            Reply::Send { status, headers, body } => {
                format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
            }
            Reply::Truncate => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"na".to_owned(),
            Reply::Drop | Reply::Late(..) => return,
        };
        if stream.write_all(answer.as_bytes()).await.is_err() || answer.contains("content-length: 100\r\n\r\n{\"na") {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap_or(0_usize);
            if buffer.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&buffer[end + 4..end + 4 + length]).into_owned();
                buffer.drain(..end + 4 + length);
                let mut words = head.split(' ');
                let method = words.next()?.to_owned();
                let target = words.next()?.to_owned();
                return Some(Seen { index: 0, method, target, head, body });
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
