#!/usr/bin/env python3
"""Train, judge and export the channel model: from corpus folders to `models/channel_v1/`.

    python3 models/train/channel.py --corpus FOLDER FOLDER …        after run.py with the same folders: 10 minutes

A folder with `channels.jsonl.gz` gives the channels. The text scores of a channel are those of the fold network of
`run.py` that never saw its source. One channel network per tool is trained without it for the figures, and one on
everything for the file.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor

import environment
import training

NAME = "channel_v1"


def judged_without(job):
    """Windows of the channels of one fold, judged by a network that saw neither their tools nor their sources."""
    import numpy as np

    from channels import fit

    real, made, held_out = job
    network = fit.fit(real, made)
    logits = network.logits(np.array([one.features for one in held_out]))
    return list(zip(held_out, map(float, logits)))


def prepared(options):
    """(channels, their windows, windows of made channels, text scores, fold networks, slope and offset of these)."""
    import numpy as np

    import corpus
    import figures
    from channels import data
    from texts import tokens

    work = training.work_folder(options)
    tokens.load(training.samples(work, options.seed))
    rows = corpus.load(options.corpus)
    nets = {part: training.load(work, part) for part in training.FOLDS}
    made_texts = np.concatenate(list(figures.generated(nets).values()))
    calibration = figures.platt(figures.held_out(nets, rows), made_texts)
    real, made = data.load(options.corpus), data.made(data.MADE, options.seed)
    scores = data.Scores(nets, *calibration).add(real).add(made)
    windows = [window for channel in real for window in data.windows(channel, scores)]
    made = [data.Window(channel, data.WHOLE, scores.features(channel, channel.exchanges)) for channel in made]
    print(f"{len(real):,} channels, {len(windows):,} windows, {len(made):,} made channels", flush=True)
    return real, windows, made, scores, nets, calibration


def main():
    options = training.arguments(
        argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    )
    environment.enter(__file__)
    from channels import card, data, export, fit

    real, windows, made, scores, _, _ = prepared(options)
    learned = [window for window in windows if window.size > 0]
    fold = data.folds(real)
    of = lambda window: fold[data.tool(window.channel)]
    jobs = [
        ([one for one in learned if of(one) != number], made, [one for one in windows if of(one) == number])
        for number in sorted(set(fold.values()))
    ]
    with ProcessPoolExecutor(training.CORES) as workers:
        judged = [one for part in workers.map(judged_without, jobs) for one in part]
    network = fit.fit(learned, made)
    folder = training.HERE.parent / NAME
    export.write(folder, network)
    card.write(folder, judged, real, scores, len(made))
    print(f"wrote {folder}")


if __name__ == "__main__":
    main()
