"""Look-ups of routing, reputation and resolvers, updates, zones about themselves, identities: from public documents.

`KNOWN` is keyed by the record type of what a function writes; `ODD` has no type there.
"""

from .basics import (
    ALNUM,
    B32,
    B58,
    COUNTRIES,
    DIGITS,
    HEX,
    LOWER,
    PLACES,
    UPPER,
    address,
    b64,
    date,
    digits,
    host,
    ip4,
    ip6,
    name,
    pick,
    sentence,
    time,
    url,
    uuid,
    version,
)

RIRS = ("arin", "ripencc", "apnic", "lacnic", "afrinic")


def _ip(r):
    return ip4(r) if r.random() < 0.8 else ip6(r)


def _day(r):
    return f"{r.randrange(1985, 2027)}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}"


def _asns(r):
    return " ".join(digits(r, 3, 6) for _ in range(r.choice((1, 1, 1, 1, 2, 3))))


def _prefix(r):
    return (
        f"{ip4(r)}/{r.randint(8, 24)}"
        if r.random() < 0.75
        else f"2{pick(r, HEX, 3)}:{pick(r, HEX, 4)}::/{r.randint(19, 48)}"
    )


def asn_origin(r):
    cc, rir, day = r.choice(COUNTRIES), r.choice(RIRS), _day(r)
    return f"{_asns(r)} | {_prefix(r)} | {r.choice((f'{cc} | {rir} | {day}', f'{cc} | {rir} | ', 'NA | NA | NA'))}"


def asn_name(r):
    short = f"{name(r).upper()}{r.choice(('', '-AS', f'-{name(r).upper()}', 'NET'))}"
    return (
        f"{digits(r, 3, 6)} | {r.choice(COUNTRIES)} | {r.choice(RIRS)} | {_day(r)} | {short}"
        f"{r.choice((' - ', ', ', ' '))}{' '.join(name(r).title() for _ in range(r.randint(1, 4)))}"
        f"{r.choice(('', ' Inc.', ' Ltd', ' GmbH'))}, {r.choice(COUNTRIES)}"
    )


def asn_compact(r):
    return f"{digits(r, 3, 6)}|{_prefix(r)}|{r.choice(COUNTRIES)}|{r.choice(RIRS)}|{r.choice(('', _day(r)))}"


def ip_list(r):
    return r.choice((" ", ",", ", ", ";")).join(
        f"{_ip(r)}{r.choice(('', '', '/24', ''))}"
        if r.random() < 0.8
        else f"{ip4(r)}:{r.choice((53, 443, 8333, 30303))}"
        for _ in range(r.choice((1, 1, 2, 3, 6, 14)))
    )


def resolver_debug(r):
    return r.choice(
        (
            f"edns0-client-subnet {ip4(r)}/{r.choice((24, 25, 32, 0))}",
            f"ns{ip4(r)}",
            f"ip{_ip(r)}",
            f"ecs{ip4(r)}/24/{r.choice((24, 0))}",
            f"Resolver IP: {_ip(r)}",
            f"EDNS0 client subnet: {ip4(r)}/24/0",
            f"server m{r.randrange(1, 90)}.{pick(r, LOWER, 3)}",
            f"source {ip4(r)}:{r.randrange(1024, 65535)}",
            f"dnscrypt enabled ({pick(r, HEX.upper(), 16)})",
            f"device {pick(r, HEX.upper(), 16)}",
            "do53-udp.",
            "do53-tcp.",
            "dot.",
            "doh.",
            "dnscrypt-udp.",
        )
    )


def oarc_test(r):
    return f"{_ip(r)} " + r.choice(
        (
            f"DNS reply size limit is at least {digits(r, 3, 4)} bytes",
            f"sent EDNS buffer size {r.choice((512, 1232, 1220, 4096))}",
            "lacks EDNS, defaults to 512",
            (
                f"is {r.choice(('GREAT', 'GOOD', 'FAIR', 'POOR'))}: {r.randrange(5, 60)} queries in "
                f"{r.random() * 9:.1f} seconds from {r.randrange(1, 60)} ports with std dev {r.randrange(20000)}"
            ),
        )
    )


