"""Block lists, content addressing, payment, identities and other services that look records up."""

from .basics import (
    B32,
    B58,
    DIGITS,
    LOWER,
    b64,
    digits,
    host,
    ip4,
    name,
    pick,
)

REASONS = (
    "Blocked",
    "Listed",
    "Infected System",
    "Spam source",
    "Exploitable Server",
    "Dynamic IP Addresses",
    "HTTP Proxy",
    "SOCKS Proxy",
    "Blacklisted",
    "Spam Received",
    "Hijacked/Disused Netblocks",
    "SPAM Sending Host",
    "Blocked due to spam",
    "Misc Proxy/Server",
    "Error: open resolver",
    "Query Refused.",
    "Brute force attackers",
    "bad reputation.",
    "Compromised host",
    "Policy Block List",
    "Snowshoe range",
    "Phishing site",
    "Test Record",
    "Web form spam",
)


LISTINGS = (
    lambda r, page: f"{r.choice(REASONS)}{r.choice((' See: ', ' - see ', ', see ', ' see '))}{page}",
    lambda r, page: f"IP {ip4(r)} is {name(r).upper()}-Level {r.randrange(1, 4)} listed. See {page}",
    lambda r, page: f"Sorry {ip4(r)} is blacklisted at {page}",
    lambda r, page: f"{r.choice(REASONS)}, see {page}",
    lambda r, page: f"Listed in {name(r).upper()}, see {page}",
    lambda r, page: f"{ip4(r)} is listed, see {page}",
)
LISTING_PAGES = (
    "query",
    "lookup",
    "ip",
    "bl.shtml",
    "lookup.shtml",
    "check",
    "record",
    "listing",
    "rblcheck.php",
)


def dnsbl(r):
    page = r.choice(
        (
            (
                f"www.{host(r)}/{r.choice((name(r), 'lookup', 'query'))}."
                f"{r.choice(('cgi', 'php', 'shtml', 'html', 'pl'))}?{r.choice(('', 'ip=', 'a='))}{ip4(r)}"
            ),
            (f"www.{host(r)}/{r.choice(LISTING_PAGES)}?{r.choice(('', 'ip=', 'ipr=', 'addr=', 'value='))}{ip4(r)}"),
            f"www.{host(r)}/query/{r.choice(('ip/' + ip4(r), 'domain/' + host(r)))}",
            f"www.{host(r)}/sbl/query/SBL{digits(r, 1, 6)}",
            f"check.{host(r)}/returnc/{r.choice(('pub', 'vol'))}/{ip4(r)}/",
            f"{host(r)}/lookups",
            f"lookup.{host(r)}/?domain={host(r)}",
            f"{host(r)}/reputation/?pr=1&ip={ip4(r)}",
        )
    )
    page = f"{r.choice(('http', 'https'))}://{page}"
    return r.choice(LISTINGS)(r, page)


def content_path(r):
    return r.choice(
        (
            "ipfs/Qm" + pick(r, B58, 44),
            "ipfs/baf" + pick(r, B32, 56),
            "ipns/k51qzi5uqu5d" + pick(r, LOWER + DIGITS, 50),
            "ipns/" + host(r),
        )
    )


def dnslink(r):
    return f"dnslink=/{content_path(r)}{r.choice(('', '', '/' + name(r)))}"


def dnsaddr(r):
    where = r.choice((f"ip4/{ip4(r)}", f"dns4/{host(r)}", f"dnsaddr/{host(r)}"))
    return (
        f"dnsaddr=/{where}/{r.choice(('tcp/4001', 'udp/4001/quic-v1', 'tcp/443/wss'))}/p2p/"
        f"{r.choice(('Qm' + pick(r, B58, 44), '12D3KooW' + pick(r, B58, 44)))}"
    )


def openalias(r):
    return (
        f"oa1:{r.choice(('xmr', 'btc', 'eth'))} recipient_address={pick(r, B58, r.choice((34, 42, 95)))}; "
        f"recipient_name={' '.join(name(r).title() for _ in range(2))};"
        f"{r.choice(('', f' tx_description=Donation to {name(r).title()};'))}"
    )


def bitcoin(r):
    return r.choice(
        (
            f"bitcoin:?lno=lno1{pick(r, LOWER + DIGITS, r.randint(50, 400))}",
            f"bitcoin:?sp=sp1q{pick(r, LOWER + DIGITS, 112)}",
            f"bitcoin:bc1q{pick(r, LOWER + DIGITS, 38)}?lno=lno1{pick(r, LOWER + DIGITS, 140)}",
            f"lightning:lnurl1{pick(r, LOWER + DIGITS, r.randint(60, 160))}",
        )
    )


def ssh_key(r):
    return r.choice(
        (f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64(r, 32)[:43]} {name(r)}@{name(r)}", f"SHA256:{b64(r, 32)[:43]}")
    )


def xmpp(r):
    return (
        f"_xmpp-client-{r.choice(('xbosh', 'websocket'))}={r.choice(('https', 'wss'))}://{host(r)}"
        f"{r.choice(('', ':5280', ':443'))}/{r.choice(('http-bind', 'bosh', 'xmpp-websocket', name(r)))}"
    )


def security_contact(r):
    return r.choice((f"security_contact=mailto:{name(r)}@{host(r)}", f"security_policy=https://{host(r)}/{name(r)}"))


def redirect(r):
    return r.choice(
        (
            f"ALIAS for {host(r)}",
            f"1|www.{host(r)}",
            f"3|{host(r)}",
            f"4|https://{host(r)}/",
            "l|fr",
            f"Redirects to https://{host(r)}/{name(r)}",
        )
    )


def office_tenant(r):
    return f"NETORG{r.choice(('FT', ''))}{digits(r, 6, 8)}.onmicrosoft.com"


def trust_anchor(r):
    return f". 20326{r.choice(('', ' 38696', ' ' + digits(r, 5)))}"


def agent(r):
    return f"v=aid1;u=https://{host(r)}/{name(r)};p={r.choice(('mcp', 'a2a'))};s={name(r).title()} tools"
