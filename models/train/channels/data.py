"""Channels to learn from and to judge by: real and simulated ones of a corpus folder, and made ones.

`channels.jsonl.gz` holds one JSON object per line: `source`, `kind`, `domain` and `events`, each of them seconds since
the first, the queried name and its texts. Tunnel and malware are suspicious, all else is ordinary.
"""

import gzip
import hashlib
import json
import math
import random
import re
from collections import Counter, namedtuple
from pathlib import Path

import numpy as np

import corpus
import figures
from channels.features import MAX_EXCHANGES, features
from channels.services import service
from channels.tunnels import tunnel
from reference import normalise

Channel = namedtuple("Channel", "source label domain exchanges")  # exchanges: [(name below the domain, [texts])]
Window = namedtuple("Window", "channel size features")  # size: exchanges, 0 for all of a channel

MADE = 12_000
# Exchanges of a window, and how many windows of a channel are learned from.
SIZES = ((1, 6), (3, 6), (10, 12), (20, 20), (50, 10), (MAX_EXCHANGES, 6))


def load(folders):
    out = []
    for path in (path for folder in folders for path in sorted(Path(folder).glob("channels*.jsonl.gz"))):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                domain = "" if row["domain"] == "(none)" else row["domain"]
                exchanges = [(below(name, domain), list(map(read, texts))) for _, name, texts in row["events"]]
                is_bad = int(row["kind"] in corpus.SUSPICIOUS_KINDS)
                out.append(Channel(row["source"], is_bad, row["domain"], exchanges))
    if not out:
        raise SystemExit(f"{folders} hold no channels: give a folder with channels.jsonl.gz")
    return out


def below(query, domain):
    """The part of a name that its registered domain does not say, in lower case. Below a suffix that is not public,
    such as `local`, the program takes the last two labels for the domain."""
    name = query.encode("utf-8", "surrogateescape").lower().rstrip(b".")
    if domain and "." not in domain:
        return b".".join(name.split(b".")[:-2])
    return name[: -len(domain)].rstrip(b".") if domain and name.endswith(domain.encode()) else name


def read(text):
    return normalise(text.encode("utf-8", "surrogateescape"))


def tool(channel):
    """What is held out together: all versions and captures of one tool, or one ordinary source."""
    if not channel.label:
        return channel.source
    name = re.sub(r"^[a-z]+:", "", channel.source).rsplit("#")[-1].lower()
    return re.split(r"-\d", name)[0]


def folds(channels):
    """{tool or source: fold}: one fold per tool, and the ordinary sources spread over them."""
    tools = sorted({tool(channel) for channel in channels if channel.label})
    sources = sorted(
        {channel.source for channel in channels if not channel.label},
        key=lambda source: hashlib.sha256(source.encode()).digest(),
    )
    return {
        **{one: number for number, one in enumerate(tools)},
        **{one: number % len(tools) for number, one in enumerate(sources)},
    }


def made(count, seed):
    """Tunnels and services of the generators, by turns."""
    r, out = random.Random(seed), []
    for number in range(count):
        label = number % 2
        size = r.choice((5, 10, 10, 20, 20, 40, 80, 200) if label else (1, 2, 3, 5, 6, 10, 20, 40, 200))
        exchanges = [
            (name.encode().lower(), [normalise(_bytes(text))] if text else [])
            for name, text in (tunnel if label else service)(r, size)
        ]
        out.append(Channel("made", label, "", exchanges))
    return out


def _bytes(text):
    return text.encode("latin-1") if all(ord(character) < 256 for character in text) else text.encode()


class Scores:
    """The raised score of each text by a network that never saw its source."""

    def __init__(self, nets, slope, offset):
        self.nets, self.slope, self.offset, self.known = nets, slope, offset, {}

    def add(self, channels):
        needed = {
            (self.part(channel), text) for channel in channels for _, texts in channel.exchanges for text in texts
        }
        needed = {one for one in needed if one[1]} - self.known.keys()
        every = sorted({text for _, text in needed})
        floors = dict(zip(every, corpus.floors(every)))
        for part, net in self.nets.items():
            mine = sorted(text for of, text in needed if of == part)
            for text, logit in zip(mine, figures.scores_of(net, mine)):
                score = 1 / (1 + math.exp(-max(-500, min(500, self.slope * logit + self.offset))))
                self.known[part, text] = max(score, floors[text])
        return self

    def part(self, channel):
        if channel.source == "made":
            return "A"
        kind = "tunnel" if channel.label else "benign"
        return corpus.fold_of(corpus.Row(b"", channel.label, channel.source, kind, "", "", "", 0))

    def features(self, channel, exchanges):
        """Of the different exchanges, or the first by hash if there are more than a channel is judged by."""
        part = self.part(channel)
        pairs = {(name, text) for name, texts in exchanges for text in texts or [b""]}
        if len(pairs) > MAX_EXCHANGES:
            pairs = sorted(pairs, key=lambda pair: hashlib.sha256(b" ".join(pair)).digest())[:MAX_EXCHANGES]
        names, texts = {}, {}
        for name, text in pairs:
            names[name] = names.get(name, False) or bool(text)
            if text:
                texts[text] = self.known[part, text]
        return features(names, texts)


def windows(channel, scores):
    """Parts of a channel to learn from, then its first ten exchanges and all of it to judge."""
    exchanges = channel.exchanges
    for size, most in SIZES:
        starts = list(range(0, max(1, len(exchanges) - size + 1), size))
        if len(starts) > most:
            starts = [starts[round(place)] for place in np.linspace(0, len(starts) - 1, most)]
        for start in starts:
            yield Window(channel, size, scores.features(channel, exchanges[start : start + size]))
        if len(exchanges) <= size:
            break
    yield Window(channel, FIRST_TEN, scores.features(channel, exchanges[:10]))
    yield Window(channel, WHOLE, scores.features(channel, exchanges))


FIRST_TEN, WHOLE = -10, 0


def weights(some):
    """Both labels alike, of each the tools and sources by the root of their windows."""
    count = Counter((one.channel.label, tool(one.channel)) for one in some)
    weight = np.array([count[one.channel.label, tool(one.channel)] ** -0.5 for one in some])
    label = np.array([one.channel.label for one in some])
    for value in (0, 1):
        weight[label == value] *= 0.5 / weight[label == value].sum()
    return weight
