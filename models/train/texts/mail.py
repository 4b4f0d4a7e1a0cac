"""Mail records, from their grammars: SPF (RFC 7208), DKIM (6376, 8463), DMARC (7489), MTA-STS (8461), TLSRPT (8460).

BIMI follows the working group's draft.
"""

import base64
import json
from itertools import combinations
from pathlib import Path

from .basics import (
    ALNUM,
    DIGITS,
    HEX,
    LOWER,
    WORDS,
    address,
    b64,
    chosen,
    digits,
    host,
    ip4,
    ip6,
    ip6_numbered,
    label,
    name,
    pick,
    sentence,
    shares,
    url,
    uuid,
    weighted,
)

KEYS = json.loads((Path(__file__).parent / "keys.json").read_text())
PAIRS = {bits: list(combinations([int(p, 16) for p in KEYS[bits]], 2)) for bits in ("rsa512", "rsa1024", "rsa2048")}


_DOMAINS = shares(
    (
        80,
        lambda r: (
            r.choice(
                ("_spf.", "spf.", "", "", "spf.protection.", "_netblocks.", "mail.", "_spf-a.", "u12345.wl.", "spf1.")
            )
            + host(r)
        ),
    ),
    (
        10,
        lambda r: r.choice(
            (
                f"%{{i}}._spf.{host(r)}",
                "%{ir}.%{v}._spf.%{d}",
                f"%{{i}}._ip.%{{h}}._ehlo.%{{d}}._spf.{host(r)}",
                f"%{{l}}.%{{o}}._spf.{host(r)}",
                f"{uuid(r)}.%{{d}}",
                "_spf.%{d2}",
                f"%{{d}}.{pick(r, LOWER + DIGITS, 12)}.{host(r)}",
            )
        ),
    ),
    (7, lambda r: f"{pick(r, LOWER + DIGITS, r.randint(6, 20))}.{host(r)}"),
    (3, lambda r: f"{r.choice(('_', ''))}{pick(r, HEX, 32)}.{r.choice(('spf.', '_spf.', ''))}{host(r)}"),
)


def _domain(r):
    return chosen(r, _DOMAINS)(r)


SPF_TERMS = weighted(
    (3, lambda r, q: f"{q}include:{_domain(r)}"),
    (3, lambda r, q: f"{q}ip4:{ip4(r)}{r.choice(('', '', f'/{r.randint(8, 32)}'))}"),
    (
        1,
        lambda r, q: (
            f"{q}ip6:{ip6(r) if r.random() < 0.6 else ip6_numbered(r)}{r.choice(('', f'/{r.randint(32, 128)}'))}"
        ),
    ),
    (
        1,
        lambda r, q: (
            f"{q}{r.choice(('a', 'mx'))}"
            f"{r.choice(('', f':{host(r)}', f'/{r.randint(20, 30)}', f':{host(r)}/{r.randint(20, 30)}'))}"
        ),
    ),
    (1, lambda r, q: q + r.choice(("ptr", f"ptr:{host(r)}", f"exists:{_domain(r)}", f"a:{host(r)}", f"mx:{host(r)}"))),
    (1, lambda r, q: r.choice(("mx", "a"))),
)


def spf_term(r):
    q = r.choice(("", "", "", "", "", "+", "-", "~", "?"))
    return r.choice(SPF_TERMS)(r, q)


def _spf_tail(r):
    return r.choice(
        (
            " ~all",
            " -all",
            " ~all",
            " -all",
            " ?all",
            " +all",
            " all",
            "",
            f" redirect=_spf.{host(r)}",
            f" exp=explain.{host(r)} -all",
        )
    )


def spf(r, low=0):
    n = min(int(r.expovariate(0.35)) + r.randint(0, 1), 40) if r.random() < 0.93 else r.randint(15, 120)
    terms = [spf_term(r) for _ in range(n)]
    while sum(map(len, terms)) < low:
        terms.append(spf_term(r))
    return f"{r.choice(('v=spf1',) * 16 + ('v=SPF1', 'V=spf1'))} {' '.join(terms)}".rstrip() + _spf_tail(r)


