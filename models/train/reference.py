"""The input contract of the model, written a second time and on its own.

`src/text.rs` and `src/model/features.rs` are the implementation that ships. This file says the same in
Python, from the same prose, so that training and the committed reference vectors check it: a change
on one side alone fails `tests/reference.rs`.

A cell becomes a TXT value (`normalise`), a value becomes one or more windows of ids (`windows`), and
the score of a value is the highest score of its windows.
"""

import re
from bisect import bisect_right

PAD, END, CONTINUED, START = 0, 257, 258, 259
LENGTHS = (*range(1, 97), 128, 192, 256, 384, 511)  # a text of n bytes is of the class of the first number above n
VOCABULARY = START + len(LENGTHS) + 1
WINDOW = 512  # ids per window, markers included
CONTENT = WINDOW - 2  # bytes of text per window
STRIDE = 384  # bytes from one window to the next: neighbours share 126
BUCKETS = (24, 32, 40, 48, 56, 64, 72, 88, 104, 120, 136, 160, 192, 224, 264, 320, 384, 448, 512)

_SPACE = rb"[ \t\r\n\x0b\x0c]"
_BEFORE = re.compile(rb"(%s)\1{0,3}(?!%s)" % (_SPACE, _SPACE))
_AFTER = re.compile(rb"(?<!%s)(?:(%s)\1{0,3})?(?:\r\n|\n|\r)?\Z" % (_SPACE, _SPACE))
_UNIT = re.compile(rb"\\x[0-9A-Fa-f]{2}|\\\\|[\s\S]")
_ESCAPE = re.compile(rb"\\(?:(\d{3})|x([0-9A-Fa-f]{2})|([\"\\]))")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\[\s\S])*)"(?: (?=")|\Z)')


def normalise(cell: bytes) -> bytes:
    """One TXT value as the zone holds it: white space, Zeek's form or quotes, and escapes removed."""
    begun = _BEFORE.match(cell)
    value = cell[begun.end() :] if begun else cell
    ended = _AFTER.search(value)
    whole = value[: ended.start()] if ended else value
    forms = (form for form in (_zeek(value), _zeek(whole), _quoted(whole)) if form is not None)
    value = next(forms, whole)
    # No program escapes a letter or a digit: then the backslashes are the answer's own.
    if any(_unescape(found).isalnum() for found in _ESCAPE.finditer(value)):
        return value
    return _ESCAPE.sub(_unescape, value)


def _zeek(value: bytes) -> bytes | None:
    """`TXT <len> s1 TXT <len> s2` to s1s2, if the lengths account for every byte; else None."""
    record_type = value[:4]
    if record_type not in (b"TXT ", b"SPF "):
        return None
    for unit in (re.compile(rb"[\s\S]"), _UNIT):
        rest, strings = value, []
        while True:
            head = re.match(record_type + rb"(0|[1-9]\d{0,4}) ", rest) or re.fullmatch(record_type + rb"(0)", rest)
            if not head:
                break
            at = head.end()
            for _ in range(int(head[1])):
                one = unit.match(rest, at)
                if not one:
                    break
                at = one.end()
            else:
                strings.append(rest[head.end() : at])
                rest = rest[at:]
                if not rest:
                    return b"".join(strings)
                if rest.startswith(b" "):
                    rest = rest[1:]
                    continue
            break
    return None


def _quoted(value: bytes) -> bytes | None:
    """`"s1" "s2"` to s1s2, if quotes and single spaces account for every byte; else None."""
    at, strings = 0, []
    while at < len(value):
        one = _QUOTED.match(value, at)
        if not one:
            return None
        strings.append(one[1])
        at = one.end()
    return b"".join(strings) if strings else None


def _unescape(found):
    decimal, hexadecimal, literal = found.groups()
    if decimal is not None:
        return bytes([int(decimal)]) if int(decimal) < 256 else found[0]
    return bytes([int(hexadecimal, 16)]) if hexadecimal is not None else literal


def windows(text: bytes) -> list[list[int]]:
    """The ids of every window of a normalised text, unpadded. The first id says how long the whole text is."""
    out, start = [], 0
    while True:
        part = text[start : start + CONTENT]
        last = start + CONTENT >= len(text)
        first = START + bisect_right(LENGTHS, len(text)) if start == 0 else CONTINUED
        out.append([first, *(b + 1 for b in part), *([END] if last else [])])
        if last:
            return out
        start += STRIDE


def bucket(length: int) -> int:
    """The smallest bucket that holds `length` ids."""
    return next(b for b in BUCKETS if length <= b)
