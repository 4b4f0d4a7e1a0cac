"""Payloads inside known forms. `disguised` returns the value and the span of the payload in it.

A form written for it (`carrier`), the proof of a known vendor (`claimed`), any ordinary record with one of its words
replaced or one more added (`mutated`), a form that nobody has seen (`basics.around`), pieces in many fields (`split`).
A payload is never cut to the exact alphabet and length of a real token, which nobody could tell from one (`off_shape`).
`figures.py` holds forms that are not in here.
"""

import re

from . import infrastructure, mail, prose, tokens
from .basics import (
    HEX,
    WORDS,
    around,
    chosen,
    date,
    digits,
    host,
    ip4,
    name,
    pick,
    sentence,
    shares,
    uuid,
    version,
)
from .ordinary import benign
from .payloads import VERBS, command, payload

# Lengths of usual tokens: `basics.TOKENS`.
USUAL = {
    *(6, 8, 9, 10, 11, 12, 16, 20, 21, 22, 24, 25, 26, 27, 28, 30, 31, 32, 36, 40, 41, 42, 43, 44, 45, 48, 52, 55, 56),
    *(63, 64, 66, 80, 86, 88, 96, 128),
}


COMMON_PROOFS = [
    f"verification:{name}"
    for name in (
        "google",
        "google",
        "google",
        "google",
        "google",
        "facebook",
        "microsoft",
        "apple",
        "atlassian",
        "adobe",
        "openai_dv",
        "docusign",
        "stripe",
        "vercel",
        "zoho",
        "keybase",
        "amazonses",
        "globalsign_underscore",
        "discord",
    )
]


VENDORS = ("google", "facebook", "apple", "ms", "atlassian", "openai", "cisco-ci", "adobe-idp", "stripe")


def off_shape(r, body: str) -> str:
    """The payload at a length that no vendor's token has."""
    if re.fullmatch(r"[A-Za-z0-9+/_-]+=*", body):
        body = body if len(body) > 17 else body + pick(r, HEX, 17 - len(body))
        while len(body) in USUAL:
            body = body[:-1] if len(body) > 18 else body + "0"
    return body


def small(r) -> str:
    body = payload(r, small=True).decode("latin-1").replace("\n", " ")
    if r.random() < 0.3:
        return r.randbytes(r.randint(8, 24)).hex() if r.random() < 0.6 else body[: r.randint(18, 44)]
    return body


