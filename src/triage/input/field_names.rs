//! The names of columns and members by what they hold, with the product that writes them. A name with dots leads through
//! objects. Of each list the first name that is there counts.
//!
//! `tests/exports.rs` reads an event of each product. Sources: CIM's Network Resolution data model; Zeek's dns.log; Suricata's EVE; the Elastic Common Schema; OCSF's class 4003; the
//! query logs of Route 53 Resolver and Google Cloud DNS; Sentinel's ASIM schema for DNS; Wireshark's display filter reference.

/// A name and who writes it.
pub type Name = (&'static str, &'static str);

/// The names that the user chose, which come before those of the tables.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    pub answer: Option<String>,
    pub time: Option<String>,
    pub client: Option<String>,
    pub server: Option<String>,
    pub query: Option<String>,
    pub kind: Option<String>,
}

impl Chosen {
    /// Whether any was chosen.
    pub fn is_any(&self) -> bool {
        [&self.answer, &self.time, &self.client, &self.server, &self.query, &self.kind].iter().any(|name| name.is_some())
    }
}

/// The answer as a text, or several.
pub const ANSWER: [Name; 10] = [
    ("text", "ours; Splunk Stream"),
    ("answer", "CIM"),
    ("DNS.answer", "CIM, after tstats"),
    ("answers{}", "Splunk's export of a JSON list"),
    ("dns.txt", "tshark"),
    ("layers.dns.txt", "tshark -T json -e"),
    ("layers.dns_txt", "tshark -T ek -e"),
    ("dns.answers.data", "Kibana's CSV"),
    ("DnsResponseName", "ASIM"),
    ("txt", "dnsx"),
];

pub const TIME: [Name; 18] = [
    ("time", "ours; OCSF"),
    ("_time", "Splunk"),
    ("@timestamp", "Elastic"),
    ("query_timestamp", "Route 53 Resolver"),
    ("timestamp", "Suricata; Google Cloud; tshark -T ek"),
    ("ts", "Zeek"),
    ("firstTime", "searches of the app"),
    ("TimeGenerated", "Sentinel"),
    ("TimeGenerated [UTC]", "Sentinel's portal"),
    ("EventStartTime", "ASIM"),
    ("Timestamp", "Defender"),
    ("T", "AdGuard Home"),
    ("frame.time_epoch", "tshark"),
    ("frame.time", "tshark"),
    ("layers.frame.frame.time_epoch", "tshark -T json"),
    ("layers.frame.time_epoch", "tshark -T json -e"),
    ("time_first", "COF, DNSDB"),
    ("dnstap.timestamp-rfc3339ns", "DNS-collector"),
];

pub const CLIENT: [Name; 26] = [
    ("client", "ours"),
    ("src", "CIM"),
    ("DNS.src", "CIM, after tstats"),
    ("src_ip", "Suricata; Splunk Stream"),
    ("id.orig_h", "Zeek"),
    ("id_orig_h", "Zeek, with underscores"),
    ("client.ip", "Elastic"),
    ("source.ip", "Elastic"),
    ("src_endpoint.ip", "OCSF"),
    ("srcaddr", "Route 53 Resolver"),
    ("jsonPayload.sourceIP", "Google Cloud DNS"),
    ("sourceIP", "Google Cloud DNS"),
    ("SrcIpAddr", "ASIM"),
    ("ip.dst", "tshark: an answer goes to the client"),
    ("ipv6.dst", "tshark"),
    ("layers.ip.ip_ip_dst", "tshark -T ek"),
    ("layers.ipv6.ipv6_ipv6_dst", "tshark -T ek"),
    ("layers.ip.ip.dst", "tshark -T json"),
    ("layers.ipv6.ipv6.dst", "tshark -T json"),
    ("layers.ip.dst", "tshark -T json -e"),
    ("layers.ip_dst", "tshark -T ek -e"),
    ("layers.ipv6.dst", "tshark -T json -e"),
    ("layers.ipv6_dst", "tshark -T ek -e"),
    ("LocalIP", "Defender"),
    ("IP", "AdGuard Home"),
    ("network.query-ip", "DNS-collector"),
];

