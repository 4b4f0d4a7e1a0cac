"""The channel model's card: what it is, how it was judged, what it finds by tool and by ordinary service."""

import hashlib
import math
from collections import defaultdict

import numpy as np

from channels.data import FIRST_TEN, SIZES, WHOLE, tool
from channels.features import FEATURES, MAX_EXCHANGES
from channels.fit import HIDDEN, SEEDS
from channels.rules import best_rules
from figures import percent, wilson

IDLE = 20  # exchanges of a window


def sigmoid(logit):
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, logit))))


def share(hits, count):
    _, low, high = wilson(hits, count)
    return f"{hits} of {count:,} ({percent(low)} to {percent(high)} %)"


def has_texts(channel):
    return any(any(texts) for _, texts in channel.exchanges)


def is_simulated(channel):
    return channel.source.startswith("simulated:")


class Judged:
    """Held-out windows with their logits."""

    def __init__(self, windows):
        self.of_size = defaultdict(list)
        for window, logit in windows:
            self.of_size[window.size].append((window.channel, logit))

    def counts(self, size, wanted):
        logits = [logit for channel, logit in self.of_size[size] if wanted(channel)]
        return sum(logit >= 0 for logit in logits), len(logits)

    def idle_windows(self):
        """Windows of tunnels found where one ordinary window of a hundred is flagged, each source alike."""
        ordinary = [(channel, logit) for channel, logit in self.of_size[IDLE] if not channel.label]
        bad = np.array([logit for channel, logit in self.of_size[IDLE] if channel.label])
        cut = np.quantile([logit for _, logit in ordinary], 0.99)
        return int((bad > cut).sum()), len(bad)

    def by_tool(self):
        tools = defaultdict(lambda: [0, 0, 0])
        first = {id(channel): logit for channel, logit in self.of_size[FIRST_TEN]}
        for channel, logit in self.of_size[WHOLE]:
            counts = tools[channel.label, tool(channel)]
            counts[0] += 1
            counts[1] += logit >= 0
            counts[2] += first[id(channel)] >= 0
        return dict(sorted(tools.items()))


def figures_of(judged):
    """[(what, figure, must, aim)]."""
    bad = lambda channel: channel.label and has_texts(channel)
    services = [
        counts for (label, name), counts in judged.by_tool().items() if not label and name.startswith("simulated:")
    ]
    missed = [name for (label, name), counts in judged.by_tool().items() if label and not counts[1]]
    worst = max((counts[1] / counts[0] for counts in services), default=0)
    yield "suspicious channels with answers, found", share(*judged.counts(WHOLE, bad)), "95 %", "all"
    yield "of them by their first ten exchanges", share(*judged.counts(FIRST_TEN, bad)), "86 %", "93 %"
    queries = lambda channel: channel.label and not has_texts(channel)
    yield "suspicious channels of queries alone, found", share(*judged.counts(WHOLE, queries)), "75 %", "all"
    yield "windows of 20 exchanges found at 1 % false alarms", share(*judged.idle_windows()), "88 %", "95 %"
    yield "tools with every channel missed", ", ".join(missed) or "none", "none", "none"
    real = lambda channel: not channel.label and not is_simulated(channel)
    yield "real ordinary channels flagged", share(*judged.counts(WHOLE, real)), "0", "0"
    made = lambda channel: not channel.label and is_simulated(channel)
    yield "simulated ordinary channels flagged", share(*judged.counts(WHOLE, made)), "0.3 %", "0.1 %"
    yield "highest share of one simulated service", f"{percent(worst)} %", "25 %", "-"


def described(channel, logit):
    name, texts = channel.exchanges[0]
    text = texts[0].decode("utf-8", "replace") if texts else "no answer"
    shown = lambda value, most: "".join(c if c.isprintable() and c not in "`|" else "?" for c in value[:most])
    query = shown(name.decode("utf-8", "replace"), 46)
    return (
        f"| {sigmoid(logit):.2f} | {channel.source} | {len(channel.exchanges):,} | "
        f"`{query or '(the domain itself)'}` | `{shown(text, 50)}` |"
    )


