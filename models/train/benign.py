"""Ordinary TXT values, written from public formats. Every function takes a seeded `random.Random`.

What is invented: names, numbers, tokens and the vendors of `_vendor`. What is not: the shapes, which follow the
RFCs and vendor pages. RSA keys are DER structures around random moduli, not real keys; nothing here can tell.
"""

import base64
import string

ALNUM = string.ascii_letters + string.digits
B64URL = ALNUM + "-_"
HEX = "0123456789abcdef"
B32 = string.ascii_lowercase + "234567"
WORDS = ("the of and to in is for on that by this with you it not or be are from at as your all have new more an was we "
         "will home can us about if page my has search free but our one other do no information time they site he up may "
         "what which their news out use any there see only so his when contact here business who web also now help get "
         "view online first am been would how were services some these click its like service than find price date back "
         "top people list name just over state year day into email two health world next used go work last most products "
         "music buy data make them should product system post her city add policy number such please available copyright "
         "support message after best software then good video well where info rights public books high school through "
         "each links she review years order very privacy book items company read group need many user said does set under "
         "general research university january mail full map reviews program life know games way days management part could "
         "great united hotel real item international center must store travel comments made development report off member "
         "details line terms before hotels did send right type because local those using results office education national "
         "car design take posted internet address community within states area want phone shipping reserved subject between "
         "forum family long based code show even black check special prices website index being women much sign file link "
         "domain server record host zone owner admin abuse blocked listed reason spam query").split()
OTHER = ("für und nicht domain bitte kontakt adresse seite willkommen auf der webseite diese ist zu verkaufen pour le site "
         "est réservé par merci de contacter votre administrateur este dominio está en venta para más información "
         "questo è un dominio registrato этот домен продается привет мир 域名 出售 联系 管理员 ドメイン 販売 中 お問い合わせ "
         "bu alan adı satılıktır domena jest na sprzedaż doména je na prodej").split()
TLD = ("com net org io dev de fr co.uk eu nl info cloud app edu gov ru cn jp com.br ch se pl it es ca com.au me tv").split()
SYL = ("ba be bi bo ca ce co da de di do fa fi fo ga go ha he jo ka ki la le li lo ma me mi mo na ne no pa pe po ra re ri "
       "ro sa se si so ta te ti to va ve vi vo wa we xa ya za zo ber ton land tech soft net mail cloud data web hub lab "
       "sys corp shop bank media group works").split()
SERVICES = ("google facebook apple atlassian adobe-idp docusign dropbox zoom stripe slack webex cisco-ci onetrust globalsign "
            "microsoft yandex mailru pinterest miro notion canva figma openai anthropic dynatrace citrix segment postman "
            "teamviewer-sso smartsheet airtable intercom hubspot zendesk mongodb logmein sendinblue mandrill loom twilio "
            "fastly jamf box workplace wrike calendly asana ahrefs brave-ledger bugcrowd hackerone blitz botify calpoly "
            "cloudpiercer dell-technologies drift dzc fortifi favro h1 have-i-been-pwned heroku ibm ivanti keybase knowbe4 "
            "krisp lastpass linear lucid mapbox netlify nintex okta palo-alto parallels perplexity pexip rippling "
            "salesforce-pardot shopify siteimprove sophos snyk spotify status-page swisssign tanium trello uber unity "
            "upwork vercel whimsical whatsapp workato zapier zoho").split()


def pick(r, alphabet, n):
    return "".join(r.choices(alphabet, k=n))


def name(r):
    return "".join(r.choices(SYL, k=r.randint(1, 4)))


def host(r):
    labels = [name(r) for _ in range(r.choice((0, 0, 1, 1, 2)))] + [name(r) if r.random() < .8 else f"{name(r)}-{name(r)}"]
    return ".".join(labels + [r.choice(TLD)])


def ip4(r):
    return ".".join(str(r.randrange(1, 255)) for _ in range(4))


def ip6(r):
    return "2" + pick(r, HEX, 3) + ":" + ":".join(pick(r, HEX, r.randint(1, 4)) for _ in range(r.randint(1, 6))) + "::"


