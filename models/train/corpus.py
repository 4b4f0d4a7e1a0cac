"""Rows to learn from and to judge by: folders of real TXT values, and what the generators write.

A corpus folder holds `*.jsonl.gz` of {"text", "source", "kind"}. Kind tunnel, malware or disguise is suspicious, all
else is ordinary: the label is where a value came from, never what it looks like. `form` is the record type that
`cargo xtask label` names. A `note` may say that nobody can tell a value by its text; such a row is judged apart and
not learned.
"""

import functools
import gzip
import hashlib
import json
import random
import re
import subprocess
from collections import Counter, defaultdict, namedtuple
from pathlib import Path

import numpy as np

from reference import CONTENT, STRIDE, normalise, windows
from texts.disguises import disguised, undisguised
from texts.ordinary import benign
from texts.payloads import suspicious

Row = namedtuple("Row", "value label source kind form note shape folder")

ROOT = Path(__file__).resolve().parents[2]
SUSPICIOUS_KINDS = ("tunnel", "malware", "disguise")
HIDDEN = ("undetectable", "uncertain")  # words of a note: nobody can tell the row by its text
MAX_PER_GROUP = 300  # real rows of one source and form, so that one registry's tokens do not rule
SYNTHETIC = {"benign": 0.41, "undisguised": 0.06, "suspicious": 0.22, "disguised": 0.31}
REAL_SHARE = 0.28  # of all training rows
MIN_PAYLOAD = 20  # bytes below which a generated payload says nothing
WINDOWS_PER_VALUE = 3  # of a long value, drawn at random


def xtask(*arguments, given=None):
    """What a task of the project prints. Nothing here knows a pattern: the table of record types is asked."""
    done = subprocess.run(["cargo", "--quiet", "xtask", *arguments], input=given, capture_output=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"cargo xtask {arguments[0]} failed:\n{done.stderr.decode()}")
    return done.stdout


def escaped(value: bytes) -> bytes:
    """The value as a zone file would hold it: one line, from which `normalise` makes the same bytes."""
    return b"".join(bytes([b]) if 33 <= b < 127 and b not in b'"\\' else b"\\%03d" % b for b in value)


def forms(values):
    """The record type of each value, or an empty string."""
    names = xtask("label", given=b"".join(escaped(value) + b"\n" for value in values)).decode().split("\n")
    if len(names) != len(values) + 1:
        raise SystemExit(f"cargo xtask label answered {len(names) - 1} of {len(values)} texts")
    return names[:-1]


def floors(values):
    """The score that each value has at least because of its sign, 0 without one."""
    lines = xtask("label", "--signs", given=b"".join(escaped(value) + b"\n" for value in values)).decode().split("\n")
    return [float(line.split("\t")[1]) if line else 0.0 for line in lines[:-1]]


def load(folders):
    """Every row once, by its normalised value."""
    rows, seen = [], set()
    paths = [
        (number, path) for number, folder in enumerate(folders) for path in sorted(Path(folder).glob("*.jsonl.gz"))
    ]
    for number, path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                value = normalise((row.get("text") or "").encode())
                if value and value not in seen:
                    seen.add(value)
                    shape = row.get("group", "") if str(row.get("group")).startswith("made:") else ""
                    label = int(row["kind"] in SUSPICIOUS_KINDS)
                    rows.append((value, label, row["source"], row["kind"], row.get("note") or "", shape, number))
    if not rows:
        raise SystemExit(f"{folders} hold no rows: give folders of *.jsonl.gz with text, source and kind")
    rows = [Row(*row[:4], form, *row[4:]) for row, form in zip(rows, forms([row[0] for row in rows]))]
    prefixes = common_prefixes([row.value for row in rows if row.shape])
    return [row._replace(source=f"{row.source}:{prefixes[row.value]}") if row.shape else row for row in rows]


def common_prefixes(values):
    """{value: prefix}: what stands before the token of a vendor, by what many values share."""
    count = Counter(value[:end] for value in values for end in prefix_ends(value))
    most = lambda value: max(prefix_ends(value), key=lambda end: (count[value[:end]] >= MIN_SHARED, end), default=0)
    return {value: value[: most(value)].decode("latin-1") for value in values}


MIN_SHARED = 8  # values that share a prefix


def prefix_ends(value):
    return [m.end() for m in re.finditer(rb"[=:_.\s-]", value)]


def is_hidden(row):
    """Whether nobody can tell the row by its text: its note says so, or it says too little."""
    return any(word in row.note for word in HIDDEN) or says_little(row.value)


def says_little(value):
    return len(value) < 22 or bare_hex(value)


TOOLS = {
    "dnscat2": "A",
    "iodine": "B",
    "dns2tcp": "B",
    "cobalt": "A",
}  # the folds that hold out the tools with most rows


def fold_of(row):
    """The fold that holds this row's source out, A or B: all rows of a tool, a form of disguises, a vendor's prefix."""
    if row.kind in ("tunnel", "malware"):
        for tool, fold in TOOLS.items():
            if tool in row.source.lower():
                return fold
        # Versions of one tool stand together: its first word.
        return by_hash(re.sub(r"^.*?:", "", row.source).split(" ")[0].lower())
    return by_hash(row.source)


def by_hash(text):
    return "AB"[hashlib.sha256(text.encode()).digest()[-1] % 2]


def is_known(form):
    """Whether the form alone explains a text. A bare token's does not: only its place in the zone tells whose it is."""
    return bool(form) and form not in bare_types()