def software(r):
    return r.choice(
        (
            version(r),
            version(r),
            f"dnsmasq-2.{r.randrange(60, 95)}",
            f"unbound 1.{r.randrange(4, 24)}.{r.randrange(4)}",
            f"NSD 4.{r.randrange(12)}.{r.randrange(9)}",
            f"Knot DNS 3.{r.randrange(5)}.{r.randrange(12)}",
            f"CoreDNS-1.{r.randrange(13)}.{r.randrange(4)}",
            (
                f"9.{r.randrange(11, 21)}.{r.randrange(40)}-{r.choice(('RedHat', 'Debian', 'Ubuntu'))}-9."
                f"{r.randrange(20)}.{r.randrange(40)}"
            ),
            f"PowerDNS Recursor 5.{r.randrange(3)}.{r.randrange(9)}",
            "1.1.0",
            f"Microsoft DNS 10.0.{r.randrange(14000, 26000)}",
        )
    )


def kerberos_realm(r):
    if r.random() < 0.2:
        return f"LKDC:SHA1.{pick(r, HEX.upper(), 40)}"
    return (
        ".".join(
            pick(r, UPPER, r.randint(2, 4)) if r.random() < 0.3 else name(r).upper() for _ in range(r.randint(1, 3))
        )
        + "."
        + r.choice(("COM", "ORG", "NET", "LOCAL", "EDU", "DE"))
    )


def host_list(r):
    return r.choice((" ", ",", ", ", ";")).join(
        host(r) + r.choice(("", "", ".")) for _ in range(r.choice((1, 1, 1, 2, 3, 8)))
    )


def caa_text(r):
    return (
        f"{r.choice(('0', '128'))} {r.choice(('issue', 'issuewild', 'iodef', 'issuemail'))} "
        f"{r.choice((chr(34) + host(r) + chr(34), host(r), chr(34) + ';' + chr(34), f'mailto:{name(r)}@{host(r)}'))}"
    )


def external_dns(r):
    quote = r.choice(("", "", chr(34)))
    tail = r.choice(
        (
            (
                f",external-dns/resource={r.choice(('ingress', 'service', 'crd', 'gateway'))}/{name(r)}/"
                f"{name(r)}-{name(r)}"
            ),
            "",
            f",external-dns/resource=service/{name(r)}/{name(r)},external-dns/set-identifier={name(r)}",
        )
    )
    return f"{quote}heritage=external-dns,external-dns/owner={name(r)}{r.choice(('', '-' + name(r)))}{tail}{quote}"


def octodns_meta(r):
    return (
        f"octodns-meta,provider={name(r)},time=20{r.randrange(20, 27)}-{r.randrange(1, 13):02}-"
        f"{r.randrange(1, 29):02}T{time(r)}.{digits(r, 6)}+00:00,uuid={pick(r, HEX, 8)}-{pick(r, HEX, 4)}-"
        f"{pick(r, HEX, 4)}-{pick(r, HEX, 4)}-{pick(r, HEX, 12)},version=1.{r.randrange(20)}.{r.randrange(9)}"
    )


def arn(r):
    stack = (
        f"{name(r)}-{r.choice(('prod', 'dev', 'staging', name(r)))}{r.choice(('', '-' + pick(r, HEX, 8)))}-"
        f"{r.choice(('', name(r).title()))}{name(r).title()}Role-{pick(r, UPPER + DIGITS, r.choice((12, 13)))}"
    )
    return (
        f"arn:aws:{r.choice(('iam::', 's3:eu-west-1:', 'acm:us-east-1:', 'lambda:eu-west-2:'))}{digits(r, 12)}:"
        f"{r.choice(('role/' + stack, 'role/' + stack, 'role/' + name(r), name(r) + '/' + uuid(r), 'user/' + name(r)))}"
    )


