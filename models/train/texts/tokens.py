"""Ownership proofs and bare tokens.

The vendors' own come from the table of record types (`cargo xtask label --samples`), which is the only place that holds
their alphabets and lengths. Invented vendors and misspelled proofs are made here.
"""

import json
from collections import defaultdict

from .basics import (
    ALNUM,
    B32,
    B64URL,
    DIGITS,
    HEX,
    LOWER,
    UPPER,
    WORDS,
    address,
    b64,
    date,
    digits,
    foreign,
    host,
    ip6,
    name,
    pick,
    sentence,
    token,
    url,
    uuid,
    weighted,
)
from .published import web_token

MARKS = {"\x01": host, "\x02": name, "\x03": ip6, "\x04": address, "\x05": url, "\x06": lambda r: sentence(r, 2, 6)}
SAMPLES = defaultdict(list)  # type -> records with marks where words belong
GROUPS = {}  # type -> group


def load(path):
    SAMPLES.clear()
    GROUPS.clear()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            SAMPLES[row["type"]].append(row["text"])
            GROUPS[row["type"]] = row["group"]


def sample(r, kind):
    text = r.choice(SAMPLES[kind])
    return "".join(MARKS[c](r) if c in MARKS else c for c in text)


def kinds(group):
    return [kind for kind, its in GROUPS.items() if its == group]


COMMON = [
    f"verification:{vendor}"
    for vendor in (
        "google",
        "google",
        "google",
        "facebook",
        "microsoft",
        "apple",
        "vercel",
        "vercel",
        "openai_dv",
        "openai_site",
        "zoho",
        "discord",
        "atlassian",
        "keybase",
        "stripe",
        "brevo",
        "docusign",
    )
]


PURPOSES = """
    verify verification challenge code token key validation sso id auth check domain-verify domain-verification
    site-verification site-verify sender-verification domain-confirmation confirmation ownership owner dns-verify txt
    domain dv email-verification sending-domain tenant org account workspace app-verification identity verify-domain
    domain-key dns-challenge website-verification hosted-verification domain-ownership-verification
""".split()


def vendor(r):
    """A name as companies and products have: words, a word with digits, a few letters, a host."""
    return r.choice(
        (
            name(r),
            name(r),
            name(r),
            f"{name(r)}{r.choice('-_')}{name(r)}",
            name(r).title(),
            name(r).upper(),
            f"{name(r)}{digits(r, 1, 2)}",
            pick(r, LOWER + DIGITS, r.randint(2, 4)),
            pick(r, LOWER, r.randint(3, 9)),
            f"{name(r)}.{r.choice(('com', 'io', 'ai', 'app', 'net', 'co', 'dev'))}",
            f"_{name(r)}",
            r.choice(WORDS),
        )
    )


def instruction(r):
    """What stands where a token belongs when somebody pasted the instruction."""
    return r.choice(
        (
            foreign(r, 4, 24),
            sentence(r, 1, 5),
            "<" + sentence(r, 1, 4) + ">",
            sentence(r, 1, 5).upper().replace(" ", "_"),
        )
    )


def placeholder(r):
    return r.choice(
        (
            name(r),
            name(r).upper(),
            digits(r, 1, 8),
            "…",
            "...",
            "YOUR_" + name(r).upper() + "_CODE_HERE",
            "your-" + name(r) + "-token",
            "abc" + digits(r, 3),
            "xxxx",
            "TODO",
            "1234567890abcdef",
            "abcdefghijklmnopqrstuvwxyz1234567890"[: r.randint(3, 36)],
            pick(r, ALNUM, r.randint(2, 16)),
            "<token>",
            "test",
        )
    )


def proof_name(r):
    return r.choice(
        (
            name(r),
            "_" + name(r),
            name(r) + "-site-verification",
            name(r) + "-domain-verification",
            name(r) + "." + host(r),
        )
    )


def key_name(r):
    return r.choice(
        (name(r), name(r).title(), name(r) + "Secret", name(r) + "-id", "Owner", "Auth-Code", "key", "token", "id")
    )


