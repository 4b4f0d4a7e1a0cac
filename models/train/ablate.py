#!/usr/bin/env python3
"""What each part of the recipe is worth: fold networks without it, each trained for the same minutes.

    python3 models/train/ablate.py --corpus ../shared/data [--minutes 8]        four times the minutes, on two cores
"""

import argparse
import itertools
import math
from concurrent.futures import ProcessPoolExecutor

import run

VARIANTS = {
    "the whole recipe": {},
    "without generators": {"real_share": 1.0},
    "without disguises": {"mix": {"benign": .70, "suspicious": .30}},
    "without real data": {"real_share": 0.0},
}
SHOWN = ("AUROC, suspicious", "AUROC, macro", "flagged: benign of known form, rows", "flagged: benign of unknown form, rows", "flagged: rare formats", "found: 100", "found: 48", "found: 2,000",
         "found: payloads of held-out sources (16 to 150 bytes) in", "flagged: valid records", "found: a payload of 64 bytes or more at the middle")


def one(job):
    """A fold network of a variant. It goes through its pools again until the minutes are over."""
    import corpus
    import net
    folder, rows, part, options, real_share = job
    known = corpus.without_fold(rows, part)
    pools = (pool for _ in itertools.count() for pool in run.pools(folder, known, options.rows, options.seed, real_share))
    return net.train(pools, options.seed, math.inf, minutes=options.minutes).state_dict()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=8)
    options = run.arguments(parser)
    run.in_environment(__file__)
    import corpus
    import evaluate
    import net
    rows, table = corpus.load(options.corpus), {}
    for name, how in VARIANTS.items():
        folder = run.work_folder(options, "-mix" if "mix" in how else "")
        run.make_pools(folder, options.rows, options.seed, how.get("mix"))
        with ProcessPoolExecutor(run.CORES) as workers:
            states = list(workers.map(one, [(folder, rows, part, options, how.get("real_share")) for part in run.FOLDS]))
        nets = {}
        for part, state in zip(run.FOLDS, states):
            nets[part] = net.Net()
            nets[part].load_state_dict(state)
            nets[part].eval()
        judged = evaluate.held_out(nets, rows)
        try:
            slope, offset = evaluate.platt(judged, nets)
        except AssertionError:
            slope, offset = 1.0, 0.0
        table[name] = {line.what: line.figure for line in evaluate.Figures(nets, slope, offset, rows, judged).lines() if line.what.startswith(SHOWN)}
    print("| figure | " + " | ".join(table) + " |\n| --- |" + " --- |" * len(table))
    for what in next(iter(table.values())):
        print(f"| {what} | " + " | ".join(figures[what].split(";")[0].split(" (")[0] for figures in table.values()) + " |")


if __name__ == "__main__":
    main()