def domain_connect(r):
    return r.choice(
        (
            f"api.domainconnect.{host(r)}/v2",
            f"domainconnect.{host(r)}",
            f"_domainconnect.{host(r)}",
            f"api.{host(r)}/client/v{r.randrange(1, 6)}/dns/domainconnect",
        )
    )


def mongodb_srv(r):
    return r.choice(
        (
            f"authSource=admin&replicaSet={name(r)}-{pick(r, LOWER + DIGITS, 6)}-shard-0",
            f"authSource={name(r)}",
            f"replicaSet={name(r)}",
            "loadBalanced=true",
        )
    )


def dnsmasq_servers(r):
    return " ".join(
        f"{ip4(r)}#53 {r.randrange(10 ** r.randint(1, 7))} {r.randrange(10 ** r.randint(1, 3))}"
        for _ in range(r.choice((1, 1, 2, 3)))
    )


def wpad(r):
    return (
        f"service: wpad:{r.choice(('!', ''))}http://wpad.{host(r)}{r.choice((':80', '', ':8080'))}/"
        f"{r.choice(('proxy.pac', 'wpad.dat'))}"
    )


def powerdns_secpoll(r):
    return r.choice(
        (
            "1 OK",
            "1 Unsupported pre-release",
            "2 Unsupported pre-release (known vulnerabilities)",
            "2 Unsupported release (EOL and known vulnerabilities)",
            (
                f"3 Upgrade now, see https://doc.{host(r)}/security-advisories/{name(r)}-"
                f"{r.randrange(2014, 2027)}-{r.randrange(1, 12):02}.html"
            ),
            f"2 Upgrade recommended, see https://doc.{host(r)}/{name(r)}",
        )
    )


def update_note(r):
    return r.choice(
        (
            f"emails.{r.randrange(2010, 2027)}-{r.randrange(1, 366)}{r.choice(('', 'A'))}.{r.randrange(20)}",
            f"phishing.{r.randrange(2010, 2027)}-{r.randrange(366)}.{r.randrange(20)}",
            f"count={r.choice((10, 20, 50, 100, 200))}",
            digits(r, 7),
        )
    )


REASONS = (
    "Blocked",
    "Listed",
    "Infected System",
    "Spam source",
    "Exploitable Server",
    "Dynamic IP Addresses",
    "HTTP Proxy",
    "SOCKS Proxy",
    "Blacklisted",
    "Spam Received",
    "Hijacked/Disused Netblocks",
    "SPAM Sending Host",
    "Blocked due to spam",
    "Misc Proxy/Server",
    "Error: open resolver",
    "Query Refused.",
    "Brute force attackers",
    "bad reputation.",
    "Compromised host",
    "Policy Block List",
    "Snowshoe range",
    "Phishing site",
    "Test Record",
    "Web form spam",
)


LISTING_PAGES = (
    "query",
    "lookup",
    "ip",
    "bl.shtml",
    "lookup.shtml",
    "check",
    "record",
    "listing",
    "rblcheck.php",
)


def dnsbl(r):
    page = r.choice(
        (
            (
                f"www.{host(r)}/{r.choice((name(r), 'lookup', 'query'))}."
                f"{r.choice(('cgi', 'php', 'shtml', 'html', 'pl'))}?{r.choice(('', 'ip=', 'a='))}{ip4(r)}"
            ),
            (f"www.{host(r)}/{r.choice(LISTING_PAGES)}?{r.choice(('', 'ip=', 'ipr=', 'addr=', 'value='))}{ip4(r)}"),
            f"www.{host(r)}/query/{r.choice(('ip/' + ip4(r), 'domain/' + host(r)))}",
            f"www.{host(r)}/sbl/query/SBL{digits(r, 1, 6)}",
            f"check.{host(r)}/returnc/{r.choice(('pub', 'vol'))}/{ip4(r)}/",
            f"{host(r)}/lookups",
            f"lookup.{host(r)}/?domain={host(r)}",
            f"{host(r)}/reputation/?pr=1&ip={ip4(r)}",
        )
    )
    page = f"{r.choice(('http', 'https'))}://{page}"
    k = r.randrange(2, 8)
    if k == 2:
        return f"{r.choice(REASONS)}{r.choice((' See: ', ' - see ', ', see ', ' see '))}{page}"
    if k == 3:
        return f"IP {ip4(r)} is {name(r).upper()}-Level {r.randrange(1, 4)} listed. See {page}"
    if k == 4:
        return f"Sorry {ip4(r)} is blacklisted at {page}"
    if k == 5:
        return f"{r.choice(REASONS)}, see {page}"
    if k == 6:
        return f"Listed in {name(r).upper()}, see {page}"
    return f"{ip4(r)} is listed, see {page}"


