//! A transport for tests: answers from a list, and keeps what was asked.

use std::cell::RefCell;
use std::collections::VecDeque;

use crate::contract::types::Error;
use crate::fault;
use crate::http::{Request, Response, Transport};

/// A made-up network.
#[derive(Default)]
pub(crate) struct Wire {
    answers: RefCell<VecDeque<(u16, Vec<(String, String)>, Vec<u8>)>>,
    asked: RefCell<Vec<Request>>,
}

impl Wire {
    /// The next answer is this one.
    pub(crate) fn then(self, status: u16, body: &str) -> Self {
        self.then_with(status, &[], body)
    }

    /// The next answer is this one, with headers.
    pub(crate) fn then_with(self, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.answers.borrow_mut().push_back((status, headers, body.as_bytes().to_vec()));
        self
    }

    /// What was asked, in order.
    pub(crate) fn asked(&self) -> std::cell::Ref<'_, Vec<Request>> {
        self.asked.borrow()
    }

    /// The form that the request of this number carried, decoded.
    pub(crate) fn form(&self, at: usize) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.asked.borrow()[at].body).into_owned().collect()
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> Result<Response, Error> {
        self.asked.borrow_mut().push(request);
        match self.answers.borrow_mut().pop_front() {
            Some((status, headers, body)) => Ok(Response::new(status, headers, Box::new(body))),
            None => Err(fault::internal("The test has no answer left.")),
        }
    }
}
