//! Mail records: the grammars of their RFCs, without the optional parts that nobody uses except to hide data.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::record_type::Check::{Pattern, Rule};
use super::record_type::FreePart::{self, Nothing, Opaque, Plain};
use super::record_type::Group::Email;
use super::record_type::Prefix::{Name, Version};
use super::record_type::RecordType;

const HOSTS: FreePart = Plain("host names or IP addresses");

pub(super) static TYPES: [RecordType; 13] = [
    RecordType {
        name: "spf",
        group: Email,
        check: Rule("spf", spf),
        prefixes: &[Version("v=spf1", ' ')],
        examples: &[
            "v=spf1 -all",
            "v=spf1",
            "V=SPF1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a mx:mail.example.net/28//64 include:_spf.example.net ~all",
            "v=spf1 exists:%{ir}.%{v}._spf.%{d2} redirect=_spf.example.org",
            "v=spf1 a:%{d1r-}.example.net ptr exp=why.%{d} ?all",
        ],
        counterexamples: &[
            "v=spf1 include:c2VuZCBuZXh0IHN0YWdl ~all",                    // not a host name
            "v=spf1 include:TVqQAAMAAAAEAAAA//8AALgAAAA=.example.net all", // not a label
            "v=spf1 x=aGVsbG8gd29ybGQ -all",                               // unknown modifiers can carry anything
            "v=spf1 d2hvYW1p -all",
            "d2hvYW1p v=spf1 -all",
            "v=spf1 ip4:999.1.1.1 -all",
            "v=spf1 ip6:dead:beef -all",
            "v=spf1 -all whoami",
            "v=spf1 ra=TVqQAAMAAAAEAAAA rr=aGVsbG8 -all", // RFC 6652, which is not used in practice
            "v=spf1 ip4:192.0.2.0/+24 -all",
            "v=spf10 -all",
            "v=spf1;-all",
        ],
        free_part: HOSTS,
        reference: "RFC 7208",
    },
    RecordType {
        name: "sender_id",
        group: Email,
        check: Rule("sender_id", sender_id),
        prefixes: &[],
        examples: &["spf2.0/pra include:example.net -all", "spf2.0/mfrom,pra ip4:192.0.2.1 ?all"],
        counterexamples: &["spf2.0/x -all", "spf2.0/pra d2hvYW1p", "spf2.0"],
        free_part: HOSTS,
        reference: "RFC 4406",
    },
    RecordType {
        name: "dkim",
        group: Email,
        check: Rule("dkim", dkim),
        prefixes: &[Version("v=DKIM1", ';')],
        examples: &[
            "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
            "k=rsa; t=s; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKKP4rIHN9zCTtZQ0AzEChJqf4Fz0aUQrCkTbYRLnpqA1sCGSj8d3cX1sa2E0EEyNPbLDCNBqSIXHwHTrTD0hSsCAwEAAQ==",
            "v=DKIM1; p=",
        ],
        counterexamples: &[
            "v=DKIM1; k=rsa; p=TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAA=", // a program, not a key
            "v=DKIM1; k=rsa; p=not base64!",
            "v=DKIM1; k=ed25519; p=AAAA",
            "v=DKIM1; n=powershell -enc SQBFAFgAIAAoAE4AZQB3; p=",
            "v=DKIM1; x=c2VjcmV0; p=", // a tag that no RFC defines
            "p=c2VjcmV0",
            "v=DKIM1",
        ],
        free_part: Opaque("key or note"),
        reference: "RFC 6376, RFC 8463",
    },
    RecordType {
        name: "dmarc",
        group: Email,
        check: Rule("dmarc", dmarc),
        prefixes: &[Version("v=DMARC1", ';')],
        examples: &[
            "v=DMARC1; p=none",
            "v=DMARC1;p=reject;sp=quarantine;pct=50;rua=mailto:dmarc@example.net,mailto:x@example.org!10m;ruf=mailto:f@example.net;fo=1:d:s;adkim=r;aspf=s;ri=86400;rf=afrf;",
            "v=DMARC1", // the record at _report._dmarc
        ],
        counterexamples: &[
            "v=DMARC1; p=d2hvYW1p",
            "p=reject",
            "v=DMARC1; p=none; rua=mailto:d2hvYW1pL3dob2FtaQ==",
            "v=DMARC1; p=none; x=1",
            "v=DMARC1; p=none; pct=101",
        ],
        free_part: Plain("report addresses"),
        reference: "RFC 7489",
    },
    RecordType {
        name: "mta_sts",
        group: Email,
        check: Pattern("v=STSv1; ?id={an}{1,32} ?;? ?"),
        prefixes: &[Version("v=STSv1", ';')],
        examples: &["v=STSv1; id=20240101T000000;", "v=STSv1;id=1"],
        counterexamples: &["v=STSv1; id=abc-def", "v=STSv1; id=0123456789012345678901234567890123", "v=STSv1; id=1; x=2"],
        free_part: Opaque("id of up to 32 characters"),
        reference: "RFC 8461",
    },
    RecordType {
        name: "tls_rpt",
        group: Email,
        check: Pattern("v=TLSRPTv1; ?rua=(?:mailto:{mail}|{url})(?:, ?(?:mailto:{mail}|{url}))* ?;?"),
        prefixes: &[Version("v=TLSRPTv1", ';')],
        examples: &["v=TLSRPTv1; rua=mailto:tls@example.net", "v=TLSRPTv1; rua=https://example.net/v1/tlsrpt;"],
        counterexamples: &["v=TLSRPTv1; rua=d2hvYW1p", "v=TLSRPTv1; rua=mailto:nobody", "v=TLSRPTv1"],
        free_part: Plain("report addresses"),
        reference: "RFC 8460",
    },
    RecordType {
        name: "bimi",
        group: Email,
        check: Pattern("v=BIMI1; ?l=(?:https://{host}/[!-:<-~]{1,160})? ?(?:; ?a=(?:self|https://{host}/[!-:<-~]{1,160})? ?)?;?"),
        prefixes: &[Version("v=BIMI1", ';')],
        examples: &["v=BIMI1; l=https://example.net/logo.svg; a=https://example.net/vmc.pem", "v=BIMI1; l=; a=;"],
        counterexamples: &["v=BIMI1; l=http://example.net/logo.svg", "v=BIMI1; l=d2hvYW1p", "v=BIMI1"],
        free_part: Plain("URL paths"),
        reference: "draft-brand-indicators-for-message-identification",
    },
    RecordType {
        name: "domainkeys_policy",
        group: Email,
        check: Pattern("(?:t=y; ?)?o=[~-];?(?: ?r={mail};?)?|dkim=(?:all|unknown|discardable);?"),
        prefixes: &[],
        examples: &["o=~", "t=y; o=-", "o=~; r=postmaster@example.net", "dkim=discardable"],
        counterexamples: &["o=x", "dkim=d2hvYW1p", "o=-; n=d2hvYW1p"],
        free_part: Plain("mail address"),
        reference: "RFC 4870, RFC 5617",
    },
    RecordType {
        name: "mail_setup",
        group: Email,
        check: Pattern(
            "mailconf={url}|forward-email=(?:[a-z0-9._*+-]{1,64}:)?{mail}(?:,(?:[a-z0-9._*+-]{1,64}:)?{mail})*|forward-email={b64}{70,140}={0,2}|autodiscover\\.{host}",
        ),
        prefixes: &[Name("mailconf"), Name("forward-email")],
        examples: &["mailconf=https://example.net/mail/config-v1.1.xml", "forward-email=info:someone@example.net"],
        counterexamples: &["mailconf=d2hvYW1p", "forward-email=d2hvYW1pL3dob2FtaQ=="],
        free_part: Plain("URL path or mail addresses"),
        reference: "https://www.bucksch.org/1/projects/thunderbird/autoconfiguration/, https://forwardemail.net/en/faq",
    },
    RecordType {
        name: "atps",
        group: Email,
        check: Pattern("v=ATPS1(?:; ?d={host})?"),
        prefixes: &[Version("v=ATPS1", ';')],
        examples: &["v=ATPS1; d=mailer.example.net", "v=ATPS1"],
        counterexamples: &["v=ATPS1; d=d2hvYW1p"],
        free_part: HOSTS,
        reference: "RFC 6541",
    },
    RecordType {
        name: "dkim_report",
        group: Email,
        check: Pattern("ra=[A-Za-z0-9._-]{1,40}; ?rp=[0-9]{1,3}(?:; ?rr=(?:[a-z]{1,4}:?)+)?"),
        prefixes: &[],
        examples: &["ra=dkim-errors; rp=100; rr=v:x"],
        counterexamples: &["ra=dkim-errors; rp=100; rr=v:x d2hvYW1p"],
        free_part: Plain("mail address of up to 40 characters"),
        reference: "RFC 6651",
    },
    RecordType {
        name: "vbr",
        group: Email,
        check: Pattern("(?:all|list|transaction)(?: (?:all|list|transaction))*"),
        prefixes: &[],
        examples: &["all", "list transaction"],
        counterexamples: &["all your base"],
        free_part: Nothing,
        reference: "RFC 5518",
    },
    RecordType {
        name: "mailchannels",
        group: Email,
        check: Pattern("v=mc1(?: auth={name}| cfid={host})*"),
        prefixes: &[],
        examples: &["v=mc1 cfid=example.workers.dev"],
        counterexamples: &["v=mc1 x=d2hvYW1p"],
        free_part: HOSTS,
        reference: "https://support.mailchannels.com/",
    },
];

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())
}

