"""Keys, digests, addresses and lists that people publish in the text of a record: long, random and ordinary.

Forms are from the documents that define them: OpenSSH (RFC 4253, 4716), DNSKEY and DS (RFC 4034), OpenPGP armour (RFC
9580), subresource integrity (W3C), WireGuard, CurveZMQ (ZeroMQ RFC 26), OpenAlias, Bitcoin, Stellar, Solana and Monero
addresses, JSON Web Tokens (RFC 7519), ULID, cuid, KSUID, Salesforce ids, Internationalised names (RFC 5891).
"""

import base64
import json

from .basics import (
    ALNUM,
    B32,
    B58,
    B64,
    B64URL,
    DIGITS,
    HEX,
    LOWER,
    SCRIPTS,
    UPPER,
    WORDS,
    b64,
    date,
    digits,
    host,
    ip4,
    name,
    pick,
    sentence,
    time,
    url,
    uuid,
    version,
    weighted,
)
from .mail import rsa_key

Z85 = ALNUM + ".-:+=^!/*?&<>()[]{}@%$#"
DIGESTS = (32, 40, 56, 64, 96, 128)  # hexadecimal digits: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512


def digest(r):
    return pick(r, r.choice((HEX, HEX, HEX, HEX.upper())), r.choice((32, 40, 64, 64, 64, 96, 128)))


