"""The model card: what the model is, how it was made, how good it is and is not, next to what else could be used."""

import gzip
import hashlib
import itertools
import json
import math
import time
from collections import Counter
from pathlib import Path

import numpy as np

import corpus
import export
import figures
import kinds
from figures import auroc, percent, rate, table
from net import CONVOLUTIONS, HIDDEN
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


def licences(corpus_folders):
    """{source: licence}, from the tables of sources in the corpora's READMEs."""
    paths, out, column = [Path(folder) / "README.md" for folder in corpus_folders], {}, None
    for line in (line for path in paths if path.exists() for line in path.read_text().splitlines()):
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


def alerts(rows):
    """Expected alerts of 100,000 unique ordinary answers, by threshold: held-out real rows pooled, and mean over sources."""
    by_kind = kinds.Kinds(rows).rows
    good, bad = by_kind["real"] + by_kind["municipal"], by_kind["family"]
    sources = {}
    for one in good:
        sources.setdefault(one.row.source, []).append(one.logit)
    out = [
        (
            "| threshold | ordinary answers flagged of 100,000 unique ones: pooled rows | mean over sources | "
            "suspicious found, mean over families |"
        ),
        "| --- | --- | --- | --- |",
    ]
    many = lambda share: f"{100_000 * share:,.0f}"
    for threshold in (0.5, 0.7, 0.9, 0.99):
        at = np.log(threshold / (1 - threshold))
        hits = sum(one.logit >= at for one in good)
        _, low, high = figures.wilson(hits, len(good))
        shares = np.array([np.mean(np.array(some) >= at) for some in sources.values() if len(some) >= figures.MIN_ROWS])
        mean, lowest, highest = figures.bootstrap(shares)
        out.append(
            f"| {threshold} | {many(hits / len(good))} ({many(low)} to {many(high)}) | {many(mean)} ("
            f"{many(lowest)} to {many(highest)}) | {kinds.Kinds(rows).mean(bad, at)} |"
        )
    return "\n".join(out)


def priors(rows):
    """From the share of suspicious answers in a network to the score from which half of the alerts are suspicious."""
    out = [
        "| suspicious answers | half of the alerts at the score | found, mean over sources | ordinary flagged, up to |",
        "| --- | --- | --- | --- |",
    ]
    for prior, score, found, _, upper in figures.thresholds(rows):
        what = (
            f"{score:.2f} | {percent(found)} % | {100 * upper:.3f} %"
            if score
            else "none that these rows can show | - | -"
        )
        out.append(f"| one in {round(1 / prior):,} | {what} |")
    return "\n".join(out)


def side_by_side(model, raised):
    """The figures by kind: of the network, and with the floors of signs."""
    tables = [list(kinds.Kinds(rows).lines(0.0, math.log(9))) for rows in (model, raised)]
    out = ["| at threshold 0.5 unless said | network | with signs | must | aim |", "| --- | --- | --- | --- | --- |"]
    out += [f"| {one.what} | {one.figure} | {two.figure} | {one.must} | {one.aim} |" for one, two in zip(*tables)]
    return "\n".join(out)