VENDOR_PROOFS = weighted(
    (
        10,
        lambda r, v, t: (
            f"{v}{r.choice('------___. ')}{r.choice(PURPOSES)}{r.choice('=======::_-')}"
            f"{r.choice(('', '', '', '', ' '))}{t}"
        ),
    ),
    (2, lambda r, v, t: f"{v}{r.choice('=:_-')}{t}"),
    (1, lambda r, v, t: f"{r.choice(PURPOSES)}{r.choice('-_')}{v}{r.choice('=:-_')}{t}"),
    (1, lambda r, v, t: f"{v}-{r.choice(PURPOSES)}={web_token(r)}"),
    (1, lambda r, v, t: f"{v}{r.choice('-_')}{r.choice(PURPOSES)}{r.choice('-_')}{t}{r.choice('=:')}{token(r)}"),
    (
        5,
        lambda r, v, t: (
            f"{v}-{r.choice(('site', 'domain', 'domain', 'site', 'owner', 'sending-domain', 'sso', 'dns'))}-"
            f"{r.choice(('verification', 'verification', 'verify', 'validation'))}{r.choice('===:')}"
            f"{r.choice(('', '', ' '))}{t}"
        ),
    ),
    (1, lambda r, v, t: f"{v}-verification{r.choice(('=', ':', ': ', '-', '_'))}{t}"),
    (
        1,
        lambda r, v, t: f"{v}{r.choice('_-')}{r.choice(PURPOSES)}{r.choice('=:_-')}{t}",
    ),
    (1, lambda r, v, t: f"{v}{r.choice('=:')}{r.choice(('', ' '))}{t}"),
    (1, lambda r, v, t: f"{name(r)}{r.choice('-_')}{v}{r.choice('=-:_')}{uuid(r)}"),
    (
        1,
        lambda r, v, t: (
            f"{v}-domain-verification-{pick(r, LOWER + DIGITS, r.randint(5, 8))}={pick(r, ALNUM, r.randint(16, 32))}"
        ),
    ),
    (
        1,
        lambda r, v, t: (
            f"v={v}{r.choice(('1', '', '-v1'))}{r.choice((' ', '; '))}{r.choice(('t', 'id', 'd', 'code'))}={t}"
        ),
    ),
    (1, lambda r, v, t: f"{v.upper()}_{r.choice(('DOMAIN', 'SITE', 'IO', 'DNS'))}_VERIFICATION={t}"),
    (1, lambda r, v, t: f"{v}{digits(r, 5, 9)}={pick(r, HEX, 64)}"),
    (1, lambda r, v, t: f"{host(r)}{r.choice((':', '=', ' verification ', '/'))}{t}"),
    (
        1,
        lambda r, v, t: (
            f"{v}-{r.choice(('domain', 'site'))}-verification={r.choice((host(r), name(r)))}"
            f"{r.choice('_/-')}{uuid(r)}{r.choice(('', '_' + digits(r, 10)))}"
        ),
    ),
    (
        1,
        lambda r, v, t: (
            f"{v} {r.choice(('verification', 'domain', 'key', 'code', 'token'))}{r.choice((' ', ': ', ' = '))}{t}"
        ),
    ),
    (
        1,
        lambda r, v, t: (
            f"{v}.{r.choice(('verify', 'dv', 'txt'))}.{pick(r, LOWER + DIGITS, r.randint(8, 24))}"
            f"{r.choice(('', '.' + host(r)))}"
        ),
    ),
)


def invented(r):
    """A proof of a vendor that nobody knows, in one of the ways vendors write them."""
    return r.choice(VENDOR_PROOFS)(r, vendor(r), token(r))