def carrier(r, p):
    """(before, payload, after) of one form."""
    h, n = host(r), name(r)
    common = lambda: r.choice(
        (
            ("google-site-verification=", p, ""),
            ("", p, f" v=spf1{r.choice((' ', ' mx ', f' include:{h} '))}{r.choice('-~?')}all"),
            ("v=spf1 include:", p, f" {r.choice('-~?')}all"),
            (f"v=DKIM1; {r.choice(('k=rsa; ', ''))}p=", p, ""),
            (f"v=spf1 {r.choice(('', f'include:{h} '))}", p, f" {r.choice('-~?')}all"),
        )
    )
    if r.random() < 0.25:
        return common()
    return r.choice(
        (
            lambda: (
                (
                    "v=spf1 "
                    f"{r.choice(('include', 'a', 'mx', 'exists', 'ip4', 'ip6', 'redirect', 'ptr', 'exp'))}"
                    f"{r.choice(':=')}"
                ),
                p,
                r.choice((" ~all", " -all", f" {mail.spf_term(r)} -all", f".{h} ~all", "")),
            ),
            lambda: (
                f"v=spf1 {r.choice(('include', 'a', 'mx', 'exists', 'redirect'))}:",
                p,
                r.choice((f".{h} ~all", f".{n}.net -all", " ?all", " ~all")),
            ),
            lambda: ("v=spf1 ", p, r.choice((" -all", " ~all", f" include:{h} ~all"))),
            lambda: ("", p, r.choice((" v=spf1 -all", " v=spf1 ~all", f" {mail.spf(r)}", f" v=spf1 include:{h} ~all"))),
            lambda: (f"{mail.spf(r)} ", p, ""),
            lambda: (f"v=spf1 include:{h} {r.choice(('x', n, 'exp', 'ra'))}=", p, " -all"),
            lambda: (
                (
                    f"{r.choice((*VENDORS[:2], n, *VENDORS[2:]))}"
                    f"-{r.choice(('site', 'domain'))}-verification{r.choice('=:')}{r.choice(('', ' '))}"
                ),
                p,
                "",
            ),
            lambda: ("google-site-verification=", p, ""),
            lambda: (f"MS={r.choice(('', 'ms'))}", p, ""),
            lambda: (
                f"v=DKIM1; {r.choice(('k=rsa; ', '', 'k=ed25519; ', 't=s; k=rsa; ', 'h=sha256; k=rsa; '))}p=",
                p,
                r.choice(("", ";", "; t=s")),
            ),
            lambda: ("v=DKIM1; k=rsa; p=", p, ""),
            lambda: ("v=DKIM1; k=rsa; n=", p, f"; p={mail.dkim(r).split('p=')[-1]}"),
            lambda: (f"v=DKIM1; {r.choice('gxs')}=", p, "; p="),
            lambda: (
                f"v=DMARC1; p={r.choice(('none', 'reject'))}; rua=mailto:",
                p,
                r.choice((f"@{h}", f"@{h}; pct=100", "")),
            ),
            lambda: ("v=DMARC1; p=", p, r.choice(("; sp=none", "", ";"))),
            lambda: (f"v=DMARC1; p=none; {r.choice(('sp', 'fo', 'ri', 'rf', 'x'))}=", p, f"; rua=mailto:{n}@{h}"),
            lambda: (
                r.choice(
                    (
                        "v=STSv1; id=",
                        "v=TLSRPTv1; rua=mailto:",
                        f"v=TLSRPTv1; rua=https://{h}/",
                        f"v=BIMI1; l=https://{h}/",
                        "v=BIMI1; l=",
                        f"v=BIMI1; l=https://{h}/{n}.svg; a=",
                    )
                ),
                p,
                r.choice(("", ";", ".svg", f"@{h}", ".svg; a=")),
            ),
            lambda: (
                f"https://{h}/{r.choice(('', '?id=', '?q=', n + '/', '#', n + '?session=', 'api/v1/'))}",
                p,
                r.choice(("", ".html", f"&v={r.randrange(99)}", ".svg", "/")),
            ),
            lambda: (f"dnslink=/ip{r.choice('fn')}s/{r.choice(('', 'Qm', 'baf'))}", p, ""),
            lambda: (
                f"heritage=external-dns,external-dns/owner={r.choice((n + ',external-dns/resource=ingress/', ''))}",
                p,
                r.choice(("", f"/{n}")),
            ),
            lambda: (f"{digits(r, 3, 6)} | {ip4(r)}/24 | US | arin | ", p, ""),
            lambda: (f"{digits(r, 3, 6)} | US | arin | 2010-01-02 | ", p, r.choice((", US", ""))),
            lambda: (f"{sentence(r, 2, 9)} ", p, f" {sentence(r, 2, 6)}"),
            lambda: (f"{sentence(r, 2, 9)}: ", p, ""),
            lambda: (f"{n}={name(r)}; {name(r)}=", p, f"; {name(r)}={r.randrange(99)}"),
            lambda: (f"txtvers=1{name(r)}=", p, f"note={n}"),
            lambda: ("txtvers=1deviceid=00:11:22:33:44:55pk=", p, "vv=2"),
            lambda: (f"model={n}", p, ""),
            lambda: (
                r.choice(
                    (
                        "keybase-site-verification=",
                        "openpgp4fpr:",
                        "did=did:plc:",
                        "_globalsign-domain-verification=",
                        "protonmail-verification=",
                        "_acme-challenge=",
                        "zoho-verification=",
                        "amazonses:",
                        "docusign=",
                        "dropbox-domain-verification=",
                        "SFMC-",
                        "ZOOM_verify_",
                        "aspe:keyoxide.org:",
                        "dh=",
                        "t=",
                    )
                ),
                p,
                "",
            ),
            lambda: (f"{tokens.invented(r)} ", p, ""),
            lambda: ("", p, f" {tokens.invented(r)}"),
            lambda: (f"{uuid(r)} ", p, ""),
            lambda: (f"contact {n}@{h} ref ", p, ""),
            lambda: (f"version={r.randrange(9)}.{r.randrange(9)};url=https://{h}/", p, f";crc={pick(r, HEX, 8)}"),
            lambda: (f"{n}-{r.choice(('key', 'token', 'code'))}{r.choice('=:_-')}", p, ""),
            lambda: ('{"' + n + '":"', p, f'","{name(r)}":{r.randrange(99)}}}'),
            lambda: (
                f"{r.choice(('oa1:xmr recipient_address=', 'oa1:btc recipient_address='))}",
                p,
                f"; recipient_name={n};",
            ),
            lambda: ("bitcoin:?lno=", p, ""),
            lambda: (f"sha256{r.choice('=:')}", p, r.choice(("", f" size={digits(r, 3, 6)}", f";file={n}.bin"))),
            lambda: ("ssh-ed25519 ", p, f" {n}@{n}"),
            lambda: (f"{ip4(r)} is listed, see https://{h}/", p, ""),
            lambda: (f"Blocked - see http://{h}/lookup?ip=", p, ""),
            lambda: (f"enr{r.choice((':-', 'tree-root:v1 e='))}", p, ""),
            lambda: (f"{n}.{r.choice(('exe', 'bin', 'dat'))}:", p, ""),
            lambda: (f"<!-- {n} ", p, " -->"),
            lambda: (f"_{n}=", p, ""),
            lambda: (f"mailconf=https://{h}/", p, ".xml"),
            lambda: (f"service: wpad:!http://{h}:80/", p, ""),
            lambda: (f"xmpp:{n}@{h}?", p, ""),
            lambda: (f"sip:{n}@{h};", p, ""),
            lambda: (f"{date(r)} {n} ", p, r.choice(("", " ok", f" {name(r)}"))),
            lambda: (f"{n}@{h} ", p, ""),
            lambda: (f"/{n}/{name(r)}/", p, r.choice(("", "/", ".txt"))),
            lambda: (f"[{n}] ", p, ""),
            lambda: (
                f"{r.choice(('id', 'ref', 'uid', 'guid', 'tag', 'note', 'build', 'rev'))}{r.choice('=: ')}",
                p,
                r.choice(("", f" {n}", f"; {n}")),
            ),
        )
    )()