def unusual_spf(r):
    """SPF as some write it: capitals, many hosts of one network, `all` in the middle, invisible characters."""
    zone = host(r)
    hosts = [f"{label(r)}.{zone}" for _ in range(r.randint(1, 9))]
    terms = [
        r.choice(("a:", "A:", "+a:", "+A:", "mx:", "MX:", "+mx:", "include:", "INCLUDE:", "Include:")) + h
        for h in hosts
    ] + [r.choice(("ip4:", "IP4:", "+ip4:", "Ip4:")) + ip4(r) for _ in range(r.choice((0, 1, 3, 8)))]
    r.shuffle(terms)
    if r.random() < 0.3:
        terms.insert(r.randrange(len(terms) + 1), r.choice(("-all", "~all", "+all", "?all")))
    if r.random() < 0.15:
        at = r.randrange(len(terms))
        terms[at] = r.choice(("\u200b", "\u00a0", "\ufeff")).join(terms[at].split(":", 1))
    text = f"{r.choice(('v=spf1', 'V=SPF1', 'v=spf1'))} {r.choice((' ', ' ', '  ')).join(terms)}{_spf_tail(r)}"
    return text.upper() if r.random() < 0.15 else text


def sender_id(r):
    return (
        r.choice(("spf2.0/pra", "spf2.0/mfrom", "spf2.0/mfrom,pra", "spf2.0/pra,mfrom"))
        + "".join(" " + spf_term(r) for _ in range(r.randint(0, 5)))
        + r.choice((" ~all", " -all", " ?all", ""))
    )


def _tlv(tag, body):
    n = len(body)
    return (
        bytes([tag])
        + (bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else bytes([0x82, n >> 8, n & 255]))
        + body
    )


def _integer(n):
    return _tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def rsa_key(r):
    """DER of a real RSA public key: SubjectPublicKeyInfo, or the bare RSAPublicKey that some tools publish."""
    k = r.random()
    p, q = r.choice(PAIRS["rsa512" if k < 0.04 else "rsa1024" if k < 0.32 else "rsa2048"])
    modulus = p * q
    if k > 0.92:
        s, t = r.choice(PAIRS["rsa2048"])
        modulus *= s * t  # four primes: a multi-prime key of 4096 bits
    key = _tlv(0x30, _integer(modulus) + _integer(65537))
    return (
        key if r.random() < 0.02 else _tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + _tlv(3, b"\0" + key))
    )


def dkim_tags(r):
    """[(tag, value)] of a DKIM key record."""
    if r.random() < 0.88:
        k, key = "rsa", base64.b64encode(rsa_key(r)).decode()
    elif r.random() < 0.8:
        k, key = "ed25519", r.choice(KEYS["ed25519"])
    else:
        k, key = "rsa", ""
    if r.random() < 0.05 and len(key) > 200:
        key = r.choice((" ", "  ")).join((key[:200], key[200:]))
    tags = [("v", "DKIM1")] if r.random() < 0.92 or not key else []
    if r.random() < 0.12:
        tags.append(("h", r.choice(("sha256", "sha1:sha256", "sha256:sha1"))))
    if r.random() < 0.8 or k != "rsa":
        tags.append(("k", k))
    for tag, value, chance in (
        ("t", r.choice(("s", "y", "y:s")), 0.12),
        ("s", r.choice(("email", "*")), 0.12),
        ("g", "*", 0.03),
        (
            "n",
            r.choice(
                (
                    " ".join(r.choices(WORDS, k=r.randint(2, 6))),
                    f"{r.choice((1024, 2048))},{r.randrange(10**9, 2 * 10**9)},{r.randrange(10**9, 2 * 10**9)}",
                )
            ),
            0.06,
        ),
    ):
        if r.random() < chance:
            tags.append((tag, value))
    tags.append(("p", key))
    if r.random() < 0.04 and not any(tag == "t" for tag, _ in tags):
        tags.append(("t", "s"))
    return tags


