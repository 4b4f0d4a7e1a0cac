//! Inputs of each reader: an ordinary one, and those that are made to cost as much as possible. The bench prints what they cost,
//! and a test compares the crafted ones with the ordinary one of the same size.

use dnstxtscore::splunk::chunk::Chunk;
use dnstxtscore::splunk::rows;
use serde_json::json;

use super::texts::texts;
use crate::Result;

/// An input of some size for the program.
pub struct Input {
    /// What reads it; inputs of one reader are compared.
    pub reader: &'static str,
    pub name: &'static str,
    pub args: &'static [&'static str],
    /// Makes about so many bytes.
    make: fn(&[Vec<u8>], usize) -> Vec<u8>,
}

impl Input {
    /// About so many bytes of it, over these ordinary texts.
    pub fn bytes(&self, texts: &[Vec<u8>], size: usize) -> Vec<u8> {
        (self.make)(texts, size)
    }
}

/// Texts for [`Input::bytes`].
///
/// # Errors
/// If the record types cannot be sampled.
pub fn ordinary_texts() -> Result<Vec<Vec<u8>>> {
    texts(5_000, 9)
}

const SCORE: &[&str] = &["score", "--quiet", "--output", "jsonl", "-"];
const EXPLAIN: &[&str] = &["score", "--quiet", "--explain", "--output", "jsonl", "-"];
const CSV: &[&str] = &["score", "--quiet", "--output", "csv", "-"];
const TABLE: &[&str] = &["score", "--quiet", "--output", "table", "-"];
const GROUPS: &[&str] = &["score", "--quiet", "--group-by", "domain", "-"];

const fn input(reader: &'static str, name: &'static str, args: &'static [&'static str], make: fn(&[Vec<u8>], usize) -> Vec<u8>) -> Input {
    Input { reader, name, args, make }
}