# What ordinary records have where a payload might stand.
WORDLIKE = (
    name,
    lambda r: r.choice(WORDS),
    lambda r: f"{name(r)}-{name(r)}",
    lambda r: digits(r, 1, 8),
    host,
    version,
    date,
    lambda r: f"{name(r)}_{digits(r, 1, 3)}",
    lambda r: f"{name(r)}{r.choice('.-/')}{digits(r, 1, 4)}",
    lambda r: " ".join(r.choices(WORDS, k=r.randint(1, 4))),
    lambda r: name(r).title(),
    lambda r: name(r).upper(),
    ip4,
    lambda r: pick(r, HEX, r.choice((4, 6, 7, 8, 12))),
)


def undisguised(r):
    """The forms of disguises with what an ordinary record has there, so that no form is suspicious of itself."""
    text = r.choice(WORDLIKE)(r)
    before, text, after = r.choice((carrier, surrounded, surrounded, mutated_by_word))(r, text)
    value = before + text + after
    return value.encode("utf-8", "replace") if any(ord(c) > 255 for c in value) else value.encode("latin-1")


def mutated_by_word(r, text):
    """Any ordinary record with one more word."""
    value = benign(r).decode("latin-1")
    at = r.choice([0, len(value)] + [m.start() for m in re.finditer(r"[ ;,]", value)])
    gap = r.choice((" ", " ", ";", ","))
    return value[:at] + (gap if at else ""), text, (gap if at < len(value) else "") + value[at:]


def mutated(r, p):
    """Any ordinary record with one of its words replaced by the payload, or with the payload as one more word."""
    text = benign(r).decode("latin-1")
    words = [m.span() for m in re.finditer(r"[A-Za-z0-9+/_.-]{4,}={0,2}", text)]
    if not words or r.random() < 0.3:
        at = r.choice([0, len(text)] + [m.start() for m in re.finditer(r"[ ;,]", text)])
        gap = r.choice((" ", " ", ";", ","))
        return text[:at] + (gap if at else ""), p, (gap if at < len(text) else "") + text[at:]
    start, end = r.choice(words)
    if len(p) <= end - start + 3 and r.random() < 0.8:
        p += small(r)[: r.randint(20, 90)]
    return text[:start], p, text[end:]


def claimed(r, p):
    """The proof of a known vendor, with the payload where its token stands; the commonest vendors most often."""
    kind = (
        r.choice(COMMON_PROOFS)
        if r.random() < 0.4
        else r.choice(tokens.kinds("verification") + tokens.kinds("identity"))
    )
    text = tokens.sample(r, kind)
    token = max(re.finditer(r"[A-Za-z0-9+/_-]+=*", text), key=lambda m: len(m[0]) if m.start() else 0).span()
    return text[: token[0]], p, text[token[1] :]