def dkim(r):
    separator = r.choice(("; ", "; ", "; ", ";", " ; ", ";  "))
    return separator.join(f"{tag}={value}" for tag, value in dkim_tags(r)) + r.choice(("", "", "", ";"))


def reporter(r):
    """The mailbox of a service that reads the reports: most of them name the customer by digits."""
    if r.random() < 0.55:
        return address(r)
    service = f"{r.choice(('dmarc-reports.', 'dmarc.', 'ag.', 'inbound.', 'rep.', 'ar.', ''))}{host(r)}"
    return r.choice(
        (
            f"{pick(r, HEX, 32)}@{service}",
            f"{pick(r, HEX, 8)}@{service}",
            f"re+{pick(r, LOWER + DIGITS, 12)}@{service}",
            f"{pick(r, LOWER + DIGITS, r.randint(6, 20))}@{service}",
            f"dmarc-{pick(r, HEX, r.choice((8, 16, 32)))}@{service}",
            f"{uuid(r)}@{service}",
            f"rua+{host(r)}@{service}",
        )
    )


def dmarc(r):
    rua = lambda: ",".join(f"mailto:{reporter(r)}{r.choice(('', '', '', '!10m'))}" for _ in range(r.randint(1, 3)))
    tags = [f"p={r.choice(('none', 'reject', 'quarantine'))}"]
    extra = [
        ("sp", r.choice(("none", "reject", "quarantine")), 0.4),
        ("pct", r.choice((100, 50, 10, 1)), 0.4),
        ("rua", rua(), 0.7),
        ("ruf", rua(), 0.4),
        ("fo", r.choice(("1", "0", "1:d:s", "d")), 0.3),
        ("adkim", r.choice("rs"), 0.3),
        ("aspf", r.choice("rs"), 0.3),
        ("ri", r.choice((86400, 3600)), 0.2),
        ("rf", "afrf", 0.1),
        ("np", "reject", 0.05),
        ("psd", "n", 0.02),
        ("t", "y", 0.02),
    ]
    tags += [f"{tag}={value}" for tag, value, chance in extra if r.random() < chance]
    return r.choice(("; ", ";", "; ", " ; ")).join(["v=DMARC1"] + tags) + r.choice(("", ";"))


def mta_sts(r):
    return (
        "v=STSv1; id="
        f"{r.choice((digits(r, 14), '20' + digits(r, 6), digits(r, 10, 20), pick(r, ALNUM, r.randint(4, 32))))}"
        f"{r.choice(('', ';'))}"
    )


def report_address(r):
    return r.choice(
        (f"mailto:{address(r)}", f"mailto:{address(r)},mailto:{address(r)}", f"https://{host(r)}/v1/tlsrpt")
    )


def tls_rpt(r):
    return f"v=TLSRPTv1; rua={report_address(r)}{r.choice(('', ';'))}"


def bimi(r):
    return (
        f"v=BIMI1; l=https://{host(r)}/{name(r)}{r.choice(('', '/' + name(r)))}.svg;"
        f"{r.choice(('', ' a=;', f' a=https://{host(r)}/{name(r)}.pem'))}"
    )


def domainkeys_policy(r):
    return r.choice(
        (
            "o=-",
            "o=~",
            "t=y; o=~",
            "t=y; o=-",
            f"o=~; r={address(r)}",
            "t=y; o=~;",
            "dkim=all",
            "dkim=discardable",
            "dkim=unknown",
        )
    )


def verification_id(r):
    if r.random() < 0.6:
        text = pick(r, HEX, 16) + "-" + pick(r, HEX, r.choice((48, 64)))
    else:
        text = pick(r, ALNUM + "-_", r.choice((56, 64, 75)))
    return base64.b64encode(text.encode()).decode().rstrip("=")


def mail_setup(r):
    return r.choice(
        (
            f"mailconf=https://{host(r)}/mail/config-v1.1.xml",
            f"forward-email={address(r)}",
            f"forward-email={name(r)}:{address(r)}",
            (f"forward-email={verification_id(r)}"),
        )
    )