/// All inputs. The first of each reader is the ordinary one.
pub const INPUTS: &[Input] = &[
    input("capture", "ordinary", SCORE, |texts, size| udp_capture(size, |number| message(number, &[&different(texts, number)]))),
    input("capture", "chains of labels in owners' names", GROUPS, |_, size| tcp_capture(size, |_| label_chain())),
    input("capture", "chains of pointers in questions", SCORE, |_, size| tcp_capture(size, |_| question_chain())),
    input("capture", "as many records as fit", SCORE, |_, size| tcp_capture(size, |number| records(number, b"\x01a"))),
    input("capture", "as many empty records as fit", SCORE, |_, size| tcp_capture(size, |number| records(number, b""))),
    input("capture", "names of 250 unprintable bytes", SCORE, |_, size| tcp_capture(size, |_| long_name())),
    input("capture", "answers of 65,000 bytes", SCORE, |_, size| tcp_capture(size, |number| message(number, &[&noise(number, 64_700)]))),
    input("capture", "a stream for each packet", SCORE, |_, size| packets(size, |n| segment(n, 1000, &[0, 40, 1]))),
    input("capture", "segments of one byte", SCORE, one_byte_segments),
    input("capture", "segments that differ", SCORE, |_, size| packets(size, |n| segment(7, n % 5 * 700, &noise(n, 1400)))),
    input("capture", "segments that wait", SCORE, |_, size| packets(size, |n| segment(7, 70_000 - n % 60 * 1000, &noise(n, 900)))),
    input("capture", "fragments without an end", SCORE, |_, size| packets(size, fragment)),
    input("capture", "queries without an answer", GROUPS, |_, size| packets(size, query)),
    input("capture", "streams on other ports", SCORE, |_, size| packets(size, |n| on_another_port(segment(n, 1000, &header(1, 1))))),
    input("capture", "lengths on other ports", SCORE, |_, size| packets(size, |n| on_another_port(segment(n, 1000, &[0, 40])))),
    input("capture", "tunnels in tunnels", SCORE, |_, size| {
        packets(size, |n| (0..8).fold(ip(17, &noise(n, 30)), |inner, _| ip(4, &inner)))
    }),
    input("csv", "ordinary", SCORE, |texts, size| lines("time,src,query,text\n", size, |n| csv_row(n, &different(texts, n)))),
    input("csv", "a wide header", SCORE, |_, size| lines(&format!("text{}\n", ",column".repeat(size / 16)), size, |_| "a".into())),
    input("csv", "short rows", SCORE, short_rows),
    input("csv", "short rows, as CSV", CSV, short_rows),
    input("csv", "short rows, as a table", TABLE, short_rows),
    input("csv", "short rows, by domain", GROUPS, short_rows),
    input("csv", "cells without names", SCORE, |_, size| lines("a,b,text\n", size, |_| ",".repeat(1000))),
    input("csv", "quotes in quotes", SCORE, |_, size| lines("a,b,text\n", size, |_| format!("1,2,\"{}\"", "\"\"".repeat(2000)))),
    input("csv", "quotes that are not closed", SCORE, |_, size| lines("a,b,text\n", size, |_| "\"a\"b,\"c".into())),
    input("csv", "quotes out of place", SCORE, |_, size| lines("a,b,text\n", size, |_| "a\"\"b\",\",\"".into())),
    input("csv", "as many types as answers", SCORE, |_, size| {
        lines("_time,src,record_type,answer\n", size, |_| format!("1,a,\"{0}TXT\",\"{1}x\"", "TXT\n".repeat(30_000), "x\n".repeat(30_001)))
    }),
    input("csv", "answers of Zeek", SCORE, |_, size| {
        lines("_time,src,answers{}\n", size, |_| format!("1,a,\"{}TXT 1 x\"", "a.b\n".repeat(30_000)))
    }),
    input("csv", "events in cells", SCORE, |_, size| {
        lines("_time,host,_raw\n", size, |n| format!("1,h,{}", cell(eve(n, &[&b"x"[..]; 300]).as_bytes())))
    }),
    input("json", "ordinary", SCORE, |texts, size| lines("", size, |n| eve(n, &[&different(texts, n)]))),
    input("json", "an event of as many answers as fit", SCORE, |_, size| lines("", size, |n| eve(n, &[&b"x"[..]; 9_000]))),
    input("json", "nested arrays", SCORE, |_, size| lines("", size, |_| format!("{{\"text\":{}1{}}}", "[".repeat(120), "]".repeat(120)))),
    input("json", "many members", SCORE, |_, size| {
        lines("", size, |n| format!("{{{}\"text\":\"a{n}\"}}", (0..2000).map(|n| format!("\"k{n}\":1,")).collect::<String>()))
    }),
    input("json", "escapes", SCORE, |_, size| lines("", size, |n| format!("{{\"text\":\"{n}{}\"}}", "\\u00e9\\n".repeat(2000)))),
    input("json", "events that are no answers", SCORE, |_, size| lines("", size, |n| format!("{{\"event_type\":\"flow\",\"id\":{n}}}"))),
    input("json", "broken lines", SCORE, |_, size| lines("{\"text\":\"a\"}\n", size, |_| "{\"text\":\"a\",".into())),
    input("json", "a list", SCORE, |texts, size| [&b"["[..], &lines("", size, |n| eve(n, &[&different(texts, n)]) + ","), b"{}]"].concat()),
    input("json", "lists of events", SCORE, |_, size| {
        lines("", size, |n| format!("{{\"results\":[{}{{\"text\":\"{n}\"}}]}}", "{\"text\":\"a\"},".repeat(500)))
    }),
    input("json", "lists without events", SCORE, |_, size| lines("", size, |n| format!("{{\"results\":[{}{n}]}}", "{},1,".repeat(900)))),
    input("json", "events in texts", SCORE, |_, size| {
        lines("", size, |n| (0..4).fold(eve(n, &[&b"x"[..]; 300]), |inner, _| json!({"message": inner}).to_string()))
    }),
    input("json", "as many types as answers", SCORE, |_, size| {
        lines("", size, |_| format!("{{\"record_type\":[{0}\"A\"],\"answer\":[{0}\"A\",\"x\"]}}", "\"A\",".repeat(30_000)))
    }),
    input("json", "events twice", SCORE, |_, size| {
        lines("", size, |n| format!("{{{}\"text\":{n}}}", "\"result\":{\"text\":\"a\"},".repeat(4)))
    }),
    input("json", "long names of many answers", SCORE, |_, size| {
        lines("", size, |n| {
            format!(
                "{{\"query\":\"{n}{0}\",\"src\":\"{0}\",\"dest\":\"{0}\",\"answer\":[{1}\"y\"]}}",
                "a".repeat(1000),
                "\"x\",".repeat(9000)
            )
        })
    }),
    input("json", "a name that comes again", SCORE, |_, size| {
        lines("", size, |n| format!("{{{}\"text\":{n}}}", "\"text\":1,".repeat(900)))
    }),
    input("json", "records of tshark", SCORE, |_, size| {
        lines("", size, |n| format!("{{\"layers\":{{\"dns\":{{{}\"b\":{n}}}}}}}", "\"a\":{\"a\":{\"dns.resp.type\":1}},".repeat(300)))
    }),
    input("json", "queries without an answer", GROUPS, |_, size| {
        lines("", size, |n| format!("{{\"query\":\"{n}.example.com\",\"record_type\":\"TXT\"}}"))
    }),
    input("tool", "ordinary", SCORE, |texts, size| lines("", size, |n| zone_line(n, &printable(&different(texts, n))))),
    input("tool", "open parentheses", SCORE, |_, size| lines("a.example. 1 IN TXT (\n", size, |_| "(\"a\" ; (".into())),
    input("tool", "short lines of parentheses", SCORE, |_, size| lines("a.example. 1 IN TXT (\n", size, |_| "(".into())),
    input("tool", "strings of an answer", SCORE, |_, size| lines("Server: a\nAddress: b\na text =\n", size, |_| "\"a\"".into())),
    input("tool", "items of a message", SCORE, |_, size| lines("- type: MESSAGE\n", size, |_| "- a. TXT x".into())),
    input("tool", "records of other types", SCORE, |_, size| lines("", size, |_| "a. A x".into())),
    input("tool", "records of an event", SCORE, |_, size| {
        lines("", size, |n| {
            format!("11-Jan-2026 22:46:24.1 client 1#2: query: a IN TXT response: N + {}", format!("a. 1 IN TXT {n};").repeat(900))
        })
    }),
    input("tool", "separators", SCORE, |_, size| {
        lines("a. A x\n", size, |n| format!("1||2||3||4||5||TXT||{n}{}||1||1", "||".repeat(2000)))
    }),
    input("zeek", "ordinary", SCORE, |texts, size| lines(ZEEK, size, |n| zeek(n, &zeek_answer(&different(texts, n))))),
    input("zeek", "as many strings as fit", SCORE, |_, size| lines(ZEEK, size, |n| zeek(n, &"TXT 1 a".repeat(900)))),
    input("zeek", "as many answers as fit", SCORE, |_, size| lines(ZEEK, size, |n| zeek(n, &"TXT 1 a,".repeat(900)))),
    input("zeek", "lengths without texts", SCORE, |_, size| lines(ZEEK, size, |n| zeek(n, &"TXT 99999 ".repeat(900)))),
    input("zeek", "escapes", SCORE, |_, size| lines(ZEEK, size, |n| zeek(n, &format!("TXT 1000 {}", "\\x00\\x2c".repeat(500))))),
    input("zeek", "other records", SCORE, |_, size| lines(ZEEK, size, |n| zeek(n, &"192.0.2.1,".repeat(100)))),
    input("lines", "ordinary", SCORE, |texts, size| lines("", size, |n| printable(&different(texts, n)))),
    input("lines", "empty lines", SCORE, |_, size| vec![b'\n'; size]),
    input("lines", "empty lines, as CSV", CSV, |_, size| vec![b'\n'; size]),
    input("lines", "empty lines, as a table", TABLE, |_, size| vec![b'\n'; size]),
    input("lines", "empty lines, by domain", GROUPS, |_, size| vec![b'\n'; size]),
    input("lines", "one long line", SCORE, |_, size| vec![b'a'; size]),
    input("lines", "quotes", SCORE, |_, size| lines("", size, |n| format!("\"{n}\"{}", " \"\"".repeat(5000)))),
    input("lines", "escapes", SCORE, |_, size| lines("", size, |n| format!("\"{n}{}\"", "\\065\\\"".repeat(2500)))),
    input("lines", "texts of 65,535 bytes", SCORE, |_, size| lines("", size, |n| String::from_utf8_lossy(&noise(n, 65_535)).into_owned())),
    input("lines", "words of commands that are none", SCORE, |_, size| {
        lines("", size, |n| format!("{n}{}", "xpowershell get-content.exe".repeat(2000)))
    }),
    input("lines", "endings of programs", SCORE, |_, size| lines("", size, |n| format!("{n}{}", ".exe".repeat(15_000)))),
    input("lines", "halves of instructions", SCORE, |_, size| lines("", size, |n| format!("{n} {}", "ignore ".repeat(8000)))),
    input("lines", "short base64", SCORE, |_, size| lines("", size, |n| format!("x={:08}QUJDREVGR0g", n))),
    input("lines", "keys of a task", SCORE, |_, size| lines("", size, |n| format!("{n} {}", "jitter= ".repeat(8000)))),
    input("lines", "names of programs", SCORE, |_, size| lines("", size, |n| format!("{n} {}", "curl powershell ".repeat(4000)))),
    input("lines", "fields of a task", SCORE, |_, size| lines("", size, |n| format!("{n};{}", "a=b;id:".repeat(8000)))),
    input("lines", "hosts of SPF", SCORE, |_, size| {
        lines("", size, |n| format!("v=spf1 {}", format!("a:mx-{:04}.example ", n % 10_000).repeat(3000)))
    }),
    input("lines", "UUIDs", SCORE, |_, size| lines("", size, |n| format!("{n},{}", "a841ff50-34a4-4ada-9b46-b67f6d09a469,".repeat(1500)))),
    input("lines", "keys", SCORE, |_, size| {
        lines("", size, |n| format!("v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA{n}{}", "Qx9+/".repeat(80)))
    }),
    input("lines", "Han characters", SCORE, |_, size| lines("", size, |n| format!("{n}{}", "\u{3400}\u{4e00}".repeat(5000)))),
    input("lines", "white space", SCORE, |_, size| lines("", size, |n| format!("a{n}{}b", " \t".repeat(20_000)))),
    input("chunks", "ordinary", &[], |texts, size| chunks("text,n", size, &[], |n| cell(&different(texts, n)) + ",1")),
    input("chunks", "a wide header", &[], |_, size| {
        chunks(&format!("text{}", ",c".repeat(4000)), size, &[], |n| format!("{n}{}", ",".repeat(4000)))
    }),
    input("chunks", "a replaced column in wide rows", &[], |_, size| {
        chunks(&format!("text,pred_is_unknown{}", ",c".repeat(200)), size, &[], |n| format!("{n}{}", ",".repeat(201)))
    }),
    input("chunks", "multivalue cells", &[], |_, size| {
        chunks("text,__mv_text", size, &[], |n| {
            format!("a,{}", format!("$a{n}$;$b$").replace("$b$", &"$b$;".repeat(500)).trim_end_matches(';'))
        })
    }),
    input("chunks", "dollars", &[], |_, size| chunks("text,__mv_text", size, &[], |_| format!("a,${}$", "$$".repeat(2000)))),
    input("chunks", "quotes", &[], |_, size| chunks("text,n", size, &[], |n| format!("\"{n}{}\",1", "\"\"".repeat(2000)))),
    input("chunks", "texts of 65,535 bytes", &[], |_, size| chunks("text,n", size, &[], |n| cell(&noise(n, 65_535)) + ",1")),
    input("chunks", "domains", &[], |_, size| {
        chunks("text,query", size, &["domain=query"], |n| format!("a,{}{n}.co.uk", "a.".repeat(120)))
    }),
    input("explain", "ordinary", EXPLAIN, |texts, size| lines("", size, |n| printable(&different(texts, n)))),
    input("explain", "empty lines", EXPLAIN, |_, size| vec![b'\n'; size]),
    input("explain", "names of 250 unprintable bytes", EXPLAIN, |_, size| tcp_capture(size, |_| long_name())),
    input("explain", "as many records as fit", EXPLAIN, |_, size| tcp_capture(size, |number| records(number, b"\x01a"))),
    input("explain", "parts of base64", EXPLAIN, |_, size| {
        lines("", size, |n| format!("v=spf1 {n}{}", "Ab1dEf2hIj3kLm4nOpq5/".repeat(48)))
    }),
    input("explain", "a broken record", EXPLAIN, |_, size| {
        lines("", size, |n| format!("v=DMARC1; p=none{}; x={n}", "; p=none".repeat(110)))
    }),
    input("explain", "a broken SPF record", EXPLAIN, |_, size| lines("", size, |n| format!("v=spf1 {}x={n}", "ip4:192.0.2.1 ".repeat(60)))),
    input("explain", "pairs", EXPLAIN, |_, size| lines("", size, |n| format!("ty={n}{}", "=".repeat(8000)))),
    input("explain", "base64 of base64", EXPLAIN, |_, size| lines("", size, |n| format!("{n}{}", "YWJjZGVmZ2hpamtsbW5vcA".repeat(40)))),
    input("explain", "base32", EXPLAIN, |_, size| lines("", size, |n| format!("{n}{}", "NFXGM33SNVQXI2LPN".repeat(60)))),
    input("explain", "texts of 65,535 bytes", EXPLAIN, |_, size| {
        lines("", size, |n| String::from_utf8_lossy(&noise(n, 65_535)).into_owned())
    }),
];

