"""What every generator is made of: alphabets, words, names, hosts, addresses, tokens. All take a seeded `Random`."""

import base64
import itertools
import string

DIGITS = string.digits
LOWER = string.ascii_lowercase
UPPER = string.ascii_uppercase
ALNUM = string.ascii_letters + DIGITS
B64 = ALNUM + "+/"
B64URL = ALNUM + "-_"
HEX = "0123456789abcdef"
B32 = LOWER + "234567"
B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of ULID

WORDS = """
    the of and to in is for on that by this with you it not or be are from at as your all have new more an was we
    will home can us about if page my has search free but our one other do no information time they site he up may
    what which their news out use any there see only so his when contact here business who web also now help get
    view online first am been would how were services some these click its like service than find price date back
    top people list name just over state year day into email two health world next used go work last most products
    music buy data make them should product system post her city add policy number such please available copyright
    support message after best software then good video well where info rights public books high school through each
    links she review years order very privacy book items company read group need many user said does set under
    general research university january mail full map reviews program life know games way days management part could
    great united hotel real item international center must store travel comments made development report off member
    details line terms before hotels did send right type because local those using results office education national
    car design take posted internet address community within states area want phone shipping reserved subject
    between forum family long based code show even black check special prices website index being women much sign
    file link domain server record host zone owner admin abuse blocked listed reason spam query parked hosting
    registrar transfer renewal expired pending maintenance managed deprecated internal legacy testing staging
    production cluster gateway router switch printer floor building rack cabinet sensor controller backup mirror
    release version build channel stable nightly update available security advisory vulnerable unsupported upgrade
    postmaster webmaster hostmaster resolver authoritative recursive nameserver delegation signed unsigned anycast
    region edge node peer cache proxy firewall tunnel bridge relay queue sender recipient policy violation dynamic
    residential range netblock exploit compromised infected machine suspicious reputation score listing removal
    request
""".split()
OTHER = """
    für und nicht domain bitte kontakt adresse seite willkommen auf der webseite diese ist zu verkaufen reserviert
    gesperrt größe straße pour le site est réservé par merci de contacter votre administrateur bientôt disponible
    hébergé chez este dominio está en venta para más información página propiedad registrado questo è un dominio
    registrato presso pagina attiva esta página é propriedade não disponível этот домен продается привет мир сайт
    временно недоступен зарегистрирован 域名 出售 联系 管理员 服务器 测试 ドメイン
    販売 中 お問い合わせ テスト サーバー 도메인 판매 문의 bu alan adı
    satılıktır domena jest na sprzedaż doména je na prodej het domein is te koop domänen är till salu domenet er til
    salgs verkkotunnus domeniul este de vânzare a domain eladó το όνομα είναι προς πώληση هذا النطاق للبيع דומיין זה
    למכירה tên miền này đang được bán
""".split()
SYLLABLES = """
    ba be bi bo ca ce co da de di do fa fi fo ga go ha he jo ka ki la le li lo ma me mi mo na ne no pa pe po ra re
    ri ro sa se si so ta te ti to va ve vi vo wa we xa ya za zo ber ton land tech soft net mail cloud data web hub
    lab sys corp shop bank media group works bright stone north wood field river blue green red star sun moon fox
    bear hill park port gate ship trade craft smith well ford ham ville berg dorf stadt
""".split()
TLDS = """
    com net org io dev de fr co.uk eu nl info cloud app edu gov ru cn jp com.br ch se pl it es ca com.au me tv us
    biz at be dk no fi cz xyz online site co in kr tw ac.uk gov.uk org.uk com.cn co.jp gr pt ie nz za mx ar cl tr il
    ua ro hu bg sk local arpa
""".split()
COUNTRIES = """US DE FR GB CN JP BR NL EU IN RU IT ES CA AU SE PL CH KR TW ZA MX AR UA TR HK SG""".split()
PLACES = (
    """fra1 ams lhr iad sfo nrt sin syd jfk cdg mia ord dfw sea lax gru bom hkg waw vie mil mad arn hel osl""".split()
)

ROLES = ("ns", "mx", "mail", "smtp", "www", "vpn", "cdn", "api", "dns", "pop", "edge", "srv", "ip", "web")


def weighted(*entries):
    """A table for `r.choice`: each (weight, entry) as often as its weight says."""
    return tuple(entry for weight, entry in entries for _ in range(weight))


