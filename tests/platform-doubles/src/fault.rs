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
    /// Reads the call, and closes the connection without the platform hearing of it.
    LoseAfterBody,
    /// The platform does what it is asked, and never answers.
    HangAfterBody,
    /// The platform does what it is asked, and answers after this long.
    Slow(Duration),
}

/// Faults that wait for their call.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    method: String,
    path: String,
    fault: Fault,
    times: usize,
}

impl Faults {
    pub(crate) fn put(&mut self, method: &str, path: &str, fault: Fault, times: usize) {
        self.0.push(Waiting { method: method.to_owned(), path: path.to_owned(), fault, times });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault of this call, one time fewer from now on.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let at = self.0.iter().position(|waiting| {
            (waiting.method.is_empty() || waiting.method == method) && path.contains(&waiting.path)
        })?;
        let waiting = self.0.get_mut(at)?;
        waiting.times = waiting.times.saturating_sub(1);
        let fault = waiting.fault.clone();
        if waiting.times == 0 {
            self.0.remove(at);
        }
        Some(fault)
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
}
