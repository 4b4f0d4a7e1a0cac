"""Made channels of tunnels and staged payloads: how names share header and data, how they poll, acknowledge and carry.

No tool is copied. Each channel draws its own encoding, header, sizes and answers, so that a tool that nobody has seen
is likely to lie between them. An exchange is (name below the domain, text or nothing).
"""

from texts import payloads
from texts.basics import ALNUM, B32, B58, HEX, LOWER, chosen, pick, shares, weighted

ENCODINGS = shares(
    (34, (HEX, 2.0)),
    (28, (B32, 1.6)),
    (22, (ALNUM, 1.37)),  # base64 and base62, in upper and lower case
    (8, (LOWER + "0123456789", 1.55)),
    (8, (B58, 1.37)),
)
MAX_LABEL = 63


class Codec:
    """Bytes as characters, always in the same way."""

    def __init__(self, r, encodings=ENCODINGS):
        self.r = r
        self.alphabet, self.width = chosen(r, encodings)

    def random(self, size):
        return pick(self.r, self.alphabet, max(1, round(size * self.width)))


def _split(r, text, width):
    return ".".join(text[at : at + width] for at in range(0, len(text), width))


class Names:
    """How the client writes: a header that hardly changes, a number, data."""

    def __init__(self, r):
        self.r, self.codec, self.number = r, Codec(r), r.randrange(3000)
        self.session = self.codec.random(r.choice((0, 1, 2, 2, 3, 4)) or 1) if r.random() < 0.75 else ""
        self.step = r.choice((0, 1, 1, 1))
        self.counter = r.choice(("none", "first", "last", "inside"))
        self.random_bytes = r.choice((0, 0, 2, 2, 4))
        self.width = r.choice((63, 63, 60, 57, 52, 32))
        # What look-ups of services and addresses have, beside the data: no mark switches the verdict off.
        self.mark = r.choice(("", "", "", "", "", "", "_x", "_tcp", "_domainkey", "numbers"))
        self.tag = r.choice(("", "", "", "a", "d", "t1", "ns", "cmd", "up", "data", pick(r, LOWER, 3)))
        self.tag_first = r.random() < 0.3

    def write(self, size):
        """A name that carries so many bytes."""
        self.number += self.step
        number = {"none": "", "inside": f"{self.number % 65536:04x}"}.get(self.counter, "")
        head = (self.codec.random(self.random_bytes) if self.random_bytes else "") + self.session + number
        name = _split(self.r, head + (self.codec.random(size) if size else ""), self.width)
        if self.counter in ("first", "last"):
            name = f"{self.number}.{name}" if self.counter == "first" else f"{name}.{self.number}"
        if self.mark == "numbers":
            name = ".".join(str(self.r.randrange(256)) for _ in range(min(40, max(6, size + 4))))
        elif self.mark:
            name = f"{name}.{self.mark}"
        if self.tag:
            name = f"{self.tag}.{name}" if self.tag_first else f"{name}.{self.tag}"
        return name.strip(".")[:240].lower()


def _numbered(r):
    """Names that only count, as a stager asks for its parts."""
    before, after = r.choice(
        (("", ""), (pick(r, LOWER, r.randint(1, 5)), ""), ("", "." + pick(r, LOWER, 2)), ("p-", ""))
    )
    begin, width = r.choice((0, 0, 1, r.randrange(100))), r.choice((0, 0, 3))
    number = iter(range(begin, begin + 10000))
    return lambda _: f"{before}{next(number):0{width}d}{after}"


def _random_names(r):
    """A short random label against caches, and nothing else."""
    n, after = r.randint(3, 10), r.choice(("", "." + pick(r, LOWER, 3)))
    return lambda _: pick(r, LOWER + "0123456789", n) + after


def _one_name(r):
    name = r.choice(("", pick(r, LOWER, r.randint(2, 8))))
    return lambda _: name


CONSTANT = weighted(
    (2, lambda r: r.choice(("-", "0", "1", "ok", "OK", "ACK", ".", "nop", "null", "none", "x"))),
    (1, lambda r: str(r.randrange(10))),
    (1, lambda r: pick(r, ALNUM, r.randint(1, 8))),
)

ANSWER_CODECS = shares((38, (HEX, 2.0)), (34, (ALNUM + "+/", 1.37)), (18, (B32, 1.6)), (10, (ALNUM, 1.37)))


