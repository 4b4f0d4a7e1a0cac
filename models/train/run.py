#!/usr/bin/env python3
"""Train, judge and export the model: one command, from a corpus folder to `models/<name>/`.

    python3 models/train/run.py --corpus FOLDER FOLDER …                the shipped recipe, 40 minutes of two cores
    python3 models/train/run.py --corpus FOLDER FOLDER … --rows 200000  a quick look, to models/train/.work only

The first folder's rows make the table that all models are compared by.

It makes its own virtual environment beside this file (PyTorch is large: 6 GB) and asks `cargo xtask label` for record
types. One network per fold is trained for the figures and one on everything for the file.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor

import environment
from training import CORES, FOLDS, HERE, SHIPPED_ROWS, arguments, load, make_pools, train, work_folder

NAME = "dnstxt_v3"


def main():
    options = arguments(
        argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    )
    environment.enter(__file__)

    import numpy as np

    import card
    import corpus
    import export
    import figures

    started = time.monotonic()
    rows = corpus.load(options.corpus)
    work = work_folder(options)
    make_pools(work, options.rows, options.seed)
    with ProcessPoolExecutor(CORES) as workers:
        for job in [workers.submit(train, work, rows, part, options.rows, options.seed) for part in (*FOLDS, "all")]:
            job.result()
    # What lies in the work folder took its time in an earlier call.
    took = work / "minutes"
    if not took.exists():
        took.write_text(f"{(time.monotonic() - started) / 60:.0f}")
    nets = {part: load(work, part) for part in (*FOLDS, "all")}
    folder = HERE.parent / NAME if options.rows == SHIPPED_ROWS and options.seed == 1 else work / NAME
    judged = figures.held_out(nets, rows)
    made = figures.generated(nets)
    slope, offset = figures.platt(judged, np.concatenate(list(made.values())))
    export.write(folder, nets["all"], slope, offset, rows)
    card.write(folder, nets, judged, made, slope, offset, options, took.read_text())
    print(f"wrote {folder}")


if __name__ == "__main__":
    main()
