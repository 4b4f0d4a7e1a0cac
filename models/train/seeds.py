#!/usr/bin/env python3
"""How much of each figure is chance: the fold networks of several seeds, each with generated rows and draws of its own.

    python3 models/train/seeds.py --corpus FOLDER FOLDER … [--seeds 1 2 3]   15 minutes per new seed, two cores

The table goes into `seeds.md`, which the model card includes.
"""

import argparse
import math
import re
from concurrent.futures import ProcessPoolExecutor

import environment
import training


def figures_of(nets, rows):
    """{figure: value} of one pair of fold networks: by kind with signs, by length, and of the first folder."""
    import numpy as np

    import figures
    import kinds

    judged = figures.held_out(nets, rows)
    try:
        made = figures.generated(nets)
        slope, offset = figures.platt(judged, np.concatenate(list(made.values())))
        raised = figures.raised(figures.calibrated(judged, made))
    except figures.Uncalibrated:  # too weak to be calibrated: judged at the raw threshold
        slope, offset = 1.0, 0.0
        raised = figures.raised(judged)
    first = [one for one in judged if one.row.folder == 0]
    lines = [
        *kinds.Kinds(raised).lines(0.0, math.log(9)),
        *kinds.length_lines(kinds.recall_by_length(nets.values(), -offset / slope)),
        *figures.Figures(nets, slope, offset, first).lines(),
    ]
    return {line.what: line.figure for line in lines}


def side_by_side(table, shown=""):
    """A table of one column per network, intervals left out, of the figures whose name begins so."""
    lines = ["| figure | " + " | ".join(table) + " |", "| --- |" + " --- |" * len(table)]
    for what in next(iter(table.values())):
        if what.startswith(shown):
            lines.append(
                f"| {what} | "
                + " | ".join(re.sub(r" \([^)]*\)", "", figures[what]) for figures in table.values())
                + " |"
            )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = training.arguments(parser)
    environment.enter(__file__)
    import corpus

    rows, table = corpus.load(options.corpus), {}
    for seed in options.seeds:
        options.seed = seed
        folder = training.work_folder(options)
        training.samples(folder, options.seed)
        if not all(training.net_path(folder, part).exists() for part in training.FOLDS):
            training.make_pools(folder, options.rows, options.seed)
            with ProcessPoolExecutor(training.CORES) as workers:
                for job in [
                    workers.submit(training.train, folder, rows, part, options.rows, options.seed)
                    for part in training.FOLDS
                ]:
                    job.result()
        table[f"seed {options.seed}"] = figures_of({part: training.load(folder, part) for part in training.FOLDS}, rows)
    text = side_by_side(dict(sorted(table.items())))
    print(text)
    (training.HERE / "seeds.md").write_text(text)


if __name__ == "__main__":
    main()
