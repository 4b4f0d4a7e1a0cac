"""Disguises and carriers that are held out for evaluation.

`DISGUISES` are forms that training never sees: nothing under `texts/` may write one, and a test looks for them in what
the generators write. `COMMON` are the forms that everybody tries first, and training has them.
"""

import json

from reference import normalise
from texts import mail, prose
from texts.basics import chosen, digits, host, ip4, name, shares
from texts.payloads import payload

# The forms that every writer on this subject tries first.
COMMON = {
    "spf include": "v=spf1 include:{} ~all",
    "before spf": "{} v=spf1 -all",
    "google": "google-site-verification={}",
    "dkim": "v=DKIM1; k=rsa; p={}",
}
DISGUISES = {
    "certificate": "-----BEGIN CERTIFICATE-----{}-----END CERTIFICATE-----",
    "data url": "data:text/plain;base64,{}",
    "http header": "X-Powered-By: {}",
    "magnet": "magnet:?xt=urn:btih:{}&dn=debian-12.iso",
    "one-time password": "otpauth://totp/vpn?secret={}&issuer=corp",
    "style": "color:#fff;font:{};margin:0",
    "cookie": "Set-Cookie: sid={}; Path=/; Secure",
    "geo": "geo:48.20,16.37;u={}",
    "vcard": "BEGIN:VCARD VERSION:3.0 FN:{} END:VCARD",
    "ini": "[resolver] upstream={} ; do not edit",
    "bucket": "s3://nightly-backup/{}/index.tar",
    "tlsa": "_443._tcp TLSA 3 1 1 {}",
    "urn": "urn:uuid:{}",
    "subject": "CN={},OU=edge,O=Example Corp,C=DE",
    "rewrite": "rewrite ^/(.*)$ /{}/$1 last;",
    "grant": "GRANT SELECT ON zones TO '{}'@'%'",
    "phone": "Tel {} Fax +49 30 1234567",
    "delegation": "{} is delegated to ns1.hosting-company.net",
    "ticket": "ticket {} closed by ops, see wiki",
    "xml": '<?xml version="1.0"?><zone owner="{}"/>',
    "owner": "k8s-owner={},namespace=production",
    "csv": "2025-01-31,{},42,true",
    "playlist": "#EXTINF:10,{} live",
    "location": "HTTP/1.1 302 Found Location: https://www.hosting-company.net/{}",
    "soa": "serial 2025010101 refresh {} retry 900",
    "path": "/usr/share/zoneinfo/{}",
    "sql": "UPDATE zones SET owner='{}' WHERE id=12",
    "calendar": "DTSTART:20250101T000000Z SUMMARY:{}",
}
WORDS = (
    "maintenance",
    "frankfurt",
    "network team",
    "resolver-2",
    "primary",
    "do not delete",
    "2025-01-31",
    "ns1",
    "backup",
    "office",
    "default",
    "1.4.2",
    "print-server",
    "v2",
    "unknown",
    "example",
)


def fill(form, text: bytes):
    return normalise(form.replace("{}", "\0").encode().replace(b"\0", text))


def generated(r, low, high, count):
    """Bare payloads of the generator, of these lengths, from a seed that training does not use."""
    out = []
    while len(out) < count:
        value = normalise(payload(r))
        if low <= len(value) <= high:
            out.append(value)
    return out


def report_addresses(r, low):
    return ",".join(f"mailto:{name(r)}@{host(r)}" for _ in range(low // 28))


CARRIERS = shares(
    (40, mail.spf),
    (10, lambda r, low: f"v=DMARC1; p=none; rua={report_addresses(r, low)}; pct=100"),
    (
        10,
        lambda r, low: json.dumps({name(r): r.choice((host(r), digits(r, 1, 5), name(r))) for _ in range(low // 20)}),
    ),
    (10, lambda r, low: prose.paragraph(r, low, 3000)),
    (
        15,
        lambda r, low: f"v=spf1 {' '.join(f'ip4:{ip4(r)}/{r.randrange(20, 33)}' for _ in range(low // 20))} -all",
    ),
    (
        15,
        lambda r, low: "; ".join(
            f"{name(r)}={r.choice((host(r), digits(r, 1, 5), name(r)))}" for _ in range(low // 16)
        ),
    ),
)


def carriers(r, count):
    """Valid ordinary records of 1,000 to 3,000 characters, as words."""
    out = []
    while len(out) < count:
        low = r.randrange(1000, 2600)
        text = chosen(r, CARRIERS)(r, low)
        if 1000 <= len(text) <= 3000:
            out.append(text.split(" "))
    return out


def hidden(words, text: bytes, where):
    """The carrier with the payload as a word of its own."""
    at = {"head": 1, "middle": len(words) // 2, "tail": len(words)}[where]
    return normalise(
        b" ".join([*(word.encode() for word in words[:at]), text, *(word.encode() for word in words[at:])])
    )
