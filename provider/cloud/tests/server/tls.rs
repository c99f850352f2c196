//! What the client offers when it begins to speak TLS, and what it accepts.

use std::sync::{Arc, Mutex};

use crosscloud_cloud::gcp::projects;
use crosscloud_cloud::sign_in::{self, GoogleSignIn};
use crosscloud_cloud::{Api, Config, Context, Endpoints, Error, Realm, Secret, Transport};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::quick_retry;

const TLS_1_1: [u8; 2] = [3, 2];
const TLS_1_2: [u8; 2] = [3, 3];
const TLS_1_3: [u8; 2] = [3, 4];
const HANDSHAKE: u8 = 22;
/// The extension by which a client says which versions it speaks.
const SUPPORTED_VERSIONS: u16 = 43;

#[tokio::test]
async fn nothing_older_than_tls_1_2_is_offered_or_accepted() {
    let hello = Arc::<Mutex<Vec<u8>>>::default();
    let after = Arc::<Mutex<Vec<u8>>>::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    let (first, rest) = (hello.clone(), after.clone());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut header = [0; 5];
            stream.read_exact(&mut header).await.unwrap();
            let mut record = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
            stream.read_exact(&mut record).await.unwrap();
            *first.lock().unwrap() = record;
            stream.write_all(&answer_of_an_old_server()).await.unwrap();
            let mut more = Vec::new();
            let _ = stream.read_to_end(&mut more).await;
            rest.lock().unwrap().extend(more);
        }
    });
    let endpoints = Endpoints::official().with_custom(Api::ResourceManager, &origin).unwrap();
    let token = GoogleSignIn { access_token: Some(Secret::new("very-secret-bearer")), ..GoogleSignIn::default() };
    let tokens = sign_in::google(&token, &Realm::Real, |_| None);
    let mut config = Config::new(endpoints, tokens, "crosscloud-tests/1");
    config.retry = quick_retry();
    let transport = Transport::new(config).unwrap();
    let error = transport.send(&projects::get("p"), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains("TLS") || error.to_string().contains("Tls"), "{error}");

    let hello = hello.lock().unwrap().clone();
    assert_eq!(versions(&hello), [TLS_1_3, TLS_1_2]);
    // Then nothing but an alert: the first byte of a record says what it is.
    let after = after.lock().unwrap().clone();
    assert!(after.is_empty() || after[0] == 21, "{after:?}");
}

/// A `ServerHello` that chooses TLS 1.1.
fn answer_of_an_old_server() -> Vec<u8> {
    let mut body = TLS_1_1.to_vec();
    body.extend([7; 32]); // Random.
    body.push(0); // No session.
    body.extend([0xc0, 0x14, 0]); // ECDHE_RSA_WITH_AES_256_CBC_SHA, no compression.
    let mut message = vec![2, 0, 0, u8::try_from(body.len()).unwrap()];
    message.extend(body);
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    [&[HANDSHAKE][..], &TLS_1_1, &length, &message].concat()
}

/// The versions in the extension of a `ClientHello`.
fn versions(hello: &[u8]) -> Vec<[u8; 2]> {
    let two = |at: usize| usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
    // Type and length, version, random; then session, suites and compression, each behind its length.
    let session = 4 + 2 + 32;
    let suites = session + 1 + usize::from(hello[session]);
    let compression = suites + 2 + two(suites);
    let mut at = compression + 1 + usize::from(hello[compression]) + 2;
    while at < hello.len() {
        let (kind, length) = (two(at), two(at + 2));
        if kind == usize::from(SUPPORTED_VERSIONS) {
            let listed = &hello[at + 5..at + 4 + length];
            let pairs = listed.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
            return pairs.collect();
        }
        at += 4 + length;
    }
    panic!("the client does not say which versions it speaks");
}