fn spf(bytes: &[u8]) -> bool {
    let Some((version, terms)) = text(bytes).map(|text| text.split_once(' ').unwrap_or((text, ""))) else { return false };
    version.eq_ignore_ascii_case("v=spf1") && terms.split(' ').filter(|term| !term.is_empty()).all(spf_term)
}

fn sender_id(bytes: &[u8]) -> bool {
    let Some((version, terms)) = text(bytes).map(|text| text.split_once(' ').unwrap_or((text, ""))) else { return false };
    let scopes = version.strip_prefix("spf2.0/").unwrap_or("");
    scopes.split(',').all(|scope| matches!(scope, "pra" | "mfrom")) && terms.split(' ').filter(|term| !term.is_empty()).all(spf_term)
}

/// A directive, or a modifier that RFC 7208 defines. The grammar allows unknown modifiers; this function does not.
fn spf_term(term: &str) -> bool {
    let directive = term.strip_prefix(['+', '-', '~', '?']).unwrap_or(term);
    let end = directive.find([':', '=', '/']).unwrap_or(directive.len());
    let (name, rest) = directive.split_at(end);
    let name = name.to_ascii_lowercase();
    let value = rest.get(1..).unwrap_or_default();
    match (name.as_str(), rest.chars().next()) {
        ("all" | "ptr", None) => true,
        ("a" | "mx", _) => {
            let (domain, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (domain.is_empty() || domain.strip_prefix(':').is_some_and(domain_spec)) && prefix_lengths(prefix)
        }
        ("include" | "exists" | "ptr", Some(':')) => domain_spec(value),
        ("ip4", Some(':')) => address::<Ipv4Addr>(value, 32),
        ("ip6", Some(':')) => address::<Ipv6Addr>(value, 128),
        ("redirect" | "exp", Some('=')) => domain_spec(value),
        _ => false,
    }
}

fn number(digits: &str, max: u32) -> bool {
    digits.len() <= 10 && digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u32>().is_ok_and(|n| n <= max)
}

/// `/24`, `//64` or `/24//64`, or nothing.
fn prefix_lengths(text: &str) -> bool {
    let (four, six) = text.split_once("//").unwrap_or((text, ""));
    (four.is_empty() || four.strip_prefix('/').is_some_and(|n| number(n, 32)))
        && (six.is_empty() && !text.ends_with('/') || number(six, 128))
}

fn address<A: std::str::FromStr>(text: &str, max_prefix: u32) -> bool {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "0"));
    address.parse::<A>().is_ok() && number(prefix, max_prefix)
}

