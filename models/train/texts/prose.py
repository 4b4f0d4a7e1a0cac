"""What people write into TXT records, up to 4,000 characters: sentences in many languages, notes, lists, code."""

import json

from .basics import (
    DIGITS,
    HEX,
    LOWER,
    OTHER,
    UPPER,
    WORDS,
    address,
    around,
    date,
    digits,
    foreign,
    host,
    ip4,
    name,
    pick,
    sentence,
    time,
    token,
    url,
    uuid,
    version,
    weighted,
)

PARKED = (
    "This domain is for sale",
    "This domain is parked",
    "This domain is reserved",
    "This domain name has been registered",
    "This domain has expired",
    "Diese Domain ist geparkt",
    "Diese Domain steht zum Verkauf",
    "Ce nom de domaine est réservé",
    "Este dominio está en venta",
    "Questo dominio è in vendita",
    "This site is parked",
    "Domain steht zum Verkauf - Preis auf Anfrage",
    "This website is for sale",
)
MORE = (
    "Hier entsteht eine neue Internetpräsenz",
    "Домен припаркован",
    "该域名正在出售，请联系",
    "このドメインはお名前で取得されています。",
    "이 도메인은 판매 중입니다",
    "Bu alan adı satılıktır",
    "هذا النطاق محجوز",
    "הדומיין הזה שמור",
    "Tên miền này đang được rao bán",
    "Domena zarezerwowana",
    "Doména je na prodej",
    "本網域已註冊，如有疑問請聯絡管理員",
    "Ця сторінка тимчасово недоступна",
    "Domeniul este de vânzare",
    "test",
    "hello world",
    "foo=bar",
    "TODO",
    "42",
    "All your base are belong to us",
    "This TXT record should be ignored",
    "none of your business",
    "do not use",
    "asdf",
    "lorem ipsum dolor sit amet",
    "Descriptive text",
    "My Own DNS Server",
    "Look ma, no hands!",
    "....- ..---",
    "01001000 01101001",
    "rot13: uryyb jbeyq",
    "TEMP - remove after migration",
    "Null MX: this domain sends and receives no mail",
    "No mail accepted here",
    "-",
    "...",
    "n/a",
    "none",
    "yes",
    "ok",
    "deleted",
    "placeholder",
    "@",
    "~",
    '""',
)


def parked(r):
    return r.choice(PARKED) + r.choice(
        ("", ".", f" - contact {address(r)}", " " + " ".join(r.choices(WORDS, k=r.randint(2, 5))))
    )


KNOWN = {"parking": (parked, 1)}


def paragraph(r, low, high):
    out = []
    while sum(map(len, out)) < low:
        out.append(sentence(r, 5, 22))
    return r.choice((" ", " ", ". ", "\n")).join(out)[:high]


def fitted(r):
    """An ordinary value in a form that nobody has seen."""
    before, after = around(r)
    value = r.choice(
        (
            name,
            name,
            lambda r: r.choice(WORDS),
            lambda r: sentence(r, 1, 4),
            lambda r: digits(r, 1, 12),
            date,
            version,
            host,
            ip4,
            uuid,
            address,
            time,
            lambda r: pick(r, HEX, r.randint(2, 12)),
            lambda r: pick(r, LOWER + DIGITS, r.randint(3, 12)),
            lambda r: pick(r, UPPER + DIGITS, r.randint(3, 14)),
            lambda r: f"{name(r)}-{name(r)}",
            lambda r: f"{name(r)}/{name(r)}.{name(r)[:3]}",
            lambda r: "",
            foreign,
            lambda r: str(r.random())[:7],
        )
    )(r)
    return f"{before}{value}{after}"


def setting(r):
    return r.choice(
        (name(r), digits(r, 1, 6), host(r), ip4(r), "true", uuid(r), date(r), version(r), sentence(r, 1, 3))
    )