def uuid(r):
    return "-".join(pick(r, HEX, n) for n in (8, 4, 4, 4, 12))


def b64(r, n):
    return base64.b64encode(r.randbytes(n)).decode()


def token(r):
    """A verification token in one of the alphabets and lengths that vendors use."""
    k = r.randrange(12)
    if k == 0: return pick(r, B64URL, 43)
    if k == 1: return pick(r, HEX, 32)
    if k == 2: return pick(r, HEX, r.choice((40, 64)))
    if k == 3: return uuid(r)
    if k == 4: return pick(r, string.ascii_lowercase + string.digits, r.randint(12, 40))
    if k == 5: return pick(r, ALNUM, r.randint(16, 48))
    if k == 6: return b64(r, r.choice((16, 24, 30, 32, 48, 64)))
    if k == 7: return pick(r, string.digits, r.randint(6, 20))
    if k == 8: return pick(r, B32, 26)
    if k == 9: return pick(r, string.ascii_uppercase + string.digits, r.randint(8, 32))
    if k == 10: return pick(r, B64URL, r.randint(20, 64))
    return uuid(r).replace("-", "") + r.choice(("", "." + host(r), "/" + pick(r, string.digits, 6)))


def sentence(r, low=3, high=18):
    words = r.choices(WORDS if r.random() < .85 else OTHER, k=r.randint(low, high))
    if r.random() < .3: words.insert(r.randrange(len(words)), host(r))
    if r.random() < .2: words.insert(r.randrange(len(words)), str(r.randrange(10000)))
    text = " ".join(words)
    if r.random() < .6: text = text[0].upper() + text[1:]
    if r.random() < .2: text = text.replace(" ", ", ", 1)
    return text + r.choice(("", "", ".", "!", "?", "..."))


# ---------------------------------------------------------------- mail
def spf_term(r):
    q = r.choice(("", "", "", "", "+", "-", "~", "?"))
    k = r.randrange(9)
    if k < 3: return f"{q}include:{r.choice(('_spf.', 'spf.', '', 'spf.protection.', '_netblocks.', 'mail.'))}{host(r)}"
    if k < 5: return f"{q}ip4:{ip4(r)}{r.choice(('', '', f'/{r.randint(8, 32)}'))}"
    if k == 5: return f"{q}ip6:{ip6(r)}{r.choice(('', f'/{r.randint(32, 128)}'))}"
    if k == 6: return f"{q}{r.choice(('a', 'mx'))}{r.choice(('', f':{host(r)}', f'/{r.randint(20, 30)}'))}"
    if k == 7: return q + r.choice(("ptr", f"exists:%{{i}}._spf.{host(r)}", f"exists:%{{ir}}.%{{v}}._spf.%{{d}}", f"a:{host(r)}"))
    return r.choice(("mx", "a"))


def spf(r):
    n = min(int(r.expovariate(.35)) + 1, 40) if r.random() < .95 else r.randint(20, 90)
    end = r.choice((" ~all", " -all", " ?all", " +all", " ~all", " -all", "", f" redirect=_spf.{host(r)}", f" exp=explain.{host(r)} -all"))
    body = " ".join(spf_term(r) for _ in range(n)) if r.random() < .93 else ""
    head = r.choice(("v=spf1",) * 14 + ("v=SPF1", "V=spf1", "spf2.0/pra", "spf2.0/mfrom,pra", "v=spf1 "))
    return f"{head} {body}{end}".strip()


