"""How good a pair of fold networks is: the tables of the model's card.

Whole sources are held out, in two folds by rule (`corpus.fold_of`): each real row is scored once, by the network that
saw neither its source nor a near-duplicate of it. Generated texts are scored by both fold networks, and their mean
counts. Texts under 22 bytes and bare hex under 65 digits carry too little; they stand in lines of their own. Intervals
are 95 %.
"""

import json
import math
import random
import re
from collections import Counter, defaultdict, namedtuple

import numpy as np

import corpus
import unseen
from corpus import bare_hex, fold_of, says_little
from reference import windows
from texts.disguises import disguised
from texts.payloads import suspicious

PRIOR = 0.10  # share of suspicious texts at which the score is a probability
MAX_PER_SOURCE = 200  # rows that a suspicious source counts with, so that one tool does not rule
MIN_ROWS = 20  # rows below which a source stands in no line of its own


class Uncalibrated(Exception):
    """The scores are too weak for a slope and an offset."""


ScoredRow = namedtuple("ScoredRow", "logit row floor")  # floor: the score that its sign gives a text at least, or 0
Line = namedtuple("Line", "what figure must aim")


def scores_of(net, values):
    from net import logits

    return logits(net, [windows(value) for value in values])


def held_out(nets, rows):
    """Every row with the logit of the network that never saw its source."""
    out, floors = [], dict(zip(rows, corpus.floors([row.value for row in rows])))
    for part in "AB":
        mine = [row for row in rows if fold_of(row) == part]
        logits = scores_of(nets[part], [row.value for row in mine])
        out += [ScoredRow(logit, row, floors[row]) for logit, row in zip(logits, mine)]
    return out


def telling(judged):
    """Ordinary rows, and the suspicious ones that say enough."""
    return [one for one in judged if not (one.row.label and corpus.is_hidden(one.row))]


def weights(judged):
    """Logits, labels and weights of the rows that a score is calibrated on: those that say enough, each source by the
    root of its rows, suspicious and ordinary ones as at PRIOR."""
    judged = telling(judged)
    group = lambda row: (row.label, row.shape or row.source, row.form)
    count = Counter(group(one.row) for one in judged)
    weight = np.array([count[group(one.row)] ** -0.5 for one in judged])
    label = np.array([one.row.label for one in judged])
    for value, share in ((1, PRIOR), (0, 1 - PRIOR)):
        weight[label == value] *= share / weight[label == value].sum()
    return np.array([one.logit for one in judged]), label, weight


def generated(nets):
    """{fold: logits} of payloads as an attacker who knows of the model would send them: short and disguised."""
    r = random.Random(4800)
    values = [corpus.normalise(make(r)[0]) for make in (suspicious, disguised) for _ in range(1000)]
    values = [value for value in values if len(value) >= corpus.MIN_PAYLOAD and not says_little(value)]
    return {part: scores_of(net, values) for part, net in nets.items() if part in "AB"}


def platt(judged, made):
    """Slope and offset that make sigmoid(slope * logit + offset) a probability at PRIOR.

    Ordinary texts are the held-out ones. Suspicious texts are, half and half, the held-out ones that say enough, and
    generated ones, whose logits are given. Newton steps, halved until the loss falls, since a whole step can run away
    where the labels are nearly separable.
    """
    x, label, weight = weights(judged)
    half = np.where(label == 1, weight / 2, weight)
    x, label = np.concatenate((x, made)), np.concatenate((label, np.ones(len(made))))
    weight = np.concatenate((half, np.full(len(made), PRIOR / 2 / len(made))))

    def loss(slope, offset):
        z = slope * x + offset
        return float((weight * (np.logaddexp(0, z) - label * z)).sum())

    slope, offset = 1.0, 0.0
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(slope * x + offset, -500, 500)))
        g = np.array([(weight * (p - label) * x).sum(), (weight * (p - label)).sum()])
        h = weight * p * (1 - p)
        step = np.linalg.solve(
            np.array([[(h * x * x).sum() + 1e-6, (h * x).sum()], [(h * x).sum(), h.sum() + 1e-6]]), g
        )
        before, scale = loss(slope, offset), 1.0
        while scale > 1e-6 and loss(slope - scale * step[0], offset - scale * step[1]) > before:
            scale /= 2
        slope, offset = slope - scale * step[0], offset - scale * step[1]
        if abs(before - loss(slope, offset)) < 1e-12:
            break
    if not 0.05 < slope < 20:
        raise Uncalibrated(f"the calibration ran away: slope {slope}")
    return float(slope), float(offset)


def calibrated(judged, made):
    """The same rows with the logit of their probability. Each fold's rows are calibrated by those of the other fold, so
    that nothing is judged by itself."""
    folds = {part: [one for one in judged if fold_of(one.row) == part] for part in "AB"}
    out = []
    for mine, other in ("AB", "BA"):
        slope, offset = platt(folds[other], made[other])
        out += [one._replace(logit=slope * one.logit + offset) for one in folds[mine]]
    return out