pub const SERVER: [Name; 26] = [
    ("server", "ours"),
    ("dest", "CIM"),
    ("DNS.dest", "CIM, after tstats"),
    ("dest_ip", "Suricata; Splunk Stream"),
    ("id.resp_h", "Zeek"),
    ("id_resp_h", "Zeek, with underscores"),
    ("server.ip", "Elastic"),
    ("destination.ip", "Elastic"),
    ("dst_endpoint.ip", "OCSF"),
    ("jsonPayload.serverIP", "Google Cloud DNS"),
    ("jsonPayload.destinationIP", "Google Cloud DNS"),
    ("destinationIP", "Google Cloud DNS"),
    ("DstIpAddr", "ASIM"),
    ("ip.src", "tshark"),
    ("ipv6.src", "tshark"),
    ("layers.ip.ip_ip_src", "tshark -T ek"),
    ("layers.ipv6.ipv6_ipv6_src", "tshark -T ek"),
    ("layers.ip.ip.src", "tshark -T json"),
    ("layers.ipv6.ipv6.src", "tshark -T json"),
    ("layers.ip.src", "tshark -T json -e"),
    ("layers.ip_src", "tshark -T ek -e"),
    ("layers.ipv6.src", "tshark -T json -e"),
    ("layers.ipv6_src", "tshark -T ek -e"),
    ("RemoteIP", "Defender"),
    ("network.response-ip", "DNS-collector"),
    ("resolver", "massdns, dnsx"),
];

pub const QUERY: [Name; 16] = [
    ("dns.question.name", "Elastic, whose `query` is a sentence"),
    ("query", "ours; CIM; Zeek"),
    ("DNS.query", "CIM, after tstats"),
    ("rrname", "Suricata; COF"),
    ("qname", "others"),
    ("query.hostname", "OCSF"),
    ("query_name", "Route 53 Resolver"),
    ("jsonPayload.queryName", "Google Cloud DNS"),
    ("queryName", "Google Cloud DNS"),
    ("DnsQuery", "ASIM"),
    ("dns.qry.name", "tshark"),
    ("layers.dns.qry.name", "tshark -T json -e"),
    ("layers.dns_qry_name", "tshark -T ek -e"),
    ("QH", "AdGuard Home"),
    ("question.name", "AdGuard Home's API"),
    ("dns.qname", "DNS-collector"),
];

/// The record type that was asked for, by name or number.
pub const TYPE: [Name; 17] = [
    ("qtype_name", "Zeek"),
    ("qtype", "Zeek"),
    ("record_type", "CIM"),
    ("DNS.record_type", "CIM, after tstats"),
    ("query_type", "Splunk Stream; Route 53 Resolver"),
    ("rrtype", "Suricata; COF"),
    ("dns.question.type", "Elastic"),
    ("query.type", "OCSF"),
    ("jsonPayload.queryType", "Google Cloud DNS"),
    ("queryType", "Google Cloud DNS"),
    ("DnsQueryTypeName", "ASIM"),
    ("DnsQueryType", "ASIM"),
    ("dns.qry.type", "tshark"),
    ("dns.resp.type", "tshark"),
    ("QT", "AdGuard Home"),
    ("question.type", "AdGuard Home's API"),
    ("dns.qtype", "DNS-collector"),
];

/// Lists of records as objects.
pub const RECORDS: [Name; 7] = [
    ("answers", "OCSF; Route 53 Resolver"),
    ("dns.answers", "Elastic"),
    ("data.answers", "zdns, massdns"),
    ("Answer", "DNS over HTTPS as JSON"),
    ("answer", "AdGuard Home's API"),
    ("results.TXT.data.answers", "zdns"),
    ("dns.resource-records.an", "DNS-collector"),
];
/// In such a record: its type, its data, its owner.
pub const RECORD_TYPE: [Name; 6] = [
    ("type", "Elastic; OCSF; zdns; others"),
    ("Type", "Route 53 Resolver"),
    ("rrtype", "Suricata"),
    ("rr_type", "others"),
    ("record_type", "CIM"),
    ("rdatatype", "DNS-collector"),
];
pub const RECORD_DATA: [Name; 8] = [
    ("data", "Elastic; massdns"),
    ("rdata", "OCSF; Suricata; DNS-collector"),
    ("Rdata", "Route 53 Resolver"),
    ("answer", "zdns"),
    ("value", "AdGuard Home's API"),
    ("txt", "Suricata"),
    ("strings", "dnsrecon"),
    ("Strings", "PowerShell"),
];
pub const RECORD_OWNER: [Name; 3] = [("name", "Elastic; zdns; others"), ("rrname", "Suricata"), ("Name", "PowerShell")];
/// Where an object that is a record itself has its data: dnsrecon, and PowerShell's Resolve-DnsName.
pub const RECORD_STRINGS: [&str; 2] = ["strings", "Strings"];

/// A whole DNS message in base64.
pub const MESSAGE: [Name; 1] = [("Answer", "AdGuard Home's query log")];

/// Records as lines of a zone file.
pub const ZONE_LINES: [Name; 2] = [("jsonPayload.rdata", "Google Cloud DNS"), ("rdata", "Google Cloud DNS; COF")];