UNTIDY = weighted(
    (
        1,
        lambda r, proof: (
            f"google-site-verification={r.choice(('', 'google'))}{pick(r, HEX, 16)}{r.choice(('', '.html'))}"
        ),
    ),
    (
        1,
        lambda r, proof: (
            f"{proof[: len(proof) // 2]}{r.choice(('...', '…', '****', 'xxxx'))}{proof[-r.randint(3, 20) :]}"
        ),
    ),
    (1, lambda r, proof: f"{name(r)[:2]}={proof}"),
    (1, lambda r, proof: f"{pick(r, HEX, r.choice((32, 40, 20)))} {proof}"),
    (1, lambda r, proof: f"{name(r)}{' ' * r.randint(2, 60)}{name(r)}"),
    (
        1,
        lambda r, proof: (
            f"{r.choice(('TXT Value', 'Value:', 'TXT', '@', 'TXT record:', 'Hostname: ' + host(r) + ' Value:'))}"
            f" {r.choice(('', '/ '))}{proof}"
        ),
    ),
    (1, lambda r, proof: f"{r.choice('[<({')}{proof}{r.choice(('', ']', '>', ')'))}"),
    (
        1,
        lambda r, proof: (
            f"{proof}{r.choice((' ', ',', ', ', ';'))}"
            f"{proof if r.random() < 0.3 else sample(r, r.choice(kinds('verification'))) if SAMPLES else invented(r)}"
        ),
    ),
    (
        1,
        lambda r, proof: (
            f"_{name(r)}-{r.choice(('pages-challenge', 'challenge', 'verify'))}-{name(r)}.{host(r)}"
            f"{r.choice((' ', '=', ':', '.'))}{pick(r, HEX, 30)}"
        ),
    ),
    (1, lambda r, proof: proof.lower() if r.random() < 0.5 else proof.title()),
    (1, lambda r, proof: proof[: max(12, len(proof) - r.randint(1, 3))]),
    (1, lambda r, proof: proof + r.choice((";", ".", ",", " ", '"'))),
    (1, lambda r, proof: f"{pick(r, HEX, r.choice((20, 30)))}_{name(r)}-challenge-{name(r)}"),
    (1, lambda r, proof: proof.replace("=", r.choice((" = ", "= ", ": ", " ")), 1)),
    (1, lambda r, proof: f"{name(r)}-{r.choice(('site', 'domain'))}-verification" + r.choice(("", "=", ":"))),
    (1, lambda r, proof: f"{name(r)}.{host(r)}={proof}"),
    (1, lambda r, proof: f"{proof} {r.choice((sentence(r, 2, 6), 'v=spf1 include:' + host(r) + ' ~all', host(r)))}"),
    (
        1,
        lambda r, proof: f"{proof.split('=')[0]}={instruction(r)}",
    ),
    (1, lambda r, proof: f"{proof.split('=')[0]}={proof}"),
    (
        1,
        lambda r, proof: f"{proof.split('=')[0]}={placeholder(r)}",
    ),
    (
        1,
        lambda r, proof: (
            proof + r.choice(('"' * r.randint(1, 3), "'", " \\", "-string", "\\n", "%", "..", pick(r, ALNUM, 1)))
        ),
    ),
    (1, lambda r, proof: proof[: -r.randint(1, 2)] if len(proof) > 20 else proof),
    (
        1,
        lambda r, proof: (
            proof.replace("-", r.choice(("", "_", "--")), 1).replace("v", "", 1) if r.random() < 0.5 else proof[1:]
        ),
    ),
    (
        1,
        lambda r, proof: f"{proof_name(r)}{r.choice(('=', ' ', ' txt ', ': ', ''))}{proof}",
    ),
    (
        1,
        lambda r, proof: f"{proof.split('=')[0]}={placeholder(r)}",
    ),
)


def untidy(r):
    """Proofs as people really paste them: with the host name, in the wrong case, doubled, cut, as instructions."""
    proof = (
        sample(r, r.choice(kinds("verification") if r.random() < 0.7 else COMMON))
        if SAMPLES and r.random() < 0.7
        else invented(r)
    )
    return r.choice(UNTIDY)(r, proof)