fn short_rows(_: &[Vec<u8>], size: usize) -> Vec<u8> {
    lines("text,src,query\n", size, |_| "a".into())
}

/// A text that none before was.
fn different(texts: &[Vec<u8>], number: usize) -> Vec<u8> {
    let text = texts.get(number % texts.len().max(1)).map_or(&b"v=spf1 -all"[..], |text| text);
    [text, number.to_string().as_bytes()].concat()
}

/// Letters and digits that look random, different for each seed.
pub(super) fn noise(seed: usize, length: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ALPHABET[(state >> 58) as usize]
        })
        .collect()
}

/// Lines after a header, as many as the size allows.
fn lines(header: &str, size: usize, line: impl Fn(usize) -> String) -> Vec<u8> {
    let mut out = header.as_bytes().to_vec();
    for number in 0.. {
        if out.len() >= size {
            break;
        }
        out.extend(line(number).into_bytes());
        out.push(b'\n');
    }
    out
}

fn cell(text: &[u8]) -> String {
    let mut out = Vec::new();
    rows::write_value(&mut out, text);
    String::from_utf8_lossy(&out).into_owned()
}

/// A text that is one line.
fn printable(text: &[u8]) -> String {
    String::from_utf8_lossy(text).replace(['\n', '\r', '\0'], " ")
}