def shares(*entries):
    """A table for `chosen`: each (share in percent, entry)."""
    percents, choices = zip(*entries, strict=True)
    if round(sum(percents), 6) != 100:
        raise ValueError(f"shares of {sum(percents)} %")
    return choices, tuple(itertools.accumulate(percents))


def chosen(r, table):
    choices, bounds = table
    return r.choices(choices, cum_weights=bounds)[0]


def pick(r, alphabet, n):
    return "".join(r.choices(alphabet, k=n))


def digits(r, low, high=None):
    return pick(r, DIGITS, r.randint(low, high or low))


def name(r):
    return "".join(r.choices(SYLLABLES, k=r.choice((1, 2, 2, 2, 3, 3, 4))))


LABELS = shares(
    (62, name),
    (12, lambda r: f"{name(r)}-{name(r)}"),
    (10, lambda r: f"{name(r)[:5]}{r.randrange(100)}"),
    (
        6,
        lambda r: f"{r.choice(ROLES)}{r.choice(('', '-'))}{r.randrange(1, 300)}",
    ),
    (5, lambda r: f"{r.choice(PLACES)}{r.choice('-.')}{name(r)[:4]}-{r.randrange(1, 30):02}"),
    (3, lambda r: f"{name(r)}-{pick(r, LOWER + DIGITS, r.randint(4, 10))}"),
    (
        2,
        lambda r: r.choice(
            (
                f"{r.choice('vshx')}{digits(r, 6, 20)}",
                "-".join(str(r.randrange(1, 255)) for _ in range(4)),
                f"{name(r)}{pick(r, UPPER + DIGITS, r.randint(3, 12))}",
                pick(r, LOWER + DIGITS, r.randint(8, 14)),
            )
        ),
    ),
)


def label(r):
    """One label of a host name, in the ways people and machines name hosts."""
    return chosen(r, LABELS)(r)


def host(r):
    labels = [label(r) for _ in range(r.choice((0, 0, 1, 1, 1, 2, 3)))] + [
        name(r) if r.random() < 0.8 else f"{name(r)}-{name(r)}"
    ]
    return ".".join(labels + [r.choice(TLDS)])


def ip4(r):
    return ".".join(str(r.randrange(1, 255)) for _ in range(4))


def ip6(r):
    """A global address: eight groups, or fewer and one gap."""
    groups = [f"2{pick(r, HEX, 3)}"] + [pick(r, HEX, r.randint(1, 4)) for _ in range(r.randint(1, 7))]
    if len(groups) == 8:
        return ":".join(groups)
    return ":".join(groups) + "::" + (pick(r, HEX, r.randint(1, 4)) if len(groups) < 7 and r.random() < 0.6 else "")


def ip6_numbered(r):
    """An address that its operator numbered by hand, as server networks are."""
    site = (
        f"2{pick(r, HEX, 3)}:{r.choice(('0', pick(r, HEX, r.randint(1, 4))))}:"
        f"{r.choice((pick(r, DIGITS, 3), pick(r, HEX, 3)))}"
    )
    return r.choice(
        (
            f"{site}:{r.randrange(1, 300)}:{':'.join(str(r.randrange(1, 255)) for _ in range(4))}",
            f"{site}::{r.randrange(1, 300)}",
            f"{site}:{r.randrange(1, 99)}::{r.randrange(1, 99)}:{r.randrange(1, 99)}",
            f"{site}::",
        )
    )


def uuid(r):
    text = "-".join(pick(r, HEX, n) for n in (8, 4, 4, 4, 12))
    return text.upper() if r.random() < 0.12 else text


def b64(r, n):
    return base64.b64encode(r.randbytes(n)).decode()


def date(r):
    y, m, d = r.randrange(1985, 2027), r.randrange(1, 13), r.randrange(1, 29)
    s = r.choice(("-", "-", "-", ".", "/", "", " "))
    return f"{y}{s}{m:02}{s}{d:02}" if r.random() < 0.85 else f"{d:02}{s}{m:02}{s}{y}"


def time(r):
    return f"{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}"


VERSIONS = weighted(
    (1, lambda r: f"{r.randrange(30)}.{r.randrange(30)}"),
    (
        3,
        lambda r: (
            f"{r.randrange(30)}.{r.randrange(60)}.{r.randrange(200)}"
            f"{r.choice(('', '', '', '-rc1', '-beta2', '-P1', '+deb12u1', '.' + digits(r, 4)))}"
        ),
    ),
    (1, lambda r: f"v{r.randrange(10)}.{r.randrange(30)}.{r.randrange(30)}"),
    (1, lambda r: f"20{r.randrange(10, 27)}.{r.randrange(1, 13):02}{r.choice(('', '.' + str(r.randrange(30))))}"),
)


