"""The model card: what the model is, how it was made, how good it is and is not, next to what else could be used."""

import gzip
import hashlib
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np

import corpus
import export
import figures
from figures import auroc, rate, table
from net import HIDDEN
from reference import CONTENT, STRIDE, normalise


def entropy(value):
    counts = np.array(list(Counter(value).values())) / max(1, len(value))
    return float(-(counts * np.log2(counts)).sum())


def other_ways(corpus_folder, judged, cut):
    """The same rows by the original weights, entropy, length and expressions, where the original's scores are there."""
    path = Path(corpus_folder).parent / "dsdl_artifact" / "reference.jsonl.gz"
    if not path.exists():
        return "The original's reference scores were not beside the corpus: no comparison.\n"
    by_value = {one.row.value: one for one in judged}
    rows = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            one = by_value.get(normalise(row["text"].encode()))
            if one and row["score"] is not None:
                rows.append((one, row["score"]))
    unmatched = texts_without_expression(corpus_folder)
    known = np.array([corpus.is_known(one.row.form) for one, _ in rows])
    label = np.array([one.row.label for one, _ in rows])
    telling = np.array([not one.row.label or not figures.says_little(one.row.value) for one, _ in rows])
    ways = {
        "this model (held out)": (np.array([one.logit for one, _ in rows]), cut),
        "original DSDL weights": (np.array([score for _, score in rows]), 0.5),
        "entropy (bits per byte)": (np.array([entropy(one.row.value) for one, _ in rows]), None),
        "length": (np.array([float(len(one.row.value)) for one, _ in rows]), 100),
        "no type of the table of record types": (1.0 - known, 0.5),
        "no expression of the original's labels (TIDE)": (
            np.array([one.row.value in unmatched for one, _ in rows]) * 1.0,
            0.5,
        ),
    }
    out = [
        f"On the {len(rows):,} rows of this corpus for which the original's scores are published ("
        f"{int(label.sum())} suspicious, {int((label & telling).sum())} of them with more to say than "
        "an idle frame of a tunnel: under 22 bytes or bare hex under 65 digits):\n",
        (
            "| score | AUROC, all rows | AUROC, texts that say something | AUROC, those against benign of "
            "unknown form | found of those | flagged, known form | flagged, unknown form | cut |"
        ),
        "| --- |" + " --- |" * 7,
    ]
    bad, good = (label == 1) & telling, label == 0
    for name, (score, at) in ways.items():

        def flag(where, score=score, at=at):
            return rate(int((score[where] >= at).sum()), int(where.sum())) if at is not None else "-"

        out.append(
            f"| {name} | {auroc(score[label == 1], score[good]):.3f} | {auroc(score[bad], score[good]):.3f} "
            f"| {auroc(score[bad], score[good & ~known]):.3f} | {flag(bad)} | {flag(good & known)} | "
            f"{flag(good & ~known)} | {'-' if at is None else 0.5 if name != 'length' else at} |"
        )
    return "\n".join(out) + "\n"


