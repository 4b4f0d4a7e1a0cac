"""Devices that announce themselves (RFC 6763): key=value strings, joined without a gap as sensors log them."""

from .basics import ALNUM, HEX, LOWER, UPPER, b64, digits, host, ip4, name, pick, sentence, uuid, version, weighted


def _mac(r):
    return ":".join(pick(r, HEX.upper(), 2) for _ in range(6))


def _flags(r):
    return f"0x{pick(r, HEX.upper(), r.randint(3, 8))}"


def _model(r):
    return (
        f"{r.choice(('HP', 'Brother', 'Canon', 'EPSON', 'Samsung', 'Kyocera', 'Lexmark', name(r).title()))} "
        f"{r.choice(('LaserJet', 'MFC-L', 'ET-', 'TS', 'ECOSYS M', 'Deskjet'))}{digits(r, 3, 4)}"
        f"{r.choice(('', 'dn', 'DW series', ' MFP', 'fdw'))}"
    )


PAGE_FORMATS = (
    "application/octet-stream",
    "application/pdf",
    "application/postscript",
    "image/urf",
    "image/jpeg",
    "image/pwg-raster",
    "application/vnd.hp-PCL",
)


def printer(r):
    m = _model(r)
    return [
        "txtvers=1",
        "qtotal=1",
        f"rp={r.choice(('ipp/print', 'printers/' + name(r), 'auto'))}",
        f"ty={m}",
        f"product=({m})",
        (
            f"adminurl=http{r.choice(('', 's'))}://{name(r).upper()}{pick(r, HEX.upper(), 6)}.local."
            f"{r.choice(('', ':631'))}/"
        ),
        f"note={r.choice(('', name(r), sentence(r, 1, 3)))}",
        (f"pdl={','.join(r.sample(PAGE_FORMATS, r.randint(1, 4)))}"),
        f"UUID={uuid(r)}",
        "Color=T",
        "Duplex=T",
        "Copies=T",
        "Scan=T",
        "Fax=F",
        "TLS=1.2",
        "priority=50",
        "kind=document,envelope,photo",
        "URF=V1.4,CP99,W8,OB10,PQ3-4-5,DM1,IS1-4,MT1-2,RS600",
        "PaperMax=legal-A4",
        f"usb_MFG={m.split()[0]}",
        f"usb_MDL={m}",
        "air=none",
        f"printer-type={_flags(r)}",
        f"printer-state={r.randrange(2, 5)}",
        "Transparent=T",
        "Binary=T",
        "rs=eSCL",
        "vers=2.63",
        "cs=color,grayscale,binary",
        "is=platen,adf",
        "mopria-certified=1.3",
    ]


def airplay(r):
    return [
        "txtvers=1",
        f"deviceid={_mac(r)}",
        f"features={_flags(r)},{_flags(r)}",
        f"flags={_flags(r)}",
        (
            f"model={r.choice(('AppleTV', 'AudioAccessory', 'MacBookPro', 'iMac', name(r).title()))}"
            f"{r.randrange(1, 20)},{r.randrange(1, 9)}"
        ),
        f"srcvers={r.randrange(100, 800)}.{r.randrange(90)}.{r.randrange(30)}",
        f"pi={uuid(r)}",
        f"pk={pick(r, HEX, 64)}",
        f"psi={uuid(r).upper()}",
        f"gid={uuid(r)}",
        "acl=0",
        "vv=2",
        "rsf=0x0",
        f"osvers={r.randrange(9, 20)}.{r.randrange(9)}",
        "protovers=1.1",
        "ch=2",
        "cn=0,1,2,3",
        "da=true",
        "et=0,3,5",
        "tp=UDP",
        "vn=65537",
        f"vs={r.randrange(100, 800)}.{r.randrange(9)}.1",
        "md=0,1,2",
        f"am={name(r).title()}{r.randrange(9)},1",
        "sf=0x4",
        "ft=0x445F8A00,0x1C340",
        "ss=16",
        "sr=44100",
        "ek=1",
        "sv=false",
        "pw=false",
    ]


def companion(r):
    return [
        f"rpBA={_mac(r)}",
        f"rpAD={pick(r, HEX, 12)}",
        f"rpHI={pick(r, HEX, 12)}",
        f"rpHA={pick(r, HEX, 12)}",
        f"rpHN={pick(r, HEX, 12)}",
        f"rpVr={r.randrange(100, 700)}.{r.randrange(90)}",
        f"rpMd={r.choice(('AppleTV', 'iPhone', 'Mac'))}{r.randrange(5, 18)},{r.randrange(9)}",
        f"rpFl=0x{pick(r, HEX.upper(), 5)}",
        f"rpMRtID={uuid(r).upper()}",
        "rpMac=0",
    ]


