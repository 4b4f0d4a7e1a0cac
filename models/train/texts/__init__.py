"""Texts to learn from: every function takes a seeded `random.Random` and returns bytes. See each module's first lines.

What is invented: names, numbers, tokens, contents, and the vendors of `tokens.invented`. What is not: the shapes, which follow
RFCs, public documentation and published code.
"""

from . import devices, infrastructure, mail, prose, tokens
from .disguises import disguised
from .payloads import framed

KNOWN = {**mail.KNOWN, **infrastructure.KNOWN, **devices.KNOWN, **prose.KNOWN, "dnscrypt_cert": (devices.dnscrypt_certificate, 1)}


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def known_as(r, kind) -> bytes:
    """A valid record of a type of the known-type table."""
    return _bytes(KNOWN[kind][0](r) if kind in KNOWN else tokens.sample(r, kind))


def _weighted(table):
    return [kind for kind in table], [weight for _, weight in table.values()]


GROUPS = (("mail", 20), ("mail untidy", 5), ("verification", 14), ("invented", 9), ("proof untidy", 5.5), ("token", 4.5), ("bare", 6.5), ("look-up", 11), ("identity", 3), ("odd", 9), ("device", 4.5), ("device odd", 4), ("prose", 11), ("dnscrypt", .8))


def benign(r) -> bytes:
    """One ordinary TXT value."""
    group = r.choices([g for g, _ in GROUPS], [w for _, w in GROUPS])[0]
    if group == "mail": text = known_as(r, r.choices(*_weighted(mail.KNOWN))[0])
    elif group == "mail untidy": text = mail.untidy(r)
    elif group in ("verification", "token", "identity"): text = known_as(r, r.choice(tokens.kinds(group))) if tokens.GROUPS else tokens.invented(r)
    elif group == "invented": text = tokens.invented(r)
    elif group == "proof untidy": text = tokens.untidy(r)
    elif group == "bare": text = tokens.bare(r)
    elif group == "look-up" and r.random() < .12 and tokens.GROUPS: text = known_as(r, r.choice(tokens.kinds("infrastructure") + tokens.kinds("reputation")))
    elif group == "look-up": text = known_as(r, r.choices(*_weighted(infrastructure.KNOWN))[0])
    elif group == "odd": text = infrastructure.odd(r)
    elif group == "device": text = devices.dns_sd(r)
    elif group == "device odd": text = devices.odd(r)
    elif group == "dnscrypt": text = devices.dnscrypt_certificate(r)
    else: text = prose.parked(r) if r.random() < .05 else prose.odd(r)
    text = _bytes(text)
    if r.random() < .04: text = text.replace(b";", b"\\;").replace(b'"', b"'")      # as zone files escape them
    if r.random() < .006: text = text.decode("utf-8", "replace").encode("utf-16-le" if r.random() < .3 else "latin-1", "replace")
    return text.lower() if r.random() < .04 else text


def suspicious(r):
    """(value, start, end) of one bare payload."""
    value = framed(r)
    return value, 0, len(value)