BARE = weighted(
    (1, lambda r: pick(r, HEX, r.randint(6, 36))),
    (1, lambda r: pick(r, LOWER + DIGITS, r.randint(4, 36))),
    (1, lambda r: pick(r, ALNUM, r.randint(5, 40))),
    (1, lambda r: pick(r, UPPER + DIGITS, r.randint(4, 32))),
    (1, lambda r: pick(r, B32, r.choice((16, 20, 26, 32)))),
    (1, lambda r: pick(r, B64URL, r.choice((20, 22, 27, 32, 40)))),
    (1, lambda r: b64(r, r.choice((9, 12, 15, 16, 18, 20, 24, 30)))),
    (2, lambda r: digits(r, 1, 18)),
    (1, date),
    (1, lambda r: f"{name(r).upper()}-{digits(r, 1, 7)}"),
    (1, lambda r: f"{r.choice(('', '_'))}{name(r)}{r.choice('_-.')}{uuid(r)}"),
    (1, lambda r: f"{r.choice(('D', 'T', 'OSSRH-', 'INC', 'CHG', 'REQ', 'ID', 'id', '#'))}{digits(r, 4, 9)}"),
    (
        1,
        lambda r: "-".join(
            pick(r, UPPER + DIGITS, g) for g in r.choice(((4, 4, 4, 4), (5, 5, 5, 5, 5), (4, 4, 4), (3, 3, 3)))
        ),
    ),
    (1, lambda r: ":".join(pick(r, HEX, 2) for _ in range(r.choice((6, 8, 16, 20))))),
    (1, lambda r: f"0x{pick(r, HEX, r.choice((8, 16, 40)))}"),
    (1, lambda r: pick(r, HEX.upper(), r.choice((8, 12, 16, 20, 32, 40)))),
    (1, lambda r: name(r) + r.choice(("", digits(r, 1, 4), "-" + name(r), "_" + name(r)))),
    (
        1,
        lambda r: r.choice(
            (
                f"_{pick(r, HEX, 32)}.{pick(r, LOWER, 10)}.{name(r)}-validations.{host(r)}.",
                f"gv-{pick(r, LOWER + DIGITS, 14)}.dv.{host(r)}",
                f"{pick(r, B32, 32)}.dkim.{host(r)}",
                f"{pick(r, LOWER + DIGITS, r.randint(10, 40))}.{host(r)}",
                f"{uuid(r)}.{host(r)}",
            )
        ),
    ),
    (
        1,
        lambda r: f"{key_name(r)}{r.choice((':', ': ', '=', ' = ', ' '))}{token(r)[:44]}",
    ),
    (
        1,
        lambda r: (
            f"{r.choice(('did:key:z6Mk', 'nid=z6Mk', 'z6Mk', 'npub1', '0x', 'Qm', 'baf', 'age1', 'xpub'))}"
            f"{pick(r, ALNUM, r.choice((38, 40, 42, 44)))}"
        ),
    ),
    (1, lambda r: f"{name(r)}-{pick(r, HEX, r.choice((8, 12, 16)))}"),
    (1, lambda r: f"{r.choice('<([')}{pick(r, HEX, r.choice((10, 30, 32, 40)))}{r.choice('>)]')}"),
    (
        1,
        lambda r: (
            f"{r.choice((name(r)[:2], name(r)[:1], '_' + name(r) + '-authkey.' + host(r), name(r)))}"
            f"{r.choice(('=', ' = ', ': '))}"
            f"{r.choice((pick(r, HEX, 40), 'SHA256:' + b64(r, 32)[:43], pick(r, HEX, 32)))}"
        ),
    ),
    (1, lambda r: pick(r, HEX, 2 * r.randint(8, 32))),
    (1, lambda r: pick(r, HEX, r.randint(16, 64))),
    (1, lambda r: pick(r, HEX, 2 * r.randint(12, 32))),
    (1, lambda r: f"{pick(r, LOWER, 1)}{pick(r, HEX, r.choice((31, 32, 33, 40)))}"),
)


def bare(r):
    """Bare tokens of lengths that no record type has, up to 47 characters: longer ones look like payloads."""
    return r.choice(BARE)(r)
