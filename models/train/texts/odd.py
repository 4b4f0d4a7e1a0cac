"""Records of services and zones that have no record type."""

from .basics import (
    ALNUM,
    B32,
    B58,
    COUNTRIES,
    DIGITS,
    HEX,
    LOWER,
    PLACES,
    UPPER,
    address,
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
    version,
)
from .infrastructure import any_day, prefix
from .services import REASONS

ATTRIBUTES = (
    "printer",
    "location",
    "favorite drink",
    "color",
    "owner",
    "env",
    "team",
    "rack",
    "os",
    "ticket",
    "zone",
    "tier",
    "app",
    "contact",
)


def percent_encoded(r):
    """A ciphertext in Base64, as URLs carry it."""
    text = ("U2FsdGVkX1" if r.random() < 0.5 else "") + b64(r, r.randint(20, 110))
    return text.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")


def odd(r):
    """Look-ups and notes that the table has no type for."""
    j = lambda pairs: "{" + ",".join(f'"{k}":{v}' for k, v in pairs) + "}"
    q = lambda text: f'"{text}"'
    return r.choice(
        (
            lambda: (
                f"{r.choice(REASONS)} "
                f"{r.choice(('Contact ' + address(r), f'(ref {pick(r, HEX.upper(), 8)})', sentence(r, 2, 6)))}"
            ),
            lambda: (
                f"550 5.7.1 {r.choice(REASONS)}: {ip4(r)} {sentence(r, 2, 8)}, contact {address(r)} (ref "
                f"{pick(r, HEX.upper(), 8)})"
            ),
            lambda: (
                f"NET {ip4(r)}/24 is {name(r).upper()}-Level2 listed because {r.randrange(90)} abusers are "
                f"hosted by {name(r).upper()}/AS{digits(r, 5)} there. See: http://www.{host(r)}"
                f"/rblcheck.php?ipr={ip4(r)}"
            ),
            lambda: (
                f"Spam sent to the mailhost {host(r)} was detected by {name(r).title()} at {date(r)} "
                f"{time(r)}, see http://www.{host(r)}/lookup.php?value={ip4(r)}"
            ),
            lambda: (
                f"{ip4(r)} -> {r.choice(REASONS)} See http://{host(r)}/refused.shtml for more information "
                f"[Your DNS IP: {ip4(r)}]"
            ),
            lambda: f"{host(r)} https://{host(r)}/s/?s={digits(r, 2, 6)}",
            lambda: (
                "0-0=1|"
                + "|".join(
                    f"{i}={r.choice((name(r), digits(r, 1, 5), f'{r.random() * 9:.1f}', host(r)))}"
                    for i in sorted(r.sample(range(1, 60), r.randint(5, 18)))
                )
            ),
            lambda: f"category={name(r)};confidence={r.randrange(100)};first_seen={date(r)}T{time(r)}Z",
            lambda: "%{i} is not one of %{o}'s designated mail servers.",
            lambda: f"See http://www.{host(r)}/why.html?sender=%{{S}}&ip=%{{I}}&receiver=%{{R}}",
            lambda: f"{name(r)}.{r.choice(('exe', 'dll', 'so.1', 'sys', 'jar'))} | {name(r).upper()}",
            lambda: j(
                [
                    ("CRC32", q(pick(r, HEX.upper(), 8))),
                    ("FileName", q(name(r))),
                    ("FileSize", q(digits(r, 3, 8))),
                    ("MD5", q(pick(r, HEX.upper(), 32))),
                    ("SHA-1", q(pick(r, HEX.upper(), 40))),
                    ("SpecialCode", q("")),
                ]
            ),
            lambda: j(
                [
                    (q(k)[1:-1], v)
                    for k, v in (
                        ("ip", q(ip4(r))),
                        ("cc", q(r.choice(COUNTRIES))),
                        ("city", q(name(r).title())),
                        ("asn", digits(r, 4, 6)),
                        ("org", q(name(r).title() + " BV")),
                    )
                ]
            ),
            lambda: (
                f"{r.choice(COUNTRIES)},{name(r).title()},{name(r).title()},{digits(r, 4, 5)},"
                f"{r.random() * 90:.2f},{r.random() * 180:.2f}"
            ),
            lambda: f"{r.random() * 90:.4f} {r.random() * 180:.4f}",
            lambda: (
                f"{r.randrange(90)} {r.randrange(60)} {r.randrange(60)}.{digits(r, 3)} N {r.randrange(180)} "
                f"{r.randrange(60)} {r.random() * 60:.3f} W 0.00m"
            ),
            lambda: r.choice(COUNTRIES).lower(),
            lambda: f"ip: {ip4(r)}, netmask: {ip4(r)}/{r.randrange(8, 33)}",
            lambda: f"{digits(r, 4, 5)} {digits(r, 4, 5)} {digits(r, 5)}{ip4(r)}{r.randrange(8, 25)}",
            lambda: f"{prefix(r)} | AS{digits(r, 4, 6)} | {sentence(r, 1, 4)} | {any_day(r)} | {r.choice(COUNTRIES)}",
            lambda: (
                f"{digits(r, 5)} | {prefix(r)} | {name(r).upper()} | {r.choice(COUNTRIES)} | {host(r)} | "
                f"{name(r).title()} Inc"
            ),
            lambda: (
                f"flags {' '.join(pick(r, HEX, r.choice((1, 2, 5))) for _ in range(3))} "
                f"{pick(r, DIGITS, r.randint(16, 39))}"
            ),
            lambda: f"{r.choice(('originid', 'orgid', 'bundle', 'actype', 'organization id'))} {digits(r, 1, 8)}",
            lambda: (
                f"status=ok profile={pick(r, HEX, 6)} protocol=DOH client={ip4(r)} server={name(r)}-"
                f"{r.choice(PLACES)}-1"
            ),
            lambda: f"{ip4(r)}#53 {digits(r, 1, 6)} {digits(r, 1, 3)}",
            lambda: (
                f"{{'ecs_payload':{{'family':'1','cc':'{r.choice(COUNTRIES)}','ip':'{ip4(r)}','mask':'24'}},"
                f"'ecs':'True','ts':'{digits(r, 10)}.{digits(r, 2)}'}}"
            ),
            lambda: f"http://{name(r)}:80/api/ https://{name(r)}:443/api/",
            lambda: j(
                [
                    ("h", q(host(r))),
                    ("id", q(r.choice(PLACES))),
                    ("qs", digits(r, 4, 9)),
                    ("qps1", f"{r.random() * 300:.1f}"),
                    ("up", q(digits(r, 5, 8))),
                    ("v", q(version(r))),
                ]
            ),
            lambda: (
                f"{name(r).title()} ({name(r).title()}/{name(r).title()}, {r.choice(COUNTRIES)}){date(r)} "
                f"{time(r)} +0530"
            ),
            lambda: f"{r.randrange(99)}.00 USD = {r.randrange(9000)}.71 EUR{any_day(r)}",
            lambda: f"{r.random() * 40:.2f}C ({r.random() * 99:.2f}F) {r.random() * 100:.2f}% hu. {name(r)}_day",
            lambda: f"{name(r)}-{r.choice(PLACES)}-{r.randrange(9)}{r.choice('abc')}",
            lambda: f"{r.choice(PLACES)}{r.randrange(9)}{r.choice('abc')}.{name(r)[:2]}.{host(r)}",
            lambda: r.choice(PLACES).upper(),
            lambda: f"relay=https://{host(r)}./",
            lambda: f"datkey={pick(r, HEX, 64)}",
            lambda: ",".join(f"{pick(r, HEX, 40)}@{host(r)}:26656" for _ in range(r.randint(1, 3))),
            lambda: f"0{r.choice('23')}{pick(r, HEX, 64)}@{ip4(r)}:9735",
            lambda: f"http://{host(r)}/updates/MIRRORED.BY",
            lambda: r.choice((pick(r, HEX, 2) + pick(r, HEX, 32), "31" + pick(r, HEX, 32))),
            lambda: j(
                [
                    ("version", q(version(r))),
                    ("build", digits(r, 3, 8)),
                    ("sha256", q(pick(r, HEX, 64))),
                    ("url", q(url(r))),
                ]
            ),
            lambda: f"stable={version(r)};beta={version(r)}-rc2;eol={version(r)}",
            lambda: f"{version(r)}|{date(r)}|{url(r)}",
            lambda: f"build={version(r)};patch={url(r)};maintenance={r.randrange(2)}",
            lambda: f"{host(r)}:{digits(r, 4, 5)}|{version(r)}|{name(r).title()}",
            lambda: f"v={r.randrange(3)};latest={version(r)};sha256={pick(r, HEX, 64)};url={url(r)}",
            lambda: f"version={version(r)} sha256={pick(r, HEX, 64)}",
            lambda: (
                f"{name(r)}:{r.choice('*x')}:{digits(r, 5)}:{digits(r, 3)}:{name(r).title()} "
                f"{name(r).title()},,,:/home/{name(r)}:/bin/bash"
            ),
            lambda: f"-fstype=nfs4,rw,hard,intr {host(r)}:/export/{name(r)}/&",
            lambda: f"AFS /afs/{host(r)}/user/{name(r)[0]}/{name(r)} w /mit/{name(r)}",
            lambda: j(
                [
                    ("host", q(ip4(r))),
                    ("port", r.choice(("8080", "443"))),
                    ("priority", "10"),
                    ("weight", "100"),
                    ("text", q(name(r))),
                    ("ttl", "30"),
                ]
            ),
            lambda: f"heritage=mate mate/record-group-id={name(r)}",
            lambda: f"zone generated {date(r)}T{time(r)}Z by git {pick(r, HEX, 7)} ({name(r)} #{digits(r, 1, 5)})",
            lambda: f"serial={digits(r, 10)} host={name(r)}",
            lambda: f"{name(r).upper()} zone update: {any_day(r)} {time(r)} +0000 (EPOCH {digits(r, 10)}) (auto)",
            lambda: (
                f"last sync: {r.choice(('Mon', 'Tue', 'Sun'))} {r.choice(('Feb', 'Nov'))} "
                f"{r.randrange(1, 29)} {time(r)} UTC 20{r.randrange(20, 27)}"
            ),
            lambda: f"managed by {name(r).title()} - do not edit",
            lambda: ";".join(
                f"{k}={v}"
                for k, v in (
                    ("Site", name(r).upper()[:4]),
                    ("Rack", f"B{r.randrange(99)}"),
                    ("Owner", name(r)),
                    ("Asset", f"AS-{digits(r, 5)}"),
                    ("Serial", pick(r, UPPER + DIGITS, 10)),
                )[: r.randint(2, 5)]
            ),
            lambda: f"cn={name(r)},ou={name(r).title()},dc={name(r)},dc=com",
            lambda: f"{name(r)}/{name(r)}/{name(r)}",
            lambda: f"/ip{r.choice('fn')}s/Qm{pick(r, B58, 44)}",
            lambda: f"dnslink=/ipfs/{r.choice(('bafk', 'bafy', 'k51', 'z'))}{pick(r, B32, r.randint(20, 60))}",
            lambda: (
                f"{r.choice((256, 2048, 3072, 4096))} SHA256:{b64(r, 32)[:43]} {name(r)}@{name(r)} ("
                f"{r.choice(('ED25519', 'RSA', 'ECDSA'))})"
            ),
            lambda: f"http://www.{host(r)}:{pick(r, ALNUM, r.choice((32, 48, 64)))}",
            lambda: f"{name(r).upper()}:SHA{r.choice((1, 256))}.{pick(r, HEX.upper(), 40)}",
            lambda: f"ENS1 {host(r)} 0x{pick(r, HEX, 40)}",
            lambda: f"E2U+sip:!^.*$!sip:{address(r)}!",
            lambda: f"tel:+{digits(r, 9, 13)}",
            lambda: f"sip:{address(r)};transport=tls",
            lambda: f"rel=me https://{host(r)}/@{name(r)}",
            lambda: f"nostr=npub1{pick(r, LOWER + DIGITS, 58)}",
            lambda: f"matrix=@{name(r)}:{host(r)}",
            lambda: (
                f"{r.choice(ATTRIBUTES)}={r.choice((name(r), sentence(r, 1, 4), host(r), digits(r, 1, 6), date(r)))}"
            ),
            lambda: f"{name(r).title()} {name(r).title()}, Room {r.randrange(9)}.{digits(r, 3)}, ext. {digits(r, 4)}",
            lambda: f"NOC +{digits(r, 2)} {digits(r, 2)} {digits(r, 7)} 24x7",
            lambda: f"noc(at){name(r)}(dot)net PGP 0x{pick(r, HEX.upper(), 16)}",
            lambda: (
                f"{name(r).title()} Internet Exchange {name(r).title()}, Germany See http://www.{host(r)}/ "
                "for more information."
            ),
            lambda: f"Unique IP: {ip4(r)}.",
            lambda: f"Registrar: {name(r).title()} GmbH; Status: registry-lock; Expires: {date(r)}",
            lambda: f"consul-version={version(r)}",
            lambda: f"{name(r)}_type={name(r)}.{r.choice(('large', 'small'))}",
            lambda: f"_{r.choice(('netlock', name(r)))}={percent_encoded(r)}",
            lambda: f"Auth-Code:{b64(r, 32)}",
            lambda: f"v=LIC1; key={'-'.join(pick(r, UPPER + DIGITS, 5) for _ in range(5))}; seats={r.randrange(99)}",
            lambda: f"path=/{name(r)}/",
            lambda: f"{name(r)}://{host(r)}/{name(r)}",
            lambda: f"sftp://{name(r)}@{host(r)}:22/",
            lambda: f"tls{r.choice('_-')}{name(r)}={r.choice(('required', 'on', 'strict'))}",
            lambda: f"v=svcb alpn=h2,h3 port=443 ipv4hint={ip4(r)}",
            lambda: f"docker-image={host(r)}/{name(r)}@sha256:{pick(r, HEX, 64)}",
            lambda: f"sha256={pick(r, HEX, 64)}",
            lambda: f"v={name(r)};p={name(r)};a={r.choice(('rsa', 'ed25519'))};s={sentence(r, 1, 4)}",
        )
    )()