def table(head, rows):
    columns = head.count("|") + 1
    return "\n".join([f"| {head} |", "|" + " --- |" * columns, *rows])


def write(folder, windows, channels, scores, made):
    judged = Judged(windows)
    whole = sorted(judged.of_size[WHOLE], key=lambda one: one[1])
    ordinary = [one for one in whole if not one[0].label][::-1][:10]
    bad = [one for one in whole if one[0].label][:10]
    rules = best_rules(channels, scores)
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    counts = lambda what: f"{sum(map(what, channels)):,}"
    lines = [f"| {what} | {figure} | {must} | {aim} |" for what, figure, must, aim in figures_of(judged)]
    tools = [
        f"| {name} | {'suspicious' if label else 'ordinary'} | {count} | {found} | {first} |"
        for (label, name), (count, found, first) in judged.by_tool().items()
    ]
    text = f"""# {folder.name}

Scores one channel: all TXT queries of one client for one registered domain, with their answers. The score, from 0 to 1, says how much the
channel looks like a tunnel or a staged payload. It ranks channels; it is not a probability.

Written by `models/train/channel.py --corpus FOLDER FOLDER …` in ten minutes of two cores, after `run.py`. sha256 of
`model.onnx`: `{digest}`.

{len(FEATURES)} features (`config.json` names them; `src/channel/features.rs` computes them) of at most {MAX_EXCHANGES} different exchanges, those
with the smallest SHA-256, go into {SEEDS} networks of {HIDDEN} hidden units each. The score is that of their mean. The domain and the client are not looked at,
nor are times, order and repetition. More than 20 different names or texts count as 20: being busy alone does not make a channel suspicious.

## Data

{counts(lambda one: not one.label and not is_simulated(one))} real ordinary channels, {counts(lambda one: not one.label and is_simulated(one))} simulated ones and {counts(lambda one: one.label)} of tunnels and malware, cut into
windows of {", ".join(str(size) for size, _ in SIZES)} exchanges; the weight of a source is the square root of its number of windows. {made:,} further channels are made (`models/train/channels`):
tunnels whose encoding, header, sizes and answers are drawn at random, and ordinary services from public documentation. They are half of the
weight. Made channels hold the kinds that the data hold, such as self-tests with random labels; their forms and numbers are their own.

## Figures

Each tool is judged by a network that saw none of its channels, and each ordinary source by one that saw nothing of it. Text scores are those of a
text network that never saw the source, raised by signs. Real ordinary channels are few and short: they do not show how many
false alarms a real network would see. 95 % intervals in brackets.

{table("at a score of 0.5 | figure | must | aim", lines)}

The best union of plain rules, its thresholds chosen on these same channels ({rules.what}): {rules.found} found, {rules.first}
by their first ten exchanges, {rules.real} real and {rules.simulated} simulated ordinary channels flagged.

### By tool and by ordinary service

{table("tool or source | label | channels | found or flagged | by the first ten exchanges", tools)}

### The ten highest ordinary channels

{table("score | source | exchanges | first name below the domain | first text", [described(*one) for one in ordinary])}

### The ten lowest suspicious channels

{table("score | source | exchanges | first name below the domain | first text", [described(*one) for one in bad])}

## Tried and not adopted

Judging a single text together with its queried name: a regression over the score of the text, its length and the features of the name, judged by the
same folds over names with texts. It separates short answers better (up to 40 characters, AUROC rises from 0.53 to 0.93). It finds less when few false
alarms are allowed: averaged over tools, 27 % instead of 65 % at 0.1 % false alarms, and 50 % instead of 65 % at 1 %. One odd name is not suspicious.

## Known weaknesses

- A tunnel shaped as an ordinary look-up service: it queries digests and gets a number or no answer. Reputation services that put data into long
  names look the same; the lookup of known services names the ones it knows.
- A payload over many domains, and one answer per week: no channel holds enough of it.
- A channel of one or two exchanges says little; the score of the text is the better judge there.
- Names are read in lower case, because many logs keep no other.
"""
    (folder / "README.md").write_text(text)
    print("\n".join(lines))
