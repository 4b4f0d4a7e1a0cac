"""Lists of numbers: drawings, measurements, ports, addresses of network cards, colours.

Ordinary ones are small, near each other, in order or rounded. `carrying` writes the bytes of a payload as numbers that
look the same, but fill their range.
"""

from .basics import HEX, chosen, date, name, pick, shares, time, weighted


def _listed(r, items):
    """Items of one or more numbers, separated alike, perhaps behind a key."""
    outer = r.choice((" ", " ", ",", ", ", ";", "; ", "|", "/", "-", ":"))
    key = r.choice(("", "", "", name(r) + r.choice("=: "), r.choice(("d", "path", "points", "data", "v", "seq")) + "="))
    end = r.choice(("", "", "", "Z", ";", "."))
    return key + outer.join(items) + end


def _grouped(r, numbers):
    """A few numbers per item, with or without a letter before it: points, versions, pairs."""
    size = r.choice((1, 1, 2, 2, 2, 3, 3, 6))
    inner = [r.choice((".", ".", ",", " ", ":", "x", "-", "/")) for _ in range(size - 1)]
    letters = r.choice(("", "", "ML", "LHVCSQ", "xyz", "abcdefgh", name(r)[:2]))
    width = r.choice((0, 0, 0, 3))
    items = []
    for at in range(0, len(numbers), size):
        part = [f"{number:0{width}d}" for number in numbers[at : at + size]]
        text = part[0] + "".join(sign + number for sign, number in zip(inner, part[1:]))
        items.append((r.choice(letters) if letters else "") + text)
    return _listed(r, items)


def _cards(r, numbers):
    """Addresses of network cards."""
    sign, capital = r.choice((":", ":", "-")), r.random() < 0.5
    form = "{:02X}" if capital else "{:02x}"
    return _listed(r, [sign.join(map(form.format, numbers[at : at + 6])) for at in range(0, len(numbers), 6)])


def _colours(r, numbers):
    form = r.choice(("#{:02x}{:02x}{:02x}", "#{:02X}{:02X}{:02X}", "rgb({},{},{})"))
    numbers = numbers[: len(numbers) // 3 * 3] or [*numbers, 0, 0][:3]
    return _listed(r, [form.format(*numbers[at : at + 3]) for at in range(0, len(numbers), 3)])


def _large(r, numbers):
    """Two or three bytes as one number."""
    size = r.choice((2, 2, 3))
    width = r.choice((0, 5 if size == 2 else 8))
    values = (int.from_bytes(bytes(numbers[at : at + size]), "big") for at in range(0, len(numbers), size))
    return _listed(r, [f"{value:0{width}d}" for value in values])


def _moments(r, numbers):
    """Times of day with fractions of seconds, with and without a day. Two bytes and a half are the fraction."""
    before, after = r.choice((("", ""), (date(r) + "T", "Z"), (date(r) + " ", "")))
    fractions = (int.from_bytes(bytes(numbers[at : at + 3]), "big") % 10**6 for at in range(0, len(numbers), 3))
    return _listed(r, [f"{before}{time(r)}.{fraction:06d}{after}" for fraction in fractions])


FORMS = shares((50, _grouped), (15, _cards), (10, _colours), (13, _large), (12, _moments))


def _usual(r, count):
    """Numbers as people and programs list them."""
    top = r.choice((2, 5, 10, 10, 25, 60, 100, 100, 100))
    begin, step = r.randrange(200), r.randint(1, 3)
    few = [r.randrange(256) for _ in range(r.randint(1, 4))]
    return r.choice(
        (
            lambda: [r.randrange(top + 1) for _ in range(count)],
            lambda: [r.randrange(top + 1) for _ in range(count)],
            lambda: [(begin + step * i) % 256 for i in range(count)],
            lambda: [r.choice(few) for _ in range(count)],
            lambda: [min(255, begin + r.randrange(8)) for _ in range(count)],
            lambda: [r.randrange(top + 1) * 10 % 256 for _ in range(count)],
        )
    )()


def _cards_of_one_maker(r):
    maker = [4 * r.randrange(64), r.randrange(256), r.randrange(256)]
    device = r.randrange(1 << 24)
    numbers = []
    for _ in range(r.choice((1, 1, 2, 3, 4, 8))):
        numbers += [*maker, *device.to_bytes(3, "big")]
        device = (device + r.choice((1, 1, 2, 3, 16, r.randrange(5000)))) % (1 << 24)
    return _cards(r, numbers)


def _decimals(r):
    places = r.choice((1, 1, 2, 2, 3))
    top = r.choice((1, 10, 30, 100, 100))
    return _listed(r, [f"{r.random() * top:.{places}f}" for _ in range(r.randint(2, 30))])


ORDINARY = weighted(
    (4, lambda r: _grouped(r, _usual(r, r.randint(2, 60)))),
    (2, _cards_of_one_maker),
    (1, lambda r: _colours(r, [r.randrange(256) for _ in range(3 * r.randint(1, 5))])),
    (1, lambda r: _large(r, [*_usual(r, r.randint(2, 30)), 0])),
    (2, _decimals),
    (1, lambda r: _moments(r, r.randbytes(3 * r.choice((1, 1, 1, 2, 3))))),
    (1, lambda r: _listed(r, [pick(r, HEX, 4) for _ in range(r.randint(2, 6))])),
)


def ordinary(r):
    return r.choice(ORDINARY)(r)


def carrying(r, payload):
    """The bytes of a payload as a list of numbers."""
    return chosen(r, FORMS)(r, list(payload))