def content_path(r):
    return r.choice(
        (
            "ipfs/Qm" + pick(r, B58, 44),
            "ipfs/baf" + pick(r, B32, 56),
            "ipns/k51qzi5uqu5d" + pick(r, LOWER + DIGITS, 50),
            "ipns/" + host(r),
        )
    )


def dnslink(r):
    return f"dnslink=/{content_path(r)}{r.choice(('', '', '/' + name(r)))}"


def dnsaddr(r):
    where = r.choice((f"ip4/{ip4(r)}", f"dns4/{host(r)}", f"dnsaddr/{host(r)}"))
    return (
        f"dnsaddr=/{where}/{r.choice(('tcp/4001', 'udp/4001/quic-v1', 'tcp/443/wss'))}/p2p/"
        f"{r.choice(('Qm' + pick(r, B58, 44), '12D3KooW' + pick(r, B58, 44)))}"
    )


def openalias(r):
    return (
        f"oa1:{r.choice(('xmr', 'btc', 'eth'))} recipient_address={pick(r, B58, r.choice((34, 42, 95)))}; "
        f"recipient_name={' '.join(name(r).title() for _ in range(2))};"
        f"{r.choice(('', f' tx_description=Donation to {name(r).title()};'))}"
    )


def bitcoin(r):
    return r.choice(
        (
            f"bitcoin:?lno=lno1{pick(r, LOWER + DIGITS, r.randint(50, 400))}",
            f"bitcoin:?sp=sp1q{pick(r, LOWER + DIGITS, 112)}",
            f"bitcoin:bc1q{pick(r, LOWER + DIGITS, 38)}?lno=lno1{pick(r, LOWER + DIGITS, 140)}",
            f"lightning:lnurl1{pick(r, LOWER + DIGITS, r.randint(60, 160))}",
        )
    )


def ssh_key(r):
    return r.choice(
        (f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64(r, 32)[:43]} {name(r)}@{name(r)}", f"SHA256:{b64(r, 32)[:43]}")
    )


def xmpp(r):
    return (
        f"_xmpp-client-{r.choice(('xbosh', 'websocket'))}={r.choice(('https', 'wss'))}://{host(r)}"
        f"{r.choice(('', ':5280', ':443'))}/{r.choice(('http-bind', 'bosh', 'xmpp-websocket', name(r)))}"
    )


def security_contact(r):
    return r.choice((f"security_contact=mailto:{name(r)}@{host(r)}", f"security_policy=https://{host(r)}/{name(r)}"))


def redirect(r):
    return r.choice(
        (
            f"ALIAS for {host(r)}",
            f"1|www.{host(r)}",
            f"3|{host(r)}",
            f"4|https://{host(r)}/",
            "l|fr",
            f"Redirects to https://{host(r)}/{name(r)}",
        )
    )


def office_tenant(r):
    return f"NETORG{r.choice(('FT', ''))}{digits(r, 6, 8)}.onmicrosoft.com"


def trust_anchor(r):
    return f". 20326{r.choice(('', ' 38696', ' ' + digits(r, 5)))}"