def raised(rows):
    """Calibrated rows as the program scores them: a sign's floor under the network's probability."""
    lowest = lambda floor: math.log(floor / (1 - floor)) if floor else -math.inf
    return [one._replace(logit=max(one.logit, lowest(one.floor))) for one in rows]


EDGES = (0, 0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 1.0001)
MIN_IN_BIN = 100


def reliability(rows):
    """[(mean score, share of suspicious texts, rows)] of calibrated rows, by bins of the score; bins of few rows join
    the next one."""
    x, label, weight = weights(rows)
    score, bins, low = 1 / (1 + np.exp(-np.clip(x, -500, 500))), [], 0.0
    mean = lambda values, inside: float(np.average(values[inside], weights=weight[inside]))
    for high in EDGES[1:]:
        inside = (score >= low) & (score < high)
        if inside.sum() >= MIN_IN_BIN or (high == EDGES[-1] and inside.any()):
            bins.append((mean(score, inside), mean(label, inside), int(inside.sum())))
            low = high
    return bins


def thresholds(rows):
    """Of some shares of suspicious answers in a network: the lowest score from which at least half of the alerts are
    suspicious, what is found and what is flagged there. Found is a mean over sources, flagged of all ordinary rows with
    the upper end of its interval, which is what counts."""
    good = np.array([one.logit for one in rows if not one.row.label and not one.row.shape])
    sources = defaultdict(list)
    for one in telling(rows):
        if one.row.label:
            sources[one.row.source].append(one.logit)
    found = lambda at: float(np.mean([np.mean(np.array(some) >= at) for some in sources.values()]))
    for prior in (0.1, 0.01, 0.001, 0.0001):
        for score in (*np.arange(0.5, 0.99, 0.01), 0.99):
            at = math.log(score / (1 - score))
            hits = int((good >= at).sum())
            share, _, upper = wilson(hits, len(good))
            if prior * found(at) >= (1 - prior) * upper:
                yield prior, float(score), found(at), share, upper
                break
        else:
            yield prior, None, 0.0, 0.0, 0.0


# ---------------------------------------------------------------- figures
def percent(x):
    """Per cent, with the digits that matter near nothing and near all."""
    return f"{100 * x:.2f}" if 0 < x < 0.1 or 0.99 <= x < 1 else f"{100 * x:.1f}"


def wilson(hits, n, z=1.96):
    """Rate and its interval, by Wilson."""
    if not n:
        return math.nan, 0.0, 1.0
    p, d = hits / n, 1 + z * z / n
    half = z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / d
    centre = (p + z * z / 2 / n) / d
    return p, max(0, centre - half), min(1, centre + half)


def rate(hits, n):
    p, low, high = wilson(hits, n)
    return f"{percent(p)} % ({percent(low)} to {percent(high)}; n {n:,})" if n else "-"


def bootstrap(values):
    """Mean over sources and its interval."""
    values = np.array(values)
    draws = np.random.default_rng(1).choice(values, (2000, len(values))).mean(1)
    return values.mean(), np.quantile(draws, 0.025), np.quantile(draws, 0.975)


def mean_of(values, count):
    mean, low, high = bootstrap(values)
    return f"{percent(mean)} % ({percent(low)} to {percent(high)}; {count})"