@functools.cache
def bare_types():
    rows = map(json.loads, xtask("label", "--samples", "1", "--seed", "1").decode().splitlines())
    return {row["type"] for row in rows if row["group"] == "token"}


def nearly(value):
    """What near-duplicates have in common: letters without case, no digits, no signs."""
    return re.sub(rb"[^a-z\x80-\xff]+", b"", re.sub(rb"[0-9a-f]{8,}", b"", value.lower()))


def without_fold(rows, part):
    """The rows that a network of this fold may see: other sources, and no near-duplicate of the held-out ones. Of made
    tokens half of the shapes are held out as well."""
    out = {nearly(row.value) for row in rows if fold_of(row) == part and len(nearly(row.value)) >= 12}
    return [
        row
        for row in rows
        if fold_of(row) != part and nearly(row.value) not in out and not (row.shape and by_hash(row.shape) == part)
    ]


def bare_hex(value):
    return len(value) < 65 and re.fullmatch(rb"[0-9a-f]+|[0-9A-F]+", value) is not None


def _blind(value, r):
    """Bare hex below 65 digits keeps its label and loses its length, so that no frame and no token is learned by it."""
    if not bare_hex(value) or len(value) < 14:
        return value
    digits = b"0123456789ABCDEF" if re.search(rb"[A-F]", value) else b"0123456789abcdef"
    n = 2 * r.randint(7, 32) if r.random() < 0.8 else r.randint(14, 64)
    return value[:n] + bytes(r.choices(digits, k=n - len(value)))


def _lossy(value, r):
    """What a log pipeline may make of bytes that are not UTF-8."""
    return value.decode("utf-8", "replace").encode() if r.random() < 0.4 else value


def labelled(value, span, label, r):
    """[(ids, label)] of up to WINDOWS_PER_VALUE windows. Of a carrier, only those that show the payload are suspicious.
    Those that show a small part of it are left out."""
    parts, out = windows(value), []
    for i in r.sample(range(len(parts)), min(WINDOWS_PER_VALUE, len(parts))):
        seen = min(span[1], i * STRIDE + CONTENT) - max(span[0], i * STRIDE)
        if len(parts) == 1 or not label:
            out.append((parts[i], label))
        elif seen >= min(48, span[1] - span[0]):
            out.append((parts[i], 1))
        elif seen <= 0:
            out.append((parts[i], 0))
    return out


def synthetic(count, seed, mix=SYNTHETIC):
    """[(ids, label)] of `count` fresh generated rows."""
    r, out = random.Random(seed), []
    kinds, weights = list(mix), list(mix.values())
    while len(out) < count:
        kind = r.choices(kinds, weights)[0]
        if kind in ("benign", "undisguised"):
            value = (benign if kind == "benign" else undisguised)(r)
            start, end = 0, len(value)
        else:
            value, start, end = (suspicious if kind == "suspicious" else disguised)(r)
        plain = normalise(value if kind == "disguised" else _lossy(value, r))
        if kind != "disguised":
            if kind == "suspicious" and bare_hex(plain) and r.random() < 0.7:
                continue  # as with the real ones: few enough that a digest stays a digest
            plain = _blind(plain, r)
            start, end = 0, len(plain)
        is_ordinary = kind in ("benign", "undisguised")
        if len(plain) < (1 if is_ordinary else MIN_PAYLOAD):
            continue
        if kind == "disguised" and (bare_hex(plain) or len(plain) != len(value) and len(plain) > CONTENT):
            continue  # nothing is around it, or where the payload stands is no longer known
        out += labelled(plain, (start, min(end, len(plain))), int(not is_ordinary), r)
    return out[:count]


def _together(row):
    """What counts as one source in training: 210 prefixes of one maker would outweigh all others."""
    return "made" if row.shape else row.source


def real(rows, count, seed):
    """[(ids, label)] of `count` draws: groups of one source and form weigh n^0.5, labels as in the synthetic part."""
    r, groups = random.Random(seed), defaultdict(list)
    for row in rows:
        if not (row.label and any(word in row.note for word in HIDDEN)):
            groups[row.label, _together(row), row.form, bare_hex(row.value)].append(row.value)
    pools = {0: ([], []), 1: ([], [])}
    for (label, _, _, blind), values in sorted(groups.items()):
        r.shuffle(values)
        values = values[:MAX_PER_GROUP]
        pools[label][0].append(values)
        # Idle answers in bare hex are thousands of rows that say the same: they must not make every token suspicious.
        pools[label][1].append(len(values) ** 0.5 * (0.1 if label and blind else 1))
    out = []
    while len(out) < count and (pools[0][0] or pools[1][0]):
        label = int(r.random() < 0.4)
        members, weights = pools[label]
        if not members:
            continue
        value = _blind(r.choice(r.choices(members, weights)[0]), r)
        if r.random() < 0.05:
            value = value.lower()
        if label and len(value) < MIN_PAYLOAD:
            continue
        value = _lossy(value, r)
        out += labelled(value, (0, len(value)), label, r)
    return out[:count]


def as_arrays(pool):
    """A pool as three arrays: all ids one after the other, lengths, labels."""
    return {
        "ids": np.concatenate([np.array(ids, np.uint16) for ids, _ in pool]),
        "lengths": np.array([len(ids) for ids, _ in pool], np.int32),
        "labels": np.array([label for _, label in pool], np.uint8),
    }
