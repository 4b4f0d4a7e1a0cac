"""Ordinary TXT values: `known_as` writes a record of one type, `benign` any value in the shares below."""

from . import devices, infrastructure, mail, odd, prose, published, tokens

KNOWN = {
    **mail.KNOWN,
    **infrastructure.KNOWN,
    **devices.KNOWN,
    **prose.KNOWN,
    "dnscrypt_cert": (devices.dnscrypt_certificate, 1),
}


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def known_as(r, kind) -> bytes:
    """A valid record of a type of the table of record types."""
    return _bytes(KNOWN[kind][0](r) if kind in KNOWN else tokens.sample(r, kind))


def _one_of(r, table):
    """A record of one type of a `KNOWN` table, by its weights."""
    return known_as(r, r.choices(list(table), [weight for _, weight in table.values()])[0])


def _of_group(r, group):
    """A record of a type of this group, of which the table of record types holds the patterns."""
    return known_as(r, r.choice(tokens.kinds(group))) if tokens.GROUPS else tokens.invented(r)


def _look_up(r):
    if r.random() < 0.12 and tokens.GROUPS:
        return known_as(r, r.choice(tokens.kinds("infrastructure") + tokens.kinds("reputation")))
    return _one_of(r, infrastructure.KNOWN)


def pasted(r):
    """Two or three records in the place of one, with and without something between them."""
    gap = r.choice((" ", " ", "", ", ", ",", ";", "; ", " | ", '" "', "\\n", "  "))
    return gap.join(
        _bytes(write(r)).decode("utf-8", "replace")
        for write in r.choices(
            (mail.spf, mail.dmarc, mail.dkim, tokens.invented, tokens.untidy, proof), k=r.choice((2, 2, 2, 3))
        )
    )


def proof(r):
    return _of_group(r, "verification")


SHARES = (
    (19, lambda r: _one_of(r, mail.KNOWN)),
    (5, mail.untidy),
    (2, mail.unusual_spf),
    (11, proof),
    (11, tokens.invented),
    (4.5, tokens.untidy),
    (3, lambda r: _of_group(r, "token")),
    (5, tokens.bare),
    (2, pasted),
    (9, published.published),
    (9, _look_up),
    (2.5, lambda r: _of_group(r, "identity")),
    (7, odd.odd),
    (4, devices.dns_sd),
    (3, devices.odd),
    (9, lambda r: prose.parked(r) if r.random() < 0.05 else prose.odd(r)),
    (0.8, devices.dnscrypt_certificate),
)


def benign(r) -> bytes:
    """One ordinary TXT value."""
    write = r.choices([write for _, write in SHARES], [share for share, _ in SHARES])[0]
    text = _bytes(write(r))
    if r.random() < 0.04:
        text = text.replace(b";", b"\\;").replace(b'"', b"'")  # as zone files escape them
    if r.random() < 0.006:
        text = text.decode("utf-8", "replace").encode("utf-16-le" if r.random() < 0.3 else "latin-1", "replace")
    return text.lower() if r.random() < 0.04 else text