fn csv_row(number: usize, text: &[u8]) -> String {
    format!("2026-01-01T00:{:02}:00Z,192.0.2.{},a{number}.example.com,{}", number % 60, number % 250, cell(text))
}

fn eve(number: usize, texts: &[&[u8]]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| String::from_utf8_lossy(text)).collect();
    let dns =
        json!({"version": 2, "type": "answer", "rrname": format!("a{number}.example.com"), "rrtype": "TXT", "grouped": {"TXT": texts}});
    let time = format!("2026-01-01T00:{:02}:00.000000+0000", number % 60);
    json!({"timestamp": time, "event_type": "dns", "src_ip": "192.0.2.53", "dest_ip": "192.0.2.7", "dns": dns}).to_string()
}

fn zone_line(number: usize, text: &str) -> String {
    format!("a{number}.example.com. 300 IN TXT \"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

const ZEEK: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n\
                    #fields\tts\tid.orig_h\tid.resp_h\tquery\tqtype_name\tanswers\n#types\ttime\taddr\taddr\tstring\tstring\tvector[string]\n";

fn zeek(number: usize, answers: &str) -> String {
    format!("17000{:05}.5\t192.0.2.7\t192.0.2.53\ta{number}.example.com\tTXT\t{answers}", number % 100_000)
}

fn zeek_answer(text: &[u8]) -> String {
    let text = printable(text);
    format!("TXT {} {}", text.len(), text.replace('\\', "\\\\").replace('\t', "\\x09").replace(',', "\\x2c"))
}

/// A conversation in chunks of about 4 MB.
fn chunks(header: &str, size: usize, args: &[&str], row: impl Fn(usize) -> String) -> Vec<u8> {
    const CHUNK_BYTES: usize = 4 << 20;
    let mut out = Vec::new();
    let getinfo = json!({"action": "getinfo", "searchinfo": {"args": args, "sid": "1", "app": "search"}}).to_string();
    let written = Chunk::write(&mut out, getinfo.as_bytes(), b"");
    let mut number = 0;
    while written.is_ok() && out.len() < size {
        let body = lines(&format!("{header}\n"), CHUNK_BYTES.min(size - out.len()), |line| row(number + line));
        number += CHUNK_BYTES; // other numbers than before
        if Chunk::write(&mut out, br#"{"action":"execute","finished":false}"#, &body).is_err() {
            break;
        }
    }
    out
}

// ---- captures

/// A capture of IP packets without a link's header.
fn packets(size: usize, packet: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut out = [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 262_144, 101].map(u32::to_le_bytes).concat();
    for number in 0.. {
        if out.len() >= size {
            break;
        }
        let packet = packet(number);
        let length = packet.len() as u32;
        out.extend([1_700_000_000 + number as u32 / 100, 0, length, length].map(u32::to_le_bytes).as_flattened());
        out.extend(packet);
    }
    out
}

fn ip(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (payload.len() as u16 + 20).to_be_bytes();
    [&[0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 53, 192, 0, 2, 7][..], payload].concat()
}

/// A fragment that is never completed.
fn fragment(number: usize) -> Vec<u8> {
    let mut packet = ip(17, &noise(number, 32));
    packet[4..6].copy_from_slice(&(number as u16).to_be_bytes());
    packet[6..8].copy_from_slice(&(0x2000 | (number % 8000) as u16).to_be_bytes());
    packet
}

fn udp_capture(size: usize, message: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    packets(size, |number| {
        let message = message(number);
        let length = (message.len() as u16 + 8).to_be_bytes();
        ip(17, &[&[0, 53, 0x0f, 0xa0][..], &length, &[0, 0], &message].concat())
    })
}

fn segment(client: usize, seq: usize, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (1024 + (client % 60_000) as u16).to_be_bytes();
    let header = [0, 53, high, low];
    ip(6, &[&header[..], &(seq as u32).to_be_bytes(), &[0, 0, 0, 1, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0], payload].concat())
}

/// A TXT query to port 53.
fn query(number: usize) -> Vec<u8> {
    let mut message = message(number, &[]);
    message[2] = 1;
    let length = (message.len() as u16 + 8).to_be_bytes();
    ip(17, &[&[0x0f, 0xa0, 0, 53][..], &length, &[0, 0], &message].concat())
}

/// A segment that comes from another port than 53.
fn on_another_port(mut segment: Vec<u8>) -> Vec<u8> {
    segment[20..22].copy_from_slice(&8053u16.to_be_bytes());
    segment
}

/// Messages in a TCP stream, in segments of 1400 bytes, a stream for each message.
fn tcp_capture(size: usize, message: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut out = packets(0, |_| Vec::new());
    for number in 0.. {
        if out.len() >= size {
            break;
        }
        let message = message(number);
        let framed = [&(message.len() as u16).to_be_bytes()[..], &message].concat();
        for (place, part) in framed.chunks(1400).enumerate() {
            let packet = segment(number, 1000 + place * 1400, part);
            let length = packet.len() as u32;
            out.extend([1_700_000_000, 0, length, length].map(u32::to_le_bytes).as_flattened());
            out.extend(packet);
        }
    }
    out
}

fn one_byte_segments(texts: &[Vec<u8>], size: usize) -> Vec<u8> {
    let message = message(1, &[&different(texts, 1)]);
    let framed = [&(message.len() as u16).to_be_bytes()[..], &message].concat();
    packets(size, |number| segment(7, 1000 + number, &framed[number % framed.len()..][..1]))
}

fn header(questions: u16, answers: u16) -> Vec<u8> {
    [7, 0x8180, questions, answers, 0, 0].map(u16::to_be_bytes).concat()
}

fn message(number: usize, answers: &[&[u8]]) -> Vec<u8> {
    let name = format!("a{number}");
    let mut out = header(1, answers.len() as u16);
    out.push(name.len() as u8);
    out.extend([name.as_bytes(), b"\x07example\x03com\0\0\x10\0\x01"].concat());
    for answer in answers {
        let data: Vec<u8> = answer.chunks(255).flat_map(|string| [&[string.len() as u8], string].concat()).collect();
        out.extend([&[0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60][..], &(data.len() as u16).to_be_bytes(), &data].concat());
    }
    out
}

/// The smallest records, each with the same data.
fn records(number: usize, data: &[u8]) -> Vec<u8> {
    let mut out = message(number, &[]);
    let record = [&[0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, data.len() as u8][..], data].concat();
    let count = (65_000 - out.len()) / record.len();
    out[6..8].copy_from_slice(&(count as u16).to_be_bytes());
    out.extend(record.repeat(count));
    out
}

/// Records without a question, whose owners' names point into thousands of labels that lead back to their start.
fn label_chain() -> Vec<u8> {
    const RECORDS: u16 = 2300;
    const LABELS: u16 = 15_000;
    const START: u8 = 12 + 11; // after the header, and the owner, type, class, time to live and length of a record
    let mut out = header(0, RECORDS);
    out.extend(
        [&b"\0\0\x01\0\x01\0\0\0\x3c"[..], &(LABELS * 2 + 2).to_be_bytes(), &b"\x01a".repeat(LABELS.into()), &[0xc0, START]].concat(),
    );
    for _ in 1..RECORDS {
        out.extend([&[0xc0, START], &b"\0\x10\0\x01\0\0\0\x3c\0\x02\x01x"[..]].concat());
    }
    out
}

fn question_chain() -> Vec<u8> {
    const QUESTIONS: u16 = 6000;
    let mut out = header(QUESTIONS, 0);
    for _ in 0..QUESTIONS {
        out.extend(b"\x01a\x01b\xc0\x0c\0\x10\0\x01");
    }
    out
}

/// A name as long as names are, which is written with four characters per byte, and as many empty records as fit.
fn long_name() -> Vec<u8> {
    const RECORDS: u16 = 5300;
    let mut out = header(1, RECORDS);
    for _ in 0..4 {
        out.push(62);
        out.extend([0xfe; 62]);
    }
    out.extend(b"\0\0\x10\0\x01");
    out.extend(b"\xc0\x0c\0\x10\0\x01\0\0\0\x3c\0\0".repeat(RECORDS.into()));
    out
}

/// For messages: what an input is.
impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.reader, self.name)
    }
}