def mail_note(r):
    return r.choice((f"ra={name(r)}-errors; rp=100; rr=v:x", f"ra={name(r)}; rp={r.randrange(100)}"))


KNOWN = {
    "atps": (lambda r: r.choice(("v=ATPS1", f"v=ATPS1; d={host(r)}")), 1),
    "dkim_report": (mail_note, 1),
    "vbr": (lambda r: r.choice(("all", "list", "transaction", "list transaction")), 1),
    "mailchannels": (lambda r: f"v=mc1 cfid={host(r)}", 1),
    "spf": (spf, 30),
    "sender_id": (sender_id, 1),
    "dkim": (dkim, 24),
    "dmarc": (dmarc, 20),
    "mta_sts": (mta_sts, 3),
    "tls_rpt": (tls_rpt, 3),
    "bimi": (bimi, 2),
    "domainkeys_policy": (domainkeys_policy, 1),
    "mail_setup": (mail_setup, 2),
}


def cut_key(r):
    """A DKIM record whose key was cut while it was pasted."""
    key = base64.b64encode(rsa_key(r)).decode()
    return f"v=DKIM1; k=rsa; p={key[: r.randint(8, len(key) - 1)]}{r.choice(('', '...', '…', ' ...', ';'))}"


def short_key(r):
    """A DKIM record at the lengths to which forms cut keys."""
    key = base64.b64encode(rsa_key(r)).decode()
    return f"v=DKIM1; k=rsa; p={key[: r.choice((216, 230, 234, 240, 253))]}"


BEGINNINGS = (
    "v=DKIM1; k=rsa; p=",
    "v=DMARC1; p=",
    "v=spf1 include:",
    "v=spf1 include",
    "MS=",
    "v=spf1 a:",
)


def misspelled_term(r):
    return r.choice((f"ipv4:{ip4(r)}", f"ipv6:{ip6(r)}", f"ip:{ip4(r)}", spf_term(r), spf_term(r)))


def proof(r):
    return r.choice(
        ("google-site-verification=" + pick(r, ALNUM, 43), "MS=ms" + digits(r, 8), "did=did:plc:" + pick(r, LOWER, 24))
    )


