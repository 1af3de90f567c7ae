//! Pages of lists.

use serde::Serialize;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listing<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// Whether there is a next page.
    pub has_more: bool,
}

impl<T> Listing<T> {
    /// A page of at most `limit` rows, made from up to [`one_more`] rows.
    pub(super) fn of(mut rows: Vec<T>, limit: u16) -> Self {
        let has_more = rows.len() > usize::from(limit);
        rows.truncate(limit.into());
        Self { rows, has_more }
    }

    /// The key of the last row, after which the next page begins, if there is one.
    pub fn next<K>(&self, key: impl Fn(&T) -> K) -> Option<K> {
        self.rows.last().filter(|_| self.has_more).map(key)
    }
}

/// How many rows to read for a page, to know whether there is a next one.
pub(super) fn one_more(limit: u16) -> i64 {
    i64::from(limit) + 1
}

#[cfg(test)]
mod tests {
    use super::Listing;

    #[test]
    fn a_row_beyond_the_page_says_that_there_is_more() {
        let full = Listing::of(vec![1, 2, 3], 2);
        assert_eq!((full.rows.as_slice(), full.has_more), (&[1, 2][..], true));
        assert_eq!(full.next(|last| *last), Some(2));
        assert_eq!(Listing::of(vec![1, 2], 2).next(|last| *last), None);
        assert_eq!(Listing::of(Vec::<u8>::new(), 2).next(|last| *last), None);
    }
}
