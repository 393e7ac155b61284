//! Bodies of requests have their time, whichever handler reads them: whoever announces one and does not send it keeps no
//! connection.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::BoxedPayloadStream;
use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes};
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep};

use super::connection::{Requests, UnderWay};
use super::error::Error;
use super::unreadable;
use crate::app::Desk;
use crate::config::HttpConfig;

/// What is said to whoever was waited for.
const TOO_SLOW: &str = "What you sent did not come in time, so nothing of it was kept. Send it again.";

/// How long a body is waited for.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// How long nothing of it may come; a small body is whole within that.
    silent: Duration,
    /// How many bytes it must bring for each further second.
    slowest: u64,
    /// How long it may take in all.
    whole: Duration,
}

impl Patience {
    fn of(config: &HttpConfig) -> Self {
        Self {
            silent: Duration::from_secs(config.silent_seconds),
            slowest: config.slowest_bytes.max(1),
            whole: Duration::from_secs(config.body_seconds),
        }
    }

    /// How long the next piece may take, when so many bytes came, were waited for so long, and so much time is over
    /// since the first was asked for.
    fn left(self, received: u64, waited: Duration, over: Duration) -> Duration {
        let earned = Duration::from_millis(received.saturating_mul(1_000) / self.slowest);
        let slow = self.silent.saturating_add(earned).saturating_sub(waited);
        self.silent.min(slow).min(self.whole.saturating_sub(over))
    }
}

/// Waits for the body of a request only so long, and then answers that it did not come.
pub(super) async fn keep(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Held>, actix_web::Error> {
    let under_way = request.conn_data::<Rc<Requests>>().map(Requests::begin);
    let patience = request
        .app_data::<web::Data<Desk>>()
        .map_or_else(|| Patience::of(&HttpConfig::default()), |desk| Patience::of(&desk.config.http));
    let body = match request.take_payload() {
        Payload::None => None,
        payload => {
            let body = Rc::new(Body { payload: RefCell::new(payload), is_late: Cell::new(false) });
            let pieces: BoxedPayloadStream = Box::pin(Pieces::new(body.clone(), patience));
            request.set_payload(Payload::Stream { payload: pieces });
            Some(body)
        }
    };
    let answered = next.call(request).await?;
    let answered = if body.as_ref().is_some_and(|body| body.is_late.get()) {
        let error = unreadable::answer(answered.request(), Error::TooSlow(TOO_SLOW.to_owned()));
        answered.into_response(error.error_response())
    } else {
        answered.map_into_boxed_body()
    };
    Ok(answered.map_body(|_, answer| Held { answer, _body: body, _request: under_way }))
}

/// The body of a request, as it comes from the connection.
struct Body {
    payload: RefCell<Payload>,
    is_late: Cell<bool>,
}

/// The same as it is handed out: it ends when it was waited for too long.
struct Pieces {
    body: Rc<Body>,
    patience: Patience,
    /// When the first one was asked for: what the desk does before is no fault of the sender's.
    begun: Option<Instant>,
    received: u64,
    waited: Duration,
    /// Since when the next one is waited for, and until when.
    waits: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Pieces {
    fn new(body: Rc<Body>, patience: Patience) -> Self {
        Self { body, patience, begun: None, received: 0, waited: Duration::ZERO, waits: None }
    }

    fn give_up(&mut self) -> Poll<Option<Result<Bytes, PayloadError>>> {
        self.body.is_late.set(true);
        self.waits = None;
        Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.body.is_late.get() {
            return Poll::Ready(None);
        }
        let over = this.begun.get_or_insert_with(Instant::now).elapsed();
        let next = Pin::new(&mut *this.body.payload.borrow_mut()).poll_next(context);
        match next {
            Poll::Ready(Some(Ok(piece))) => {
                if over >= this.patience.whole {
                    return this.give_up();
                }
                if let Some((since, _)) = this.waits.take() {
                    this.waited = this.waited.saturating_add(since.elapsed());
                }
                let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                this.received = this.received.saturating_add(length);
                Poll::Ready(Some(Ok(piece)))
            }
            Poll::Ready(end) => Poll::Ready(end),
            Poll::Pending => {
                let left = this.patience.left(this.received, this.waited, over);
                let (_, end) = this.waits.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
                if end.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                this.give_up()
            }
        }
    }
}

/// An answer, and what stays until it is sent: the request is under way until then, and a body that nobody read to its end
/// is not taken for one that is only to be read past, which would be waited for without end.
pub(super) struct Held {
    answer: BoxBody,
    _body: Option<Rc<Body>>,
    _request: Option<UnderWay>,
}

impl MessageBody for Held {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.get_mut().answer.as_pin_mut().poll_next(context)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};

    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn usual() -> Patience {
        Patience::of(&HttpConfig::default())
    }

    fn pieces(of: impl Stream<Item = Result<Bytes, PayloadError>> + 'static, patience: Patience) -> (Pieces, Rc<Body>) {
        let payload: BoxedPayloadStream = Box::pin(of);
        let payload = Payload::Stream { payload };
        let body = Rc::new(Body { payload: RefCell::new(payload), is_late: Cell::new(false) });
        (Pieces::new(body.clone(), patience), body)
    }

    #[test]
    fn a_byte_now_and_then_earns_no_time() {
        assert_eq!(usual().left(0, seconds(0), seconds(0)), seconds(30));
        assert_eq!(usual().left(7, seconds(29), seconds(29)).as_secs(), 1);
        assert_eq!(usual().left(30, seconds(31), seconds(31)), seconds(0));
    }

    #[test]
    fn a_slow_line_that_goes_on_brings_the_largest_body() {
        let largest = 40 * 1024 * 1024;
        let mut second = 0;
        while second * 64_000 < largest {
            let left = usual().left(second * 64_000, seconds(second), seconds(second));
            assert!(left > seconds(1), "after {second} s");
            second += 1;
        }
    }

    #[test]
    fn nothing_may_come_for_a_while_only_and_nobody_sends_without_end() {
        let much = 1 << 30;
        assert_eq!(usual().left(much, seconds(5), seconds(100)), seconds(30), "as long as at the beginning");
        assert_eq!(usual().left(much, seconds(5), seconds(890)), seconds(10));
        assert_eq!(usual().left(much, seconds(5), seconds(2_000)), seconds(0));
    }

    #[tokio::test]
    async fn a_body_is_handed_on_as_it_comes() {
        let all = ["a", "bc"].map(|text| Ok(Bytes::from_static(text.as_bytes())));
        let (mut pieces, body) = pieces(stream::iter(all), usual());
        assert_eq!(pieces.next().await.unwrap().unwrap(), "a");
        assert_eq!(pieces.next().await.unwrap().unwrap(), "bc");
        assert!(pieces.next().await.is_none());
        assert!(!body.is_late.get());
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_ends() {
        let hasty = Patience { silent: Duration::from_millis(1), ..usual() };
        let first = stream::iter([Ok(Bytes::from_static(b"a"))]);
        let (mut pieces, body) = pieces(first.chain(stream::pending()), hasty);
        assert!(pieces.next().await.unwrap().is_ok());
        assert!(pieces.next().await.unwrap().is_err());
        assert!(pieces.next().await.is_none());
        assert!(body.is_late.get());
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_cut_though_it_always_comes() {
        let hasty = Patience { whole: Duration::from_millis(1), ..usual() };
        let endless = stream::repeat_with(|| Ok(Bytes::from_static(b"a")));
        let (mut pieces, body) = pieces(endless, hasty);
        while pieces.next().await.unwrap().is_ok() {}
        assert!(body.is_late.get());
    }
}