def plots(folder, model, raised, recall):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    def save(figure, name):
        figure.savefig(folder / name, dpi=110, bbox_inches="tight", metadata={"Software": None})
        plt.close(figure)

    figure, axes = plt.subplots(figsize=(6, 5))
    for rows, title in ((model, "network"), (raised, "with signs")):
        by_kind = kinds.Kinds(rows).rows
        good = np.array([one.logit for one in by_kind["real"] + by_kind["municipal"]])
        for kind, style in (("family", "-"), ("disguise", "--")):
            bad = np.array([one.logit for one in by_kind[kind]])
            cuts = np.sort(np.concatenate((bad, good)))[::-1][::20]
            name = f"{kind.replace('family', 'families')}s, {title}".replace("familiess", "families")
            axes.plot(
                [(good >= cut).mean() for cut in cuts],
                [(bad >= cut).mean() for cut in cuts],
                style,
                label=f"{name}: AUROC {auroc(bad, good):.4f}",
            )
    axes.set(
        xscale="log", xlim=(1e-5, 1), ylim=(0, 1.01), xlabel="ordinary rows flagged", ylabel="suspicious rows found"
    )
    axes.set_title("Held-out sources")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    save(figure, "roc.png")

    figure, axes = plt.subplots(figsize=(6, 5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for rows, title in ((model, "network"), (raised, "with signs")):
        points = figures.reliability(rows)
        axes.plot([score for score, _, _ in points], [share for _, share, _ in points], marker="o", label=title)
    axes.set(xlabel="score", ylabel="share of suspicious texts")
    axes.set_title(f"Reliability at a prior of {100 * figures.PRIOR:.0f} % (held-out sources)")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    save(figure, "reliability.png")

    figure, axes = plt.subplots(figsize=(8, 4))
    for name, shares in recall.items():
        axes.plot(list(shares), list(shares.values()), label=name)
    axes.set(xlabel="characters", ylabel="random texts found", ylim=(0, 1.01))
    axes.set_title("Random payloads by length")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    save(figure, "lengths.png")


def rows_per_second(exported, characters=128):
    """The session alone, one thread, texts of this length in their bucket."""
    length = export.bucket(characters + 2)
    ids = np.random.default_rng(0).integers(1, 257, (16_384 // length, length)).astype(np.int32)
    embedded = exported.table[ids]
    run = lambda: exported.session.run(None, {"embedded": embedded})
    for _ in range(30):
        run()
    best = 0
    for _ in range(3):
        begun, count = time.process_time(), 0
        while time.process_time() - begun < 1:
            run()
            count += len(ids)
        best = max(best, count / (time.process_time() - begun))
    return best


def write(folder, nets, judged, made, slope, offset, options, minutes):
    net, path, rows = nets["all"], folder / "model.onnx", [one.row for one in judged]
    exported, values = export.Exported(folder), [row.value for row in rows]
    exact = slope * figures.scores_of(net, values) + offset >= 0
    changed = int((exact != (exported.scores(values) >= export.THRESHOLD)).sum())
    model = figures.calibrated(judged, made)
    raised = figures.raised(model)
    folds, cut = [nets[part] for part in "AB"], -offset / slope
    recall = kinds.recall_by_length(folds, cut)
    hex_means, hex_step = kinds.hex_steps(folds, lambda logits: 1 / (1 + np.exp(-(slope * logits + offset))))
    result = figures.Figures(nets, slope, offset, [one for one in judged if one.row.folder == 0])
    lines = result.lines() + [
        figures.Line(
            "verdicts on real rows that the int8 file changes against float", rate(changed, len(values)), "0.1 %", "-"
        ),
        figures.Line(
            "size of the file; rows per second at 128 characters, one thread, session alone",
            f"{path.stat().st_size:,} bytes; {rows_per_second(exported):,.0f}",
            "300 KB; 100,000",
            "100 KB; 200,000",
        ),
    ]
    plots(folder, model, raised, recall)
    licence, everything = licences(options.corpus), figures.Figures(nets, slope, offset, judged)
    sources = "\n".join(
        (
            f"| {source} | {licence.get(source, 'not listed')} | {'suspicious' if label else 'benign'} | "
            f"{rate(everything.flagged(some), len(some))} |"
        )
        for (label, source), some in sorted(everything.by_source.items(), key=lambda x: (-x[0][0], -len(x[1])))
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
    convolutions = ", ".join(
        f"{kernel} wide every {stride} to {width} channels" for kernel, stride, width in CONVOLUTIONS
    )
    empty = (None, None, None)
    cells = lambda one: f"{one[0]:.2f} | {one[1]:.2f} | {one[2]:,}" if one[0] is not None else " | | "
    bins = "\n".join(
        f"| {cells(one)} | {cells(two)} |"
        for one, two in itertools.zip_longest(figures.reliability(model), figures.reliability(raised), fillvalue=empty)
    )
    public = "; ".join(f"{name} of {', '.join(map(str, lengths))}" for name, lengths in kinds.PUBLIC.items())
    (folder / "README.md").write_text(f"""# {folder.name}

Scores one DNS TXT answer: the probability that it is a payload, command or tunnel answer rather than an ordinary record. Use it
for ranking: it assumes that {100 * figures.PRIOR:.0f} % of answers are malicious. Real networks have far fewer, so many high scores are harmless.
A record of unknown but ordinary form scores low, a payload in a known form scores high.

Written by `models/train/run.py --corpus FOLDER FOLDER …` (`--rows {options.rows} --seed {options.seed}`) in {minutes} minutes of two cores. sha256 of
`model.onnx`: `{hashlib.sha256(path.read_bytes()).hexdigest()}`, of `embedding.bin`:
`{hashlib.sha256((folder / "embedding.bin").read_bytes()).hexdigest()}`. State of the table of record types
(`cargo xtask label --hash`): `{corpus.xtask("label", "--hash").decode().strip()}`.

A byte-level convolutional network of {parameters:,} parameters: eight bytes per id (`embedding.bin`), two convolutions ({convolutions}),
the maximum over the whole text, {HIDDEN} hidden units; static int8 with 7-bit weights, whose sums cannot overflow on hosts without VNNI.
The first id says how long the text is. It reads windows of {CONTENT} bytes every {STRIDE} bytes and the highest window counts, so no part of a
long value goes unread.

## Data

| kind | where from | unique values |
| --- | --- | --- |
{data}

Labels say where a value came from, never what it looks like: DNS-as-code repositories, records of municipalities and organisations,
public reports and captures of ordinary traffic are ordinary; captures of tunnels and malware, answers that follow the source of a tool,
and payloads in the disguises of `disguise` are suspicious. Prefixes of vendors with invented tokens, and look-ups that were simulated,
are made and stand apart. Licences that the sources state, by number of sources: {stated};
no value is in this repository. {100 * corpus.REAL_SHARE:.0f} % of the training rows are drawn from them, at most {corpus.MAX_PER_GROUP} per source and form; the rest is
generated (`models/train/texts`) from public formats with invented names, numbers, tokens and contents, and with real RSA and Ed25519 keys
made for it. Where a format is known from documentation only, and no value of it was seen, the generator may be wrong.

## Figures

Each real row is judged by a network that saw neither its source nor a near-duplicate of it. There are two folds. A source is a repository, a
country's municipalities, a tool with all its versions, a form of disguises with its carriers, a vendor's prefix; of filled prefixes half of the
shapes of tokens are held out as well. Scores are calibrated by the rows of the other fold. The shipped network was then trained on everything, so
its own figures on this data would say nothing. Texts under 22 bytes, bare hex under 65 digits, and rows whose note says that nobody can tell
them stand in a line of their own. 95 % intervals in brackets.

{side_by_side(model, raised)}

`python3 models/train/evaluate.py --corpus FOLDER FOLDER …` prints these tables.

### By length

Random characters of an alphabet, {kinds.PER_LENGTH} of each length from {kinds.LENGTHS[0]} to {kinds.LENGTHS[-1]}. Public digests and keys have some of these lengths ({public});
nobody can tell a bare one from a payload, and more than half of them are flagged. The mean score of bare hex up to 64 digits changes by at most
{hex_step:.2f} from one length to the next (from {min(hex_means.values()):.2f} to {max(hex_means.values()):.2f} in all).

{table(kinds.length_lines(recall))}

![Recall by length](lengths.png)

### What a score means

The score is fitted to be a probability at one suspicious answer in ten, on held-out texts and on generated ones, short and disguised. On
held-out texts alone (the plot; score and share of suspicious texts below) it is too high between 0.3 and 0.8, where few texts are, and too low at a
floor of 0.8. Read it as an order: below 0.1 ordinary, above 0.9 suspicious, between them worth a look.

| network: score | suspicious | texts | with signs: score | suspicious | texts |
| --- | --- | --- | --- | --- | --- |
{bins}

![Reliability](reliability.png)

With fewer suspicious answers a higher threshold is needed for as many right alerts. Measured with signs; flagged is the upper end of the interval:

{priors(raised)}

![ROC](roc.png)

### Alerts to expect

Real ordinary answers, with signs.

{alerts(raised)}

### The table that all models are compared by

The first folder alone, network without signs. Generated texts are judged by both folds.

{table(lines)}

### Beside other ways

{other_ways(options.corpus[0], result.judged, result.cut)}
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
