//! The sessions of the sample app, in memory and limited in number.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use openidconnect::RefreshToken;

use super::relying_party::{Pending, SignedIn};
use crate::crypto::Token;

/// The maximum number of visitors; the oldest one is dropped.
const MAX_VISITORS: usize = 256;
/// The maximum number of unfinished sign-ins in one browser, for example in several tabs.
const MAX_PENDING: usize = 8;

/// A browser.
#[derive(Debug)]
pub struct Visitor {
    /// The value of its cookie.
    id: Token,
    /// The CSRF token of its forms.
    pub csrf: Token,
    /// The unfinished sign-ins, the oldest first.
    pending: VecDeque<Pending>,
    /// The result of the sign-in.
    pub account: Option<Arc<SignedIn>>,
    /// The refresh token; `None` during a refresh, since using a rotated token twice revokes the grant (RFC 9700 section
    /// 4.14.2).
    pub refresh: Option<RefreshToken>,
    /// The `state` of an unfinished sign-out.
    pub sign_out_state: Option<String>,
    /// A notice for the next page.
    pub notice: Option<&'static str>,
}

impl Visitor {
    /// A browser that has not signed in.
    pub fn new() -> Self {
        Self {
            id: Token::random(),
            csrf: Token::random(),
            pending: VecDeque::new(),
            account: None,
            refresh: None,
            sign_out_state: None,
            notice: None,
        }
    }

    /// The value of its cookie.
    pub fn cookie(&self) -> &str {
        self.id.as_str()
    }

    /// Signs the visitor in, with a new cookie against session fixation.
    pub fn sign_in(&mut self, account: SignedIn, refresh: Option<RefreshToken>) {
        self.id = Token::random();
        self.csrf = Token::random();
        self.account = Some(Arc::new(account));
        self.refresh = refresh;
    }

    /// Stores an unfinished sign-in.
    pub fn begin(&mut self, pending: Pending) {
        if self.pending.len() >= MAX_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(pending);
    }

    /// Removes the sign-in with this `state`, so that each can be finished only once.
    pub fn take_pending(&mut self, state: &str) -> Option<Pending> {
        let at = self.pending.iter().position(|pending| pending.state == state)?;
        self.pending.remove(at)
    }
}

/// All visitors.
#[derive(Debug, Default)]
pub struct Visitors(Mutex<VecDeque<Visitor>>);

impl Visitors {
    /// Adds a visitor and returns the value of its cookie.
    pub fn add(&self, visitor: Visitor) -> String {
        let cookie = visitor.cookie().to_owned();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_VISITORS {
            all.pop_front();
        }
        all.push_back(visitor);
        cookie
    }

    /// Runs `work` on the visitor with this cookie, if there is one.
    pub fn with<T>(&self, cookie: &str, work: impl FnOnce(&mut Visitor) -> T) -> Option<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter_mut()
            .find(|visitor| visitor.cookie() == cookie)
            .map(work)
    }

    /// Removes and returns the visitor with this cookie.
    pub fn remove(&self, cookie: &str) -> Option<Visitor> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|visitor| visitor.cookie() == cookie)?;
        all.remove(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(state: &str) -> Pending {
        Pending::sample(state)
    }

    #[test]
    fn a_sign_in_is_finished_once_and_only_in_its_own_browser() {
        let visitors = Visitors::default();
        let (mine, other) = (visitors.add(Visitor::new()), visitors.add(Visitor::new()));
        visitors.with(&mine, |visitor| visitor.begin(pending("s1")));
        let take = |cookie: &str| {
            visitors
                .with(cookie, |visitor| visitor.take_pending("s1"))
                .flatten()
        };
        assert!(take(&other).is_none());
        assert!(take(&mine).is_some());
        assert!(take(&mine).is_none());
    }

    #[test]
    fn the_oldest_unfinished_sign_in_is_dropped() {
        let mut visitor = Visitor::new();
        for number in 0..=MAX_PENDING {
            visitor.begin(pending(&number.to_string()));
        }
        assert!(visitor.take_pending("0").is_none());
        assert!(visitor.take_pending("1").is_some());
    }

    #[test]
    fn the_oldest_visitor_is_dropped() {
        let visitors = Visitors::default();
        let first = visitors.add(Visitor::new());
        let second = visitors.add(Visitor::new());
        for _ in 0..MAX_VISITORS - 1 {
            visitors.add(Visitor::new());
        }
        assert!(visitors.with(&first, |_| ()).is_none());
        assert!(visitors.remove(&second).is_some());
        assert!(visitors.remove(&second).is_none());
    }
}