def web_token(r):
    """A JSON Web Token with the claims that a proof needs."""
    encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    header = {"alg": r.choice(("HS256", "RS256", "EdDSA", "ES256"))}
    if r.random() < 0.5:
        header["typ"] = "JWT"
    claims = {
        k: r.choice((name(r), host(r), uuid(r), r.randrange(10**10), pick(r, HEX, 12)))
        for k in ("d", "iss", "sub", "iat")[: r.randint(1, 4)]
    }
    parts = [encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
    return ".".join([*parts, pick(r, B64URL, r.choice((22, 43, 43, 43, 86, 342)))])


def ssh_key(r):
    comment = r.choice(("", f" {name(r)}@{host(r)}", f" {name(r)}@{name(r)}", f" {name(r)}"))
    n = r.choice((128, 256, 256, 384, 512))
    rsa = (
        b"\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01"
        + (n + 1).to_bytes(4, "big")
        + b"\0"
        + bytes([r.randrange(128, 256)])
        + r.randbytes(n - 1)
    )
    ed25519 = b"\0\0\0\x0bssh-ed25519\0\0\0 " + r.randbytes(32)
    ecdsa = b"\0\0\0\x13ecdsa-sha2-nistp256\0\0\0\x08nistp256\0\0\0A\x04" + r.randbytes(64)
    kind, blob = r.choice(
        (("ssh-rsa", rsa), ("ssh-rsa", rsa), ("ssh-ed25519", ed25519), ("ecdsa-sha2-nistp256", ecdsa))
    )
    return f"{kind} {base64.b64encode(blob).decode()}{comment}"


def dns_key(r):
    n = r.choice((64, 128, 129, 256, 257))
    blob = r.choice((b"\x03\x01\0\x01" + r.randbytes(n), r.randbytes(64), r.randbytes(32)))
    algorithm = r.choice((5, 7, 8, 8, 10, 13, 13, 15))
    return f"{r.choice((256, 257))} 3 {algorithm} {base64.b64encode(blob).decode()}"


def delegation_signer(r):
    digest_of_key = pick(r, r.choice((HEX, HEX.upper())), r.choice((40, 64, 96)))
    return f"{r.randrange(65536)} {r.choice((5, 8, 13, 15))} {r.choice((1, 2, 2, 4))} {digest_of_key}"


def pgp(r):
    body = "mQ" + r.choice(("EN", "IN", "GN", "MU")) + "B" + b64(r, r.choice((270, 400, 530, 800)))[5:]
    begin = f"-----BEGIN PGP PUBLIC KEY BLOCK-----{r.choice((' ', ' Version: GnuPG v2 ', '  '))}"
    armoured = f"{begin}{body} ={pick(r, B64, 4)} -----END PGP PUBLIC KEY BLOCK-----"
    groups = " ".join(pick(r, HEX.upper(), 4) for _ in range(10))
    return r.choice(
        (
            armoured,
            f"PGP {groups}",
            f"openpgp4fpr:{pick(r, HEX, 40)}",
            f"v=pka1;fpr={pick(r, HEX.upper(), 40)};uri={url(r)}",
            f"Fingerprint={groups}",
        )
    )


def certificate(r):
    der = (
        b"\x30\x82"
        + r.randrange(0x200, 0x500).to_bytes(2, "big")
        + b"\x30\x82"
        + r.randrange(0x180, 0x400).to_bytes(2, "big")
        + b"\xa0\x03\x02\x01\x02\x02\x10"
    )
    body = base64.b64encode(der + r.randbytes(r.randint(400, 900))).decode()
    return f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----"


def integrity(r):
    bits = r.choice((256, 384, 512))
    return f"sha{bits}-{b64(r, bits // 8)}"


def wireguard(r):
    peers = [
        f"{r.choice(('peer', 'wg', 'node', 'pubkey', name(r)))}{r.choice(('', str(i)))}={b64(r, 32)}"
        for i in range(r.choice((1, 1, 2, 3, 6)))
    ]
    return r.choice((" ", "; ", ",")).join(peers)


def curve_keys(r):
    keys = [
        f"{r.choice(('server', 'client', 'key', 'zap', name(r)))}={pick(r, Z85, 40)}"
        for _ in range(r.choice((1, 1, 2, 4)))
    ]
    return r.choice(("", "zap ", "curve ")) + " ".join(keys)


def wallet(r):
    kind, text = r.choice(
        (
            ("btc", r.choice(("1", "3")) + pick(r, B58, r.choice((32, 33)))),
            ("btc", "bc1q" + pick(r, LOWER + DIGITS, r.choice((38, 58)))),
            ("eth", "0x" + pick(r, HEX, 40)),
            ("sol", pick(r, B58, r.choice((43, 44)))),
            ("xmr", "4" + pick(r, B58, 94)),
            ("xlm", "G" + pick(r, B32.upper(), 55)),
            ("ltc", "L" + pick(r, B58, 33)),
            ("trx", "T" + pick(r, B58, 33)),
            ("ada", "addr1" + pick(r, LOWER + DIGITS, 98)),
        )
    )
    return r.choice(
        (
            f"oa1:{kind} recipient_address={text}; recipient_name={name(r).title()}"
            f"{r.choice(('', ' ' + name(r).title()))};{r.choice(('', ' tx_description=Donation;'))}",
            f"{kind}={text}",
            f"{kind}:{text}",
            f"{name(r)}={text}",
            text if len(text) < 46 else f"{kind}:{text}",
        )
    )


def several(r, one):
    """A list of values of one kind, behind a key or alone."""
    values = r.choice((",", ", ", " ", ";")).join(one(r) for _ in range(r.choice((2, 2, 3, 3, 4, 6, 8))))
    key = r.choice(("pins", "trusted", "keys", "hashes", "ids", "tenants", "sha256")) + r.choice("=:")
    return f"{r.choice(('', '', name(r) + '=', key))}{values}"


ALIKE = (
    uuid,
    lambda r: pick(r, HEX, 64),
    lambda r: pick(r, HEX, 40),
    lambda r: pick(r, HEX, 32),
    lambda r: b64(r, 32),
    integrity,
    lambda r: ":".join(pick(r, HEX.upper(), 2) for _ in range(6)),
    lambda r: f"{pick(r, HEX, 32)}:{host(r)}",
    lambda r: f"{date(r)}T{time(r)}Z",
    lambda r: (
        f"20{r.randrange(15, 27)}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}T{time(r)}."
        f"{digits(r, r.choice((3, 6, 6)))}Z"
    ),
    ip4,
    host,
    lambda r: digits(r, 6, 12),
)


def digest_of_version(r):
    return r.choice(
        (
            f"{version(r)}{r.choice(('', ' ', '-', '+', ':', '@', '|'))}{digest(r)}",
            f"{name(r)}{r.choice('-_.')}{version(r)}{r.choice(('.tar.gz', '.zip', ''))} {digest(r)}",
            f"{digest(r)}  {name(r)}-{version(r)}.tar.gz",
            f"{r.choice(('sha256', 'md5', 'sha1', 'commit', 'rev', 'checksum', 'etag'))}{r.choice('=: -')}{digest(r)}",
            f"{name(r)}{r.choice('=:')}{pick(r, HEX, r.choice((32, 32, 40, 64)))}",
        )
    )


def salesforce(r):
    zeros = "0" * r.randint(2, 9)
    org = f"00D{zeros}{pick(r, ALNUM, 12 - len(zeros))}{r.choice(('', pick(r, UPPER, 3)))}"
    other = "0" * r.randint(2, 9)
    part = f"1T{r.choice('BAC')}{other}{pick(r, ALNUM, 12 - len(other))}{r.choice(('', pick(r, UPPER, 3)))}"
    return r.choice(
        (f"{org}={part}", f"{org}{part}", org, f"sf-{org}={part}", f"SFMC-{pick(r, ALNUM, r.choice((20, 40)))}")
    )


def groups(r):
    return r.choice(("-", " ", ".")).join(digits(r, r.choice((3, 4, 5))) for _ in range(r.randint(3, 10)))


def telephone(r):
    number = f"+{digits(r, 1, 3)}{r.choice((' ', '-', '.'))}" + r.choice((" ", "-", ".")).join(
        digits(r, 2, 4) for _ in range(r.randint(2, 4))
    )
    return r.choice(
        (
            f"Tel {number}",
            f"tel:{number}",
            number,
            f"phone={number}",
            f"Phone {number} Fax {number}",
            f"{name(r).title()} {number}",
            f"(0{digits(r, 2)}) {digits(r, 6, 8)}",
        )
    )


def punycode(r):
    first, last = r.choice(SCRIPTS[:-2])
    word = "".join(chr(r.randint(first, last)) for _ in range(r.randint(2, 9)))
    try:
        label = word.encode("punycode").decode()
    except UnicodeError:
        label = pick(r, LOWER + DIGITS, 8)
    h = f"xn--{label.lower()}.{host(r).split('.')[-1]}"
    return r.choice(
        (h, f"v=spf1 include:{h} ~all", f"https://{h}/", f"redirect={h}", f"{name(r)}-site-verification={h}")
    )


def percent_url(r):
    words = "%20".join(r.choices(WORDS, k=r.randint(2, 7)))
    return r.choice(
        (
            f"https://{host(r)}/{words}",
            f"https://{host(r)}/?q={words}&next=https%3A%2F%2F{host(r)}%2F{name(r)}",
            f"https://{host(r)}/{'/'.join(f'%D0%{r.randrange(0xB0, 0xC0):X}' for _ in range(3))}",
            f"mailto:{name(r)}@{host(r)}?subject={words}",
        )
    )


def redirect_note(r):
    return r.choice(
        (
            f"{r.choice(('Redirect', 'redirect', 'Forward', 'Forwards', 'Redirects', 'Permanently redirects'))} "
            f"{r.choice(('to', 'all traffic to', 'permanent to', '301 to'))} {r.choice((host(r), url(r)))}",
            f"v=rd1; to={url(r)}",
            f"v=fwd;{url(r)}",
            f"type={r.choice((301, 302))};url={url(r)}",
            f"{r.choice((301, 302))} {url(r)}",
            f"uri={url(r)}; {sentence(r, 1, 4)}",
        )
    )


def settings(r):
    """A service's settings under keys of its own, some of them with random values."""
    values = lambda: r.choice(
        (
            name(r),
            host(r),
            digits(r, 1, 6),
            uuid(r),
            version(r),
            pick(r, HEX, r.choice((8, 16, 32))),
            pick(r, ALNUM, r.choice((8, 16, 22))),
            date(r),
            r.choice(("yes", "true", "on", "off")),
        )
    )
    sign, gap = r.choice("=:"), r.choice(("; ", ";", " ", ", ", ","))
    begin = r.choice(("", "", f"v={r.choice((name(r)[:5], name(r)[:3].upper()))}{r.randrange(1, 4)}{gap}"))
    return begin + gap.join(
        f"{r.choice((name(r), name(r)[:2], name(r)[:1], r.choice(WORDS)))}{sign}{values()}"
        for _ in range(r.randint(1, 6))
    )


def json_object(r):
    values = lambda: r.choice((name(r), host(r), r.randrange(10**5), True, version(r), ip4(r), uuid(r)))
    return json.dumps(
        {
            r.choice((name(r), r.choice(WORDS), "id", "host", "port", "service", "region", "owner")): values()
            for _ in range(r.randint(2, 7))
        }
    )


def drawing(r):
    """An icon's path, as some sites keep one."""
    step = lambda: (
        f"{r.choice('MLHVCSQTAZmlhvcsqz')}{r.random() * 30:.{r.choice((0, 1, 2, 3))}f} "
        f"{r.random() * 30:.{r.choice((0, 1, 2, 3))}f}"
    )
    return "".join(("M" if i == 0 else "") + step() + r.choice(("", " ")) for i in range(r.randint(4, 40)))


def numeric_note(r):
    """A DKIM record's note of numbers, before a key as long as a key is."""
    numbers = ",".join(digits(r, r.choice((4, 10))) for _ in range(r.randint(2, 4)))
    return f"v=DKIM1; k=rsa; n={numbers}; p={base64.b64encode(rsa_key(r)).decode()}"


def password_hash(r):
    salt, value = pick(r, B64, r.choice((16, 22))), pick(r, B64, r.choice((22, 43)))
    return r.choice(
        (
            f"$argon2id$v=19$m={2 ** r.randint(6, 17)},t={r.randint(1, 600)},p={r.randint(1, 8)}${salt}${value}",
            f"$2{r.choice('aby')}${r.randint(4, 14):02}${pick(r, ALNUM + './', 53)}",
            f"${r.choice('156')}${pick(r, ALNUM + './', 16)}${pick(r, ALNUM + './', r.choice((22, 43, 86)))}",
            f"{{SSHA}}{b64(r, 24)}",
        )
    )


def built(r):
    """A server's version with who built it."""
    builder = f"{name(r)}@{r.choice((host(r), ''))}"
    product = f"{name(r).title()} {r.choice(('Server', 'Recursor', 'Authoritative Server', 'DNS'))}"
    where = r.choice((builder, "root@", name(r) + "@"))
    return f"{product} {version(r)} ({builder} built {digits(r, 8, 14)} {where})"


PUBLISHED = weighted(
    (1, password_hash),
    (1, built),
    (3, ssh_key),
    (2, dns_key),
    (1, delegation_signer),
    (2, pgp),
    (1, certificate),
    (2, integrity),
    (2, wireguard),
    (1, curve_keys),
    (3, wallet),
    (5, lambda r: several(r, r.choice(ALIKE))),
    (4, digest_of_version),
    (2, salesforce),
    (1, groups),
    (2, telephone),
    (1, punycode),
    (1, percent_url),
    (2, redirect_note),
    (6, settings),
    (2, json_object),
    (1, drawing),
    (1, numeric_note),
    (1, lambda r: f"dh= {digest(r)}"),
    (
        1,
        lambda r: (
            f"{r.choice(('dh', 'key', 'k', 'hash', 'id'))}{r.choice(('= ', ' = ', ': '))}"
            f"{pick(r, HEX, r.choice((32, 40, 64)))}"
        ),
    ),
)


def published(r):
    return r.choice(PUBLISHED)(r)