def agent(r):
    return f"v=aid1;u=https://{host(r)}/{name(r)};p={r.choice(('mcp', 'a2a'))};s={name(r).title()} tools"


KNOWN = {
    "office_tenant": (office_tenant, 2),
    "trust_anchor": (trust_anchor, 1),
    "agent": (agent, 1),
    "asn_origin": (asn_origin, 8),
    "asn_name": (asn_name, 5),
    "asn_compact": (asn_compact, 2),
    "ip_list": (ip_list, 6),
    "resolver_debug": (resolver_debug, 6),
    "oarc_test": (oarc_test, 2),
    "version": (software, 5),
    "kerberos_realm": (kerberos_realm, 3),
    "host_list": (host_list, 8),
    "caa_text": (caa_text, 1),
    "external_dns": (external_dns, 4),
    "octodns_meta": (octodns_meta, 1),
    "arn": (arn, 3),
    "domain_connect": (domain_connect, 1),
    "mongodb_srv": (mongodb_srv, 2),
    "dnsmasq_servers": (dnsmasq_servers, 1),
    "wpad": (wpad, 1),
    "powerdns_secpoll": (powerdns_secpoll, 3),
    "update_note": (update_note, 2),
    "dnsbl": (dnsbl, 9),
    "dnslink": (dnslink, 2),
    "dnsaddr": (dnsaddr, 2),
    "openalias": (openalias, 3),
    "bitcoin": (bitcoin, 3),
    "ssh_key": (ssh_key, 1),
    "xmpp": (xmpp, 2),
    "security_contact": (security_contact, 1),
    "redirect": (redirect, 2),
    "url": (url, 6),
}


ATTRIBUTES = (
    "printer",
    "location",
    "favorite drink",
    "color",
    "owner",
    "env",
    "team",
    "rack",
    "os",
    "ticket",
    "zone",
    "tier",
    "app",
    "contact",
)


def percent_encoded(r):
    """A ciphertext in Base64, as URLs carry it."""
    text = ("U2FsdGVkX1" if r.random() < 0.5 else "") + b64(r, r.randint(20, 110))
    return text.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")


