"""Made channels of ordinary look-ups in the forms that are publicly documented. Names, numbers and times are invented.

An exchange is (name below the domain, text or nothing).
"""

from texts import devices, infrastructure, mail, ordinary, tokens
from texts.basics import (
    ALNUM,
    B32,
    B64URL,
    COUNTRIES,
    DIGITS,
    HEX,
    LOWER,
    PLACES,
    ROLES,
    WORDS,
    date,
    digits,
    host,
    ip4,
    label,
    name,
    pick,
    sentence,
    uuid,
    version,
    weighted,
)


def _text(write, r):
    text = write(r)
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def self_test(r, count):
    """A test of a resolver: a random label against caches, the answers are few and in words."""
    alphabet = r.choice((HEX, HEX, LOWER + DIGITS, B32, DIGITS, LOWER))
    size, zone = (
        r.choice((4, 6, 8, 8, 10, 12, 12, 16, 20, 24, 32)),
        ".".join(name(r)[:6] for _ in range(r.choice((0, 1, 1, 2)))),
    )
    address = ip4(r)
    answers = r.sample(
        (
            "ok",
            "dnssec=1",
            "dnssec=0",
            "ipv4",
            "ipv6",
            "tcp",
            "udp",
            "yes",
            "no",
            "true",
            "1",
            "pass",
            address,
            f"{address} DNS reply size limit is at least {digits(r, 4)}",
            f"resolver={address}",
            f"{address} source port randomness: GREAT",
            sentence(r, 2, 9),
            f"edns0-client-subnet {address}/24",
            f"bufsize={digits(r, 4)}",
        ),
        r.randint(1, 4),
    )
    silent = r.choice((0, 0, 0.2, 1))
    write = r.choice((lambda: pick(r, alphabet, size), lambda: pick(r, alphabet, size), lambda: uuid(r)))
    before = r.choice(("", "", "", "t-", "test.", "x", "rs."))
    numbers = r.random() < 0.3
    return [
        (
            f"{before}{write()}{'.test' + str(i % 8) if numbers else ''}.{zone}".strip("."),
            None if r.random() < silent else r.choice(answers),
        )
        for i in range(count)
    ]


def short_answers(r, count):
    """A few names that answer in a word or a number: states, switches, versions, places."""
    words = ("ok", "pong", "yes", "no", "true", "false", "1", "0", "up", "on", "test", "none", "v1", "2", "EU", "fra1")
    known = [
        (
            r.choice(("", label(r), f"{label(r)}.{label(r)}", f"_{name(r)[:6]}", f"{r.choice(ROLES)}{r.randrange(9)}")),
            r.choice((*words, digits(r, 1, 4), name(r)[:4])),
        )
        for _ in range(r.choice((1, 1, 2, 3, 5)))
    ]
    return [r.choice(known) for _ in range(count)]


def size_test(r, count):
    """How large an answer comes through: sentences filled up with one letter."""
    word, zone, note = (
        r.choice(("padding", "size", "edns", "txt")),
        f"{pick(r, LOWER, 2)}{r.randrange(9)}.{name(r)}",
        sentence(r, 3, 9),
    )
    out = []
    for _ in range(count):
        size = r.choice((100, 300, 323, 512, 1000, 1400))
        out.append(
            (
                f"{word}{r.choice('_-')}{size}.{zone}",
                None if r.random() < 0.4 else note + r.choice("Xx0.a") * min(size, 900),
            )
        )
    return out


def _reversed(r):
    if r.random() < 0.08:
        return ".".join(reversed("20010db8" + pick(r, HEX, 24)))
    return ".".join(reversed(ip4(r).split(".")))


def address_list(r, count):
    """Addresses or domains asked of a block list, a score or a network registry."""
    zone = r.choice(("", f".{name(r)[:5]}", ".origin.asn", ".zen", f".{name(r)[:4]}.{name(r)[:3]}"))
    reason = sentence(r, 3, 8)
    write = r.choice(
        (
            lambda: f"https://www.{name(r)}.org/query/ip/{ip4(r)}",
            lambda: f"{reason} http://{name(r)}.org/?ip={ip4(r)}",
            lambda: _text(infrastructure.asn_origin, r),
            lambda: _text(infrastructure.asn_origin, r),
            lambda: f"{digits(r, 4, 6)}|{ip4(r)}/{r.randrange(8, 25)}|{r.choice(COUNTRIES)}|ripencc|",
            lambda: f"{r.uniform(-10, 10):.1f}",
            lambda: str(r.randrange(101)),
            lambda: f"{r.choice(COUNTRIES)}",
            lambda: f"127.0.0.{r.randrange(2, 12)}",
            lambda: f"category={r.choice(WORDS)};score={r.randrange(100)}",
        )
    )
    found, domains = r.choice((0.03, 0.2, 0.7, 1)), r.choice((0, 0, 0.5, 1))
    return [
        ((host(r) if r.random() < domains else _reversed(r)) + zone, write() if r.random() < found else None)
        for _ in range(count)
    ]