/// Labels of letters, digits, `-`, `_` and macros, at least two of them or a macro, ending in a top label or a macro.
fn domain_spec(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let labels: Vec<&str> = split_outside_macros(text);
    let top = labels.last().is_some_and(|top| top.contains('%') || top.len() >= 2 && top.bytes().any(|b| b.is_ascii_alphabetic()));
    text.len() <= 253 && top && (labels.len() >= 2 || text.contains("%{")) && labels.iter().all(|label| spf_label(label))
}

fn split_outside_macros(text: &str) -> Vec<&str> {
    let (mut labels, mut start, mut depth) = (Vec::new(), 0usize, 0i32);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth = depth.saturating_add(1),
            b'}' => depth = depth.saturating_sub(1),
            b'.' if depth == 0 => {
                labels.extend(text.get(start..at));
                start = at.saturating_add(1);
            }
            _ => {}
        }
    }
    labels.extend(text.get(start..));
    labels
}

fn spf_label(label: &str) -> bool {
    let mut rest = label;
    while let Some(byte) = rest.bytes().next() {
        if byte.is_ascii_alphanumeric() || b"-_".contains(&byte) {
            rest = rest.get(1..).unwrap_or_default();
        } else if let Some(inside) = rest.strip_prefix("%{") {
            let Some((expand, after)) = inside.split_once('}') else { return false };
            let Some(letter) = expand.bytes().next() else { return false };
            let transform = expand.get(1..).unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_digit());
            if expand.len() > 12 {
                return false;
            }
            let delimiters = transform.strip_prefix(['r', 'R']).unwrap_or(transform);
            if !b"slodiphcrtv".contains(&letter.to_ascii_lowercase()) || !delimiters.bytes().all(|b| b".-+,/_=".contains(&b)) {
                return false;
            }
            rest = after;
        } else {
            return false;
        }
    }
    !label.is_empty() && label.len() <= 63
}

/// Real records have fewer tags. The search for repeated tags takes quadratic time, so their number is bounded.
const MAX_TAGS: usize = 24;

