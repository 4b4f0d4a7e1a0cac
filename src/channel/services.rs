//! Services whose clients ask for thousands of names made by machines: block lists, reputation, registries, tests of resolvers.
//!
//! A known service names a channel and never suppresses one: whoever answers for such a domain may still be a tunnel. The app has the same
//! file as a lookup. Each line names the public document that it is from.

use std::sync::LazyLock;

use crate::domain;

const CSV: &str = include_str!("../../lookups/dnstxtscore_services.csv");

/// A line of the lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The registered domain.
    pub domain: &'static str,
    pub name: &'static str,
    pub kind: &'static str,
    pub source: &'static str,
}

/// All services, in the order of the file. Its cells hold no commas and no quotes, which a test checks with a parser of CSV.
pub static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(|| {
    let read = |line: &'static str| {
        let mut cells = line.split(',');
        Some(Service { domain: cells.next()?, name: cells.next()?, kind: cells.next()?, source: cells.next()? })
    };
    CSV.lines().skip(1).filter_map(read).collect()
});

/// The name of the service below whose domain this name is.
pub fn service_of(name: &[u8]) -> Option<&'static str> {
    let domain = domain::registered_domain(name)?;
    SERVICES.iter().find(|service| service.domain == domain).map(|service| service.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_a_service_are_known_and_others_are_not() {
        assert_eq!(service_of(b"2.0.0.127.zen.Spamhaus.org."), Some("Spamhaus"));
        assert_eq!(service_of(b"spamhaus.org.example.com"), None);
        assert_eq!(service_of(b""), None);
    }

    #[test]
    fn the_lookup_is_read_as_a_parser_of_csv_reads_it() {
        let mut reader = csv::Reader::from_reader(CSV.as_bytes());
        assert_eq!(reader.headers().unwrap(), &["domain", "service", "kind", "source"][..]);
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), SERVICES.len());
        for (row, service) in rows.iter().zip(SERVICES.iter()) {
            let Service { domain, name, kind, source } = *service;
            assert_eq!(row, &[domain, name, kind, source][..]);
            assert_eq!(domain::registered_domain(domain.as_bytes()).as_deref(), Some(domain));
            assert!(source.starts_with("https://"), "{domain}");
        }
    }
}
