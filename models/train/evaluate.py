#!/usr/bin/env python3
"""Prints how good the model is: the tables of its card, from the networks that `run.py` left in `.work/`.

python3 models/train/evaluate.py --corpus ../shared/data [--rows N] [--seed N]
"""

import argparse

import environment
from training import arguments


def main():
    options = arguments(
        argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    )
    environment.enter(__file__)

    import corpus
    import figures
    import training

    rows, work = corpus.load(options.corpus), training.work_folder(options)
    training.samples(work, options.seed)
    nets = {part: training.load(work, part) for part in training.FOLDS}
    judged = figures.held_out(nets, rows)
    slope, offset = figures.platt(judged, nets)
    result = figures.Figures(nets, slope, offset, rows, judged)
    print(f"calibration: slope {slope:.3f}, offset {offset:.3f}: flagged from logit {result.cut:.2f}\n")
    print(figures.table(result.lines()))
    print("\nwith the floors of signs, as the program scores (generated texts without):\n")
    print(figures.table(figures.Figures(nets, slope, offset, rows, figures.raised(judged, slope, offset)).lines()))
    print("\n| disguise | held-out payloads | generated | ordinary words |\n| --- | --- | --- | --- |")
    for _, _, form, real, made, words in result.disguise_table:
        print(f"| `{form}` | " + " | ".join(f"{figures.percent(hits.mean())} %" for hits in (real, made, words)) + " |")
    for title, errors in zip(("ordinary, scored highest", "suspicious, scored lowest"), result.worst()):
        print(f"\n{title}:")
        for one in errors:
            print(f"  {slope * one.logit + offset:6.1f}  {one.row.source}: {one.row.value[:110]!r}")


if __name__ == "__main__":
    main()