def texts_without_expression(corpus_folder):
    """The texts that no expression behind the original's labels matches, where the corpus says so (`tide`)."""
    out = set()
    for path in Path(corpus_folder).glob("*.jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            out |= {normalise(row["text"].encode()) for row in map(json.loads, lines) if not row.get("tide")}
    return out


def licences(corpus_folder):
    """{source: licence}, from the table of sources in the corpus's README."""
    path, out, column = Path(corpus_folder) / "README.md", {}, None
    for line in path.read_text().splitlines() if path.exists() else ():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "source":
            column = next((i for i, cell in enumerate(cells) if cell.startswith("licence")), None)
        elif line.startswith("|") and column is not None and len(cells) > column:
            out[cells[0]] = (
                cells[column]
                .split(" @")[0]
                .replace("none found in repo", "none stated")
                .replace("n/a", "made for the corpus")
            )
    return out


def alerts(result, slope, offset):
    """Expected alerts of 100,000 unique ordinary answers, by threshold: held-out rows pooled, and mean over sources."""
    z = np.array([slope * one.logit + offset for one in result.good])
    sources = {}
    for one, score in zip(result.good, z):
        sources.setdefault(one.row.source, []).append(score)
    out = [
        (
            "| threshold | ordinary answers flagged of 100,000 unique ones: pooled rows | mean over sources | "
            "suspicious found (at most 200 per source) |"
        ),
        "| --- | --- | --- | --- |",
    ]
    many = lambda share: f"{100_000 * share:,.0f}"
    bad = [one for some in result.capped().values() for one in some]
    for threshold in (0.5, 0.9, 0.99):
        at = np.log(threshold / (1 - threshold))
        hits = int((z >= at).sum())
        _, low, high = figures.wilson(hits, len(z))
        shares = np.array([np.mean(np.array(some) >= at) for some in sources.values() if len(some) >= figures.MIN_ROWS])
        mean, lowest, highest = figures.bootstrap(shares)
        out.append(
            f"| {threshold} | {many(hits / len(z))} ({many(low)} to {many(high)}) | {many(mean)} ("
            f"{many(lowest)} to {many(highest)}) | "
            f"{rate(sum(slope * one.logit + offset >= at for one in bad), len(bad))} |"
        )
    return "\n".join(out)


def plots(folder, result, slope, offset):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    telling = np.array([one.logit for one in result.bad if not figures.says_little(one.row.value)])
    everything, good = np.array([one.logit for one in result.bad]), np.array([one.logit for one in result.good])
    figure, axes = plt.subplots(figsize=(6, 5))
    for positive, title in ((telling, "without texts that say little"), (everything, "all suspicious rows")):
        cuts = np.sort(np.concatenate((positive, good)))[::-1]
        axes.plot(
            [(good >= cut).mean() for cut in cuts[::20]],
            [(positive >= cut).mean() for cut in cuts[::20]],
            label=f"{title}: AUROC {auroc(positive, good):.4f}",
        )
    axes.set(
        xscale="log",
        xlim=(1e-4, 1),
        ylim=(0, 1.01),
        xlabel="ordinary rows flagged",
        ylabel="suspicious rows found",
        title="Held-out sources",
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(folder / "roc.png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)

    weight = np.concatenate(
        (np.full(len(telling), figures.PRIOR / len(telling)), np.full(len(good), (1 - figures.PRIOR) / len(good)))
    )
    p = 1 / (1 + np.exp(-(slope * np.concatenate((telling, good)) + offset)))
    label = np.concatenate((np.ones(len(telling)), np.zeros(len(good))))
    figure, axes = plt.subplots(figsize=(6, 5))
    edges = np.array([0, 0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99, 1.0001])
    points = [
        (np.average(p[m], weights=weight[m]), np.average(label[m], weights=weight[m]))
        for low, high in zip(edges, edges[1:])
        for m in [(p >= low) & (p < high)]
        if m.any()
    ]
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.plot(*zip(*points), marker="o")
    axes.set(
        xlabel="score",
        ylabel="share of suspicious texts",
        title=f"Reliability at a prior of {100 * figures.PRIOR:.0f} % (held-out sources)",
    )
    axes.grid(alpha=0.3)
    figure.savefig(folder / "reliability.png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)


def rows_per_second(path, characters=128):
    """The session alone, one thread, texts of this length in their bucket."""
    run, length = export.session(str(path)), export.bucket(characters + 2)
    ids = np.random.default_rng(0).integers(1, 257, (8192 // length, length)).astype(np.int32)
    for _ in range(30):
        run.run(None, {"ids": ids})
    best = 0
    for _ in range(3):
        begun, count = time.process_time(), 0
        while time.process_time() - begun < 1:
            run.run(None, {"ids": ids})
            count += len(ids)
        best = max(best, count / (time.process_time() - begun))
    return best


def write(folder, result, slope, offset, rows, options, net):
    path = folder / "model.onnx"
    exact = export.session(export.graph(net, slope, offset).SerializeToString())
    values = [row.value for row in rows]
    changed = int(
        ((export.score(exact, values) >= 0.5) != (export.score(export.session(str(path)), values) >= 0.5)).sum()
    )
    lines = result.lines() + [
        figures.Line(
            "verdicts on real rows that the int8 file changes against float", rate(changed, len(values)), "0.1 %", "-"
        ),
        figures.Line(
            "size of the file; rows per second at 128 characters, one thread, session alone",
            f"{path.stat().st_size:,} bytes; {rows_per_second(path):,.0f}",
            "300 KB; 100,000",
            "100 KB; 200,000",
        ),
    ]
    plots(folder, result, slope, offset)
    licence = licences(options.corpus)
    sources = "\n".join(
        (
            f"| {source} | {licence.get(source, 'not listed')} | {'suspicious' if label else 'benign'} | "
            f"{rate(result.flagged(some), len(some))} |"
        )
        for (label, source), some in sorted(result.by_source.items(), key=lambda x: (-x[0][0], -len(x[1])))
        if len(some) >= figures.MIN_ROWS
    )
    shares = lambda hits: rate(round(hits.sum()), hits.size)
    disguises = "\n".join(
        f"| `{form.replace('|', chr(92) + '|')}` | {shares(real)} | {shares(made)} | {shares(words)} |"
        for _, _, form, real, made, words in result.disguise_table
    )
    smaller = Counter(licence.get(source, "not listed") for source in {row.source for row in rows})
    stated = ", ".join(f"{name} {count}" for name, count in smaller.most_common())
    more = lambda name: (
        path.read_text() if (path := folder.parent / "train" / name).exists() else "Not run for this model.\n"
    )
    counts = Counter((row.kind, row.source.split(":")[0] if ":" in row.source else "published zones") for row in rows)
    data = "\n".join(f"| {kind} | {group} | {count:,} |" for (kind, group), count in sorted(counts.items()))
    parameters = sum(p.numel() for p in net.parameters())
    (folder / "README.md").write_text(f"""# {folder.name}

Scores one DNS TXT answer: the probability that it is a payload, command or tunnel answer rather than an ordinary record. Use it
for ranking: it assumes that {100 * figures.PRIOR:.0f} % of answers are malicious. Real networks have far fewer, so many high scores are harmless.
A record of unknown but ordinary form scores low, a payload in a known form scores high.

Written by `models/train/run.py --corpus FOLDER` (`--rows {options.rows} --seed {options.seed}`). sha256 of `model.onnx`:
`{hashlib.sha256(path.read_bytes()).hexdigest()}`. State of the table of record types (`cargo xtask label --hash`): `{corpus.xtask("label", "--hash").decode().strip()}`.

A byte-level convolutional network of {parameters:,} parameters: embedding, two convolutions, maximum and sum over the whole text, {HIDDEN}
hidden units; static int8 with 7-bit weights, whose sums cannot overflow on hosts without VNNI (these figures were taken on one). The first id says how long the text is. It reads
windows of {CONTENT} bytes every {STRIDE} bytes and the highest window counts, so no part of a long value goes unread.

## Data

| kind | where from | unique values |
| --- | --- | --- |
{data}

Labels say where a value came from, never what it looks like: DNS-as-code repositories, public reports and captures of ordinary traffic are
ordinary, captures of tunnels and malware suspicious. Licences that the sources state, by number of sources: {stated};
the larger ones stand in the table by source, and no value is in this repository. A quarter of the training rows are drawn from them, at most {corpus.MAX_PER_GROUP} per source and form; the rest is
generated (`models/train/texts`) from public formats with invented names, numbers, tokens and contents, and with real RSA and Ed25519 keys
made for it. Where a format is known from documentation only, and no value of it was seen, the generator may be wrong.

## Figures

Each real row is judged by a network that saw neither its source nor a near-duplicate of it (two folds: A holds out dnscat2 and malware, B
iodine and dns2tcp, benign sources by hash), generated texts by both. The shipped network was then trained on everything, so its own figures
on this data would say nothing. Texts under 22 bytes and bare hex under 65 digits stand apart, and a bare token counts as unknown form. 95 %
intervals in brackets. Two things lean on the held-out rows: slope and offset of the calibration were fitted on them, and their formats
were looked at when the generators were widened. No row was drawn from a held-out source, but the generators know public formats, and of
short ones they may write the very record.

`python3 models/train/evaluate.py --corpus FOLDER` prints these tables.

{table(lines)}

![ROC](roc.png)
![Reliability](reliability.png)

### Alerts to expect

{alerts(result, slope, offset)}

### Beside other ways

{other_ways(options.corpus, result.judged, result.cut)}
### By disguise

Payloads of 16 to 150 bytes. The first four forms are what everybody tries first, and the generators write them; the others they do
not (a test looks for them).

| form | held-out payloads found | generated payloads found | an ordinary word flagged |
| --- | --- | --- | --- |
{disguises}

### By source

| source (20 rows and more) | licence | label | flagged |
| --- | --- | --- | --- |
{sources}

### Three seeds

Fold networks from other random numbers, in what is generated and in the training (`models/train/seeds.py`): what differs is chance.

{more("seeds.md")}
### What each part is worth

Fold networks without it, each trained for 8 minutes of one core (`models/train/ablate.py`), with a calibration of its own.

{more("ablations.md")}
{more("weaknesses.md")}""")