def version(r):
    return r.choice(VERSIONS)(r)


# The usual shapes of tokens: an alphabet and the lengths that vendors give it.
TOKENS = weighted(
    (3, lambda r: pick(r, B64URL, 43)),
    (3, lambda r: pick(r, HEX, 32)),
    (4, lambda r: pick(r, HEX, r.choice((16, 20, 24, 30, 36, 40, 40, 48, 56, 64, 64, 96, 128)))),
    (1, lambda r: pick(r, HEX.upper(), r.choice((16, 24, 32, 40, 64)))),
    (5, uuid),
    (2, lambda r: pick(r, LOWER + DIGITS, r.randint(6, 40))),
    (2, lambda r: pick(r, LOWER + DIGITS, r.choice((20, 25, 26, 32, 48, 64)))),
    (2, lambda r: pick(r, ALNUM, r.randint(6, 48))),
    (4, lambda r: pick(r, ALNUM, r.choice((8, 10, 12, 16, 20, 22, 24, 27, 32, 32, 36, 40, 48, 56, 64)))),
    (3, lambda r: b64(r, r.choice((9, 12, 15, 16, 18, 20, 24, 30, 32, 32, 48, 64, 64)))),
    (2, lambda r: digits(r, 4, 20)),
    (1, lambda r: pick(r, B32, 26)),
    (1, lambda r: pick(r, B32.upper(), r.choice((16, 26, 32, 52)))),
    (2, lambda r: pick(r, UPPER + DIGITS, r.randint(6, 32))),
    (2, lambda r: pick(r, B64URL, r.choice((11, 20, 21, 21, 22, 27, 32, 42, 43, 44, 55, 64, 64, 86)))),
    (1, lambda r: pick(r, B64URL, r.randint(8, 48))),
    (1, lambda r: pick(r, B64, 64)),
    (1, lambda r: pick(r, B58, r.choice((22, 32, 44)))),
    (1, lambda r: "01" + pick(r, CROCKFORD, 24)),
    (1, lambda r: f"{pick(r, LOWER, r.randint(2, 6))}{r.choice('_-')}{pick(r, ALNUM, r.choice((16, 20, 24, 32)))}"),
    (1, lambda r: "-".join(pick(r, ALNUM, r.choice((4, 5, 8))) for _ in range(r.randint(2, 5)))),
    (1, lambda r: uuid(r).replace("-", "") + r.choice(("", "." + host(r), "/" + digits(r, 6)))),
)


def token(r):
    """A verification token in one of the alphabets and lengths that vendors use."""
    return r.choice(TOKENS)(r)


def sentence(r, low=3, high=18):
    words = r.choices(WORDS if r.random() < 0.8 else OTHER, k=r.randint(low, high))
    k = r.random()
    if k < 0.3:
        words.insert(r.randrange(len(words) + 1), host(r))
    if k > 0.8:
        words.insert(r.randrange(len(words) + 1), str(r.randrange(10000)))
    if 0.3 < k < 0.36:
        words = [w.upper() for w in words]
    if 0.36 < k < 0.42:
        words = [w.title() for w in words]
    if r.random() < 0.05:
        words.insert(
            r.randrange(len(words) + 1),
            r.choice(
                (
                    f"${r.randrange(5000)}",
                    f"${{{name(r)}}}",
                    f"C:\\{name(r)}\\{name(r)}",
                    f"\\\\{name(r)}\\{name(r)}",
                    f"${name(r).upper()}",
                    f"{name(r)}\\{name(r)}",
                )
            ),
        )
    if r.random() < 0.16:
        words.insert(
            r.randrange(len(words) + 1),
            r.choice(
                (
                    "don't",
                    "it's",
                    "you're",
                    "l'administrateur",
                    "d'un",
                    "can't",
                    "admin's",
                    "'test'",
                    '"reserved"',
                    "'" + name(r) + "'",
                    '"' + name(r) + '"',
                    "won't",
                    "owner's",
                )
            ),
        )
    text = r.choice((" ",) * 9 + ("_", "-", "  ")).join(words)
    if r.random() < 0.6:
        text = text[:1].upper() + text[1:]
    if r.random() < 0.2:
        text = text.replace(" ", ", ", 1)
    if r.random() < 0.06:
        text = f"{r.choice('([<*#')} {text} {r.choice(')]>*#')}"
    return text + r.choice(("", "", "", ".", "!", "?", "...", ":", " :)"))


