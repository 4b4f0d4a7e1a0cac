#!/usr/bin/env python3
"""Train, judge and export the model: one command, from a corpus folder to `models/<name>/`.

    python3 models/train/run.py --corpus ../shared/data                 the shipped recipe, 25 minutes of two cores
    python3 models/train/run.py --corpus ../shared/data --rows 200000   a quick look, written to models/train/.work only

It makes its own virtual environment beside this file (PyTorch is large: 6 GB) and asks `cargo xtask label` for record
types. One network per fold is trained for the figures and one on everything for the file.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor

import environment
from training import CORES, FOLDS, HERE, SHIPPED_ROWS, arguments, load, make_pools, train, work_folder

NAME = "dnstxt_v2"


def main():
    options = arguments(
        argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    )
    environment.enter(__file__)

    import card
    import corpus
    import export
    import figures

    rows = corpus.load(options.corpus)
    work = work_folder(options)
    make_pools(work, options.rows, options.seed)
    with ProcessPoolExecutor(CORES) as workers:
        for job in [workers.submit(train, work, rows, part, options.rows, options.seed) for part in (*FOLDS, "all")]:
            job.result()
    nets = {part: load(work, part) for part in (*FOLDS, "all")}
    folder = HERE.parent / NAME if options.rows == SHIPPED_ROWS and options.seed == 1 else work / NAME
    judged = figures.held_out(nets, rows)
    slope, offset = figures.platt(judged, nets)
    export.write(folder, nets["all"], slope, offset, rows)
    card.write(folder, figures.Figures(nets, slope, offset, rows, judged), slope, offset, rows, options, nets["all"])
    print(f"wrote {folder}")


if __name__ == "__main__":
    main()
