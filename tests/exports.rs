//! Exports of other products: each form in a line or two made here after the page named, and what is read from it.

use std::io::Cursor;

use dnstxtscore::triage::input::field_names::Chosen;
use dnstxtscore::triage::input::{self, Kind, ReadError, ReadOptions, Record};

/// The answers that every form holds: an SPF record and a payload, asked for by one client.
const SPF: &str = "v=spf1 -all";
const PAYLOAD: &str = "SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA";

struct Form {
    name: &'static str,
    /// Where the shape is described.
    source: &'static str,
    file: &'static str,
    text: &'static str,
    answers: &'static [&'static str],
    /// Client, server and query, as far as the form has them.
    known: [&'static str; 3],
    has_time: bool,
}

const KNOWN: [&str; 3] = ["192.0.2.7", "192.0.2.53", "a.example"];

const fn form(name: &'static str, source: &'static str, file: &'static str, text: &'static str) -> Form {
    Form { name, source, file, text, answers: &[SPF, PAYLOAD], known: KNOWN, has_time: true }
}

const fn only(form: Form, answers: &'static [&'static str], known: [&'static str; 3], has_time: bool) -> Form {
    Form { answers, known, has_time, ..form }
}

const ONE: &[&str] = &[SPF];

#[rustfmt::skip] // an event per form
const FORMS: &[Form] = &[
    form("OCSF", "https://schema.ocsf.io/1.1.0/classes/dns_activity", "x.json",
        r#"{"class_uid":4003,"time":1768171584300,"query":{"hostname":"a.example","type":"TXT"},"answers":[{"type":"A","rdata":"192.0.2.80"},{"type":"TXT","rdata":"v=spf1 -all"},{"type":"TXT","rdata":"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA"}],"src_endpoint":{"ip":"192.0.2.7"},"dst_endpoint":{"ip":"192.0.2.53"}}"#),
    only(form("Route 53 Resolver", "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-example-json.html", "x.json",
        r#"{"version":"1.1","query_timestamp":"2026-01-11T22:46:24Z","query_name":"a.example.","query_type":"TXT","answers":[{"Rdata":"\"v=spf1 -all\"","Type":"TXT","Class":"IN"},{"Rdata":"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA","Type":"TXT"}],"srcaddr":"192.0.2.7"}"#),
        &[SPF, PAYLOAD], ["192.0.2.7", "", "a.example."], true),
    form("Google Cloud DNS", "https://cloud.google.com/dns/docs/monitoring", "x.json",
        r#"{"timestamp":"2026-01-11T22:46:24.5Z","jsonPayload":{"queryName":"a.example","queryType":"TXT","rdata":"a.example.\t300\tIN\tcname\tb.example.\nb.example.\t300\tIN\ttxt\t\"v=spf1 -all\"\nb.example.\t300\tIN\tTXT\tSQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA","sourceIP":"192.0.2.7","serverIP":"192.0.2.53"}}"#),
    form("Elastic (Packetbeat)", "https://www.elastic.co/docs/reference/beats/packetbeat/exported-fields-dns", "x.json",
        r#"{"@timestamp":"2026-01-11T22:46:24.341Z","type":"dns","query":"class IN, type TXT, a.example","client":{"ip":"192.0.2.7"},"server":{"ip":"192.0.2.53"},"dns":{"question":{"name":"a.example","type":"TXT"},"answers":[{"type":"CNAME","data":"b"},{"type":"TXT","data":"v=spf1 -all"},{"type":"TXT","data":"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA"}]},"event":{"dataset":"dns"}}"#),
    only(form("Elasticsearch's hits", "https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search", "x.json",
        r#"{"_index":"packetbeat","_id":"1","_source":{"@timestamp":"2026-01-11T22:46:24.341Z","source":{"ip":"192.0.2.7"},"destination":{"ip":"192.0.2.53"},"dns":{"question":{"name":"a.example"},"answers":[{"type":"TXT","data":"v=spf1 -all"}]}}}"#),
        ONE, KNOWN, true),
    only(form("Filebeat over EVE", "https://www.elastic.co/docs/reference/beats/filebeat/filebeat-input-filestream", "x.json",
        r#"{"@timestamp":"2026-01-11T22:46:24.341Z","message":"{\"timestamp\":\"2026-01-11T22:46:24.3+0000\",\"event_type\":\"dns\",\"src_ip\":\"192.0.2.7\",\"dest_ip\":\"192.0.2.53\",\"dns\":{\"version\":2,\"type\":\"answer\",\"rrname\":\"a.example\",\"grouped\":{\"TXT\":[\"v=spf1 -all\"]}}}"}"#),
        ONE, KNOWN, true),
    only(form("Splunk's HTTP Event Collector", "https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data", "x.json",
        r#"{"time":1768171584.3,"host":"h","sourcetype":"dns","event":{"src":"192.0.2.7","dest":"192.0.2.53","query":"a.example","record_type":"TXT","answer":"v=spf1 -all"}}"#),
        ONE, KNOWN, true),
    form("Splunk's export of _raw", "https://help.splunk.com/en/splunk-enterprise/search/search-manual/export-search-results", "x.json",
        "{\"preview\":false,\"offset\":0,\"result\":{\"_time\":\"2026-01-11T22:46:24.300+00:00\",\"_raw\":\"{\\\"id.orig_h\\\":\\\"192.0.2.7\\\",\\\"id.resp_h\\\":\\\"192.0.2.53\\\",\\\"query\\\":\\\"a.example\\\",\\\"qtype_name\\\":\\\"TXT\\\",\\\"answers\\\":[\\\"TXT 11 v=spf1 -all\\\",\\\"TXT 32 SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\\\"]}\"}}\n"),
    only(form("Splunk's export after tstats", "https://help.splunk.com/en/splunk-enterprise/search/spl-search-reference/tstats", "x.json",
        r#"{"preview":false,"result":{"_time":"1768171584","DNS.src":"192.0.2.7","DNS.dest":"192.0.2.53","DNS.query":"a.example","DNS.record_type":"TXT","DNS.answer":["v=spf1 -all","SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA"]}}"#),
        &[SPF, PAYLOAD], KNOWN, true),
    form("Splunk Stream", "https://docs.splunk.com/Documentation/StreamApp/latest/DeployStreamApp/WhattypeofdatadoesSplunkStreamcollect", "x.json",
        r#"{"endtime":"2026-01-11T22:46:24.3Z","timestamp":"2026-01-11T22:46:24.2Z","src_ip":"192.0.2.7","dest_ip":"192.0.2.53","message_type":["QUERY","RESPONSE"],"query":["a.example"],"query_type":["TXT"],"text":["v=spf1 -all","SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA"]}"#),
    form("syslog around EVE", "https://docs.suricata.io/en/latest/output/eve/eve-json-output.html", "eve.log",
        "Jan 11 22:46:24 sensor suricata[1]: {\"timestamp\":\"2026-01-11T22:46:24.3+0000\",\"event_type\":\"dns\",\"src_ip\":\"192.0.2.7\",\"dest_ip\":\"192.0.2.53\",\"dns\":{\"version\":2,\"type\":\"answer\",\"rrname\":\"a.example\",\"grouped\":{\"TXT\":[\"v=spf1 -all\",\"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\"]}}}\n"),
    only(form("Kafka around Zeek", "https://docs.zeek.org/en/current/logs/dns.html", "x.json",
        r#"{"topic":"zeek","value":"{\"ts\":1768171584.3,\"id.orig_h\":\"192.0.2.7\",\"id.resp_h\":\"192.0.2.53\",\"query\":\"a.example\",\"qtype\":16,\"answers\":[\"TXT 11 v=spf1 -all\"]}"}"#),
        ONE, KNOWN, true),
    only(form("mDNS of Suricata 8", "https://docs.suricata.io/en/latest/output/eve/eve-json-format.html", "x.json",
        r#"{"timestamp":"2026-01-11T22:46:24.3+0000","event_type":"mdns","src_ip":"192.0.2.53","src_port":5353,"dest_ip":"192.0.2.7","dest_port":5353,"mdns":{"type":"response","answers":[{"rrname":"a.example","txt":["v=spf1"," -all"]}]}}"#),
        ONE, ["192.0.2.53", "192.0.2.7", "a.example"], true),
    form("tshark -T fields", "https://www.wireshark.org/docs/man-pages/tshark.html", "x.txt",
        "frame.time_epoch,ip.src,ip.dst,dns.qry.name,dns.txt\n1768171584.3,192.0.2.53,192.0.2.7,a.example,v=spf1 -all\n1768171584.3,192.0.2.53,192.0.2.7,a.example,SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\n"),
    only(form("tshark -T ek", "https://www.wireshark.org/docs/man-pages/tshark.html", "x.json",
        r#"{"timestamp":"1768171584300","layers":{"ip":{"ip_ip_src":"192.0.2.53","ip_ip_dst":"192.0.2.7"},"dns":{"dns_dns_qry_name":"a.example","dns_dns_txt":["v=spf1 -all","SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA"]}}}"#),
        &[SPF, PAYLOAD], KNOWN, true),
    only(form("DNS over HTTPS as JSON", "https://developers.google.com/speed/public-dns/docs/doh/json", "x.json",
        r#"{"Status":0,"Question":[{"name":"a.example.","type":16}],"Answer":[{"name":"a.example.","type":5,"data":"b."},{"name":"a.example.","type":16,"TTL":300,"data":"\"v=spf1 -all\""}]}"#),
        ONE, ["", "", "a.example."], false),
    only(form("zdns", "https://github.com/zmap/zdns", "x.json",
        r#"{"name":"a.example","results":{"TXT":{"status":"NOERROR","data":{"answers":[{"answer":"v=spf1 -all","name":"a.example","type":"TXT"}]}}}}"#),
        ONE, ["", "", "a.example"], false),
    only(form("massdns -o J", "https://github.com/blechschmidt/massdns", "x.json",
        r#"{"name":"a.example.","type":"TXT","class":"IN","status":"NOERROR","data":{"answers":[{"ttl":300,"type":"TXT","name":"a.example.","data":"\"v=spf1 -all\""}]},"resolver":"192.0.2.53"}"#),
        ONE, ["", "192.0.2.53", "a.example."], false),
    only(form("dnsx -json", "https://github.com/projectdiscovery/dnsx", "x.json",
        r#"{"host":"a.example","resolver":["192.0.2.53"],"txt":["v=spf1 -all"],"status_code":"NOERROR","timestamp":"2026-01-11T22:46:24Z"}"#),
        ONE, ["", "192.0.2.53", "a.example"], true),
    only(form("COF, DNSDB", "https://datatracker.ietf.org/doc/draft-dulaunoy-dnsop-passive-dns-cof/", "x.json",
        r#"{"rrname":"a.example","rrtype":"TXT","rdata":["\"v=spf1 -all\""],"time_first":1768171584,"time_last":1768171585,"count":2}"#),
        ONE, ["", "", "a.example"], true),
    only(form("DNS-collector", "https://github.com/dmachard/DNS-collector", "x.json",
        r#"{"network":{"query-ip":"192.0.2.7","response-ip":"192.0.2.53"},"dns":{"qname":"a.example","qtype":"TXT","resource-records":{"an":[{"name":"a.example","rdatatype":"TXT","rdata":"v=spf1 -all"}]}},"dnstap":{"timestamp-rfc3339ns":"2026-01-11T22:46:24.3Z"}}"#),
        ONE, KNOWN, true),
    only(form("Sentinel's ASIM", "https://learn.microsoft.com/azure/sentinel/normalization-schema-dns", "x.csv",
        "TimeGenerated [UTC],SrcIpAddr,DstIpAddr,DnsQuery,DnsQueryTypeName,DnsResponseName\n\"1/11/2026, 10:46:24.341 PM\",192.0.2.7,192.0.2.53,a.example,TXT,v=spf1 -all\n\"1/11/2026, 10:46:24.341 PM\",192.0.2.7,192.0.2.53,a.example,A,192.0.2.80\n"),
        ONE, KNOWN, true),
    only(form("CSV of Splunk's raw events", "https://help.splunk.com/en/splunk-enterprise/search/search-manual/export-search-results", "x.csv",
        "_serial,_time,source,_raw\n0,\"2026-01-11 22:46:24.300 UTC\",eve.json,\"{\"\"event_type\"\":\"\"dns\"\",\"\"src_ip\"\":\"\"192.0.2.7\"\",\"\"dest_ip\"\":\"\"192.0.2.53\"\",\"\"dns\"\":{\"\"version\"\":2,\"\"type\"\":\"\"answer\"\",\"\"rrname\"\":\"\"a.example\"\",\"\"grouped\"\":{\"\"TXT\"\":[\"\"v=spf1 -all\"\",\"\"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\"\"]}}}\"\n"),
        &[SPF, PAYLOAD], KNOWN, true),
    form("Defender", "https://learn.microsoft.com/defender-xdr/advanced-hunting-devicenetworkevents-table", "x.csv",
        "Timestamp,DeviceName,ActionType,LocalIP,RemoteIP,AdditionalFields\n2026-01-11T22:46:24.341Z,h,DnsConnectionInspected,192.0.2.7,192.0.2.53,\"{\"\"direction\"\":\"\"Out\"\",\"\"query\"\":\"\"a.example\"\",\"\"qtype_name\"\":\"\"TXT\"\",\"\"answers\"\":[\"\"TXT 11 v=spf1 -all\"\",\"\"TXT 32 SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\"\"]}\"\n"),
    form("tshark -T json", "https://www.wireshark.org/docs/man-pages/tshark.html", "x.json",
        r#"[{"_index":"packets-2026-01-11","_type":"doc","_score":null,"_source":{"layers":{"frame":{"frame.time_epoch":"1768171584.341000000"},"ip":{"ip.src":"192.0.2.53","ip.dst":"192.0.2.7"},"udp":{"udp.srcport":"53"},"dns":{"dns.id":"0x0007","dns.flags_tree":{"dns.flags.response":"1"},"Queries":{"a.example: type TXT, class IN":{"dns.qry.name":"a.example","dns.qry.type":"16"}},"Answers":{"a.example: type TXT, class IN":{"dns.resp.name":"a.example","dns.resp.type":"16","dns.txt.length":"6","dns.txt":"v=spf1","dns.txt.length":"5","dns.txt":" -all"},"a.example: type TXT, class IN":{"dns.resp.name":"a.example","dns.resp.type":"16","dns.txt.length":"32","dns.txt":"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA"},"b.example: type A, class IN, addr 192.0.2.1":{"dns.resp.name":"b.example","dns.resp.type":"1","dns.a":"192.0.2.1"}}}}}}]"#),
    form("tshark -T json -e", "https://www.wireshark.org/docs/man-pages/tshark.html", "x.json",
        r#"[{"_index":"packets-2026-01-11","_source":{"layers":{"frame.time_epoch":["1768171584.341000000"],"ip.src":["192.0.2.53"],"ip.dst":["192.0.2.7"],"dns.qry.name":["a.example"],"dns.txt":["v=spf1 -all","SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA"]}}}]"#),
    form("tshark -T ek -e", "https://www.wireshark.org/docs/man-pages/tshark.html", "x.json",
        "{\"index\":{\"_index\":\"packets-2026-01-11\"}}\n{\"timestamp\":\"1768171584341\",\"layers\":{\"ip_src\":[\"192.0.2.53\"],\"ip_dst\":[\"192.0.2.7\"],\"dns_qry_name\":[\"a.example\"],\"dns_txt\":[\"v=spf1 -all\",\"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\"]}}\n"),
    only(form("dnsrecon", "https://github.com/darkoperator/dnsrecon", "x.json",
        r#"[{"arguments":"dnsrecon.py -d a.example","date":"2026-01-11 22:46:24.3","type":"ScanInfo"},{"address":"192.0.2.1","domain":"a.example","name":"a.example","type":"A"},{"domain":"a.example","name":"a.example","strings":"v=spf1 -all","type":"TXT"}]"#),
        ONE, ["", "", "a.example"], false),
    only(form("dnsrecon's lines", "https://github.com/darkoperator/dnsrecon", "x.txt",
        "[*] \t A a.example 192.0.2.1\n[*] \t TXT a.example v=spf1 -all\n"),
        ONE, ["", "", "a.example"], false),
    only(form("PowerShell", "https://learn.microsoft.com/powershell/module/dnsclient/resolve-dnsname", "x.json",
        "[\n  {\n    \"Name\": \"a.example\",\n    \"Type\": 16,\n    \"TTL\": 300,\n    \"Strings\": [\n      \"v=spf1\",\n      \" -all\"\n    ]\n  },\n  {\n    \"Name\": \"a.example\",\n    \"Type\": 1,\n    \"IP4Address\": \"192.0.2.1\"\n  }\n]\n"),
        ONE, ["", "", "a.example"], false),
    only(form("AdGuard Home's query log", "https://github.com/AdguardTeam/AdGuardHome/blob/master/internal/querylog/entry.go", "x.json",
        r#"{"T":"2026-01-11T22:46:24.341Z","QH":"a.example","QT":"TXT","QC":"IN","CP":"","Answer":"AAeBgAABAAIAAAAAAWEHZXhhbXBsZQAAEAABwAwAEAABAAABLAAMC3Y9c3BmMSAtYWxswAwAEAABAAABLAAhIFNRQkZBRmdBSUFBb0FFNEFaUUIzQUMwQVR3QmlBR29B","IP":"192.0.2.7","Result":{},"Elapsed":837429}"#),
        &[SPF, PAYLOAD], ["192.0.2.7", "", "a.example"], true),
    only(form("AdGuard Home's API", "https://github.com/AdguardTeam/AdGuardHome/blob/master/openapi/openapi.yaml", "x.json",
        r#"{"data":[{"answer":[{"type":"TXT","value":"v=spf1 -all","ttl":300}],"client":"192.0.2.7","question":{"class":"IN","name":"a.example","type":"TXT"},"time":"2026-01-11T22:46:24.341Z"}],"oldest":"2026-01-11T22:46:24Z"}"#),
        ONE, ["192.0.2.7", "", "a.example"], true),
    form("passivedns", "https://github.com/gamelinux/passivedns", "x.log",
        "1768171584.300||192.0.2.7||192.0.2.53||IN||a.example||TXT||v=spf1 -all||300||1\n1768171584.300||192.0.2.7||192.0.2.53||IN||a.example||TXT||SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA||300||1\n"),
    only(form("Infoblox's responses", "https://docs.infoblox.com/space/nios90/280793739/Capturing+DNS+Queries+and+Responses", "x.log",
        "<30>Jan 11 22:46:24 ns1 named[2]: 11-Jan-2026 22:46:24.185 client 192.0.2.7#59605: UDP: query: a.example IN TXT response: NOERROR +A a.example. 3600 IN TXT \"v=spf1 -all\"; a.example. 3600 IN TXT \"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\";\n"),
        &[SPF, PAYLOAD], ["192.0.2.7", "", "a.example"], true),
    only(form("massdns -o F", "https://github.com/blechschmidt/massdns", "x.txt",
        ";; Server: 192.0.2.53:53\n;; Size: 90\n;; Unix time: 1768171584\n;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 7\n;; QUESTION SECTION:\na.example. IN TXT\n\n;; ANSWER SECTION:\na.example. 300 IN TXT \"v=spf1 -all\"\na.example. 300 IN TXT \"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\"\n"),
        &[SPF, PAYLOAD], ["", "192.0.2.53", "a.example."], true),
    only(form("massdns -o S", "https://github.com/blechschmidt/massdns", "x.txt",
        "a.example. TXT \"v=spf1 -all\"\na.example. A 192.0.2.1\n"), ONE, ["", "", "a.example."], false),
    only(form("dig", "https://bind9.readthedocs.io/en/latest/manpages.html#dig-dns-lookup-utility", "x.txt",
        "\n; <<>> DiG 9.18.28 <<>> a.example TXT @192.0.2.53\n;; QUESTION SECTION:\n;a.example.\t\t\tIN\tTXT\n\n;; ANSWER SECTION:\na.example.\t\t300\tIN\tTXT\t\"v=spf1 -all\"\na.example.\t\t300\tIN\tTXT\t\"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\"\n\n;; Query time: 12 msec\n;; SERVER: 192.0.2.53#53(192.0.2.53) (UDP)\n;; WHEN: Sun Jan 11 22:46:24 UTC 2026\n;; MSG SIZE  rcvd: 107\n"),
        &[SPF, PAYLOAD], ["", "192.0.2.53", "a.example."], true),
    only(form("dig +yaml", "https://bind9.readthedocs.io/en/latest/manpages.html#dig-dns-lookup-utility", "x.yaml",
        "- type: MESSAGE\n  message:\n    type: RECURSIVE_RESPONSE\n    response_time: !!timestamp 2026-01-11T22:46:24.341Z\n    query_address: \"192.0.2.7\"\n    response_address: \"192.0.2.53\"\n    response_message_data:\n      opcode: QUERY\n      QUESTION_SECTION:\n        - a.example. IN TXT\n      ANSWER_SECTION:\n        - a.example. 300 IN TXT \"v=spf1 -all\"\n"),
        ONE, ["192.0.2.7", "192.0.2.53", "a.example."], true),
    only(form("host", "https://bind9.readthedocs.io/en/latest/manpages.html#host-dns-lookup-utility", "x.txt",
        "a.example descriptive text \"v=spf1 -all\"\na.example descriptive text \"SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\"\n"),
        &[SPF, PAYLOAD], ["", "", "a.example"], false),
    only(form("nslookup", "https://bind9.readthedocs.io/en/latest/manpages.html#nslookup-query-internet-name-servers-interactively", "x.txt",
        "Server:\t\t192.0.2.53\nAddress:\t192.0.2.53#53\n\nNon-authoritative answer:\na.example\ttext = \"v=spf1 -all\"\n\nAuthoritative answers can be found from:\n"),
        ONE, ["", "192.0.2.53", "a.example"], false),
    only(form("Kibana's CSV", "https://www.elastic.co/docs/explore-analyze/report-and-share", "x.csv",
        "@timestamp,source.ip,destination.ip,dns.question.name,dns.question.type,dns.answers.data\n\"Jan 11, 2026 @ 22:46:24.341\",192.0.2.7,192.0.2.53,a.example,TXT,v=spf1 -all\n"),
        ONE, KNOWN, true),
];

fn read(form: &Form, options: &ReadOptions) -> Vec<Result<Record, ReadError>> {
    let input = Box::new(Cursor::new(form.text.as_bytes().to_vec()));
    input::open(input, form.file, options).unwrap_or_else(|error| panic!("{}: {error}", form.name)).collect()
}

#[test]
fn every_form_gives_its_answers_with_client_server_query_and_time() {
    for form in FORMS {
        assert!(form.source.starts_with("https://"), "{}", form.name);
        let read = read(form, &ReadOptions::default());
        let lost = read.iter().filter_map(|part| part.as_ref().err()).find(|error| error.kind == Kind::Lost);
        assert!(lost.is_none(), "{}: {lost:?}", form.name);
        let records: Vec<&Record> = read.iter().flatten().collect();
        let answers: Vec<String> =
            records.iter().map(|record| String::from_utf8_lossy(&dnstxtscore::text::normalise(&record.answer)).into_owned()).collect();
        assert_eq!(answers, form.answers, "{}", form.name);
        for record in &records {
            assert_eq!([&*record.client, &record.server, &record.query], form.known, "{}", form.name);
            let seconds = record.time.map(time::OffsetDateTime::unix_timestamp);
            assert_eq!(seconds, form.has_time.then_some(1_768_171_584), "{}", form.name);
        }
    }
}

/// Found by a responder: addresses and keys of other records were scored as TXT answers.
#[test]
fn answers_of_other_types_are_left_out_and_counted() {
    let left_out = |text: &str, options: &ReadOptions| {
        let read: Vec<_> = input::open(Box::new(Cursor::new(text.as_bytes().to_vec())), "x.json", options).unwrap().collect();
        let said = read.iter().filter_map(|part| part.as_ref().err()).find(|error| error.kind == Kind::LeftOut).map(ToString::to_string);
        (read.iter().filter(|part| part.is_ok()).count(), said.unwrap_or_default())
    };
    let objects = r#"{"src":"a","record_type":"A","answer":"192.0.2.1"}
{"src":"a","record_type":"TXT","answer":"x"}
{"query_name":"a","query_type":"A","answers":[{"Rdata":"192.0.2.1","Type":"A"},{"Rdata":"192.0.2.2","Type":"A"}]}
"#;
    let (records, said) = left_out(objects, &ReadOptions::default());
    assert!(records == 1 && said.contains("3 answers of other record types than TXT were left out"), "{said}");
    let by_field =
        ReadOptions { fields: Chosen { answer: Some("dns.answers.data".into()), ..Chosen::default() }, ..ReadOptions::default() };
    let (records, said) = left_out(r#"{"dns":{"answers":[{"type":"A","data":"192.0.2.1"},{"type":"TXT","data":"x"}]}}"#, &by_field);
    assert!(records == 1 && said.contains("1 answer of other record types"), "{said}");
}

/// Found by a responder: such a log was texts, and every event suspicious.
#[test]
fn json_that_is_nested_too_deep_is_an_error_and_no_text() {
    let deep = format!("{{\"a\":{}1{}}}\n", "[".repeat(200), "]".repeat(200));
    let read: Vec<_> = input::open(Box::new(Cursor::new(deep.into_bytes())), "x", &ReadOptions::default()).unwrap().collect();
    assert!(read.len() == 1 && read[0].as_ref().unwrap_err().message.contains("nested too deep"), "{read:?}");
}

#[test]
fn other_logs_of_zeek_are_no_fault() {
    let log = "{\"_path\":\"files\",\"ts\":1.5,\"fuid\":\"F1\"}\n{\"_path\":\"x509\",\"ts\":1.5,\"id\":\"F2\"}\n";
    let read: Vec<_> = input::open(Box::new(Cursor::new(log.as_bytes().to_vec())), "x.json", &ReadOptions::default()).unwrap().collect();
    assert!(read.is_empty(), "{read:?}");
}

#[test]
fn chosen_fields_come_before_known_names() {
    let chosen = |name: &str| Some(name.to_owned());
    let fields = Chosen {
        answer: chosen("rr.data"),
        time: chosen("when"),
        client: chosen("who.ip"),
        server: chosen("via"),
        query: chosen("names.n"),
        kind: chosen("t"),
    };
    let options = ReadOptions { fields, ..ReadOptions::default() };
    let json = r#"{"src":"no","query":"no","time":1,"when":"1768171584","who":{"ip":"192.0.2.7"},"via":"192.0.2.53","names":[{"n":"a.example"}],"t":"TXT","rr":[{"data":"v=spf1 -all"}]}
{"when":"1768171584","t":"A","rr":[{"data":"192.0.2.1"}]}
"#;
    let csv =
        "src,when,who.ip,via,names.n,t,rr.data\nno,1768171584,192.0.2.7,192.0.2.53,a.example,TXT,v=spf1 -all\n,1768171584,,,,A,192.0.2.1\n";
    for (text, file) in [(json, "x.json"), (csv, "x.csv")] {
        let read: Vec<_> = input::open(Box::new(Cursor::new(text.as_bytes().to_vec())), file, &options).unwrap().collect();
        let record = read[0].as_ref().unwrap();
        assert_eq!([&*record.client, &record.server, &record.query], KNOWN, "{file}");
        assert_eq!((record.time.unwrap().unix_timestamp(), &*record.answer), (1_768_171_584, SPF.as_bytes()), "{file}");
        assert!(read.len() == 2 && read[1].as_ref().is_err_and(|error| error.kind == Kind::LeftOut), "{file}: {read:?}");
    }
    let missing = Chosen { query: chosen("nothing"), ..Chosen::default() };
    let options = ReadOptions { fields: missing, ..ReadOptions::default() };
    let refused = input::open(Box::new(Cursor::new(b"src,text\n1,2\n".to_vec())), "x.csv", &options).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("no column nothing") && refused.contains("it has src, text"), "{refused}");
}

fn answers_and_messages(text: &str, file: &str) -> (Vec<String>, Vec<String>) {
    let options = ReadOptions::default();
    let read: Vec<_> = input::open(Box::new(Cursor::new(text.as_bytes().to_vec())), file, &options).unwrap().collect();
    let said = read.iter().filter_map(|part| part.as_ref().err()).map(ToString::to_string).collect();
    let answers = read.iter().flatten().filter(|record| !record.is_query);
    (answers.map(|record| String::from_utf8(record.answer.clone()).unwrap()).collect(), said)
}

/// Found by attack on the readers of exports: each of these hid an answer and said nothing.
#[test]
fn nothing_beside_an_answer_hides_it() {
    for (text, expected) in [
        (r#"{"results":[{"text":"first"},{"bad":1},{"text":"last"}]}"#, &["first", "last"][..]),
        (r#"{"results":[],"text":"own"}"#, &["own"]),
        (r#"{"hits":{"hits":[{"text":"listed"}]},"text":"own"}"#, &["listed", "own"]),
        (r#"{"query":"a","answers":[{"type":"A","data":"192.0.2.1"}],"text":"own"}"#, &["own"]),
        (r#"{"dns":{"answers":[{"type":"A","data":"192.0.2.1"}]},"answers":[{"type":"TXT","data":"x"}]}"#, &["x"]),
        (r#"{"text":null,"message":"{\"text\":\"inner\"}"}"#, &["inner"]),
        (r#"{"answers":[],"_raw":"{\"text\":\"inner\"}"}"#, &["inner"]),
        (r#"{"query":"a","answers":[{"type":" TXT ","data":"x"}]}"#, &["x"]),
        (r#"{"text":"first","text":"second"}"#, &["first", "second"]),
        (r#"{"event_type":"flow","event_type":"dns","dns":{"grouped":{"TXT":["x"]}},"dns":{"grouped":{"TXT":["y"]}}}"#, &["x", "y"]),
        (r#"{"result":{"text":"x"},"result":{"text":"y"}}"#, &["x", "y"]),
        (r#"{"_raw":"{\"text\":\"x\"}","_raw":"{\"text\":\"y\"}"}"#, &["x", "y"]),
        (r#"{"_source":{"event_type":"dns","dns":{"grouped":{"TXT":["x"]}},"dns":{"grouped":{"TXT":["y"]}}}}"#, &["x", "y"]),
        (r#"{"data" :  [{"text":"x"}]}"#, &["x"]),
        (r#"{"@odata.context":"x","value":[{"text":"x"},{"text":"y"}]}"#, &["x", "y"]),
        (
            r#"{"timestamp":"1","layers":{"dns":[{"dns_dns_resp_type":["16","41"],"dns_dns_txt":["a","b"]},{"dns_dns_txt":["c"]}],"mdns":{"dns_dns_txt":["d"]}}}"#,
            &["a", "b", "c", "d"],
        ),
        (r#"{"type":"DNSKEY","query":"a.example","answer":"x"}"#, &[]),
        (r#"{"results":[{"text":"first"}],"Records":[{"text":"second"}],"hits":3}"#, &["first", "second"]),
        (r#"{"record_type":["A","TXT"],"answer":["192.0.2.1","x"]}"#, &["x"]),
        (r#"{"record_type":["A","TXT","CNAME"],"answer":["y","x"]}"#, &["y", "x"]),
    ] {
        let (answers, said) = answers_and_messages(text, "x.json");
        assert_eq!(answers, expected, "{text}: {said:?}");
    }
    let five = format!("{{{}\"a\":1}}", r#""result":{"text":"x"},"#.repeat(5));
    let (_, said) = answers_and_messages(&five, "x.json");
    assert!(said[0].contains("more than 4 events in result"), "{said:?}");
    let (_, said) = answers_and_messages(r#"{"results":[{"text":"first"},{"bad":1},{"worse":1}]}"#, "x.json");
    assert!(said[0].contains("2 of its 3 events cannot be read"), "{said:?}");
    let (answers, _) = answers_and_messages("record_type,text\n\"TXT\nA\",\"x\n192.0.2.1\"\n\"TXT\nA\",y\n", "x.csv");
    assert_eq!(answers, ["x", "y"]);
}

#[test]
fn a_query_or_record_without_an_answer_that_is_known_is_counted() {
    for text in [r#"{"query_type":"TXT","query":"a","response":"x"}"#, r#"{"query":"a","answers":[{"type":"TXT","payload":"x"}]}"#] {
        let (answers, said) = answers_and_messages(text, "x.json");
        assert!(answers.is_empty() && said.len() == 1 && said[0].contains("no answer was found in 1 TXT"), "{said:?}");
    }
}

/// Splunk names the sensor `host`; only dnsx means the queried name.
#[test]
fn the_machine_that_wrote_a_log_is_not_the_queried_name() {
    let of = |text: &str| {
        let read: Vec<_> = input::open(Box::new(Cursor::new(text.as_bytes().to_vec())), "x", &ReadOptions::default()).unwrap().collect();
        read[0].as_ref().unwrap().query.to_string()
    };
    assert_eq!(of(r#"{"preview":false,"result":{"host":"sensor1","name":"rule","answer":"x"}}"#), "");
    assert_eq!(of("host,src,text\nsensor1,192.0.2.7,x\n"), "");
}