def der_rsa(r, bits):
    """SubjectPublicKeyInfo of an RSA key with a random modulus."""
    def tlv(tag, body):
        n = len(body)
        return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else bytes([0x82, n >> 8, n & 255])) + body
    modulus = bytearray(r.randbytes(bits // 8))
    modulus[0] |= 0x80
    modulus[-1] |= 1
    key = tlv(0x30, tlv(2, b"\0" + bytes(modulus)) + tlv(2, b"\1\0\1"))
    return tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + tlv(3, b"\0" + key))


def dkim(r):
    kind = r.random()
    if kind < .85: key, k = base64.b64encode(der_rsa(r, r.choice((1024, 1024, 2048, 2048, 2048, 4096, 768, 512)))).decode(), "rsa"
    elif kind < .95: key, k = b64(r, 32), "ed25519"
    else: key, k = "", "rsa"
    tags = [f"v=DKIM1"] if r.random() < .9 else []
    if r.random() < .8 or k != "rsa": tags.append(f"k={k}")
    for tag, chance in (("t=s", .1), ("t=y", .05), ("s=email", .05), ("h=sha256", .08), ("g=*", .03), (f"n={sentence(r, 2, 6)}", .03)):
        if r.random() < chance: tags.append(tag)
    tags.append(f"p={key}")
    if r.random() < .04 and len(key) > 250: tags[-1] = f"p={key[:200]} {key[200:]}"
    return r.choice(("; ", "; ", "; ", ";", " ; ")).join(tags) + r.choice(("", "", ";"))


def address(r):
    return f"{r.choice((name(r), name(r) + '.' + name(r), 'dmarc', 'postmaster', 'abuse', pick(r, HEX, 8), pick(r, ALNUM.lower(), r.randint(6, 14))))}@{host(r)}"


def mail_policy(r):
    k = r.randrange(10)
    rua = ",".join(f"mailto:{address(r)}" for _ in range(r.randint(1, 3)))
    if k < 6:
        tags = ["v=DMARC1", f"p={r.choice(('none', 'reject', 'quarantine'))}"]
        for tag, chance in ((f"sp={r.choice(('none', 'reject', 'quarantine'))}", .4), (f"pct={r.choice((100, 50, 10, 1))}", .4), (f"rua={rua}", .7),
                            (f"ruf=mailto:{address(r)}", .4), (f"fo={r.choice(('1', '0', '1:d:s', 'd'))}", .3), ("adkim=" + r.choice("rs"), .3),
                            ("aspf=" + r.choice("rs"), .3), (f"ri={r.choice((86400, 3600))}", .2), ("rf=afrf", .1), ("np=reject", .05)):
            if r.random() < chance: tags.append(tag)
        return r.choice(("; ", ";", "; ")).join(tags) + r.choice(("", ";"))
    if k == 6: return f"v=STSv1; id={r.choice((pick(r, string.digits, 14), '20' + pick(r, string.digits, 6), pick(r, ALNUM, 10)))}{r.choice(('', ';'))}"
    if k == 7: return f"v=TLSRPTv1; rua={rua if r.random() < .8 else f'https://{host(r)}/v1/tlsrpt'}"
    if k == 8: return f"v=BIMI1; l=https://{host(r)}/{name(r)}.svg;{r.choice(('', ' a=;', f' a=https://{host(r)}/{name(r)}.pem'))}"
    return r.choice((f"mailconf=https://{host(r)}/mail/config-v1.1.xml", f"forward-email={address(r)}", "dkim=all", "dkim=discardable", "o=-", "o=~; r=" + address(r), "v=DMARC1", "t=y; o=~;"))


# ---------------------------------------------------------------- verification
def _vendor(r):
    return r.choice(SERVICES) if r.random() < .7 else name(r) + r.choice(("", "", "-" + name(r)))


def verification(r):
    t = token(r)
    k = r.randrange(16)
    v = _vendor(r)
    if k == 0: return f"google-site-verification={r.choice(('', '', '', ' '))}{pick(r, B64URL, 43)}"
    if k == 1: return r.choice(("MS=ms", "ms=ms", "MS=")) + pick(r, string.digits, 8) if r.random() < .8 else f"MS={pick(r, HEX.upper(), 40)}"
    if k < 6: return f"{v}-{r.choice(('site', 'domain', 'domain', 'site', 'owner', 'sending-domain'))}-verification{r.choice('===:')}{r.choice(('', '', ' '))}{t}"
    if k == 6: return f"{v}-verification{r.choice('=:')}{t}"
    if k == 7: return f"{v}{r.choice(('_', '-'))}{r.choice(('verify', 'verification', 'challenge', 'code', 'token', 'key', 'validation'))}{r.choice(('=', ':', '_', '-'))}{t}"
    if k == 8: return f"{v}={t}"
    if k == 9: return f"{name(r)}{r.choice(('-', '_', ''))}{v}{r.choice('=-:_')}{uuid(r)}"
    if k == 10: return f"status-page-domain-verification={pick(r, string.ascii_lowercase + string.digits, 12)}"
    if k == 11: return f"{r.choice(('_globalsign', 'globalsign'))}-domain-verification={pick(r, B64URL, r.choice((32, 44)))}"
    if k == 12: return f"v={v}{r.choice(('1', '', '-v1'))}{r.choice((' ', '; '))}{r.choice(('t', 'id', 'd', 'code'))}={t}"
    if k == 13: return f"{v.upper()}_{r.choice(('DOMAIN', 'SITE'))}_VERIFICATION={t}"
    if k == 14: return f"{r.choice(('pardot', 'sf'))}{pick(r, string.digits, r.randint(5, 9))}={pick(r, HEX, 64)}"
    return f"{v}.{r.choice(('com', 'io'))}{r.choice((':', '=', ' verification '))}{t}"


def bare(r):
    """Bare tokens as certificate authorities, clouds and registrars ask for. Long ones cannot be told from a payload."""
    k = r.randrange(13)
    if k == 0: return "_" + pick(r, string.ascii_lowercase + string.digits, 31)
    if k == 1: return pick(r, B64URL, 43)
    if k == 2: return pick(r, B32, r.choice((16, 26, 32)))
    if k == 3: return pick(r, HEX, r.choice((10, 20, 32, 32, 40)))
    if k == 4: return uuid(r)
    if k == 5: return b64(r, 32)
    if k == 6: return pick(r, string.digits, r.randint(1, 18))
    if k == 7: return pick(r, string.ascii_lowercase + string.digits, r.randint(4, 24))
    if k == 8: return pick(r, ALNUM, r.randint(6, 32))
    if k == 9: return f"20{r.randrange(10, 27):02}{r.choice('-./ ')}{r.randrange(1, 13):02}{r.choice('-./ ')}{r.randrange(1, 29):02}"
    if k == 10: return f"{name(r).upper()}-{r.randrange(100000)}"
    if k == 11: return pick(r, HEX.upper(), r.choice((12, 16, 32, 40)))
    return name(r)


# ---------------------------------------------------------------- infrastructure, look-ups, devices
def infrastructure(r):
    k = r.randrange(20)
    asn, cc = r.randrange(1, 400000), r.choice(("US", "DE", "FR", "GB", "CN", "JP", "BR", "NL", "EU", "IN", "RU"))
    rir, date = r.choice(("arin", "ripencc", "apnic", "lacnic", "afrinic")), f"{r.randrange(1985, 2026)}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}"
    if k == 0: return f"{asn}{r.choice(('', '', f' {asn + 1}'))} | {ip4(r)}/{r.randint(8, 24)} | {cc} | {rir} | {date}"
    if k == 1: return f"{asn} | {cc} | {rir} | {date} | {name(r).upper()}{r.choice((' - ', ', ', '-AS '))}{sentence(r, 1, 4)}, {cc}"
    if k == 2: return f"{ip4(r)} {r.choice(('is', 'was', ''))} {r.choice(('listed', 'blocked', 'on the blocklist'))}{r.choice((', see', ' - see', '; '))} https://www.{host(r)}/{r.choice(('query', 'lookup', 'ip'))}{r.choice(('/', '?ip='))}{ip4(r)}"
    if k == 3: return f"dnslink=/{r.choice(('ipfs', 'ipns'))}/{r.choice(('Qm' + pick(r, ALNUM, 44), 'baf' + pick(r, B32, 56), 'k51qzi5uqu5d' + pick(r, B32, 50), host(r)))}"
    if k == 4: return f"heritage=external-dns,external-dns/owner={name(r)},external-dns/resource={r.choice(('ingress', 'service', 'crd'))}/{name(r)}/{name(r)}-{name(r)}"
    if k == 5: return r.choice((f"did=did:plc:{pick(r, B32, 24)}", f"did=did:web:{host(r)}"))
    if k == 6: return f"enr:-{pick(r, B64URL, r.randint(120, 190))}"
    if k == 7: return r.choice((f"enrtree-root:v1 e={pick(r, B32.upper(), 26)} l={pick(r, B32.upper(), 26)} seq={r.randrange(5000)} sig={pick(r, B64URL, 87)}",
                                "enrtree-branch:" + ",".join(pick(r, B32.upper(), 26) for _ in range(r.randint(1, 13))),
                                f"enrtree://{pick(r, B32.upper(), 53)}@{host(r)}"))
    if k == 8: return f"{r.choice(('0.103', '1.0', '1.4'))}.{r.randrange(12)}:{r.randrange(50, 70)}:{r.randrange(26000, 28000)}:{r.randrange(16 * 10**8, 19 * 10**8)}:1:90:{r.randrange(49000, 50000)}:{r.randrange(300, 400)}"
    if k == 9: return r.choice((f"{r.randrange(5, 30)}.{r.randrange(30)}.{r.randrange(30)}{r.choice(('', '-P1', '-RedHat-' + pick(r, string.digits, 3), '-Debian'))}", f"dnsmasq-{r.random() * 3:.2f}", "PowerDNS Authoritative Server 4." + str(r.randrange(10)), "unbound 1." + str(r.randrange(5, 23)) + ".0", f"{name(r)}{r.randrange(10)}.{name(r)}", "NSD 4.8.0", "none of your business"))
    if k == 10: return f"{r.randrange(1, 4)} {r.choice(('Unsupported', 'Upgrade now', 'Upgrade recommended', 'OK'))}{r.choice(('', f', see https://doc.{host(r)}/security-advisories/{r.randrange(2014, 2026)}-{r.randrange(10):02}'))}"
    if k == 11: return f"{r.choice(('keybase-site-verification=' + pick(r, B64URL, 43), 'openpgp4fpr:' + pick(r, HEX, 40), 'aspe:keyoxide.org:' + pick(r, B32.upper(), 26)))}"
    if k == 12: return f"oa1:{r.choice(('xmr', 'btc'))} recipient_address={pick(r, ALNUM, r.choice((34, 95)))}; recipient_name={name(r)}; tx_description={sentence(r, 1, 4)};"
    if k == 13: return r.choice((f"_xmpp-client-{r.choice(('xbosh', 'websocket'))}={r.choice(('https', 'wss'))}://{host(r)}/{name(r)}", name(r).upper() + "." + r.choice(TLD).upper(), f"v=verifydomain MS={pick(r, string.digits, 8)}"))
    if k == 14: return ",".join(f"{ip4(r)}{r.choice((':' + str(r.choice((53, 443, 8333, 30303))), ''))}" for _ in range(r.randint(1, 12)))
    if k == 15: return r.choice((" ", ",", ";")).join(host(r) for _ in range(r.randint(1, 10)))
    if k == 16: return f"{r.choice(('0 ', '128 '))}{r.choice(('issue', 'issuewild', 'iodef'))} \"{host(r)}\""
    if k == 17: return f"bitcoin:?{r.choice(('lno=lno1' + pick(r, B32, r.randint(100, 250)), 'sp=sp1q' + pick(r, B32, 112)))}"
    if k == 18: return f"{r.choice(('ns', 'pop', 'dns', 'edge'))}{r.randrange(40)}{r.choice('.-')}{name(r)[:3]}{r.randrange(9)} {ip4(r)} {r.choice(('', 'edns0-client-subnet ' + ip4(r) + '/24', 'o-o.myaddr ttl=60'))}".strip()
    return f"{r.choice(('version', 'latest', 'v', 'release', 'build', 'update'))}{r.choice('=: ')}{r.randrange(20)}.{r.randrange(60)}.{r.randrange(9000)}{r.choice(('', ';url=https://' + host(r) + '/dl/' + name(r) + '.zip', ';sha256=' + pick(r, HEX, 64), ';critical=0;date=20240' + pick(r, string.digits, 3)))}"


def device(r):
    """DNS-SD key=value strings, joined without a gap as resolvers do."""
    keys = ("txtvers=1", "qtotal=1", f"rp={r.choice(('ipp/print', 'printers/' + name(r)))}", f"ty={name(r).title()} {r.choice(('LaserJet', 'ET', 'MFC', 'Deskjet'))} {pick(r, string.digits, 4)}", f"adminurl=http://{name(r)}.local./", "pdl=application/octet-stream,application/pdf,image/urf,image/jpeg", f"UUID={uuid(r)}", "Color=T", "Duplex=T", f"note={sentence(r, 1, 3)}", f"deviceid={pick(r, HEX.upper(), 12)}", f"features=0x{pick(r, HEX.upper(), 8)},0x{pick(r, HEX, 2)}", f"model={name(r).title()}{r.randrange(20)},{r.randrange(9)}", f"srcvers={r.randrange(400)}.{r.randrange(90)}.{r.randrange(30)}", f"id={':'.join(pick(r, HEX.upper(), 2) for _ in range(6))}", f"c#={r.randrange(90)}", "ff=0", f"md={name(r).title()} {r.choice(('Hub', 'TV', 'Mini', 'Chromecast'))}", f"pk={pick(r, HEX, 64)}", f"fn={sentence(r, 1, 2)}", f"ca={r.randrange(10**6)}", f"rpBA={':'.join(pick(r, HEX.upper(), 2) for _ in range(6))}", f"rpAD={pick(r, HEX, 12)}", f"rpVr={r.randrange(600)}.{r.randrange(9)}", f"priority={r.randrange(100)}", "kind=document,envelope,photo", "TLS=1.2", f"sh={pick(r, ALNUM, 6)}==", f"path=/{name(r)}", f"mac={pick(r, HEX, 12)}", f"board={name(r)}", f"version={r.randrange(9)}.{r.randrange(30)}")
    return r.choice(("", "", "", " ", ",", ";")).join(r.sample(keys, r.randint(1, 20)))


def prose(r):
    k = r.randrange(12)
    if k < 4: return sentence(r, 1, 25)
    if k == 4: return " ".join(sentence(r, 6, 20) for _ in range(r.randint(2, 30)))[:r.randint(100, 4000)]
    if k == 5: return f"{r.choice(('https', 'http'))}://{host(r)}/{r.choice(('', name(r), name(r) + '/' + name(r) + '.html', '?id=' + pick(r, string.digits, 6), name(r) + '#' + name(r)))}"
    if k == 6: return r.choice((f"This domain is {r.choice(('for sale', 'parked', 'reserved'))}", f"Contact {address(r)}", f"{name(r).title()} {name(r).title()} <{address(r)}>", f"Redirects to https://{host(r)}", "test", "hello world", "foo=bar", "TODO"))
    if k == 7: return "; ".join(f"{name(r)}={r.choice((name(r), str(r.randrange(1000)), host(r), ip4(r), 'true', uuid(r)))}" for _ in range(r.randint(1, 9)))
    if k == 8: return "{" + ",".join(f'"{name(r)}":{r.choice((str(r.randrange(900)), chr(34) + name(r) + chr(34), "true"))}' for _ in range(r.randint(1, 8))) + "}"
    if k == 9: return address(r)
    if k == 10: return f"{r.choice(('owner', 'env', 'team', 'location', 'rack', 'os', 'expires', 'ticket', 'zone', 'serial'))}{r.choice('=: ')}{r.choice((name(r), sentence(r, 1, 4), str(r.randrange(10**6)), '20250101'))}"
    return r.choice(("|", ",", " ")).join(r.choice((str(r.randrange(10**6)), name(r), ip4(r), f"{r.random():.4f}")) for _ in range(r.randint(2, 14)))


FAMILIES = ((spf, 16), (dkim, 12), (mail_policy, 12), (verification, 22), (bare, 7), (infrastructure, 14), (device, 6), (prose, 14))


def benign(r) -> bytes:
    """One ordinary TXT value."""
    family = r.choices([f for f, _ in FAMILIES], [w for _, w in FAMILIES])[0]
    text = family(r)
    if r.random() < .04: text = text.lower()
    return text.encode()