def cast(r):
    return [
        f"id={pick(r, HEX, 32)}",
        f"cd={pick(r, HEX.upper(), 32)}",
        f"rm={pick(r, HEX.upper(), 16)}",
        "ve=05",
        f"md={r.choice(('Chromecast', 'Google Nest Mini', 'Google Home', 'MiTV-' + pick(r, UPPER, 4), 'BRAVIA'))}",
        "ic=/setup/icon.png",
        f"fn={name(r).title()}",
        f"ca={digits(r, 5, 6)}",
        "st=0",
        f"bs={pick(r, HEX.upper(), 12)}",
        "nf=1",
        f"ct={pick(r, HEX, 6)}",
        f"rs={r.choice(('', 'Spotify', 'YouTube'))}",
    ]


def speaker(r):
    return [
        f"info=/api/v1/players/RINCON_{pick(r, HEX.upper(), 12)}01400/info",
        f"vers={r.randrange(1, 9)}",
        "protovers=1.38.1",
        f"bootseq={digits(r, 1, 3)}",
        f"hhid={name(r).title()}_{pick(r, ALNUM, 26)}",
        f"location=http://{ip4(r)}:1400/xml/device_description.xml",
        "sslport=1443",
        "hhsslport=1843",
        f"variant={r.randrange(4)}",
        f"mdnssequence={r.randrange(9)}",
    ]


def home(r):
    return r.choice(
        (
            [
                f"c#={r.randrange(90)}",
                "ff=0",
                f"id={_mac(r)}",
                f"md={name(r).title()} {r.choice(('Hub', 'Bridge', 'Lamp'))}",
                "pv=1.1",
                f"s#={r.randrange(9)}",
                "sf=1",
                f"ci={r.randrange(30)}",
                f"sh={pick(r, ALNUM, 6)}==",
            ],
            [f"bridgeid={pick(r, HEX, 16)}", f"modelid={name(r).upper()[:3]}{digits(r, 3)}"],
            ["SII=5000", "SAI=300", f"SAT={digits(r, 4)}", f"T={r.randrange(2)}"],
            [
                f"D={digits(r, 1, 4)}",
                f"CM={r.randrange(3)}",
                f"VP={digits(r, 4, 5)}+{digits(r, 3, 5)}",
                f"DT={digits(r, 2, 3)}",
                f"DN={name(r).title()}",
                f"RI={pick(r, HEX.upper(), 36)}",
                "PH=33",
            ],
            [
                f"friendly_name={name(r).title()}",
                f"version=20{r.randrange(20, 27)}.{r.randrange(13)}.{r.randrange(9)}",
                f"mac={pick(r, HEX, 12)}",
                "platform=ESP32",
                "board=esp32dev",
                "network=wifi",
                "api_encryption=Noise_NNpsk0_25519_ChaChaPoly_SHA256",
            ],
            [
                f"location_name={name(r).title()}",
                f"uuid={pick(r, HEX, 32)}",
                f"version=20{r.randrange(20, 27)}.{r.randrange(13)}.{r.randrange(9)}",
                "external_url=",
                f"internal_url=http://{ip4(r)}:8123",
                f"base_url=http://{ip4(r)}:8123",
                "requires_api_password=True",
            ],
            [
                f"gen={r.randrange(1, 4)}",
                f"app={name(r).title()}",
                "arch=esp8266",
                f"fw_version=20{digits(r, 6)}-{digits(r, 6)}/v1.{r.randrange(15)}.{r.randrange(9)}-g{pick(r, HEX, 7)}",
                f"id={name(r)}-{pick(r, HEX.upper(), 12)}",
            ],
            [
                f"mf={name(r).title()}",
                f"dt={digits(r, 2)}",
                f"id={_mac(r)}",
                f"md={name(r).title()} {digits(r, 2)}",
                "pv=1.0",
            ],
            [
                f"DESCRIPTION={name(r).title()}",
                f"MAC={pick(r, HEX.upper(), 12)}",
                f"MANUFACTURER={name(r).title()} Corporation",
                f"MODEL={name(r).title()}",
            ],
            ["VERSION=1.0", "CPath=/zc", "Stack=SP"],
        )
    )


