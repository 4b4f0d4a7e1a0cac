"""Rows to learn from: a folder of real TXT values, and what the generators write.

A corpus folder holds `*.jsonl.gz` of {"text", "source", "kind", "enc"}; kind tunnel or malware is suspicious, all else
is ordinary: the label is where a value came from, never what it looks like. `enc` "ddd" marks zone-file escapes.
"""

import gzip
import hashlib
import json
import random
from collections import defaultdict
from pathlib import Path

from benign import benign
from reference import CONTENT, STRIDE, normalise, windows
from suspicious import disguised, suspicious

SUSPICIOUS_KINDS = ("tunnel", "malware")
MOST_A_SOURCE = 500         # rows of one source and kind, so that one registry's tokens do not rule
SYNTHETIC = (("benign", .50), ("suspicious", .26), ("disguised", .24))
REAL_SHARE = .25            # of all training rows


def load(folder):
    """[(value, label, source, kind)] of every row, once."""
    rows, seen = [], set()
    for path in sorted(Path(folder).glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                value = normalise(row["text"].encode())
                if value and value not in seen:
                    seen.add(value)
                    rows.append((value, int(row["kind"] in SUSPICIOUS_KINDS), row["source"], row["kind"]))
    if not rows:
        raise SystemExit(f"{folder} holds no rows: give a folder of *.jsonl.gz with text, source and kind")
    return rows


def fold_of(source, kind):
    """The fold that holds this source out: A (dnscat2, malware, half of the benign sources) or B."""
    if kind in SUSPICIOUS_KINDS:
        return "A" if kind == "malware" or "dnscat2" in source else "B"
    return "AB"[hashlib.sha256(source.encode()).digest()[-1] % 2]


def _lossy(value, r):
    """What a log pipeline may make of bytes that are not UTF-8."""
    return value.decode("utf-8", "replace").encode() if r.random() < .4 else value


def _window(value, span, r):
    """Ids of one window: the whole value, or of a long one a window that holds the middle of the span."""
    parts = windows(value)
    if len(parts) == 1:
        return parts[0]
    centre = r.randrange(span[0], max(span[0] + 1, span[1]))
    near = [i for i in range(len(parts)) if i * STRIDE <= centre < i * STRIDE + CONTENT]
    return parts[r.choice(near) if near else -1]


def synthetic(count, seed):
    """[(ids, label)] of `count` fresh generated rows."""
    r, out = random.Random(seed), []
    while len(out) < count:
        kind = r.choices([k for k, _ in SYNTHETIC], [w for _, w in SYNTHETIC])[0]
        if kind == "benign":
            value, start, end = (v := benign(r)), 0, len(v)
        else:
            value, start, end = (suspicious if kind == "suspicious" else disguised)(r)
        plain = normalise(_lossy(value, r))
        if len(plain) < (1 if kind == "benign" else 16):
            continue
        if len(plain) != len(value):
            end = min(end, len(plain))
        out.append((_window(plain, (start, end) if start < end else (0, len(plain)), r), int(kind != "benign")))
    return out


def real(rows, count, seed):
    """[(ids, label)] of `count` draws: sources weighted by n^0.6, labels as in the synthetic part."""
    r, groups = random.Random(seed), defaultdict(list)
    for value, label, source, kind in rows:
        groups[label, source, kind].append(value)
    pools = {0: ([], []), 1: ([], [])}
    for (label, source, kind), values in sorted(groups.items()):
        r.shuffle(values)
        values = values[:MOST_A_SOURCE]
        pools[label][0].append(values)
        pools[label][1].append(len(values) ** .6)
    out = []
    for _ in range(count):
        label = int(r.random() < .4)
        groups_, weights = pools[label]
        if not groups_:
            continue
        value = r.choice(r.choices(groups_, weights)[0])
        if r.random() < .05:
            value = value.lower()
        out.append((_window(_lossy(value, r), (0, len(value)), r), label))
    return out


def training_rows(rows, count, seed):
    """One pool: generated and real rows, shuffled."""
    share = int(count * REAL_SHARE) if rows else 0
    pool = synthetic(count - share, seed) + real(rows, share, seed + 1)
    random.Random(seed + 2).shuffle(pool)
    return pool