ODD = weighted(
    (6, lambda r: sentence(r, 1, 25)),
    (1, lambda r: paragraph(r, r.choice((80, 300, 1000, 3000)), r.randint(100, 4000))),
    (
        1,
        lambda r: r.choice(
            (
                f"Contact {address(r)}",
                f"{name(r).title()} {name(r).title()} <{address(r)}>",
                address(r),
                f"mailto:{address(r)}",
                f"Call +{digits(r, 10)}",
                (
                    f"{name(r).title()} GmbH, {name(r).title()}straße {r.randrange(99)}, {digits(r, 5)} "
                    f"{name(r).title()}, Germany"
                ),
                "Mon-Fri 08:00-17:00 CET",
            )
        ),
    ),
    (
        1,
        lambda r: r.choice(("; ", ";", ", ", " ", "|", "&")).join(
            (f"{name(r)}{r.choice('==:')}{setting(r)}") for _ in range(r.randint(1, 12))
        ),
    ),
    (
        1,
        lambda r: json.dumps(
            {
                name(r): r.choice(
                    (name(r), r.randrange(10**6), True, host(r), uuid(r), [name(r), name(r)], version(r), None)
                )
                for _ in range(r.randint(1, 9))
            },
            separators=r.choice(((",", ":"), (", ", ": "))),
        ),
    ),
    (
        1,
        lambda r: r.choice(("|", ",", " ", ";", "/", "\t")).join(
            r.choice((digits(r, 1, 7), name(r), ip4(r), f"{r.random():.4f}", f"{r.random() * 1000:.1f}", date(r)))
            for _ in range(r.randint(2, 30))
        ),
    ),
    (
        1,
        lambda r: (
            f"{r.choice(MORE)}{r.choice(('', '', ' ' + address(r), ' ' + host(r), '!', ' ' + sentence(r, 1, 4)))}"
        ),
    ),
    (
        1,
        lambda r: (
            f"{date(r)} {name(r)[:3]}: {sentence(r, 3, 10)} ({r.choice(('CHG', 'INC', 'JIRA-', '#'))}{digits(r, 3, 7)})"
        ),
    ),
    (
        1,
        lambda r: r.choice(
            (
                f'<meta name="{name(r)}-site-verification" content="{token(r)}" />',
                f'<script src="https://{host(r)}/{name(r)}.js"></script>',
                f"<a href='{url(r)}'>{name(r)}</a>",
                f"<{name(r)}>{sentence(r, 1, 4)}</{name(r)}>",
                f'IN TXT "{sentence(r, 2, 5)}"',
                f"{host(r)}. 3600 IN TXT {name(r)}",
                f"{name(r)} = {name(r)}({r.randrange(9)});",
                f"# {sentence(r, 2, 8)}",
                f"// {sentence(r, 2, 6)}",
            )
        ),
    ),
    (
        1,
        lambda r: (
            f"{r.choice(('load', 'temp', 'uptime', 'rtt', 'cpu'))}={r.random() * 99:.2f},"
            f"{r.random() * 99:.2f} {r.choice(('up', 'ok', 'loss'))}={digits(r, 1, 7)}"
        ),
    ),
    (1, lambda r: sentence(r, 2, 20).replace(" ", r.choice((" ", "_", "-", "+", "%20", " · ", "  ")))),
    (1, lambda r: " ".join(r.choices(OTHER, k=r.randint(2, 24)))),
    (1, lambda r: "".join(r.choice("asdfghjklqwertyuiop ") for _ in range(r.randint(4, 60))).strip() or "asdf"),
    (1, lambda r: f"{r.choice(('', '', sentence(r, 2, 12)))}{r.choice('xX=-*#_.~') * r.randint(3, 250)}"),
    (1, lambda r: "_".join(r.choices(OTHER + WORDS, k=r.randint(2, 12))).upper()),
    (
        1,
        lambda r: (
            f"{sentence(r, 1, 6)} {r.choice((url(r), host(r), address(r), uuid(r), digits(r, 1, 8)))} "
            f"{sentence(r, 1, 6)}"
        ),
    ),
    (
        1,
        lambda r: (
            sentence(r, 2, 14).encode("latin-1", "replace")
            if r.random() < 0.7
            else " ".join(r.choices(OTHER, k=5)).encode("utf-16-be")[:60]
            if r.random() < 0.1
            else "网站 域名 服务器".encode("gbk")
        ),
    ),
    (
        1,
        lambda r: r.choice(("\n", "; ", " / ", ", ")).join(
            f"{r.randrange(1, 99)}. {sentence(r, 1, 6)}" for _ in range(r.randint(2, 14))
        ),
    ),
    (
        1,
        lambda r: r.choice((" ", ",", ";", "\n")).join(
            r.choice((host(r), ip4(r), url(r), address(r), name(r))) for _ in range(r.randint(3, 90))
        )[:4000],
    ),
    (
        1,
        lambda r: (
            f"{r.choice(WORDS)}{r.choice(('', '', ' ' + r.choice(WORDS), r.choice(WORDS).title(), '.', '1', '?'))}"
        ),
    ),
    (
        1,
        lambda r: (
            f"{name(r).title()} {r.choice((version(r), name(r).title(), digits(r, 1, 4), name(r) + ' ' + version(r)))}"
        ),
    ),
    (2, foreign),
    (1, lambda r: r.choice((name(r), "test", "tx", "abc", "hello ", "xy")) * r.randint(2, 40)),
    (
        1,
        lambda r: (
            f"{r.choice((name(r), foreign(r, 2, 6)))}{r.choice(('=', ': ', ' - ', ' '))}"
            f"{r.choice((foreign(r), sentence(r, 1, 6).upper(), sentence(r, 1, 6).replace(' ', '_')))}"
        ),
    ),
    (4, fitted),
    (2, lambda r: paragraph(r, r.choice((300, 700, 1500, 3000)), r.randint(300, 4000))),
    (
        1,
        lambda r: (
            f"{r.choice(('$id: ', '$Id: ', '$ORIGIN ', '$TTL ', '$'))}"
            f"{r.choice((name(r), host(r), digits(r, 1, 6), name(r).upper()))}"
            f"{r.choice(('', ' $', ' ' + date(r) + ' $'))}"
        ),
    ),
    (
        1,
        lambda r: r.choice(
            (
                f"{name(r)}: ${r.randrange(9000)}{r.choice(('', '.00', ' USD'))}",
                f"${{{name(r)}}} {sentence(r, 1, 5)}",
                f"C:\\{name(r).title()}\\{name(r)}",
                f"\\\\{name(r)}\\{name(r)}$",
                f"{name(r).upper()}\\{name(r)}",
                f"%{name(r).upper()}%\\{name(r)}",
            )
        ),
    ),
    (
        1,
        lambda r: (
            sentence(r, 2, 12).replace(" ", "\\ ")
            if r.random() < 0.4
            else "\\n".join(sentence(r, 1, 5) for _ in range(r.randint(2, 4)))
        ),
    ),
    (
        2,
        lambda r: (
            f"{sentence(r, 1, 4)} {r.choice(('Größe', 'Straße', 'für', 'à', 'é', 'ñ', 'ø', '£', '©', 'Ÿ'))} "
            f"{sentence(r, 1, 6)}"
        ).encode("latin-1" if r.random() < 0.6 else "utf-8", "replace"),
    ),
)


def odd(r):
    return r.choice(ODD)(r)
