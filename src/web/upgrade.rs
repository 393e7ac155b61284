//! Connections that leave HTTP. The app answers such a request as any other, and what its handler left in the answer
//! goes on alone with the connection: the buffers and the state of HTTP, 16 KiB and more, are given back.

use std::cell::OnceCell;
use std::fmt::Debug;
use std::future::poll_fn;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use actix_http::body::{BoxBody, MessageBody};
use actix_http::h1::{Codec, Message};
use actix_http::{ConnectionType, HttpService, Protocol, Request, Response};
use actix_server::{Server, ServerBuilder};
use actix_service::IntoServiceFactory;
use actix_web::dev::{AppConfig, Service, ServiceFactory, ServiceResponse, fn_factory, fn_service};
use actix_web::error::DispatchError;
use actix_web::rt::net::TcpStream;
use actix_web::{Error, HttpResponse};
use futures_util::SinkExt as _;
use futures_util::future::LocalBoxFuture;
use tokio::time::timeout;

use super::connection::{HEAD, Watched};

/// How long an answer may take, and the other side to read it.
const ANSWER: Duration = Duration::from_mins(1);
/// How long a connection that ends is waited for.
const GOODBYE: Duration = Duration::from_secs(1);

type Framed = actix_codec::Framed<Watched, Codec>;

/// What goes on with a connection once its answer is sent.
pub(super) struct GoesOn(Box<dyn FnOnce(TcpStream) -> LocalBoxFuture<'static, ()>>);

impl GoesOn {
    /// Leaves in an answer with the status 101 what goes on afterwards.
    pub(super) fn leave_in<F>(answer: &mut HttpResponse, then: impl FnOnce(TcpStream) -> F + 'static)
    where
        F: Future<Output = ()> + 'static,
    {
        answer.extensions_mut().insert(Self(Box::new(|stream| Box::pin(then(stream)))));
    }
}

/// Serves an app over a listener; each thread of the server makes its own with `app`. A connection ends when the other
/// side takes nothing of what it is sent for as long as `unread`.
pub(super) fn listen<F, I, S, B>(
    builder: ServerBuilder,
    listener: TcpListener,
    unread: Duration,
    app: F,
) -> std::io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Service: 'static,
    S::InitError: Debug + 'static,
    S::Future: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let stops = builder.graceful_shutdown_signal();
    let server = builder.listen("web", listener, move || {
        let stops = stops.clone();
        let app = app().into_factory();
        let made = Rc::new(OnceCell::new());
        let known = made.clone();
        let stays = fn_factory(move || {
            let (making, made) = (app.new_service(AppConfig::default()), made.clone());
            async move {
                let service = Rc::new(making.await?);
                Ok::<_, S::InitError>(made.get_or_init(|| service).clone())
            }
        });
        let leaves =
            fn_service(move |(request, framed): (Request, Framed)| leave(known.get().cloned(), request, framed));
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stops = stops.clone();
                async move { stops.notified().await }
            })
            .client_request_timeout(HEAD)
            .client_disconnect_timeout(GOODBYE)
            .on_connect_ext(|connection: &Watched, data| {
                data.insert(connection.requests());
            })
            .upgrade(leaves)
            .finish(stays);
        fn_factory(move || {
            let making = http.new_service(());
            async move {
                let http = Rc::new(making.await?);
                Ok::<_, ()>(fn_service(move |stream| serve(http.clone(), stream, unread)))
            }
        })
    })?;
    Ok(server.run())
}

/// Serves a connection to its end. HTTP has a place of its own, which is given back once the connection leaves it.
fn serve<H>(
    http: Rc<H>,
    stream: TcpStream,
    unread: Duration,
) -> impl Future<Output = Result<(), DispatchError>> + use<H>
where
    H: Service<(Watched, Protocol, Option<SocketAddr>), Response = (), Error = DispatchError>,
{
    let peer = stream.peer_addr().ok();
    let stream = Watched::new(stream, unread);
    let onward = stream.onward();
    let answered = Box::pin(async move {
        poll_fn(|context| http.poll_ready(context)).await?;
        http.call((stream, Protocol::Http1, peer)).await
    });
    async move {
        answered.await?;
        if let Some(goes_on) = onward.take() {
            goes_on.await;
        }
        Ok(())
    }
}

/// Answers, and leaves with the connection what goes on with it.
async fn leave<A, B>(app: Option<Rc<A>>, request: Request, framed: Framed) -> Result<(), Error>
where
    A: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let Some(app) = app else { return Ok(()) };
    let onward = framed.io_ref().onward();
    let answered = timeout(ANSWER, answer(app, request, framed)).await;
    if let Some((GoesOn(then), stream)) = answered.unwrap_or(Ok(None))? {
        onward.set(Some(then(stream)));
    }
    Ok(())
}

/// Answers, and gives what goes on with which connection; without that the connection ends, and so does one on which
/// something was sent before the answer.
async fn answer<A, B>(app: Rc<A>, request: Request, mut framed: Framed) -> Result<Option<(GoesOn, TcpStream)>, Error>
where
    A: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let mut response = match app.call(request).await {
        Ok(response) => Response::from(response).map_into_boxed_body(),
        Err(error) => error.error_response().into(),
    };
    let goes_on = response.extensions_mut().remove::<GoesOn>();
    if goes_on.is_none() {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    send(&mut framed, response).await?;
    Ok(goes_on.filter(|_| framed.is_read_buf_empty()).map(|goes_on| (goes_on, framed.into_parts().io.into_stream())))
}

async fn send(framed: &mut Framed, response: Response<BoxBody>) -> Result<(), Error> {
    let (head, body) = response.into_parts();
    let mut body = pin!(body);
    framed.send(Message::Item((head, body.size()))).await?;
    while let Some(chunk) = poll_fn(|context| body.as_mut().poll_next(context)).await {
        framed.send(Message::Chunk(Some(chunk?))).await?;
    }
    framed.send(Message::Chunk(None)).await?;
    Ok(())
}