def url(r):
    path = r.choice(
        (
            "",
            name(r),
            f"{name(r)}/{name(r)}.html",
            f"?id={digits(r, 1, 9)}",
            f"{name(r)}#{name(r)}",
            f"{name(r)}/{uuid(r)}",
            f"query/ip/{ip4(r)}",
            f"{name(r)}.{r.choice(('svg', 'pem', 'json', 'xml', 'php', 'zip', 'txt', 'pdf'))}",
            f"?q={name(r)}&lang={r.choice(('en', 'de'))}",
            f"d/{pick(r, B64URL, r.choice((11, 22, 33, 44)))}/edit#gid=0",
            f"{name(r)}/{name(r)}/{name(r)}/{digits(r, 1, 6)}",
            f"sbl/query/SBL{digits(r, 1, 6)}",
            f"bl.shtml?{ip4(r)}",
            f"query/domain/{host(r)}",
        )
    )
    return (
        f"{r.choice(('https', 'https', 'http'))}://{host(r)}"
        f"{r.choice(('', '', ':' + r.choice(('8080', '443', '5280', '8443'))))}/{path}"
    )


SCRIPTS = (
    (0x4E00, 0x6FFF),
    (0x4E00, 0x9FA5),
    (0x3041, 0x3096),
    (0x30A1, 0x30FA),
    (0xAC00, 0xD7A3),
    (0x0E01, 0x0E2E),
    (0x0430, 0x044F),
    (0x05D0, 0x05EA),
    (0x0627, 0x064A),
    (0x0905, 0x0939),
    (0x03B1, 0x03C9),
    (0x1F300, 0x1F5FF),
    (0x2801, 0x283F),
    (0x00E0, 0x00FF),
)


def around(r):
    """What may stand before and after a value in a form that nobody has seen: words, signs, keys in any order."""
    signs = (
        ":",
        "=",
        "/",
        " ",
        "; ",
        ", ",
        "|",
        "#",
        "@",
        "(",
        "[",
        "{",
        "<",
        '"',
        "'",
        " - ",
        "$",
        "\\",
        " \\",
        "_",
        ".",
        "://",
        "::",
        "?",
        "&",
        "%",
        "=>",
        ": ",
        " = ",
        "\\",
        "+",
    )
    word = lambda: r.choice(
        (
            name(r),
            name(r),
            r.choice(WORDS),
            name(r).title(),
            name(r).upper(),
            name(r)[:2],
            name(r)[:1],
            digits(r, 1, 4),
            host(r),
            f"v{r.randrange(9)}",
            version(r),
            r.choice(WORDS).title(),
        )
    )
    before = "".join(word() + r.choice(signs) for _ in range(r.choice((0, 1, 1, 1, 2, 2, 3, 5))))
    after = "".join(r.choice(signs) + word() for _ in range(r.choice((0, 0, 0, 1, 1, 2, 3))))
    closing = {"(": ")", "[": "]", "{": "}", "<": ">", '"': '"', "'": "'"}.get(before[-1:], "")
    return before, closing + after


def foreign(r, low=2, high=40):
    """Text in another script: what it says does not matter here, how its bytes look does."""
    first, last = r.choice(SCRIPTS)
    gap = r.choice((0, 0.1, 0.16))
    text = "".join(" " if r.random() < gap else chr(r.randint(first, last)) for _ in range(r.randint(low, high)))
    if r.random() < 0.35:
        text = (
            f"{text}{r.choice((' ', '', ': ', '，', ' - '))}"
            f"{r.choice((host(r), name(r), address(r), str(r.randrange(3000)), 'DNS', 'TXT', 'verify'))}"
            f"{r.choice(('', ' ', '。', '!'))}"
        )
    if r.random() < 0.2:
        text = f"{name(r)}{r.choice((' ', ' - ', ': '))}{text}"
    return text


def address(r):
    user = r.choice(
        (
            name(r),
            f"{name(r)}.{name(r)}",
            "dmarc",
            "postmaster",
            "abuse",
            "hostmaster",
            f"dmarc-{name(r)}",
            pick(r, HEX, 8),
            pick(r, HEX, 32),
            uuid(r).replace("-", ""),
            pick(r, LOWER + DIGITS, r.randint(6, 14)),
            f"{name(r)}+{name(r)}",
            f"{name(r)}_{digits(r, 1, 4)}",
        )
    )
    return f"{user}@{host(r)}"