def digest_list(r, count):
    """Digests of files or addresses asked of a registry: most are unknown."""
    size = r.choice((32, 32, 40, 40, 64, 56, 28, 53))
    alphabet, zone = (
        r.choice((HEX, HEX, HEX, B32)),
        r.choice(("", ".malware.hash", ".hash", f".{name(r)[:5]}", f".{name(r)[:4]}.{name(r)[:4]}")),
    )
    found = r.choice((0.02, 0.1, 0.3, 0.9))
    write = r.choice(
        (
            lambda: f"{digits(r, 10)} {r.randrange(100)}",
            lambda: r.choice(("clean", "malware", "unknown", "adware")),
            lambda: f"{r.randrange(100)}",
            lambda: f"{name(r).title()}.{r.choice(('A', 'B', 'gen'))}|{date(r)}",
            lambda: f"v=1 r={r.randrange(9)}",
        )
    )
    return [(pick(r, alphabet, size) + zone, write() if r.random() < found else None) for _ in range(count)]


def mail_gateway(r, count):
    """The policies of one sender."""
    selectors = [
        r.choice(
            (
                name(r),
                f"s{r.randrange(9)}",
                "google",
                "selector1",
                "k1",
                pick(r, LOWER + DIGITS, 32),
                date(r).replace("/", ""),
            )
        )
    ]
    selectors += [pick(r, LOWER + DIGITS, 32) for _ in range(r.choice((0, 0, 0, 2, 3)))]
    records = [("", _text(mail.spf, r)), ("", _text(ordinary.proof, r)), ("_dmarc", _text(mail.dmarc, r))]
    records += [(f"{selector}._domainkey", _text(mail.dkim, r)) for selector in selectors]
    records += [("_mta-sts", _text(mail.mta_sts, r)), ("_smtp._tls", _text(mail.tls_rpt, r)), ("default._bimi", None)]
    records += [(f"{label(r)}", r.choice((None, _text(mail.spf, r)))) for _ in range(r.randint(0, 3))]
    kept = r.sample(records, r.randint(1, len(records)))
    return [r.choice(kept) for _ in range(count)]


def zone(r, count):
    """Names of one zone, each with an ordinary record."""
    out = []
    for _ in range(count):
        place = r.choice(
            (
                lambda: "",
                lambda: label(r),
                lambda: f"_{name(r)[:6]}",
                lambda: f"{label(r)}.{label(r)}",
                lambda: f"{r.choice(ROLES)}{r.randrange(9)}",
            )
        )()
        out.append((place, _text(ordinary.benign, r) if r.random() < 0.8 else None))
    return out


def proofs(r, count):
    """A client waits for one proof of ownership: nothing, then the token."""
    prefix = r.choice(
        ("_acme-challenge", "_acme-challenge", "_dnsauth", "_github-challenge-" + name(r), "", "_domainverify")
    )
    part = r.choice(("", "", f".{label(r)}"))
    values = [
        r.choice(
            (
                lambda: pick(r, B64URL, 43),
                lambda: pick(r, B64URL, 43),
                lambda: _text(ordinary.proof, r),
                lambda: pick(r, HEX, 32),
            )
        )()
        for _ in range(r.choice((1, 1, 2, 3)))
    ]
    return [(f"{prefix}{part}".strip("."), None if r.random() < 0.5 else r.choice(values)) for _ in range(count)]


def inventory(r, count):
    """Devices of a network announce themselves."""
    services = r.sample(
        (
            "_ipp._tcp",
            "_http._tcp",
            "_airplay._tcp",
            "_raop._tcp",
            "_googlecast._tcp",
            "_companion-link._tcp",
            "_hap._tcp",
            "_smb._tcp",
            "_device-info._tcp",
            "_ssh._tcp",
        ),
        4,
    )
    instance = lambda: r.choice(
        (
            f"{name(r)} ({r.randrange(9)})",
            f"{name(r).upper()}-{digits(r, 4)}",
            f"{pick(r, HEX, 12)}@{name(r)}",
            uuid(r),
            f"{name(r)}-{pick(r, HEX, 32)}",
            ":".join(pick(r, HEX, 2) for _ in range(6)),
        )
    )
    known = [
        (f"{instance()}.{r.choice(services)}".lower(), _text(r.choice((devices.dns_sd, devices.odd)), r))
        for _ in range(r.choice((1, 3, 8, 30)))
    ]
    return [r.choice(known) for _ in range(count)]


