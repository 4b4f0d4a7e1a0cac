"""How often each kind of text is judged wrongly: real ordinary sources, made ones, families, disguises, lengths.

Each row is judged by the network that saw neither its source nor a near-duplicate of it. Rows that nobody can tell by
their text (`corpus.is_hidden`) stand in lines of their own. Means are over sources, so that no tool rules.
"""

import random
from collections import defaultdict

import numpy as np

import corpus
from figures import Line, percent, scores_of, wilson

RARE = ("rare:", "odd:", "recog:")
MIN_ROWS = 3  # rows below which a source is in no mean
LENGTHS = range(48, 161)
PER_LENGTH = 40
ALPHABETS = {
    "base64": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "base64url": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    "base32": "abcdefghijklmnopqrstuvwxyz234567",
    "hex": "0123456789abcdef",
}
# Public digests and keys (`texts.payloads.PUBLIC_LENGTHS` has the sources): nobody can tell a bare one.
PUBLIC = {
    "base64": (56, 64, 86, 87, 88, 128),
    "base64url": (56, 64, 86, 128),
    "base32": (52, 56, 64, 103),
    "hex": (96, 128),
}
MIN_HEX = 65


def kind_of(row):
    """What a row stands for in the table."""
    if row.label:
        if corpus.is_hidden(row):
            return "hidden"
        return "disguise" if row.kind == "disguise" else "family"
    if row.shape:
        # Those whose shape is held out as well.
        return "vendor" if corpus.by_hash(row.shape) == corpus.fold_of(row) else "vendor of a known shape"
    if row.source.startswith("disguise:"):
        return "carrier"
    if row.source.startswith("simulated:"):
        return "simulated"
    return "municipal" if row.source.startswith("mxmap") else "real"


class Kinds:
    """The held-out rows by kind, each with the logit of its score."""

    def __init__(self, judged):
        self.rows = defaultdict(list)
        for one in judged:
            self.rows[kind_of(one.row)].append(one)

    def share(self, some, cut):
        hits = sum(one.logit >= cut for one in some)
        _, low, high = wilson(hits, len(some))
        return f"{percent(hits / max(1, len(some)))} % ({percent(low)} to {percent(high)}; n {len(some):,})"

    def mean(self, some, cut):
        sources = defaultdict(list)
        for one in some:
            sources[one.row.shape or one.row.source].append(one.logit >= cut)
        shares = [np.mean(hits) for hits in sources.values() if len(hits) >= MIN_ROWS]
        return f"{percent(np.mean(shares))} % (mean over {len(shares)})" if shares else "-"

    def lines(self, cut, high_cut):
        """Figures at two thresholds, given as logits."""
        rows = self.rows
        rare = [one for one in rows["real"] if one.row.source.startswith(RARE)]
        sized = lambda low, high: [one for one in rows["family"] if low <= len(one.row.value) <= high]
        yield Line("ordinary at 0.5: municipal", self.share(rows["municipal"], cut), "0.10 %", "0.03 %")
        yield Line("ordinary at 0.5: all other real sources", self.share(rows["real"], cut), "0.5 %", "0.2 %")
        yield Line("ordinary at 0.9: municipal", self.share(rows["municipal"], high_cut), "0.02 %", "0.01 %")
        yield Line("ordinary at 0.9: all other real sources", self.share(rows["real"], high_cut), "0.1 %", "0.05 %")
        yield Line("ordinary of rare formats at 0.5", self.share(rare, cut), "2 %", "0.8 %")
        yield Line("vendors' prefixes filled, shape unseen too", self.mean(rows["vendor"], cut), "3 %", "1 %")
        yield Line(
            "vendors' prefixes filled, shape seen", self.mean(rows["vendor of a known shape"], cut), "3 %", "1 %"
        )
        yield Line("simulated look-ups", self.share(rows["simulated"], cut), "-", "-")
        yield Line("suspicious families, found", self.mean(rows["family"], cut), "90 %", "95 %")
        yield Line("of them 100 bytes and more", self.share(sized(100, 1 << 20), cut), "-", "-")
        yield Line("of them 48 to 99 bytes", self.share(sized(48, 99), cut), "90 %", "97 %")
        yield Line("of them 22 to 47 bytes", self.share(sized(22, 47), cut), "72 %", "85 %")
        yield Line("disguises never seen, found", self.mean(rows["disguise"], cut), "85 %", "93 %")
        yield Line("their carriers without a payload, flagged", self.mean(rows["carrier"], cut), "5 %", "2 %")
        yield Line("nobody can tell by the text, found", self.mean(rows["hidden"], cut), "-", "-")

    def worst(self, kind, count):
        suspicious = kind in ("family", "disguise", "hidden")
        return sorted(self.rows[kind], key=lambda one: one.logit if suspicious else -one.logit)[:count]

    def sources(self, kind, cut):
        """(source, rows, share above the cut), the worst first."""
        sources = defaultdict(list)
        for one in self.rows[kind]:
            sources[one.row.source].append(one.logit >= cut)
        return sorted(((source, len(hits), np.mean(hits)) for source, hits in sources.items()), key=lambda one: one[2])


def recall_by_length(nets, cut, lengths=LENGTHS, count=PER_LENGTH):
    """{alphabet: {length: share of random texts above the cut}}, mean of the fold networks."""
    r, out = random.Random(4805), {}
    for name, alphabet in ALPHABETS.items():
        chosen = [n for n in lengths if name != "hex" or n >= MIN_HEX]
        texts = [corpus.normalise("".join(r.choices(alphabet, k=n)).encode()) for n in chosen for _ in range(count)]
        hits = np.mean([scores_of(net, texts) >= cut for net in nets], 0).reshape(len(chosen), count).mean(1)
        out[name] = dict(zip(chosen, hits))
    return out


def length_lines(recall):
    for name, shares in recall.items():
        public = {n: share for n, share in shares.items() if n in PUBLIC[name]}
        others = {n: share for n, share in shares.items() if n not in PUBLIC[name]}
        for title, some, must in (("", others, "80 %"), (", lengths of digests and keys", public, "50 %")):
            lowest = min(some, key=some.get)
            yield Line(
                f"random {name}, the length found least{title}",
                f"{percent(some[lowest])} % (of {lowest} characters; mean {percent(np.mean(list(some.values())))} %)",
                must,
                "-",
            )


def hex_steps(nets, probability, count=200):
    """The mean score of random bare hex at each length up to 64 digits, and the highest step from one to the next."""
    r, means = random.Random(4806), {}
    for n in range(14, 65):
        texts = ["".join(r.choices(ALPHABETS["hex"], k=n)).encode() for _ in range(count)]
        means[n] = float(np.mean([probability(scores_of(net, texts)) for net in nets]))
    step = max(abs(means[n + 1] - means[n]) for n in range(14, 64))
    return means, step