def _answers(r):
    """How the server answers: (an idle answer, one that carries so many bytes)."""
    codec, before = (
        Codec(r, ANSWER_CODECS),
        r.choice(("", "", "", pick(r, ALNUM, 1), pick(r, ALNUM, 3) + r.choice("=:|"))),
    )
    session = codec.random(r.choice((1, 2, 3))) if r.random() < 0.6 else ""
    fixed = r.choice(CONSTANT)(r)
    fresh, size = r.choice((0, 2, 2, 4)), r.choice((1, 3, 5, 8, 13))
    idle = r.choice(
        (
            lambda: fixed,
            lambda: before + (codec.random(fresh) if fresh else "") + session + codec.random(size),
            lambda: before + (codec.random(fresh) if fresh else "") + session + codec.random(size),
            lambda: before + session + codec.random(2),
            lambda: None,
        )
    )
    data = lambda n: before + (codec.random(fresh) if fresh else "") + session + codec.random(n)
    return idle, data


def _session(r, count):
    """A tunnel: polls, with data now and then in one direction or both."""
    names, (idle, data) = Names(r), _answers(r)
    poll = r.choice((0, 1, 3, 5, 5, 9, 17))
    up, down = r.choice(((0, 0), (0.05, 0.05), (0.3, 0.05), (0.05, 0.4), (0.5, 0.5), (1, 0), (0, 1), (0.9, 0.9)))
    largest_up, largest_down = r.choice((4, 20, 60, 110)), r.choice((3, 20, 90, 180, 400))
    out = []
    for _ in range(count):
        sends = r.random() < up
        name = names.write(r.randint(min(8, largest_up), largest_up) if sends else poll)
        text = data(r.randint(1, largest_down)) if r.random() < down else idle()
        out.append((name, text))
    return out


def _upload(r, count):
    """Data in names; the answer is a word, a digit, the number of the part, or there is none."""
    names, size = Names(r), r.choice((r.randint(18, 40), r.randint(18, 110)))
    fixed = r.choice(CONSTANT)(r)
    answer = r.choice(
        (
            lambda i: fixed,
            lambda i: fixed,
            lambda i: str(i % 10),
            lambda i: str(i),
            lambda i: None,
            lambda i: r.choice("01"),
        )
    )
    return [(names.write(size if i + 1 < count else r.randint(1, size)), answer(i)) for i in range(count)]


def _stage(r, count):
    """A payload in parts: few bytes in the name, many in the answer."""
    name = r.choice((_numbered, _numbered, _random_names, _one_name))(r)
    codec = Codec(r, ANSWER_CODECS)
    size, before = r.choice((40, 90, 120, 150, 180, 187)), r.choice(("", "", "@", "{i}|", "{i}:"))
    return [(name(i), before.replace("{i}", str(i)) + codec.random(size)) for i in range(count)]


def _commands(r, count):
    """Polls for tasks: mostly nothing to do, then a command or its code, plain or encoded."""
    polls = r.choice((lambda: Names(r).write, lambda: _random_names(r), lambda: _one_name(r), lambda: _numbered(r)))()
    nothing, codec = r.choice(CONSTANT)(r), Codec(r, ANSWER_CODECS)
    if r.random() < 0.4:
        nothing = f"{pick(r, LOWER, r.randint(1, 4))}={pick(r, HEX.upper(), r.choice((4, 8, 16)))}"
    share = r.choice((0.05, 0.2, 0.5))
    task = r.choice(
        (
            lambda: payloads.command(r)[:200],
            lambda: codec.random(r.randint(8, 90)),
            lambda: f"{pick(r, LOWER, 3)}:{codec.random(r.randint(4, 60))}",
        )
    )
    replies, out = Names(r), []
    while len(out) < count:
        if r.random() < share:
            out.append((polls(r.choice((0, 4, 8))), task()))
            for _ in range(r.randint(0, 6)):
                out.append((replies.write(r.randint(10, 100)), nothing))
        else:
            out.append((polls(r.choice((0, 4, 8))), nothing))
    return out[:count]


KINDS = shares((42, _session), (24, _upload), (17, _stage), (17, _commands))


def tunnel(r, count):
    """Exchanges of one channel."""
    return chosen(r, KINDS)(r, count)