/// Objects, lists or texts that hold the event.
pub const WRAPPERS: [Name; 10] = [
    ("result", "Splunk's export"),
    ("_source", "Elasticsearch's hits"),
    ("event", "Splunk's HTTP Event Collector"),
    ("_raw", "Splunk"),
    ("message", "Filebeat, syslog"),
    ("MESSAGE", "syslog-ng"),
    ("event.original", "Elastic"),
    ("AdditionalFields", "Defender"),
    ("log", "containers"),
    ("value", "Kafka"),
];

/// Columns of a table that hold the event as JSON.
pub const EVENT_COLUMNS: [Name; 4] =
    [("_raw", "Splunk"), ("event.original", "Elastic"), ("AdditionalFields", "Defender"), ("message", "Kibana")];

/// In an object of dnsx: the name that was asked for. Elsewhere a member of this name is the machine that wrote the log.
pub const DNSX_QUERY: &str = "host";

fn words(kind: &str) -> impl Iterator<Item = &str> {
    kind.split(|c: char| c.is_whitespace() || ",;()".contains(c)).filter(|word| !word.is_empty())
}

/// Whether a word names a record type: one of those that are in use, or a number.
pub fn is_record_type(word: &str) -> bool {
    const TYPES: [&str; 40] = [
        "A",
        "AAAA",
        "AFSDB",
        "ANY",
        "APL",
        "AXFR",
        "CAA",
        "CDNSKEY",
        "CDS",
        "CERT",
        "CNAME",
        "CSYNC",
        "DHCID",
        "DNAME",
        "DNSKEY",
        "DS",
        "HINFO",
        "HIP",
        "HTTPS",
        "KEY",
        "KX",
        "LOC",
        "MX",
        "NAPTR",
        "NS",
        "NSEC",
        "NSEC3",
        "NSEC3PARAM",
        "OPENPGPKEY",
        "OPT",
        "PTR",
        "RRSIG",
        "SOA",
        "SPF",
        "SRV",
        "SSHFP",
        "SVCB",
        "TLSA",
        "TXT",
        "URI",
    ];
    TYPES.iter().any(|name| name.eq_ignore_ascii_case(word)) || word.parse::<u16>().is_ok()
}

/// Whether a type is TXT, by name or number: `TXT`, `16`, `TXT (16)`.
pub fn is_txt(kind: &str) -> bool {
    words(kind).any(|word| ["TXT", "16", "0x10", "0x0010"].iter().any(|name| name.eq_ignore_ascii_case(word)))
}

/// Whether a type says that the answer is of another type than TXT. A query for any type may have a TXT answer.
pub fn is_other_type(kind: &str) -> bool {
    const NOT_ANOTHER: [&str; 7] = ["SPF", "99", "ANY", "255", "*", "-", "unknown"];
    let may_be = |word: &str| NOT_ANOTHER.iter().any(|name| name.eq_ignore_ascii_case(word));
    !is_txt(kind) && words(kind).next().is_some() && !words(kind).any(may_be)
}

/// Says of each answer of a row, by its place, whether it is of another type: by the types of the row, which has one for each answer
/// or some for all of them.
pub fn other_types(kinds: Vec<&str>, answers: usize) -> impl Fn(usize) -> bool {
    let one_each = answers > 1 && kinds.len() == answers;
    let each: Vec<bool> = if one_each { kinds.iter().map(|kind| is_other_type(kind)).collect() } else { Vec::new() };
    let are_all =
        !one_each && kinds.iter().any(|kind| is_other_type(kind)) && kinds.iter().all(|kind| is_other_type(kind) || kind.trim().is_empty());
    move |place| each.get(place).copied().unwrap_or(are_all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_answers() {
        for kind in ["TXT", "txt", "16", " TXT ", "TXT (16)", "0x0010", "A, TXT"] {
            assert!(is_txt(kind) && !is_other_type(kind), "{kind}");
        }
        for kind in ["", "-", "ANY", "255", "SPF", "unknown"] {
            assert!(!is_txt(kind) && !is_other_type(kind), "{kind}");
        }
        for kind in ["A", "1", "HTTPS", "AAAA (28)", "TXTA", "161"] {
            assert!(is_other_type(kind), "{kind}");
        }
        let other = |place, answers, kinds: &[&'static str]| other_types(kinds.to_vec(), answers)(place);
        assert!(other(1, 2, &["TXT", "A"]) && !other(0, 2, &["TXT", "A"]));
        assert!(!other(1, 3, &["TXT", "A"]) && other(1, 3, &["A", "MX"]) && !other(0, 1, &[]));
    }
}
