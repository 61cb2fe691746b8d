//! A little HTTP server that answers as it is told and keeps what it was asked.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use strowger_event::percent;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// One request as it came.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `POST /path HTTP/1.1`.
    pub line: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Request {
    /// The fields of the body, in order.
    pub fn fields(&self) -> Vec<(String, String)> {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap();
            (percent::decode(name), percent::decode(value))
        };
        self.body.split('&').map(pair).collect()
    }

    pub fn field(&self, name: &str) -> Option<String> {
        self.fields().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// Makes the whole answer of a request; `None` leaves it open without one.
pub type Answer = dyn Fn(&Request) -> Option<String> + Send + Sync;

pub struct Server {
    pub port: u16,
    /// Answers wait while it has no permits.
    pub gate: Arc<Semaphore>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub async fn start(answer: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) -> Server {
        Self::start_with(answer, None).await
    }

    pub async fn start_with(
        answer: impl Fn(&Request) -> Option<String> + Send + Sync + 'static,
        tls: Option<TlsAcceptor>,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let gate = Arc::new(Semaphore::new(1000));
        let open = Arc::clone(&gate);
        let (kept, answer) = (Arc::clone(&requests), Arc::new(answer) as Arc<Answer>);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, kept, open, tls) =
                    (Arc::clone(&answer), Arc::clone(&kept), Arc::clone(&open), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, answer, kept, open).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, answer, kept, open).await;
                            }
                        }
                    }
                });
            }
        });
        Server { port, gate, requests }
    }

    /// How much was asked since then.
    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// What was asked since the last time.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: Arc<Answer>,
    kept: Arc<Mutex<Vec<Request>>>,
    gate: Arc<Semaphore>,
) {
    let mut bytes = Vec::new();
    loop {
        let Some(request) = take(&mut bytes) else {
            if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return;
            }
            continue;
        };
        kept.lock().unwrap().push(request.clone());
        let _permit = gate.acquire().await.unwrap();
        match answer(&request) {
            // Who goes away before the end does not matter.
            Some(text) => drop(stream.write_all(text.as_bytes()).await),
            None => std::future::pending().await,
        }
    }
}

fn take(bytes: &mut Vec<u8>) -> Option<Request> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, _) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: HashMap<_, _> =
        lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let from = head.len() + 4;
    let body = String::from_utf8(bytes.get(from..from + length)?.to_vec()).unwrap();
    bytes.drain(..from + length);
    Some(Request { line, headers, body })
}

/// An answer with this status, these lines of its head, and this text.
pub fn http(status: &str, head: &str, text: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{head}\r\n{text}", text.len()))
}

pub fn ok(text: &str) -> Option<String> {
    http("200 OK", "Content-Type: text/xml\r\n", text)
}
