#!/usr/bin/env python3
"""Prints how good the model is: the tables of its card, from the networks that `run.py` left in `.work/`.

python3 models/train/evaluate.py --corpus ../shared/data ../shared/data2 ../shared/named [--rows N] [--seed N]
"""

import argparse
import math

import environment
from training import arguments


def main():
    options = arguments(
        argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    )
    environment.enter(__file__)

    import numpy as np

    import corpus
    import figures
    import kinds
    import training

    rows, work = corpus.load(options.corpus), training.work_folder(options)
    training.samples(work, options.seed)
    nets = {part: training.load(work, part) for part in training.FOLDS}
    judged = figures.held_out(nets, rows)
    made = figures.generated(nets)
    slope, offset = figures.platt(judged, np.concatenate(list(made.values())))
    print(f"calibration: slope {slope:.3f}, offset {offset:.3f}: flagged from logit {-offset / slope:.2f}")
    model = figures.calibrated(judged, made)
    raised = figures.raised(model)
    tables = [
        (title, list(kinds.Kinds(some).lines(0.0, math.log(9))))
        for title, some in (("model", model), ("raised", raised))
    ]
    print(f"\n| what | {' | '.join(title for title, _ in tables)} | must | aim |\n| --- | --- | --- | --- | --- |")
    for lines in zip(*(lines for _, lines in tables)):
        print(f"| {lines[0].what} | {' | '.join(line.figure for line in lines)} | {lines[0].must} | {lines[0].aim} |")
    recall = kinds.recall_by_length(nets.values(), -offset / slope)
    print("\n" + figures.table(kinds.length_lines(recall)))
    probability = lambda logits: 1 / (1 + pow(math.e, -(slope * logits + offset)))
    print(
        f"\nbare hex to 64 digits: highest step of the mean score {kinds.hex_steps(nets.values(), probability)[1]:.2f}"
    )
    for title, some in (("model", model), ("raised", raised)):
        print(f"\nreliability, {title}: score, share suspicious, rows")
        for score, share, count in figures.reliability(some):
            print(f"  {score:.3f} {share:.3f} {count:,}")
        print("share in the network, lowest score with half of the alerts right, found, flagged, flagged at most")
        for line in figures.thresholds(some):
            print(" ", *line)
    for kind in ("real", "municipal", "vendor", "carrier", "family", "disguise"):
        print(f"\nworst of {kind}:")
        for one in kinds.Kinds(raised).worst(kind, 10):
            print(f"  {one.logit:6.1f}  {one.row.source}: {one.row.value[:110]!r}")
    for kind in ("family", "disguise", "carrier"):
        print(f"\n{kind}, by source:")
        for source, count, share in kinds.Kinds(raised).sources(kind, 0.0):
            print(f"  {share:.2f} {count:5} {source}")
    first = [one for one in judged if one.row.folder == 0]
    result = figures.Figures(nets, slope, offset, first)
    print(f"\nthe first folder alone:\n\n{figures.table(result.lines())}")
    print("\n| disguise | held-out payloads | generated | ordinary words |\n| --- | --- | --- | --- |")
    for _, _, form, real, made, words in result.disguise_table:
        print(f"| `{form}` | " + " | ".join(f"{figures.percent(hits.mean())} %" for hits in (real, made, words)) + " |")


if __name__ == "__main__":
    main()