def auroc(positive, negative):
    negative = np.sort(negative)
    return float(
        (np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")).sum()
        / (2 * len(positive) * len(negative))
    )


def auroc_figure(positive, negative):
    r = np.random.default_rng(1)
    draws = [auroc(r.choice(positive, len(positive)), r.choice(negative, len(negative))) for _ in range(200)]
    return f"{auroc(positive, negative):.4f} ({np.quantile(draws, 0.025):.4f} to {np.quantile(draws, 0.975):.4f})"


def macro_figure(families, negative, figure):
    values = [figure(scores, negative) for scores in families.values()]
    draws = np.random.default_rng(1).choice(values, (2000, len(values))).mean(1)
    return (
        f"{np.mean(values):.4f} ({np.quantile(draws, 0.025):.4f} to {np.quantile(draws, 0.975):.4f}; "
        f"{len(values)} sources)"
    )


def found_at_one_percent(positive, negative):
    return float((positive > np.sort(negative)[::-1][len(negative) // 100]).mean())


class Figures:
    """All figures of one set of fold networks."""

    def __init__(self, nets, slope, offset, judged):
        self.nets, self.cut, self.judged = nets, -offset / slope, judged
        self.bad = [one for one in self.judged if one.row.label]
        self.good = [one for one in self.judged if not one.row.label]
        self.by_source = defaultdict(list)
        for one in self.judged:
            self.by_source[one.row.label, one.row.source].append(one)

    def flagged(self, some):
        return sum(one.logit >= self.cut for one in some)

    def capped(self, keep=lambda value: not says_little(value)):
        """Suspicious rows, at most MAX_PER_SOURCE per source."""
        r, out = random.Random(5), {}
        for (label, source), some in sorted(self.by_source.items()):
            some = [one for one in some if keep(one.row.value)]
            if label and some:
                out[source] = r.sample(some, min(MAX_PER_SOURCE, len(some)))
        return out

    def recall(self, keep):
        sources = self.capped(keep)
        rows = [one for some in sources.values() for one in some]
        by_source = [self.flagged(some) / len(some) for some in sources.values() if len(some) >= MIN_ROWS]
        mean = f"; mean over sources {mean_of(by_source, f'{len(by_source)} sources')}" if by_source else ""
        return rate(self.flagged(rows), len(rows)) + mean

    def by_folds(self, values):
        """Of each value, whether each fold network flags it: shape [2, values]."""
        return np.array([scores_of(self.nets[part], values) >= self.cut for part in "AB"])

    def rate_of(self, values):
        return rate(round(self.by_folds(values).mean(0).sum()), len(values))

    def ranking(self):
        score = lambda some: np.array([one.logit for one in some])
        negative, telling = score(self.good), [one for one in self.bad if not says_little(one.row.value)]
        families = defaultdict(list)
        for one in telling:
            families[one.row.source].append(one.logit)
        families = {source: np.array(some) for source, some in families.items() if len(some) >= MIN_ROWS}
        yield Line(
            "AUROC, suspicious against all benign: all rows", auroc_figure(score(telling), negative), "0.996", "0.999"
        )
        yield Line("AUROC, macro over sources", macro_figure(families, negative, auroc), "0.97", "0.99")
        yield Line(
            "found at 1 % false positives, macro",
            macro_figure(families, negative, found_at_one_percent),
            "0.95",
            "0.98",
        )
        yield Line("AUROC, the rows that say little included", auroc_figure(score(self.bad), negative), "-", "-")

    def false_positives(self):
        for known, title in ((True, "known"), (False, "unknown")):
            some = [one for one in self.good if corpus.is_known(one.row.form) == known]
            sources = defaultdict(list)
            for one in some:
                sources[one.row.source].append(one)
            means = [self.flagged(group) / len(group) for group in sources.values() if len(group) >= MIN_ROWS]
            yield Line(f"flagged: benign of {title} form, rows", rate(self.flagged(some), len(some)), "0.6 %", "0.2 %")
            yield Line(
                f"flagged: benign of {title} form, mean over sources",
                mean_of(means, f"{len(means)} sources"),
                "0.6 %",
                "0.2 %",
            )
        for kind in ("benign", "benign_unknown"):
            some = [one for one in self.good if one.row.kind == kind]
            yield Line(
                f"flagged: rows that the corpus calls {kind}", rate(self.flagged(some), len(some)), "0.6 %", "0.2 %"
            )
        rare = [one for one in self.good if one.row.source.startswith("rare:")]
        token = lambda row: not corpus.is_known(row.form) and re.fullmatch(rb"[A-Za-z0-9+/_-]{40,}={0,2}", row.value)
        plain = [one for one in rare if not token(one.row)]
        yield Line("flagged: rare formats", rate(self.flagged(plain), len(plain)), "4 %", "1 %")
        yield Line(
            "flagged: rare formats, bare base64 or hex",
            rate(self.flagged([o for o in rare if token(o.row)]), len(rare) - len(plain)),
            "-",
            "-",
        )
        worst = max(
            (wilson(self.flagged(some), len(some))[1], source)
            for (label, source), some in self.by_source.items()
            if not label and len(some) >= MIN_ROWS
        )
        yield Line(
            "highest lower bound of a benign source's false positives",
            f"{percent(worst[0])} % ({worst[1]})",
            "0.5 %",
            "0.2 %",
        )

    def recalls(self):
        yield Line("found: 100 bytes and more", self.recall(lambda v: len(v) >= 100), "0.995", "0.999")
        yield Line(
            "found: 48 to 99 bytes", self.recall(lambda v: 48 <= len(v) < 100 and not bare_hex(v)), "0.90", "0.97"
        )
        telling = [v for v in unseen.generated(random.Random(4801), 48, 99, 2600) if not bare_hex(v)][:2000]
        yield Line("found: 2,000 generated payloads of 48 to 99 bytes", self.rate_of(telling), "0.90", "0.97")
        yield Line(
            "found: 22 to 47 bytes, no bare hex", self.recall(lambda v: 22 <= len(v) < 48 and not bare_hex(v)), "-", "-"
        )
        yield Line("found: bare hex of 22 to 64 digits", self.recall(lambda v: len(v) >= 22 and bare_hex(v)), "-", "-")
        yield Line("found: under 22 bytes", self.recall(lambda v: len(v) < 22), "-", "-")

    def payloads(self, low, high, count):
        """Suspicious real rows of these lengths, even over the sources as far as they reach, by fold."""
        r, pools = random.Random(7), defaultdict(list)
        for one in self.bad:
            if low <= len(one.row.value) <= high:
                pools[one.row.source].append(one.row)
        for some in pools.values():
            r.shuffle(some)
        picked = []
        while len(picked) < count and any(pools.values()):
            picked += [pools[source].pop() for source in sorted(pools) if pools[source]]
        return {part: [row.value for row in picked[:count] if fold_of(row) == part] for part in "AB"}

    def disguises(self):
        """(recall of held-out payloads, of generated payloads, of ordinary words) by form."""
        real = self.payloads(16, 150, 300)
        made = unseen.generated(random.Random(4802), 16, 150, 300)
        for group in (unseen.COMMON, unseen.DISGUISES):
            for name, form in group.items():
                hits = np.concatenate(
                    [
                        scores_of(self.nets[part], [unseen.fill(form, v) for v in values]) >= self.cut
                        for part, values in real.items()
                        if values
                    ]
                )
                yield (
                    group is unseen.COMMON,
                    name,
                    form,
                    hits,
                    self.by_folds([unseen.fill(form, v) for v in made]).mean(0),
                    self.by_folds([unseen.fill(form, w.encode()) for w in unseen.WORDS]).mean(0),
                )

    def disguise_lines(self, table):
        for common, title, must, aim in (
            (True, "the 4 common forms", "0.95", "0.99"),
            (False, f"{len(unseen.DISGUISES)} forms of our own", "0.75", "0.90"),
        ):
            some = [row for row in table if row[0] == common]
            yield Line(
                f"found: payloads of held-out sources (16 to 150 bytes) in {title}, mean over forms",
                mean_of([row[3].mean() for row in some], f"n {some[0][3].size} per form"),
                must,
                aim,
            )
            yield Line(
                f"found: generated payloads (16 to 150 bytes) in {title}, mean over forms",
                mean_of([row[4].mean() for row in some], f"n {some[0][4].size} per form"),
                must,
                aim,
            )
        own = [row[5] for row in table if not row[0]]
        yield Line(
            "flagged: the same forms of our own with an ordinary word",
            rate(round(sum(x.sum() for x in own)), sum(x.size for x in own)),
            "-",
            "-",
        )

    def long_values(self):
        r = random.Random(4803)
        words = unseen.carriers(r, 500)
        yield Line(
            "flagged: valid records of 1,000 to 3,000 characters",
            self.rate_of([unseen.hidden(w, b"", "tail").strip() for w in words]),
            "1 %",
            "0.2 %",
        )
        real, made = self.payloads(64, 250, 400), unseen.generated(r, 64, 250, 200)
        for where in ("head", "middle", "tail"):
            hits = [
                scores_of(self.nets[part], [unseen.hidden(r.choice(words), v, where) for v in values]) >= self.cut
                for part, values in real.items()
            ]
            hits.append(self.by_folds([unseen.hidden(r.choice(words), v, where) for v in made]).mean(0))
            hits = np.concatenate(hits)
            yield Line(
                f"found: a payload of 64 bytes or more at the {where} of such a record",
                rate(round(hits.sum()), hits.size),
                "0.95",
                "0.99",
            )

    def own_texts(self):
        """The texts of `tests/fixtures/verdicts.jsonl`: formats from documentation and payloads, written by hand."""
        with open(corpus.ROOT / "tests/fixtures/verdicts.jsonl", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        value = lambda expected: [corpus.normalise(row["text"].encode()) for row in rows if row["expect"] == expected]
        yield Line("flagged: ordinary texts of our own collection", self.rate_of(value("silent")), "4 %", "1 %")
        yield Line("found: payloads of our own collection", self.rate_of(value("flagged")), "-", "-")

    def lines(self):
        self.disguise_table = list(self.disguises())
        return [
            *self.ranking(),
            *self.false_positives(),
            *self.own_texts(),
            *self.recalls(),
            *self.disguise_lines(self.disguise_table),
            *self.long_values(),
        ]

    def worst(self, count=10):
        """The errors furthest on the wrong side."""
        telling = [one for one in self.bad if not says_little(one.row.value)]
        return sorted(self.good, key=lambda one: -one.logit)[:count], sorted(telling, key=lambda one: one.logit)[:count]


def table(lines):
    return "\n".join(
        [
            "| at threshold 0.5 unless said | figure | must | aim |",
            "| --- | --- | --- | --- |",
            *(f"| {line.what} | {line.figure} | {line.must} | {line.aim} |" for line in lines),
        ]
    )
