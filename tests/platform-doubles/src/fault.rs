//! How a double misbehaves.

use std::time::Duration;

use crate::server::Response;

/// What a double does with a call, in place of answering it as the platform would.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Answers this; the platform hears nothing of the call.
    Answer(Response),
    /// Closes the connection before it has read the body; the platform hears nothing of the call.
    ResetBeforeBody,
    /// Reads nothing and says nothing.
    HangBeforeBody,
    /// The platform does what it is asked, and the connection is closed without an answer.
    ResetAfterBody,
    /// The platform does what it is asked, and a gateway before it answers this.
    AnswerAfterBody(Response),
    /// Answers this, and the connection breaks in the middle of it; the platform hears nothing of the call.
    BreakOff(Response),
    /// The platform does what it is asked, and the connection breaks in the middle of its answer.
    BreakOffAfterBody,
    /// Reads the call, and closes the connection without the platform hearing of it.
    LoseAfterBody,
    /// The platform does what it is asked, and never answers.
    HangAfterBody,
    /// The platform does what it is asked, and answers after this long.
    Slow(Duration),
    /// The platform is brought the call twice, as by a proxy that repeats it, and its second answer comes.
    Twice,
}

/// Faults that wait for their call.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    method: String,
    path: String,
    /// What the body must hold; where there is any, a fault waits until the body is read.
    says: Vec<String>,
    fault: Fault,
    times: usize,
    /// So many calls that fit pass before.
    after: usize,
}

impl Faults {
    pub(crate) fn put(&mut self, method: &str, path: &str, fault: Fault, times: usize) {
        let (method, path) = (method.to_owned(), path.to_owned());
        self.0.push(Waiting { method, path, says: Vec::new(), fault, times, after: 0 });
    }

    pub(crate) fn put_about(&mut self, says: &[&str], fault: Fault) {
        let says = says.iter().map(|words| (*words).to_owned()).collect();
        self.0.push(Waiting { method: String::new(), path: String::new(), says, fault, times: 1, after: 0 });
    }

    pub(crate) fn put_after(&mut self, after: usize, fault: Fault) {
        let says = Vec::new();
        self.0.push(Waiting { method: String::new(), path: String::new(), says, fault, times: 1, after });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault of this call, one time fewer from now on.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let at = self.0.iter().position(|waiting| {
            let fits = (waiting.method.is_empty() || waiting.method == method) && path.contains(&waiting.path);
            fits && waiting.says.is_empty()
        })?;
        let waiting = self.0.get_mut(at)?;
        if waiting.after > 0 {
            waiting.after -= 1;
            return None;
        }
        waiting.times = waiting.times.saturating_sub(1);
        let fault = waiting.fault.clone();
        if waiting.times == 0 {
            self.0.remove(at);
        }
        Some(fault)
    }

    /// The fault of a call with this body, where one waits for what it says.
    pub(crate) fn take_about(&mut self, body: &[u8]) -> Option<Fault> {
        if self.0.iter().all(|waiting| waiting.says.is_empty()) {
            return None;
        }
        let body = String::from_utf8_lossy(body);
        let says = |waiting: &Waiting| waiting.says.iter().all(|words| body.contains(words.as_str()));
        let at = self.0.iter().position(|waiting| !waiting.says.is_empty() && says(waiting))?;
        Some(self.0.remove(at).fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_for_its_call_and_is_over_after_its_times() {
        let mut faults = Faults::default();
        faults.put("POST", "/messages", Fault::ResetAfterBody, 2);
        assert!(faults.take("GET", "/v1/messages").is_none());
        assert!(faults.take("POST", "/v1/media").is_none());
        assert!(matches!(faults.take("POST", "/v1/messages"), Some(Fault::ResetAfterBody)));
        assert!(faults.take("POST", "/v1/messages").is_some());
        assert!(faults.take("POST", "/v1/messages").is_none());
    }

    #[test]
    fn a_fault_may_wait_for_what_a_call_says() {
        let mut faults = Faults::default();
        faults.put_about(&["order-7", "refund"], Fault::Twice);
        assert!(faults.take("POST", "/graphql").is_none());
        assert!(faults.take_about(b"read order-7").is_none() && faults.take_about(b"refund order-8").is_none());
        assert!(matches!(faults.take_about(b"refund order-7"), Some(Fault::Twice)));
        assert!(faults.is_empty() && faults.take_about(b"refund order-7").is_none());
    }

    #[test]
    fn a_fault_may_let_calls_pass_before_it() {
        let mut faults = Faults::default();
        faults.put_after(2, Fault::ResetBeforeBody);
        assert!(faults.take("GET", "/a").is_none() && faults.take("POST", "/b").is_none());
        assert!(!faults.is_empty());
        assert!(faults.take("GET", "/c").is_some());
        assert!(faults.is_empty() && faults.take("GET", "/d").is_none());
    }
}