def version_of_server(r, count):
    names = r.sample(
        ("version.bind", "hostname.bind", "id.server", "version.server", "authors.bind", "version.pdns"),
        r.randint(1, 3),
    )
    known = {one: r.choice((None, _text(infrastructure.software, r), host(r), name(r), version(r))) for one in names}
    return [(one, known[one]) for one in (r.choice(names) for _ in range(count))]


def tree(r, count):
    """A list that is published as a tree: names are digests in base32, answers list digests or signed records."""
    zone = f".{r.choice(('all', 'snap', 'les'))}.{name(r)[:7]}"
    digest = lambda: pick(r, B32.upper(), 26)
    out = [("all", f"enrtree-root:v1 e={digest()} l={digest()} seq={r.randrange(999)} sig={pick(r, B64URL, 87)}")]
    while len(out) < count:
        branches = ",".join(digest() for _ in range(r.randint(1, 13)))
        text = r.choice((f"enrtree-branch:{branches}", f"enr:-{pick(r, B64URL, r.randint(120, 250))}"))
        out.append((pick(r, B32, 26) + zone, text))
    return out[:count]


def certificate(r, count):
    """A certificate of an encrypted resolver under one name, renewed now and then."""
    place = r.choice(("2.dnscrypt-cert", "1.dnscrypt-cert", f"2.dnscrypt-cert.{name(r)}"))
    texts = [
        _text(lambda r: bytes(devices.dnscrypt_certificate(r)).decode("latin-1"), r)
        for _ in range(r.choice((1, 1, 2, 4)))
    ]
    return [(place, r.choice([None, *texts])) for _ in range(count)]


def owners(r, count):
    """A controller checks the records of which it is the owner."""
    texts = [_text(infrastructure.external_dns, r) for _ in range(r.choice((1, 2, 6)))]
    prefix = r.choice(("", "a-", "cname-", "_edns."))
    known = [(f"{prefix}{label(r)}", r.choice(texts)) for _ in range(r.choice((3, 12, 60)))]
    return [r.choice(known) for _ in range(count)]


def settings(r, count):
    """Programs that read their version, keys or peers under a few fixed names."""
    known = [
        (
            r.choice(
                (
                    f"_{name(r)[:7]}",
                    "current",
                    f"{name(r)}.{r.choice(PLACES)}",
                    f"v{r.randrange(9)}",
                    "update",
                    f"_dnsaddr.{name(r)}",
                    "_dnslink",
                )
            ),
            r.choice(
                (
                    lambda: f"dnslink=/ipfs/bafy{pick(r, B32, 55)}",
                    lambda: f"dnsaddr=/dns4/{host(r)}/tcp/4001/p2p/Qm{pick(r, ALNUM, 44)}",
                    lambda: (
                        f"{version(r)}:{digits(r, 2)}:{digits(r, 5)}:{digits(r, 10)}:1:{digits(r, 2)}:{digits(r, 5)}"
                    ),
                    lambda: _text(tokens.invented, r),
                    lambda: _text(ordinary.benign, r),
                )
            )(),
        )
        for _ in range(r.choice((1, 1, 2, 5, 12)))
    ]
    return [r.choice(known) for _ in range(count)]


def numbered_hosts(r, count):
    """An inventory: hosts with numbers and places, each with a note."""
    role, place = r.choice(ROLES), r.choice(PLACES)
    write = r.choice(
        (
            lambda i: f"rack={i % 40} unit={r.randrange(42)}",
            lambda i: f"{role}{i} {place} {version(r)}",
            lambda i: sentence(r, 2, 6),
            lambda i: f"owner={name(r)}",
            lambda i: None,
        )
    )
    return [(f"{role}{i:02d}.{place}", write(i)) for i in range(count)]


KINDS = weighted(
    (6, self_test),
    (1, size_test),
    (3, short_answers),
    (5, address_list),
    (3, digest_list),
    (5, mail_gateway),
    (5, zone),
    (3, proofs),
    (3, inventory),
    (2, version_of_server),
    (2, tree),
    (2, certificate),
    (2, owners),
    (3, settings),
    (2, numbered_hosts),
)


def service(r, count):
    """Exchanges of one channel."""
    return r.choice(KINDS)(r, count)
