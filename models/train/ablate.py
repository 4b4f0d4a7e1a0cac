#!/usr/bin/env python3
"""What each part of the recipe is worth: fold networks without it, each trained for the same minutes.

    python3 models/train/ablate.py --corpus FOLDER FOLDER … [--minutes 8]        five times the minutes, on two cores

The table goes into `ablations.md`, which the model card includes. Minutes are those of the processor: a busy machine
changes little. What is trained stays in `.work/`, so that a second call goes on where the first stopped.
"""

import argparse
import itertools
import math
from concurrent.futures import ProcessPoolExecutor

import environment
import seeds
import training

VARIANTS = {
    "the whole recipe": {},
    "without generators": {"real_share": 1.0},
    "without disguises": {"mix": {"benign": 0.65, "undisguised": 0.06, "suspicious": 0.29}},
    "without real data": {"real_share": 0.0},
    "the first folder alone": {"folders": 1},
}
SHOWN = (
    "ordinary at 0.5",
    "vendors' prefixes filled, shape unseen",
    "suspicious families",
    "of them 22",
    "of them 48",
    "disguises never seen",
    "their carriers",
    "AUROC, suspicious",
    "AUROC, macro",
    "flagged: benign of known form, rows",
    "flagged: benign of unknown form, rows",
    "flagged: rare formats",
    "found: 100",
    "found: 48",
    "found: 2,000",
    "found: payloads of held-out sources (16 to 150 bytes) in",
    "flagged: valid records",
    "found: a payload of 64 bytes or more at the middle",
)


def one(job):
    """Trains a fold network of a variant, unless it is there, on its pools over and over until the minutes are over."""
    import torch

    import corpus
    import net

    folder, path, rows, part, options, real_share = job
    if not path.exists():
        known = corpus.without_fold(rows, part)
        pools = (
            pool
            for _ in itertools.count()
            for pool in training.pools(folder, known, options.rows, options.seed, real_share)
        )
        torch.save(net.train(pools, options.seed, math.inf, minutes=options.minutes).state_dict(), path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=8)
    options = training.arguments(parser)
    environment.enter(__file__)
    import corpus

    rows, table = corpus.load(options.corpus), {}
    for name, how in VARIANTS.items():
        folder = training.work_folder(options, "-mix" if "mix" in how else "")
        training.make_pools(folder, options.rows, options.seed, how.get("mix"))
        learned = [row for row in rows if row.folder < how.get("folders", len(options.corpus))]
        parts = [f"{name.replace(' ', '-')}-{options.minutes:g}-{part}" for part in training.FOLDS]
        with ProcessPoolExecutor(training.CORES) as workers:
            list(
                workers.map(
                    one,
                    [
                        (folder, training.net_path(folder, stem), learned, part, options, how.get("real_share"))
                        for stem, part in zip(parts, training.FOLDS)
                    ],
                )
            )
        nets = {part: training.load(folder, stem) for stem, part in zip(parts, training.FOLDS)}
        table[name] = seeds.figures_of(nets, rows)
        print(f"{name}: judged", flush=True)
    text = seeds.side_by_side(table, SHOWN)
    print(text)
    (training.HERE / "ablations.md").write_text(text)


if __name__ == "__main__":
    main()
