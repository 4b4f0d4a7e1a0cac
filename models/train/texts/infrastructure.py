"""Look-ups of routing and resolvers, software updates, zones about themselves: from public documents.

`KNOWN` is keyed by the record type of what a function writes. It holds the types of `services.py` too.
"""

from . import services
from .basics import (
    COUNTRIES,
    DIGITS,
    HEX,
    LOWER,
    UPPER,
    digits,
    host,
    ip4,
    ip6,
    name,
    pick,
    time,
    url,
    uuid,
    version,
)

RIRS = ("arin", "ripencc", "apnic", "lacnic", "afrinic")


def _ip(r):
    return ip4(r) if r.random() < 0.8 else ip6(r)


def any_day(r):
    return f"{r.randrange(1985, 2027)}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}"


def _asns(r):
    return " ".join(digits(r, 3, 6) for _ in range(r.choice((1, 1, 1, 1, 2, 3))))


def prefix(r):
    return (
        f"{ip4(r)}/{r.randint(8, 24)}"
        if r.random() < 0.75
        else f"2{pick(r, HEX, 3)}:{pick(r, HEX, 4)}::/{r.randint(19, 48)}"
    )


def asn_origin(r):
    cc, rir, day = r.choice(COUNTRIES), r.choice(RIRS), any_day(r)
    return f"{_asns(r)} | {prefix(r)} | {r.choice((f'{cc} | {rir} | {day}', f'{cc} | {rir} | ', 'NA | NA | NA'))}"


def asn_name(r):
    short = f"{name(r).upper()}{r.choice(('', '-AS', f'-{name(r).upper()}', 'NET'))}"
    return (
        f"{digits(r, 3, 6)} | {r.choice(COUNTRIES)} | {r.choice(RIRS)} | {any_day(r)} | {short}"
        f"{r.choice((' - ', ', ', ' '))}{' '.join(name(r).title() for _ in range(r.randint(1, 4)))}"
        f"{r.choice(('', ' Inc.', ' Ltd', ' GmbH'))}, {r.choice(COUNTRIES)}"
    )


def asn_compact(r):
    return f"{digits(r, 3, 6)}|{prefix(r)}|{r.choice(COUNTRIES)}|{r.choice(RIRS)}|{r.choice(('', any_day(r)))}"


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


KNOWN = {
    "office_tenant": (services.office_tenant, 2),
    "trust_anchor": (services.trust_anchor, 1),
    "agent": (services.agent, 1),
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
    "dnsbl": (services.dnsbl, 9),
    "dnslink": (services.dnslink, 2),
    "dnsaddr": (services.dnsaddr, 2),
    "openalias": (services.openalias, 3),
    "bitcoin": (services.bitcoin, 3),
    "ssh_key": (services.ssh_key, 1),
    "xmpp": (services.xmpp, 2),
    "security_contact": (services.security_contact, 1),
    "redirect": (services.redirect, 2),
    "url": (url, 6),
}