def odd(r):
    """Look-ups and notes that the table has no type for."""
    j = lambda pairs: "{" + ",".join(f'"{k}":{v}' for k, v in pairs) + "}"
    q = lambda text: f'"{text}"'
    return r.choice(
        (
            lambda: (
                f"{r.choice(REASONS)} "
                f"{r.choice(('Contact ' + address(r), f'(ref {pick(r, HEX.upper(), 8)})', sentence(r, 2, 6)))}"
            ),
            lambda: (
                f"550 5.7.1 {r.choice(REASONS)}: {ip4(r)} {sentence(r, 2, 8)}, contact {address(r)} (ref "
                f"{pick(r, HEX.upper(), 8)})"
            ),
            lambda: (
                f"NET {ip4(r)}/24 is {name(r).upper()}-Level2 listed because {r.randrange(90)} abusers are "
                f"hosted by {name(r).upper()}/AS{digits(r, 5)} there. See: http://www.{host(r)}"
                f"/rblcheck.php?ipr={ip4(r)}"
            ),
            lambda: (
                f"Spam sent to the mailhost {host(r)} was detected by {name(r).title()} at {date(r)} "
                f"{time(r)}, see http://www.{host(r)}/lookup.php?value={ip4(r)}"
            ),
            lambda: (
                f"{ip4(r)} -> {r.choice(REASONS)} See http://{host(r)}/refused.shtml for more information "
                f"[Your DNS IP: {ip4(r)}]"
            ),
            lambda: f"{host(r)} https://{host(r)}/s/?s={digits(r, 2, 6)}",
            lambda: (
                "0-0=1|"
                + "|".join(
                    f"{i}={r.choice((name(r), digits(r, 1, 5), f'{r.random() * 9:.1f}', host(r)))}"
                    for i in sorted(r.sample(range(1, 60), r.randint(5, 18)))
                )
            ),
            lambda: f"category={name(r)};confidence={r.randrange(100)};first_seen={date(r)}T{time(r)}Z",
            lambda: "%{i} is not one of %{o}'s designated mail servers.",
            lambda: f"See http://www.{host(r)}/why.html?sender=%{{S}}&ip=%{{I}}&receiver=%{{R}}",
            lambda: f"{name(r)}.{r.choice(('exe', 'dll', 'so.1', 'sys', 'jar'))} | {name(r).upper()}",
            lambda: j(
                [
                    ("CRC32", q(pick(r, HEX.upper(), 8))),
                    ("FileName", q(name(r))),
                    ("FileSize", q(digits(r, 3, 8))),
                    ("MD5", q(pick(r, HEX.upper(), 32))),
                    ("SHA-1", q(pick(r, HEX.upper(), 40))),
                    ("SpecialCode", q("")),
                ]
            ),
            lambda: j(
                [
                    (q(k)[1:-1], v)
                    for k, v in (
                        ("ip", q(ip4(r))),
                        ("cc", q(r.choice(COUNTRIES))),
                        ("city", q(name(r).title())),
                        ("asn", digits(r, 4, 6)),
                        ("org", q(name(r).title() + " BV")),
                    )
                ]
            ),
            lambda: (
                f"{r.choice(COUNTRIES)},{name(r).title()},{name(r).title()},{digits(r, 4, 5)},"
                f"{r.random() * 90:.2f},{r.random() * 180:.2f}"
            ),
            lambda: f"{r.random() * 90:.4f} {r.random() * 180:.4f}",
            lambda: (
                f"{r.randrange(90)} {r.randrange(60)} {r.randrange(60)}.{digits(r, 3)} N {r.randrange(180)} "
                f"{r.randrange(60)} {r.random() * 60:.3f} W 0.00m"
            ),
            lambda: r.choice(COUNTRIES).lower(),
            lambda: f"ip: {ip4(r)}, netmask: {ip4(r)}/{r.randrange(8, 33)}",
            lambda: f"{digits(r, 4, 5)} {digits(r, 4, 5)} {digits(r, 5)}{ip4(r)}{r.randrange(8, 25)}",
            lambda: f"{_prefix(r)} | AS{digits(r, 4, 6)} | {sentence(r, 1, 4)} | {_day(r)} | {r.choice(COUNTRIES)}",
            lambda: (
                f"{digits(r, 5)} | {_prefix(r)} | {name(r).upper()} | {r.choice(COUNTRIES)} | {host(r)} | "
                f"{name(r).title()} Inc"
            ),
            lambda: (
                f"flags {' '.join(pick(r, HEX, r.choice((1, 2, 5))) for _ in range(3))} "
                f"{pick(r, DIGITS, r.randint(16, 39))}"
            ),
            lambda: f"{r.choice(('originid', 'orgid', 'bundle', 'actype', 'organization id'))} {digits(r, 1, 8)}",
            lambda: (
                f"status=ok profile={pick(r, HEX, 6)} protocol=DOH client={ip4(r)} server={name(r)}-"
                f"{r.choice(PLACES)}-1"
            ),
            lambda: f"{ip4(r)}#53 {digits(r, 1, 6)} {digits(r, 1, 3)}",
            lambda: (
                f"{{'ecs_payload':{{'family':'1','cc':'{r.choice(COUNTRIES)}','ip':'{ip4(r)}','mask':'24'}},"
                f"'ecs':'True','ts':'{digits(r, 10)}.{digits(r, 2)}'}}"
            ),
            lambda: f"http://{name(r)}:80/api/ https://{name(r)}:443/api/",
            lambda: j(
                [
                    ("h", q(host(r))),
                    ("id", q(r.choice(PLACES))),
                    ("qs", digits(r, 4, 9)),
                    ("qps1", f"{r.random() * 300:.1f}"),
                    ("up", q(digits(r, 5, 8))),
                    ("v", q(version(r))),
                ]
            ),
            lambda: (
                f"{name(r).title()} ({name(r).title()}/{name(r).title()}, {r.choice(COUNTRIES)}){date(r)} "
                f"{time(r)} +0530"
            ),
            lambda: f"{r.randrange(99)}.00 USD = {r.randrange(9000)}.71 EUR{_day(r)}",
            lambda: f"{r.random() * 40:.2f}C ({r.random() * 99:.2f}F) {r.random() * 100:.2f}% hu. {name(r)}_day",
            lambda: f"{name(r)}-{r.choice(PLACES)}-{r.randrange(9)}{r.choice('abc')}",
            lambda: f"{r.choice(PLACES)}{r.randrange(9)}{r.choice('abc')}.{name(r)[:2]}.{host(r)}",
            lambda: r.choice(PLACES).upper(),
            lambda: f"relay=https://{host(r)}./",
            lambda: f"datkey={pick(r, HEX, 64)}",
            lambda: ",".join(f"{pick(r, HEX, 40)}@{host(r)}:26656" for _ in range(r.randint(1, 3))),
            lambda: f"0{r.choice('23')}{pick(r, HEX, 64)}@{ip4(r)}:9735",
            lambda: f"http://{host(r)}/updates/MIRRORED.BY",
            lambda: r.choice((pick(r, HEX, 2) + pick(r, HEX, 32), "31" + pick(r, HEX, 32))),
            lambda: j(
                [
                    ("version", q(version(r))),
                    ("build", digits(r, 3, 8)),
                    ("sha256", q(pick(r, HEX, 64))),
                    ("url", q(url(r))),
                ]
            ),
            lambda: f"stable={version(r)};beta={version(r)}-rc2;eol={version(r)}",
            lambda: f"{version(r)}|{date(r)}|{url(r)}",
            lambda: f"build={version(r)};patch={url(r)};maintenance={r.randrange(2)}",
            lambda: f"{host(r)}:{digits(r, 4, 5)}|{version(r)}|{name(r).title()}",
            lambda: f"v={r.randrange(3)};latest={version(r)};sha256={pick(r, HEX, 64)};url={url(r)}",
            lambda: f"version={version(r)} sha256={pick(r, HEX, 64)}",
            lambda: (
                f"{name(r)}:{r.choice('*x')}:{digits(r, 5)}:{digits(r, 3)}:{name(r).title()} "
                f"{name(r).title()},,,:/home/{name(r)}:/bin/bash"
            ),
            lambda: f"-fstype=nfs4,rw,hard,intr {host(r)}:/export/{name(r)}/&",
            lambda: f"AFS /afs/{host(r)}/user/{name(r)[0]}/{name(r)} w /mit/{name(r)}",
            lambda: j(
                [
                    ("host", q(ip4(r))),
                    ("port", r.choice(("8080", "443"))),
                    ("priority", "10"),
                    ("weight", "100"),
                    ("text", q(name(r))),
                    ("ttl", "30"),
                ]
            ),
            lambda: f"heritage=mate mate/record-group-id={name(r)}",
            lambda: f"zone generated {date(r)}T{time(r)}Z by git {pick(r, HEX, 7)} ({name(r)} #{digits(r, 1, 5)})",
            lambda: f"serial={digits(r, 10)} host={name(r)}",
            lambda: f"{name(r).upper()} zone update: {_day(r)} {time(r)} +0000 (EPOCH {digits(r, 10)}) (auto)",
            lambda: (
                f"last sync: {r.choice(('Mon', 'Tue', 'Sun'))} {r.choice(('Feb', 'Nov'))} "
                f"{r.randrange(1, 29)} {time(r)} UTC 20{r.randrange(20, 27)}"
            ),
            lambda: f"managed by {name(r).title()} - do not edit",
            lambda: ";".join(
                f"{k}={v}"
                for k, v in (
                    ("Site", name(r).upper()[:4]),
                    ("Rack", f"B{r.randrange(99)}"),
                    ("Owner", name(r)),
                    ("Asset", f"AS-{digits(r, 5)}"),
                    ("Serial", pick(r, UPPER + DIGITS, 10)),
                )[: r.randint(2, 5)]
            ),
            lambda: f"cn={name(r)},ou={name(r).title()},dc={name(r)},dc=com",
            lambda: f"{name(r)}/{name(r)}/{name(r)}",
            lambda: f"/ip{r.choice('fn')}s/Qm{pick(r, B58, 44)}",
            lambda: f"dnslink=/ipfs/{r.choice(('bafk', 'bafy', 'k51', 'z'))}{pick(r, B32, r.randint(20, 60))}",
            lambda: (
                f"{r.choice((256, 2048, 3072, 4096))} SHA256:{b64(r, 32)[:43]} {name(r)}@{name(r)} ("
                f"{r.choice(('ED25519', 'RSA', 'ECDSA'))})"
            ),
            lambda: f"http://www.{host(r)}:{pick(r, ALNUM, r.choice((32, 48, 64)))}",
            lambda: f"{name(r).upper()}:SHA{r.choice((1, 256))}.{pick(r, HEX.upper(), 40)}",
            lambda: f"ENS1 {host(r)} 0x{pick(r, HEX, 40)}",
            lambda: f"E2U+sip:!^.*$!sip:{address(r)}!",
            lambda: f"tel:+{digits(r, 9, 13)}",
            lambda: f"sip:{address(r)};transport=tls",
            lambda: f"rel=me https://{host(r)}/@{name(r)}",
            lambda: f"nostr=npub1{pick(r, LOWER + DIGITS, 58)}",
            lambda: f"matrix=@{name(r)}:{host(r)}",
            lambda: (
                f"{r.choice(ATTRIBUTES)}={r.choice((name(r), sentence(r, 1, 4), host(r), digits(r, 1, 6), date(r)))}"
            ),
            lambda: f"{name(r).title()} {name(r).title()}, Room {r.randrange(9)}.{digits(r, 3)}, ext. {digits(r, 4)}",
            lambda: f"NOC +{digits(r, 2)} {digits(r, 2)} {digits(r, 7)} 24x7",
            lambda: f"noc(at){name(r)}(dot)net PGP 0x{pick(r, HEX.upper(), 16)}",
            lambda: (
                f"{name(r).title()} Internet Exchange {name(r).title()}, Germany See http://www.{host(r)}/ "
                "for more information."
            ),
            lambda: f"Unique IP: {ip4(r)}.",
            lambda: f"Registrar: {name(r).title()} GmbH; Status: registry-lock; Expires: {date(r)}",
            lambda: f"consul-version={version(r)}",
            lambda: f"{name(r)}_type={name(r)}.{r.choice(('large', 'small'))}",
            lambda: f"_{r.choice(('netlock', name(r)))}={percent_encoded(r)}",
            lambda: f"Auth-Code:{b64(r, 32)}",
            lambda: f"v=LIC1; key={'-'.join(pick(r, UPPER + DIGITS, 5) for _ in range(5))}; seats={r.randrange(99)}",
            lambda: f"path=/{name(r)}/",
            lambda: f"{name(r)}://{host(r)}/{name(r)}",
            lambda: f"sftp://{name(r)}@{host(r)}:22/",
            lambda: f"tls{r.choice('_-')}{name(r)}={r.choice(('required', 'on', 'strict'))}",
            lambda: f"v=svcb alpn=h2,h3 port=443 ipv4hint={ip4(r)}",
            lambda: f"docker-image={host(r)}/{name(r)}@sha256:{pick(r, HEX, 64)}",
            lambda: f"sha256={pick(r, HEX, 64)}",
            lambda: f"v={name(r)};p={name(r)};a={r.choice(('rsa', 'ed25519'))};s={sentence(r, 1, 4)}",
        )
    )()