def split(r, p):
    """A payload in pieces, each where a short word of the form would stand.

    Bytes as addresses are left out: nobody can tell them from addresses.
    """
    size = r.choice((4, 8, 12, 16, 20, 30, 40, 63))
    safe = re.sub(r"[^A-Za-z0-9]", "", p) or p
    pieces = [safe[i : i + size] for i in range(0, len(safe), size)]
    zone = f".{name(r)}.{r.choice(('net', 'com', 'org', 'io'))}"
    return r.choice(
        (
            lambda: (
                "v=spf1 ",
                " ".join(f"{r.choice(('include', 'a', 'mx', 'exists'))}:{x}{zone}" for x in pieces),
                " -all",
            ),
            lambda: ("v=spf1 ", " ".join(f"include:{x}" for x in pieces), " ~all"),
            lambda: ("v=DMARC1; p=none; rua=", ",".join(f"mailto:{x}@{name(r)}.net" for x in pieces), ""),
            lambda: ("", "; ".join(f"{name(r)[:3]}={x}" for x in pieces), ""),
            lambda: ("", " ".join(pieces), ""),
            lambda: ("", r.choice((".", "-", "/", ":", ", ", ";")).join(pieces), r.choice(("", zone))),
            lambda: ("{", ",".join(f'"{name(r)[:2]}":"{x}"' for x in pieces), "}"),
            lambda: ("enrtree-branch:", ",".join(pieces), ""),
            lambda: ("txtvers=1", "".join(f"{k}={x}" for k, x in zip("abcdefghijklmnopqrstuvwxyz", pieces)), ""),
            lambda: (
                "",
                " ".join(
                    f"{x[:8]}-{x[8:12]}-{x[12:16]}-{x[16:20]}-{x[20:]}"
                    for x in (safe[i : i + 32] for i in range(0, len(safe), 32))
                    if len(x) > 20
                ),
                "",
            ),
            lambda: ("", " | ".join(pieces), ""),
            lambda: (sentence(r, 1, 4) + " ", f" {name(r)} ".join(pieces), " " + sentence(r, 1, 4)),
            lambda: ("", ",".join(f"{x}{zone}" for x in pieces), ""),
            lambda: ("version=", ".".join(str(int.from_bytes(x.encode()[:3], "big")) for x in pieces), ""),
        )
    )()


LONG_RECORDS = shares(
    (45, lambda r, low: mail.spf(r, low).split(" ")),
    (15, lambda r, low: prose.paragraph(r, low, low + 400).split(" ")),
    (
        10,
        lambda r, low: (
            infrastructure.ip_list(r).split(" ") + [f"{ip4(r)}/{r.randrange(8, 33)}" for _ in range(low // 12)]
        ),
    ),
    (10, lambda r, low: [host(r) for _ in range(low // 14)]),
    (10, lambda r, low: [f"{name(r)}={r.choice((name(r), digits(r, 1, 6), host(r)))};" for _ in range(low // 12)]),
    (
        10,
        lambda r, low: (
            f"v=DMARC1; p=none; rua={','.join(f'mailto:{name(r)}@{host(r)}' for _ in range(low // 24))}; pct=100".split(
                " "
            )
        ),
    ),
)


def long_record(r, low):
    """An ordinary record of at least this many characters, in words between which something may stand."""
    return chosen(r, LONG_RECORDS)(r, low)


def in_long_record(r, body):
    """The payload as a word of its own in a long ordinary record."""
    words = long_record(r, r.choice((0, 200, 500, 1000, 2000, 3000)))
    at = r.choice((0, len(words), r.randrange(len(words) + 1), r.randrange(len(words) + 1)))
    if len(body) < 40:
        body += small(r)[:100]
    before, after = " ".join(words[:at]), " ".join(words[at:])
    return before + " " if before else "", body, " " + after if after else ""


def surrounded(r, body):
    before, after = around(r)
    return before, body, after


# Where a payload is hidden: each returns what stands before it, the payload, and what stands after it.
PLACES = shares(
    (12, in_long_record),
    (18, mutated),
    (8, split),
    (10, lambda r, body: claimed(r, body) if tokens.GROUPS else surrounded(r, body)),
    (26, surrounded),
    (26, carrier),
)


def disguised(r):
    """(value, start, end): a payload inside a known form, or as a word of its own in a long ordinary record."""
    k = r.random()
    if k < 0.12:
        body = (
            command(r)
            if r.random() < 0.75
            else f"{r.choice(VERBS)} {r.choice((host(r), ip4(r), digits(r, 2, 5)))} {name(r)}"
        )
    else:
        body = off_shape(r, small(r))
    if r.random() < 0.10:
        g = r.choice((4, 5, 8, 12, 16))
        body = r.choice((" ", ".", "-", "/", ":")).join(body[j : j + g] for j in range(0, len(body), g))
    before, body, after = chosen(r, PLACES)(r, body)
    parts = [
        part.encode("utf-8", "replace") if any(ord(c) > 255 for c in part) else part.encode("latin-1")
        for part in (before, body, after)
    ]
    return b"".join(parts), len(parts[0]), len(parts[0]) + len(parts[1])
