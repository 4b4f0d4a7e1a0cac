//! TXT queries without an answer, for files that write a query and its response apart. They are no answers and get no score: groups
//! count them, because a tunnel speaks in its queries too.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use crate::triage::input::record::Record;

/// Max queries that are kept while their answers may still come. Beyond that, the oldest is handed on as unanswered.
const MAX_WAITING: usize = 16 << 10;

/// Client, server and name. A response repeats the name in the same upper and lower case letters, so names are compared exactly.
type Key = [Rc<str>; 3];

/// The queries that wait for their answer.
#[derive(Default)]
pub(super) struct OpenQueries {
    /// The number of the query that is open.
    open: HashMap<Key, u64>,
    /// All queries in their order, those too that were answered since.
    asked: VecDeque<(u64, Record)>,
    count: u64,
}

fn key(record: &Record) -> Key {
    [&record.client, &record.server, &record.query].map(Rc::clone)
}

impl OpenQueries {
    /// Adds a query, or a response without a TXT answer. A repeated one counts once while the first is unanswered. If too many are
    /// kept, returns the oldest that is unanswered.
    pub(super) fn asked(&mut self, query: Record) -> Option<Record> {
        let key = key(&query);
        if self.open.contains_key(&key) {
            return None;
        }
        self.count = self.count.saturating_add(1);
        self.open.insert(key, self.count);
        self.asked.push_back((self.count, query));
        (self.asked.len() > MAX_WAITING).then(|| self.next_open(MAX_WAITING)).flatten()
    }

    /// Whoever asked for this has an answer now.
    pub(super) fn answered(&mut self, client: &Rc<str>, server: &Rc<str>, query: &Rc<str>) {
        if !self.open.is_empty() {
            self.open.remove(&[client, server, query].map(Rc::clone));
        }
    }

    /// The next query that got no answer, when none can follow.
    pub(super) fn next_unanswered(&mut self) -> Option<Record> {
        self.next_open(0)
    }

    /// Takes the oldest open query out of all but the last `keep`.
    fn next_open(&mut self, keep: usize) -> Option<Record> {
        while self.asked.len() > keep
            && let Some((number, query)) = self.asked.pop_front()
        {
            let key = key(&query);
            if self.open.get(&key) == Some(&number) {
                self.open.remove(&key);
                return Some(query);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(name: &str) -> Record {
        Record { query: name.into(), is_query: true, ..Record::default() }
    }

    #[test]
    fn a_query_and_its_response_count_once() {
        let (mut queries, nobody) = (OpenQueries::default(), Rc::from(""));
        for name in ["a", "b", "a", "c"] {
            assert_eq!(queries.asked(query(name)), None);
        }
        queries.answered(&nobody, &nobody, &"a".into());
        queries.answered(&nobody, &nobody, &"never asked".into());
        queries.asked(query("a")); // asked again, and not answered
        let names: Vec<String> = std::iter::from_fn(|| queries.next_unanswered()).map(|record| record.query.to_string()).collect();
        assert_eq!(names, ["b", "c", "a"]);
    }

    #[test]
    fn waiting_queries_are_bounded_and_none_is_lost() {
        let mut queries = OpenQueries::default();
        let given_up = (0..MAX_WAITING + 5).filter_map(|number| queries.asked(query(&number.to_string()))).count();
        let rest = std::iter::from_fn(|| queries.next_unanswered()).count();
        assert_eq!((given_up, rest, queries.open.len()), (5, MAX_WAITING, 0));
    }
}