def storage(r):
    return r.choice(
        (
            [
                "accessType=http",
                "accessPort=8080",
                f"model=TS-{digits(r, 3)}",
                f"displayModel=TS-{digits(r, 3)}",
                f"fwVer=4.{r.randrange(9)}.{r.randrange(9)}",
                f"fwBuildNum=20{digits(r, 6)}",
                f"serialNum=Q{digits(r, 3)}B{digits(r, 5)}",
                "webAdmPort=0",
            ],
            [
                f"vendor={name(r).title()}",
                f"model=RS{digits(r, 3)}",
                f"serial={digits(r, 4)}{pick(r, UPPER, 3)}{digits(r, 6)}",
                f"version_major={r.randrange(8)}",
                f"version_minor={r.randrange(3)}",
                f"version_build={digits(r, 5)}",
                "admin_port=5000",
                "secure_admin_port=5001",
                f"mac_address={_mac(r).lower()}",
            ],
            [
                "sys=waMa=0,adVF=0x100",
                f"dk0=adVN={name(r).title()},adVF=0x82",
                f"dk1=adVN={name(r).title()},adVF=0x83,adVU={uuid(r)}",
            ],
            [
                "path=/" + name(r),
                f"version={r.randrange(9)}.{r.randrange(30)}.{r.randrange(9)}",
                "api=0.1",
                f"uuid={uuid(r)}",
                f"vendor={name(r).title()}",
                f"model=MK{r.randrange(9)}",
            ],
            [
                "txtvers=1",
                f"OSsi=0x{pick(r, HEX.upper(), 4)}",
                "Ver=131077",
                f"CtlN={name(r).title()}",
                "DvTy=iTunes",
                f"DvSv={digits(r, 4)}",
                f"DbId={pick(r, HEX.upper(), 16)}",
            ],
            [
                "txtvers=1",
                f"1st={name(r).title()}",
                f"last={name(r).title()}",
                f"email={name(r)}@{host(r)}",
                "status=avail",
                "msg=",
                f"phsh={pick(r, HEX, 40)}",
                "hash=sha-1",
                f"ver={b64(r, 20)}",
            ],
        )
    )


def dns_sd(r):
    keys = r.choice((printer, printer, airplay, companion, cast, speaker, home, home, storage))(r)
    if r.random() < 0.6:
        keys = r.sample(keys, min(len(keys), r.randint(2, 18)))
    return "".join(sorted(keys, key=lambda pair: not pair.startswith("D=")))


KNOWN = {"dns_sd": (dns_sd, 1)}


def some_keys(r):
    """A few keys of a device, with a gap between them."""
    keys = r.choice((printer, airplay, cast, home, storage))(r)
    gap = r.choice((" ", ",", ";", ", "))
    return gap.join(r.sample(keys, r.randint(1, min(9, len(keys)))))


def tv_state(r):
    return (
        f"rv=1tv=1.3.0vn={name(r).title()}mn={name(r).title()}nn={name(r).title()}xp=".encode()
        + r.randbytes(8)
        + b"at="
        + r.randbytes(8)
        + b"pt="
        + r.randbytes(4)
        + b"sb="
        + r.randbytes(4)
        + b"dn=DefaultDomain"
    )


def binary_pairs(r):
    return b"xa=" + r.randbytes(8) + b"xp=" + r.randbytes(8)


def binary_keys(r):
    return (
        "".join(f"{pick(r, LOWER, 2)}=" for _ in range(r.randint(0, 3))).encode()
        + pick(r, LOWER, 2).encode()
        + b"="
        + r.randbytes(r.choice((4, 6, 8, 16)))
    )


ODDS = weighted(
    (3, some_keys),
    (
        3,
        lambda r: "".join(
            (
                f"{r.choice((name(r)[:6], pick(r, LOWER, 2), name(r)))}="
                f"{r.choice((name(r), digits(r, 1, 6), pick(r, HEX, 12), version(r), _mac(r), uuid(r), 'true', '0'))}"
            )
            for _ in range(r.randint(1, 9))
        ),
    ),
    (
        1,
        lambda r: r.choice(
            (
                "txtvers=1",
                f"model={name(r).title()}{r.randrange(19)},{r.randrange(9)}osxvers={r.randrange(9, 26)}",
                f"bt={_mac(r)}",
                f"macaddress={pick(r, HEX.upper(), 12)}",
                f"org.freedesktop.Avahi.cookie={digits(r, 9, 10)}",
                f"path=/{name(r)}.html",
                f"u={name(r)}p=path=/{name(r)}/",
            )
        ),
    ),
    (
        1,
        lambda r: (
            f"txtvers=1id={pick(r, HEX, 10)}type={name(r)}apivers=1seq={digits(r, 1, 3)}encrypt=trueiv="
            f"{b64(r, 16)}data1={b64(r, r.randint(40, 180))}"
        ),
    ),
    (1, tv_state),
    (1, binary_pairs),
    (1, _model),
    (1, lambda r: f"uuid=uuid:{uuid(r).upper()}bootid={pick(r, HEX.upper(), 32)}security=https 1.0MAC={_mac(r)}"),
    (3, lambda r: r.choice((tv_state, binary_pairs, binary_keys))(r)),
)


def odd(r):
    """The same with gaps, single pairs, devices nobody has a table of, and those that announce bytes."""
    return r.choice(ODDS)(r)


def dnscrypt_certificate(r):
    """124 bytes, most of them random: every dnscrypt client fetches one an hour."""
    start = r.randrange(15 * 10**8, 19 * 10**8)
    return (
        b"DNSC\0"
        + bytes([r.choice((1, 2)), 0, 0])
        + r.randbytes(104)
        + b"".join(
            n.to_bytes(4, "big") for n in (r.randrange(1, 2**31), start, start + r.choice((86400, 604800, 31536000)))
        )
    )
