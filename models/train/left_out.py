#!/usr/bin/env python3
"""Both models without the tools of one fold, for a build that `cargo xtask day` plays tunnels of these tools to.

    python3 models/train/left_out.py --corpus FOLDER FOLDER … --checkout COPY      after run.py, 10 minutes

Writes the text network of fold A, which saw none of its tools, and a channel network without them into the checkout,
where `cargo xtask build` builds a program with them: a copy, because they would replace the shipped models.
"""

import argparse
from pathlib import Path

import environment
import training

FOLD = "A"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", type=Path, required=True, help="another checkout, whose models are overwritten")
    options = training.arguments(parser)
    environment.enter(__file__)

    import channel
    import corpus
    import export
    import run
    from channels import export as channel_export
    from channels import fit

    if options.checkout.resolve() == training.HERE.parents[1]:
        raise SystemExit("--checkout is this one: name a copy")
    _, windows, made, scores, nets, calibration = channel.prepared(options)
    is_kept = lambda one: one.size > 0 and not (one.channel.label and scores.part(one.channel) == FOLD)
    models = options.checkout / "models"
    channel_export.write(models / channel.NAME, fit.fit([one for one in windows if is_kept(one)], made))
    known = corpus.without_fold(corpus.load(options.corpus), FOLD)
    export.write(models / run.NAME, nets[FOLD], *calibration, known)


if __name__ == "__main__":
    main()
