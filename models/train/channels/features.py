"""The features of a channel, written a second time and on their own: `src/channel/features.rs` is what ships.

A channel is what one client and one registered domain said to each other. In: the names below the domain, in lower
case, each with whether it got an answer, and the different texts with their scores. Out: one number for each of
`FEATURES`, most of them from 0 to 1. Order and repetition change nothing; of long texts the first bytes are looked at.
"""

import math
from collections import Counter

OF_NAME = (
    "length",
    "longest label",
    "labels",
    "digits",
    "changes between digits and others, per character",
    "vowels",
    "an address",
    "a service",
    "a label in hex",
    "consonants in a row",
    "changes between digits and others",
)
OF_TEXT = (
    "score",
    "above 0.5",
    "logarithm of the score",
    "length",
    "letters and digits",
    "spaces",
    "digits",
    "hex",
    "one word",
    "other bytes",
    "changes between digits and others",
    "at most four bytes",
)
OF_CHANNEL = (
    "names",
    "texts",
    "highest score",
    "names without an answer",
    "no text",
    "texts per name",
    "characters in labels of several names",
    "characters per name in labels of its own",
    "entropy of these labels",
    "entropy of the texts",
    "likeness of the texts",
    "likeness of the names",
)
FEATURES = (
    *(f"mean over names: {name}" for name in OF_NAME),
    *(f"mean over texts: {name}" for name in OF_TEXT),
    *OF_CHANNEL,
)
MAX_EXCHANGES = 200
MAX_NAME = 255
MAX_TEXT = 512
VOWELS = frozenset(b"aeiou")
HEX = frozenset(b"0123456789abcdefABCDEF")
LOWER_HEX = frozenset(b"0123456789abcdef")
MAX_SERVICE_LABEL = 40  # characters of the longest label in the name of a service
MAX_COUNT = 20  # names or texts above which a channel is as busy as any


def _is_digit(byte):
    return 48 <= byte <= 57


def _is_letter(byte):
    return 65 <= byte <= 90 or 97 <= byte <= 122


def _capped(value, most):
    return min(value, most) / most


def of_name(name: bytes):
    labels = [label for label in name.split(b".") if label]
    letters = sum(map(_is_letter, name))
    breaks = frozenset(b".-_")
    changes = sum(_is_digit(a) != _is_digit(b) for a, b in zip(name, name[1:]) if a not in breaks and b not in breaks)
    run = longest_run = 0
    for byte in name:
        run = run + 1 if _is_letter(byte) and byte not in VOWELS else 0
        longest_run = max(longest_run, run)
    numbers = sum(len(label) <= 3 and all(map(_is_digit, label)) and int(label) <= 255 for label in labels)
    longest = max(map(len, labels), default=0)
    nibbles = sum(len(label) == 1 and label[0] in LOWER_HEX for label in labels)
    return (
        _capped(len(name), 120),
        _capped(longest, 63),
        _capped(len(labels), 8),
        sum(map(_is_digit, name)) / max(1, len(name) - name.count(b".")),
        changes / max(1, len(name)),
        sum(byte in VOWELS for byte in name) / max(1, letters),
        float(4 <= numbers <= 5 or nibbles == 32),
        float(longest <= MAX_SERVICE_LABEL and any(label.startswith(b"_") for label in labels)),
        float(any(len(label) >= 8 and LOWER_HEX.issuperset(label) and any(map(_is_digit, label)) for label in labels)),
        _capped(longest_run, 8),
        _capped(changes, 16),
    )


def of_text(text: bytes, score: float):
    part = text[:MAX_TEXT]
    digits, letters = sum(map(_is_digit, part)), sum(map(_is_letter, part))
    return (
        score,
        float(score >= 0.5),
        max(0.0, math.log(max(score, 1e-4) / 0.01)) / 5,
        _capped(len(text), 255),
        (digits + letters) / len(part),
        _capped(part.count(b" "), 8),
        digits / len(part),
        float(HEX.issuperset(part)),
        float(all(_is_digit(byte) or _is_letter(byte) or byte in b"+/=-_" for byte in part)),
        sum(byte < 32 or byte >= 127 for byte in part) / len(part),
        _capped(sum(_is_digit(a) != _is_digit(b) for a, b in zip(part, part[1:])), 32),
        float(len(text) <= 4),
    )


def _mean(rows, width):
    return [sum(column) / len(rows) for column in zip(*rows)] if rows else [0.0] * width


def _logarithm(count):
    return math.log2(1 + min(count, MAX_COUNT)) / math.log2(1 + MAX_COUNT)


def _entropy(parts):
    counts = Counter(byte for part in parts for byte in part)
    total = sum(counts.values())
    return -sum(count / total * math.log2(count / total) for count in counts.values()) if total else 0.0


def _likeness(values):
    """What neighbours in alphabetical order have in common at their beginning, as a share of the shorter one."""
    values = sorted(values)
    shares = []
    for a, b in zip(values, values[1:]):
        common = next((i for i, (c, d) in enumerate(zip(a, b)) if c != d), min(len(a), len(b)))
        shares.append(common / max(1, min(len(a), len(b))))
    return sum(shares) / len(shares) if shares else 1.0


def features(names, texts):
    """`names`: {name: whether it got an answer}; `texts`: {text: score}."""
    names = {name[:MAX_NAME]: answered for name, answered in names.items()}
    labels = [label for name in names for label in name.split(b".") if label]
    count = Counter(labels)
    characters = sum(map(len, labels))
    own = [label for label in labels if count[label] == 1]
    return [
        *_mean([of_name(name) for name in names], len(OF_NAME)),
        *_mean([of_text(text, score) for text, score in texts.items()], len(OF_TEXT)),
        _logarithm(len(names)),
        _logarithm(len(texts)),
        max(texts.values(), default=0.0),
        sum(not answered for answered in names.values()) / max(1, len(names)),
        float(not texts),
        min(1.0, len(texts) / max(1, len(names))),
        (characters - sum(map(len, own))) / max(1, characters),
        _capped(sum(map(len, own)) / max(1, len(names)), 120),
        _entropy(own) / 5.2,
        _entropy(text[:MAX_TEXT] for text in texts) / 8,
        _likeness([text[:MAX_TEXT] for text in texts]),
        _likeness(names),
    ]