/// The `tag=value` pairs in order, without white space around them; `None` if the text is not such a list or repeats a tag.
fn tags(bytes: &[u8]) -> Option<Vec<(&str, &str)>> {
    let mut tags: Vec<(&str, &str)> = Vec::new();
    for part in text(bytes)?.trim_end_matches([';', ' ']).split(';') {
        let (tag, value) = part.split_once('=')?;
        let (tag, value) = (tag.trim(), value.trim());
        if tag.is_empty() || tags.len() == MAX_TAGS || tags.iter().any(|(seen, _)| *seen == tag) {
            return None;
        }
        tags.push((tag, value));
    }
    Some(tags)
}

fn dkim(bytes: &[u8]) -> bool {
    let Some(tags) = tags(bytes) else { return false };
    let value = |name: &str| tags.iter().find(|(tag, _)| *tag == name).map(|(_, value)| *value);
    let is_valid = tags.iter().enumerate().all(|(place, (tag, value))| match *tag {
        "v" => place == 0 && *value == "DKIM1",
        "h" => value.split(':').all(|hash| matches!(hash.trim(), "sha1" | "sha256")),
        "k" => matches!(*value, "rsa" | "ed25519"),
        "s" => value.split(':').all(|service| matches!(service.trim(), "*" | "email")),
        "t" => value.split(':').all(|flag| matches!(flag.trim(), "y" | "s")),
        "g" => *value == "*" || value.is_empty(),
        "n" => {
            value.len() <= 80
                && value.split(' ').all(|word| word.len() <= 24 && word.bytes().all(|b| b.is_ascii_alphabetic() || b".,:)(".contains(&b)))
                // Some write the size and date of the key.
                || value.len() <= 40 && value.bytes().all(|b| b.is_ascii_digit() || b",- ".contains(&b))
        }
        "p" => true,
        _ => false,
    });
    let Some(key) = value("p").filter(|_| is_valid) else { return false };
    let key: String = key.split_ascii_whitespace().collect();
    if key.is_empty() {
        return value("v").is_some(); // a revoked key
    }
    let Ok(der) = STANDARD.decode(key) else { return false };
    if value("k") == Some("ed25519") { der.len() == 32 } else { rsa_key(&der) }
}

/// A SubjectPublicKeyInfo of RSA, or the RSAPublicKey that it holds, and nothing after it.
fn rsa_key(der: &[u8]) -> bool {
    let inner = match spki::SubjectPublicKeyInfoRef::try_from(der) {
        Ok(info) if info.algorithm.oid == pkcs1::ALGORITHM_OID => info.subject_public_key.as_bytes(),
        Ok(_) => return false,
        Err(_) => Some(der),
    };
    let Some(Ok(key)) = inner.map(pkcs1::RsaPublicKeyRef::try_from) else { return false };
    let modulus = key.modulus.as_bytes();
    (48..=1024).contains(&modulus.len()) && modulus.last().is_some_and(|byte| byte % 2 == 1) && key.public_exponent.as_bytes().len() <= 4
}

fn dmarc(bytes: &[u8]) -> bool {
    let Some(tags) = tags(bytes) else { return false };
    let policy = |value: &str| matches!(value, "none" | "quarantine" | "reject");
    let is_valid = tags.iter().enumerate().all(|(place, (tag, value))| match *tag {
        "v" => place == 0 && *value == "DMARC1",
        "p" => place == 1 && policy(&value.to_ascii_lowercase()),
        "sp" | "np" => policy(&value.to_ascii_lowercase()),
        "pct" => number(value, 100),
        "ri" => number(value, u32::MAX),
        "adkim" | "aspf" => matches!(*value, "r" | "s" | "R" | "S"),
        "fo" => value.split(':').all(|option| matches!(option.trim(), "0" | "1" | "d" | "s")),
        "rf" => value.split(':').all(|format| matches!(format.trim(), "afrf" | "iodef")),
        "psd" => matches!(*value, "y" | "n" | "u"),
        "t" => matches!(*value, "y" | "n"),
        "rua" | "ruf" => value.split(',').all(|uri| report_address(uri.trim())),
        _ => false,
    });
    is_valid && tags.first().is_some_and(|(tag, _)| *tag == "v") && tags.get(1).is_none_or(|(tag, _)| *tag == "p")
}

/// `mailto:local@host`, with the size limit of RFC 7489 after a `!`.
fn report_address(uri: &str) -> bool {
    let Some(address) = uri.strip_prefix("mailto:") else { return false };
    let (address, size) = address.split_once('!').unwrap_or((address, "1"));
    let Some((local, host)) = address.split_once('@') else { return false };
    let local_fits = (1..=64).contains(&local.len()) && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"._%+-=".contains(&b));
    local_fits && !host.contains('%') && domain_spec(host) && number(size.trim_end_matches(['k', 'm', 'g', 't']), u32::MAX)
}
