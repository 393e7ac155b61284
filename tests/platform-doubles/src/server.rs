//! A platform behind a port of this machine.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep};
use url::form_urlencoded;

use crate::fault::{Fault, Faults};

/// A call as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The decoded query parameters.
    pub query: Vec<(String, String)>,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Request {
    /// The first value of a header; `""` without it.
    pub fn header(&self, name: &str) -> &str {
        first(&self.headers, name)
    }

    /// The first value of a query parameter; `""` without it.
    pub fn query(&self, name: &str) -> &str {
        first(&self.query, name)
    }

    /// The token of `Authorization: Bearer`; `""` without one.
    pub fn bearer(&self) -> &str {
        self.header("authorization").strip_prefix("Bearer ").unwrap_or_default()
    }

    /// The path in its parts.
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as the fields of a form.
    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// Nothing but a status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// A JSON document.
    pub fn json(status: u16, document: &impl Serialize) -> Self {
        let body = serde_json::to_vec(document).unwrap_or_default().into();
        Self { status, headers: vec![("content-type".to_owned(), "application/json".to_owned())], body }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A platform, as far as the desk sees of it.
#[async_trait]
pub trait Platform: Send + Sync + 'static {
    /// Answers a call.
    async fn answer(&self, request: Request) -> Response;
}

/// A platform that listens, until it is dropped.
pub struct Double<P> {
    /// Where.
    pub address: SocketAddr,
    /// The platform.
    pub platform: Arc<P>,
    faults: Arc<Mutex<Faults>>,
    calls: Arc<Mutex<Vec<Request>>>,
    listens: JoinHandle<()>,
}

impl<P> Drop for Double<P> {
    fn drop(&mut self) {
        self.listens.abort();
    }
}

impl<P: Platform> Double<P> {
    /// Listens at a free port of this machine.
    pub async fn start(platform: P) -> io::Result<Self> {
        Self::start_at(platform, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Listens at this address.
    pub async fn start_at(platform: P, address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let platform = Arc::new(platform);
        let (faults, calls) = (Arc::<Mutex<Faults>>::default(), Arc::<Mutex<Vec<Request>>>::default());
        let door = Door { platform: platform.clone(), faults: faults.clone(), calls: calls.clone() };
        let listens = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(door.clone().serve(stream));
            }
        });
        Ok(Self { address, platform, faults, calls, listens })
    }

    /// The address of the platform, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Misbehaves so often from now on with calls of this method (`""`: any) whose path contains this.
    pub fn misbehave(&self, method: &str, path: &str, fault: Fault, times: usize) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).put(method, path, fault, times);
    }

    /// Misbehaves once, with a call whose body holds all these words. The body is read by then, whatever the fault.
    pub fn misbehave_about(&self, says: &[&str], fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).put_about(says, fault);
    }

    /// Misbehaves once, with the call after so many.
    pub fn misbehave_after(&self, calls: usize, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).put_after(calls, fault);
    }

    /// Whether a fault still waits for its call.
    pub fn means_to_misbehave(&self) -> bool {
        !self.faults.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Behaves from now on.
    pub fn behave(&self) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What the platform was asked, faults without it left out, oldest first.
    pub fn calls(&self) -> Vec<Request> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what the platform was asked so far; gives how many calls that were.
    pub fn forget_calls(&self) -> usize {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner)).len()
    }
}

struct Door<P> {
    platform: Arc<P>,
    faults: Arc<Mutex<Faults>>,
    calls: Arc<Mutex<Vec<Request>>>,
}

impl<P> Clone for Door<P> {
    fn clone(&self) -> Self {
        Self { platform: self.platform.clone(), faults: self.faults.clone(), calls: self.calls.clone() }
    }
}

impl<P: Platform> Door<P> {
    async fn serve(self, stream: TcpStream) {
        let answer = service_fn(|request| self.answer(request));
        // A connection that ends badly is what a fault is for, or the other side's wish.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
    }

    async fn answer(&self, request: hyper::Request<Incoming>) -> io::Result<hyper::Response<Answer>> {
        let (head, body) = request.into_parts();
        let (method, path) = (head.method.as_str().to_owned(), head.uri.path().to_owned());
        let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).take(&method, &path);
        match &fault {
            Some(Fault::ResetBeforeBody) => return Err(io::ErrorKind::ConnectionReset.into()),
            Some(Fault::HangBeforeBody) => return pending().await,
            _ => {}
        }
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let fault = fault.or_else(|| self.faults.lock().unwrap_or_else(PoisonError::into_inner).take_about(&body));
        match fault {
            Some(Fault::Answer(response)) => return Ok(wire(response)),
            Some(Fault::BreakOff(response)) => return Ok(cut(response)),
            Some(Fault::LoseAfterBody | Fault::ResetBeforeBody) => return Err(io::ErrorKind::ConnectionReset.into()),
            Some(Fault::HangBeforeBody) => return pending().await,
            _ => {}
        }
        let query = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let headers = head
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        let request = Request { method, path, query, headers: headers.collect(), body };
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        if matches!(fault, Some(Fault::Twice)) {
            self.platform.answer(request.clone()).await;
        }
        let response = self.platform.answer(request).await;
        match fault {
            Some(Fault::ResetAfterBody) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(Fault::HangAfterBody) => pending().await,
            Some(Fault::AnswerAfterBody(other)) => Ok(wire(other)),
            Some(Fault::BreakOffAfterBody) => Ok(cut(response)),
            Some(Fault::Slow(long)) => {
                sleep(long).await;
                Ok(wire(response))
            }
            _ => Ok(wire(response)),
        }
    }
}

/// A body, whole or cut off.
type Answer = Either<Full<Bytes>, Half>;

fn wire(response: Response) -> hyper::Response<Answer> {
    let whole = Either::Left(Full::new(response.body.clone()));
    built(response, whole)
}

fn cut(response: Response) -> hyper::Response<Answer> {
    let half = Half { all: response.body.clone(), breaks: None };
    built(response, Either::Right(half))
}

fn built(response: Response, body: Answer) -> hyper::Response<Answer> {
    let mut built = hyper::Response::builder().status(response.status);
    for (name, value) in response.headers {
        built = built.header(name, value);
    }
    built.body(body).unwrap_or_else(|_| hyper::Response::new(Either::Left(Full::default())))
}

/// A body of which the first half comes, before the connection breaks.
struct Half {
    all: Bytes,
    /// Set when the half was handed on: it leaves while this lasts.
    breaks: Option<Pin<Box<Sleep>>>,
}

impl Body for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(breaks) = &mut self.breaks {
            ready!(breaks.as_mut().poll(context));
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
        }
        self.breaks = Some(Box::pin(sleep(Duration::from_millis(20))));
        let half = self.all.slice(..self.all.len() / 2);
        Poll::Ready(Some(Ok(Frame::data(half))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.all.len()).unwrap_or_default())
    }
}