UNTIDY = weighted(
    (1, lambda r: f"{label_of_key(r)}{r.choice((': ', ' ', '/', ' IN TXT ', ' = '))}{dkim(r)}"),
    (
        1,
        lambda r: (
            r.choice(("<", "'", "(", "“")) + base64.b64encode(rsa_key(r)).decode() + r.choice((">", "'", ")", "”"))
        ),
    ),
    (1, lambda r: f"{dkim(r)} {dkim(r)}"),
    (
        1,
        lambda r: f"{proof(r)} {spf(r)}",
    ),
    (1, lambda r: f"{spf(r)} {r.choice((spf(r), dmarc(r), f'google-site-verification={pick(r, ALNUM, 43)}'))}"),
    (
        1,
        lambda r: spf(r).replace(
            "v=spf1",
            r.choice(("v=spf", "v= spf1", "spf1", "v=spf1;", "v=spfl", "v=spf1 v=spf1", "v:spf1", "vspf1", "SPF=")),
            1,
        ),
    ),
    (
        1,
        lambda r: dmarc(r).replace(
            "v=DMARC1", r.choice(("v=DMARC", "DMARC1", "v=DMARC1,", "v=dmarc1", "v=DMARC1;;")), 1
        ),
    ),
    (1, lambda r: f"k=rsa; p={base64.b64encode(rsa_key(r)).decode()}{r.choice(('', ';', chr(34)))}"),
    (1, short_key),
    (
        1,
        lambda r: (
            f"v=DKIM1; k={r.choice(('ecdsa256', 'ec', 'ecdsa'))}; p=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
            f"{b64(r, 64)[:86]}"
        ),
    ),
    (1, lambda r: f"v=BIMI1; l={url(r)}; {r.choice(('a=self;', 'avp=brand', 'a='))}"),
    (
        1,
        lambda r: (
            f"{r.choice(('protonmail', 'zmail', 's1', 'selector2-' + name(r), 'k1', 'fm1', 'dkim'))}"
            f".domainkey.{pick(r, LOWER + DIGITS, r.choice((26, 40, 52)))}.domains.{host(r)}"
            f"{r.choice(('', '.'))}"
        ),
    ),
    (
        1,
        lambda r: r.choice(
            (
                "v=spf1",
                "v=DMARC1",
                "v=DKIM1; p=",
                "v=DKIM1",
                "v=spf1 ",
                "v=DMARC1;",
                "v=DKIM1; k=rsa; p=REVOKED",
                "v=STSv1",
                "spf",
                "dmarc",
                "v=spf1 include:",
            )
        ),
    ),
    (1, lambda r: f"v=spf1 include:{r.choice(('key-', 'u', 'id-', ''))}{digits(r, 4, 14)} {r.choice('?~-')}all"),
    (1, lambda r: f"v=DKIM1; k=rsa; {r.choice(('p= ', 'p =', 'p:'))}{base64.b64encode(rsa_key(r)).decode()}"),
    (1, lambda r: f"{r.choice(('rua', 'ruf'))}={','.join(f'mailto:{address(r)}' for _ in range(r.randint(1, 3)))}"),
    (1, cut_key),
    (
        1,
        lambda r: f"v=spf1 {' '.join(misspelled_term(r) for _ in range(r.randint(1, 8)))} -all",
    ),
    (
        1,
        lambda r: (
            f"{r.choice(('v=spf1', 'v=DKIM1; k=rsa; p=', 'v=DMARC1; p=', 'v=DMARC1; rua=mailto:'))}"
            f"{r.choice(('', ' ', '<'))}{sentence(r, 1, 5)}{r.choice(('', '>'))}"
        ),
    ),
    (
        1,
        lambda r: (
            "forward-email="
            f"{r.choice(('/^(?!' + name(r) + '$).*/:', '*:', name(r) + ':', '/^' + name(r) + '/:'))}"
            f"{address(r)}"
        ),
    ),
    (
        1,
        lambda r: (
            f"v=DKIM1; k=rsa; {r.choice(('', chr(34) * 2 + 'p=', 'p =', 'P='))}{base64.b64encode(rsa_key(r)).decode()}"
        ),
    ),
    (
        1,
        lambda r: (
            f"{r.choice(BEGINNINGS)}"
            f"{r.choice((name(r), name(r).upper(), digits(r, 1, 6), 'TODO', '...', '<key>', 'example'))}"
            f"{r.choice(('', ' -all', ';'))}"
        ),
    ),
    (
        1,
        lambda r: (
            f"{r.choice((name(r), '_dmarc', '_domainkey', 'send.' + name(r), host(r), '@', 'mail', 'txt'))}"
            f"{r.choice(('=', '= ', ' ', ': ', ' txt '))}{r.choice((spf, dmarc, dkim, bimi))(r)}"
        ),
    ),
    (
        1,
        lambda r: (
            f"v=BIMI1; {r.choice(('lps=', 'l=', 'avp=', 'a='))}"
            f"{r.choice((name(r), f'{name(r)},{name(r)}', '', host(r)))}"
        ),
    ),
)


def untidy(r):
    """Mail records as people really write them: cut, doubled, misplaced, misspelled. Ordinary all the same."""
    return r.choice(UNTIDY)(r)


def label_of_key(r):
    selector = r.choice(
        (
            name(r),
            f"fe-{pick(r, HEX, 10)}",
            "default",
            "google",
            "s1",
            pick(r, LOWER + DIGITS, r.choice((8, 16, 20, 32))),
            f"{digits(r, 8)}{name(r)}",
            "resend",
            "zmail",
        )
    )
    return f"{selector}._domainkey{r.choice(('', '', '.' + host(r)))}"
