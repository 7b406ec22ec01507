//! How long an answer may take. A database that has gone silent without hanging up would hold a request for as long as
//! it is silent; no limit of Postgres itself ends that.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::{HttpMessage as _, HttpRequest};
use tokio::time::{Instant, timeout_at};

/// When the last of a request arrived: as long as its body is on the way, it is not the answer that takes long.
#[derive(Clone, Debug)]
pub(super) struct Heard(Rc<Cell<Last>>);

#[derive(Clone, Copy, Debug)]
struct Last {
    at: Instant,
    more_to_come: bool,
}

impl Heard {
    /// Begins with the head of this request.
    pub(super) fn assign(request: &ServiceRequest) -> Self {
        let heard = Self::now();
        request.extensions_mut().insert(heard.clone());
        heard
    }

    /// What was heard of this request.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let known = request.extensions().get::<Self>().cloned();
        known.unwrap_or_else(Self::now)
    }

    fn now() -> Self {
        let last = Last {
            at: Instant::now(),
            more_to_come: false,
        };
        Self(Rc::new(Cell::new(last)))
    }

    /// Something arrived, or somebody waits for more; the body has a deadline of its own.
    pub(super) fn more(&self, more_to_come: bool) {
        self.0.set(Last {
            at: Instant::now(),
            more_to_come,
        });
    }

    /// The answer, if it comes within `limit` after the last of the request.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        answer: impl Future<Output = T>,
    ) -> Option<T> {
        let mut answer = pin!(answer);
        let mut deadline = self.0.get().at + limit;
        loop {
            if let Ok(answered) = timeout_at(deadline, &mut answer).await {
                return Some(answered);
            }
            let (last, now) = (self.0.get(), Instant::now());
            deadline = if last.more_to_come {
                now + limit
            } else {
                last.at + limit
            };
            if deadline <= now {
                return None;
            }
        }
    }
}
