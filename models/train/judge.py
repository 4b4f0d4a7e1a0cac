"""The figures of the card: every source judged by a network that never saw it, and the calibration made from the same.

Fold A holds out dnscat2, the malware and half of the benign sources, fold B iodine, dns2tcp and the other half. So each
row is scored exactly once, by the network of its fold. Intervals are 95 %: of rates Wilson's, else over sources.
"""

import hashlib
import math
import random
from collections import defaultdict

import numpy as np

import export
from corpus import fold_of
from net import logits
from reference import windows
from suspicious import disguised

PRIOR = .10     # share of suspicious texts at which the score is a probability
MOST = 200      # rows a suspicious source counts with, so that one tool does not rule


def held_out(nets, rows):
    """[(logit, label, source, kind, value)] of every row, by the network that never saw its source."""
    out = []
    for part in "AB":
        mine = [row for row in rows if fold_of(row[2], row[3]) == part]
        scores = logits(nets[part], [windows(row[0]) for row in mine])
        out += [(score, label, source, kind, value) for score, (value, label, source, kind) in zip(scores, mine)]
    return out


def weights_of(judged):
    """Row weights: sources by n^0.6, suspicious rows PRIOR of the whole."""
    count = defaultdict(int)
    for _, label, source, kind, _ in judged:
        count[label, source, kind] += 1
    weight = np.array([count[label, source, kind] ** -.4 for _, label, source, kind, _ in judged])
    label = np.array([row[1] for row in judged])
    weight[label == 1] *= PRIOR / weight[label == 1].sum()
    weight[label == 0] *= (1 - PRIOR) / weight[label == 0].sum()
    return weight, label


def platt(judged):
    """Slope and offset that make sigmoid(slope * logit + offset) a probability at PRIOR: weighted Newton steps."""
    weight, label = weights_of(judged)
    x = np.array([row[0] for row in judged])
    slope, offset = 1.0, 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(slope * x + offset, -30, 30)))
        g = np.array([(weight * (p - label) * x).sum(), (weight * (p - label)).sum()])
        h = weight * p * (1 - p)
        step = np.linalg.solve(np.array([[(h * x * x).sum() + 1e-9, (h * x).sum()], [(h * x).sum(), h.sum() + 1e-9]]), g)
        slope, offset = slope - step[0], offset - step[1]
    return float(slope), float(offset)


def wilson(hits, n, z=1.96):
    if not n:
        return "-"
    p, d = hits / n, 1 + z * z / n
    half = z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / d
    centre = (p + z * z / 2 / n) / d
    return f"{100 * p:.1f} % ({100 * max(0, centre - half):.1f} to {100 * min(1, centre + half):.1f}; n {n})"


def auroc(positive, negative):
    negative = np.sort(negative)
    below, upto = np.searchsorted(negative, positive, "left"), np.searchsorted(negative, positive, "right")
    return float((below + upto).sum() / (2 * len(positive) * len(negative)))


