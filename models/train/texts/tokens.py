"""Ownership proofs and bare tokens. The vendors' own come from the known-type table (`cargo xtask label --samples`), which is
the only place that holds their alphabets and lengths; invented vendors and misspelled proofs are made here."""

import json
from collections import defaultdict

from .basics import ALNUM, B32, B64URL, DIGITS, HEX, LOWER, UPPER, address, b64, date, digits, foreign, host, ip6, name, pick, sentence, token, url, uuid

MARKS = {"\x01": host, "\x02": name, "\x03": ip6, "\x04": address, "\x05": url, "\x06": lambda r: sentence(r, 2, 6)}
SAMPLES = defaultdict(list)     # type -> records with marks where words belong
GROUPS = {}                     # type -> group


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


COMMON = [f"verification:{vendor}" for vendor in ("google", "google", "google", "facebook", "microsoft", "apple", "vercel", "vercel", "openai_dv", "openai_site", "zoho", "discord", "atlassian", "keybase", "stripe", "brevo", "docusign")]


def invented(r):
    """A proof of a vendor that nobody knows, in one of the ways vendors write them."""
    v, t = r.choice((name(r), f"{name(r)}-{name(r)}", name(r).title(), f"{name(r)}_{name(r)}", name(r).upper())), token(r)
    k = r.randrange(17)
    if k < 5: return f"{v}-{r.choice(('site', 'domain', 'domain', 'site', 'owner', 'sending-domain', 'sso', 'dns'))}-{r.choice(('verification', 'verification', 'verify', 'validation'))}{r.choice('===:')}{r.choice(('', '', ' '))}{t}"
    if k == 5: return f"{v}-verification{r.choice(('=', ':', ': ', '-', '_'))}{t}"
    if k == 6: return f"{v}{r.choice('_-')}{r.choice(('verify', 'verification', 'challenge', 'code', 'token', 'key', 'validation', 'sso', 'id', 'auth', 'check'))}{r.choice('=:_-')}{t}"
    if k == 7: return f"{v}{r.choice('=:')}{r.choice(('', ' '))}{t}"
    if k == 8: return f"{name(r)}{r.choice('-_')}{v}{r.choice('=-:_')}{uuid(r)}"
    if k == 9: return f"{v}-domain-verification-{pick(r, LOWER + DIGITS, r.randint(5, 8))}={pick(r, ALNUM, r.randint(16, 32))}"
    if k == 10: return f"v={v}{r.choice(('1', '', '-v1'))}{r.choice((' ', '; '))}{r.choice(('t', 'id', 'd', 'code'))}={t}"
    if k == 11: return f"{v.upper()}_{r.choice(('DOMAIN', 'SITE', 'IO', 'DNS'))}_VERIFICATION={t}"
    if k == 12: return f"{v}{digits(r, 5, 9)}={pick(r, HEX, 64)}"
    if k == 13: return f"{host(r)}{r.choice((':', '=', ' verification ', '/'))}{t}"
    if k == 14: return f"{v}-{r.choice(('domain', 'site'))}-verification={r.choice((host(r), name(r)))}{r.choice('_/-')}{uuid(r)}{r.choice(('', '_' + digits(r, 10)))}"
    if k == 15: return f"{v} {r.choice(('verification', 'domain', 'key', 'code', 'token'))}{r.choice((' ', ': ', ' = '))}{t}"
    return f"{v}.{r.choice(('verify', 'dv', 'txt'))}.{pick(r, LOWER + DIGITS, r.randint(8, 24))}{r.choice(('', '.' + host(r)))}"


def untidy(r):
    """Proofs as people really paste them: with the host name, in the wrong case, doubled, cut, as instructions."""
    proof = sample(r, r.choice(kinds("verification") if r.random() < .7 else COMMON)) if SAMPLES and r.random() < .7 else invented(r)
    k = r.randrange(20)
    if k == 18: return f"{r.choice((name(r), '_' + name(r), name(r) + '-site-verification', name(r) + '-domain-verification', name(r) + '.' + host(r)))}{r.choice(('=', ' ', ' txt ', ': ', ''))}{proof}"
    if k in (14, 19): return f"{proof.split('=')[0]}={r.choice((name(r), name(r).upper(), digits(r, 1, 8), '…', '...', 'YOUR_' + name(r).upper() + '_CODE_HERE', 'your-' + name(r) + '-token', 'abc' + digits(r, 3), 'xxxx', 'TODO', '1234567890abcdef', 'abcdefghijklmnopqrstuvwxyz1234567890'[:r.randint(3, 36)], pick(r, ALNUM, r.randint(2, 16)), '<token>', 'test'))}"
    if k == 15: return proof + r.choice(('"' * r.randint(1, 3), "'", " \\", "-string", "\\n", "%", "..", pick(r, ALNUM, 1)))
    if k == 16: return proof[:-r.randint(1, 2)] if len(proof) > 20 else proof
    if k == 17: return proof.replace("-", r.choice(("", "_", "--")), 1).replace("v", "", 1) if r.random() < .5 else proof[1:]
    if k == 12: return f"{proof.split('=')[0]}={r.choice((foreign(r, 4, 24), sentence(r, 1, 5), '<' + sentence(r, 1, 4) + '>', sentence(r, 1, 5).upper().replace(' ', '_')))}"
    if k == 13: return f"{proof.split('=')[0]}={proof}"
    if k == 0: return f"{r.choice(('TXT Value', 'Value:', 'TXT', '@', 'TXT record:', 'Hostname: ' + host(r) + ' Value:'))} {r.choice(('', '/ '))}{proof}"
    if k == 1: return f"{r.choice('[<({')}{proof}{r.choice(('', ']', '>', ')'))}"
    if k == 2: return f"{proof}{r.choice((' ', ',', ', ', ';'))}{proof if r.random() < .3 else sample(r, r.choice(kinds('verification'))) if SAMPLES else invented(r)}"
    if k == 3: return f"_{name(r)}-{r.choice(('pages-challenge', 'challenge', 'verify'))}-{name(r)}.{host(r)}{r.choice((' ', '=', ':', '.'))}{pick(r, HEX, 30)}"
    if k == 4: return proof.lower() if r.random() < .5 else proof.title()
    if k == 5: return proof[:max(12, len(proof) - r.randint(1, 3))]
    if k == 6: return proof + r.choice((";", ".", ",", " ", '"'))
    if k == 7: return f"{pick(r, HEX, r.choice((20, 30)))}_{name(r)}-challenge-{name(r)}"
    if k == 8: return proof.replace("=", r.choice((" = ", "= ", ": ", " ")), 1)
    if k == 9: return f"{name(r)}-{r.choice(('site', 'domain'))}-verification" + r.choice(("", "=", ":"))
    if k == 10: return f"{name(r)}.{host(r)}={proof}"
    return f"{proof} {r.choice((sentence(r, 2, 6), 'v=spf1 include:' + host(r) + ' ~all', host(r)))}"