def card(folder, judged, slope, offset, rows, options):
    """Writes `README.md` of the model: what it is, how it was made, how good it is and is not."""
    flagged = lambda row: slope * row[0] + offset >= 0
    by_kind, by_source = defaultdict(list), defaultdict(list)
    r = random.Random(5)
    for row in judged:
        by_kind[row[3]].append(row)
        by_source[row[1], row[2]].append(row)
    bad, good = [row for row in judged if row[1]], [row for row in judged if not row[1]]
    score = lambda some: np.array([row[0] for row in some])
    families = {source: score(some) for (label, source), some in by_source.items() if label and len(some) >= 20}
    capped = []
    for (label, _), some in sorted(by_source.items()):
        capped += r.sample(some, min(MOST, len(some))) if label else []
    lines = [("AUROC, suspicious against all benign", f"{auroc(score(bad), score(good)):.4f}; mean over {len(families)} sources {np.mean([auroc(s, score(good)) for s in families.values()]):.4f}")]
    for kind, title in (("benign", "flagged: benign of known form"), ("benign_unknown", "flagged: benign of unknown form")):
        lines.append((title, wilson(sum(map(flagged, by_kind[kind])), len(by_kind[kind]))))
    rare = [row for row in good if row[2].startswith("rare:")]
    lines.append(("flagged: rare formats", wilson(sum(map(flagged, rare)), len(rare))))
    for low, high in ((0, 21), (22, 47), (48, 99), (100, 10**9)):
        some = [row for row in capped if low <= len(row[4]) <= high]
        lines.append((f"found: suspicious, {low} to {high} bytes" if high < 10**9 else f"found: suspicious, {low} bytes and more", wilson(sum(map(flagged, some)), len(some))))
    hidden = [export.normalise(disguised(r)[0]) for _ in range(2000)]
    run = export.session(str(folder / "model.onnx"))
    got = export.score(run, hidden)
    lines.append(("found: payloads inside known forms (generated, other seed than in training; the shipped file)", wilson(int((got >= .5).sum()), len(hidden))))

    single = r.sample(range(len(rows)), 3000)
    values = [rows[i][0] for i in single]
    exact = export.score(export.session(export.graph(options.shipped, slope, offset).SerializeToString()), values)
    shipped = export.score(run, values)
    changed = int(((exact >= .5) != (shipped >= .5)).sum())
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    sources = "\n".join(
        f"| {source} | {'suspicious' if label else 'benign'} | {len(some)} | {100 * np.mean([flagged(row) for row in some]):.1f} % |"
        for (label, source), some in sorted(by_source.items(), key=lambda x: (-x[0][0], -len(x[1]))) if len(some) >= 20)
    table = "\n".join(f"| {what} | {figure} |" for what, figure in lines)
    (folder / "README.md").write_text(f"""# {folder.name}

Scores one DNS TXT answer: the probability that it is a payload, command or tunnel answer rather than an ordinary
record, at a prior of {100 * PRIOR:.0f} % suspicious. In a network where far fewer answers are suspicious it ranks; it is not the
chance of an incident. Written by `models/train/run.py` (`--rows {options.rows} --seed {options.seed}`); sha256 of the file
`{digest}`, {(folder / 'model.onnx').stat().st_size:,} bytes.

A byte-level convolutional network: 16-dimensional embedding, convolutions 8/4 to 64 and 3/2 to 96 channels, maximum and sum
over the whole text, 64 hidden units; static int8 with 7-bit weights. It reads windows of {export.CONTENT} bytes every {export.STRIDE} bytes and
the highest window counts, so no part of a long value goes unread.

## Data

{len(rows):,} real values of {len({row[2] for row in rows})} public sources (labels by provenance: DNS-as-code repositories and captures of ordinary traffic are
benign, captures of tunnels and malware are suspicious) and generated ones: {options.rows:,} training rows, a quarter of them real,
at most 500 a source. Generated values follow public formats; names, numbers, tokens and contents in them are invented, RSA keys
are key structures around random numbers. The real values are not in this repository.

## Figures

Each row is judged by a network that never saw its source (two folds: A holds out dnscat2 and malware, B iodine and dns2tcp,
benign sources by hash). The shipped network was then trained on everything, so its own figures on this data would say nothing.
95 % intervals in brackets.

| at threshold 0.5 | |
| --- | --- |
{table}
| verdicts of 3,000 real rows that the int8 file changes against float | {changed} |

| source (20 rows and more) | label | rows | flagged |
| --- | --- | --- | --- |
{sources}

## Known weaknesses

- Short values carry too little: control answers of dnscat2 under 22 bytes, single words, digits.
- A bare random token of 22 to 48 characters looks like the verification tokens of certificate authorities, and the other way round.
- A payload that keeps exactly to the form of a token, or stands inside a valid key modulus, cannot be told from it.
- Formats that no source here holds: enterprise look-ups of antivirus and reputation services are generated from public
  descriptions only.
""")