def bare(r):
    """Bare tokens that no known type has the length of. Up to 47 characters only: longer ones cannot be told from a payload."""
    k = r.randrange(28)
    if k == 25: return pick(r, HEX, r.randint(16, 64))
    if k == 26: return pick(r, HEX, 2 * r.randint(12, 32))
    if k == 27: return f"{pick(r, LOWER, 1)}{pick(r, HEX, r.choice((31, 32, 33, 40)))}"
    if k == 22: return f"{r.choice('<([')}{pick(r, HEX, r.choice((10, 30, 32, 40)))}{r.choice('>)]')}"
    if k == 23: return f"{r.choice((name(r)[:2], name(r)[:1], '_' + name(r) + '-authkey.' + host(r), name(r)))}{r.choice(('=', ' = ', ': '))}{r.choice((pick(r, HEX, 40), 'SHA256:' + b64(r, 32)[:43], pick(r, HEX, 32)))}"
    if k == 24: return pick(r, HEX, 2 * r.randint(8, 32))
    if k == 18: return r.choice((f"_{pick(r, HEX, 32)}.{pick(r, LOWER, 10)}.{name(r)}-validations.{host(r)}.", f"gv-{pick(r, LOWER + DIGITS, 14)}.dv.{host(r)}", f"{pick(r, B32, 32)}.dkim.{host(r)}", f"{pick(r, LOWER + DIGITS, r.randint(10, 40))}.{host(r)}", f"{uuid(r)}.{host(r)}"))
    if k == 19: return f"{r.choice((name(r), name(r).title(), name(r) + 'Secret', name(r) + '-id', 'Owner', 'Auth-Code', 'key', 'token', 'id'))}{r.choice((':', ': ', '=', ' = ', ' '))}{token(r)[:44]}"
    if k == 20: return f"{r.choice(('did:key:z6Mk', 'nid=z6Mk', 'z6Mk', 'npub1', '0x', 'Qm', 'baf', 'age1', 'xpub'))}{pick(r, ALNUM, r.choice((38, 40, 42, 44)))}"
    if k == 21: return f"{name(r)}-{pick(r, HEX, r.choice((8, 12, 16)))}"
    if k == 0: return pick(r, HEX, r.randint(6, 36))
    if k == 1: return pick(r, LOWER + DIGITS, r.randint(4, 36))
    if k == 2: return pick(r, ALNUM, r.randint(5, 40))
    if k == 3: return pick(r, UPPER + DIGITS, r.randint(4, 32))
    if k == 4: return pick(r, B32, r.choice((16, 20, 26, 32)))
    if k == 5: return pick(r, B64URL, r.choice((20, 22, 27, 32, 40)))
    if k == 6: return b64(r, r.choice((9, 12, 15, 16, 18, 20, 24, 30)))
    if k < 9: return digits(r, 1, 18)
    if k == 9: return date(r)
    if k == 10: return f"{name(r).upper()}-{digits(r, 1, 7)}"
    if k == 11: return f"{r.choice(('', '_'))}{name(r)}{r.choice('_-.')}{uuid(r)}"
    if k == 12: return f"{r.choice(('D', 'T', 'OSSRH-', 'INC', 'CHG', 'REQ', 'ID', 'id', '#'))}{digits(r, 4, 9)}"
    if k == 13: return "-".join(pick(r, UPPER + DIGITS, g) for g in r.choice(((4, 4, 4, 4), (5, 5, 5, 5, 5), (4, 4, 4), (3, 3, 3))))
    if k == 14: return ":".join(pick(r, HEX, 2) for _ in range(r.choice((6, 8, 16, 20))))
    if k == 15: return f"0x{pick(r, HEX, r.choice((8, 16, 40)))}"
    if k == 16: return pick(r, HEX.upper(), r.choice((8, 12, 16, 20, 32, 40)))
    return name(r) + r.choice(("", digits(r, 1, 4), "-" + name(r), "_" + name(r)))
