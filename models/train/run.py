#!/usr/bin/env python3
"""Train, judge and export the model: one command, from a corpus folder to `models/<name>/`.

    python3 models/train/run.py --corpus ../shared/data                 the shipped recipe, 25 minutes of two cores
    python3 models/train/run.py --corpus ../shared/data --rows 200000   a quick look, written to models/train/.work only

It makes its own virtual environment beside this file (PyTorch is large: 6 GB) and asks `cargo xtask label` for known types.
A network a fold is trained for the figures and one on everything for the file; what is done stays in `.work/`, so that a
second call goes on where the first stopped.
"""

import argparse
import hashlib
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = "dnstxt_v2"
SHIPPED_ROWS = 5_000_000
ROWS_A_POOL = 200_000
FOLDS = ("A", "B")
CORES = min(2, os.cpu_count() or 1)


def in_environment(script=__file__, name="", only=()):
    """Run again inside a pinned virtual environment, made on the first call; with `only` these of its packages."""
    environment = HERE / f".venv{name and '-' + name}"
    python = environment / "bin" / "python"
    if Path(sys.prefix) == environment or "--here" in sys.argv:
        return
    if not (environment / "complete").exists():
        pins = [line for line in (HERE / "requirements.txt").read_text().split() if line.split("==")[0] in only]
        what = " and ".join(pins) if only else "the pinned training environment (PyTorch, several minutes)"
        print(f"installing {what}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *(pins or ["-r", HERE / "requirements.txt"])], check=True)
        (environment / "complete").touch()
    raise SystemExit(subprocess.run([python, script, *sys.argv[1:]]).returncode)


def arguments(parser):
    parser.add_argument("--corpus", required=True, help="folder of *.jsonl.gz with text, source and kind")
    parser.add_argument("--rows", type=int, default=SHIPPED_ROWS, help="training rows a network")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help="use this Python as it is: no virtual environment")
    return parser.parse_args()


def work_folder(options, variant=""):
    """Where networks of these rows and this seed lie, for this corpus and this state of the recipe."""
    import corpus
    digest = hashlib.sha256(corpus.xtask("label", "--hash"))
    recipe = [HERE / "corpus.py", HERE / "net.py", HERE / "reference.py", *sorted((HERE / "texts").glob("*.*")), *sorted(Path(options.corpus).glob("*.jsonl.gz"))]
    for path in recipe:
        digest.update(path.read_bytes())
    folder = HERE / ".work" / f"{options.rows}-{options.seed}-{digest.hexdigest()[:8]}{variant}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def samples(folder, seed):
    """Records of the known-type table's patterns, for the generators."""
    import corpus
    path = folder / "samples.jsonl"
    if not path.exists():
        path.write_bytes(corpus.xtask("label", "--samples", "400", "--seed", str(seed)))
    corpus.texts.tokens.load(path)
    return path


def make_pool(folder, round_, seed, count, mix):
    """Writes one pool of generated rows, the same for every network of this seed."""
    import numpy as np

    import corpus
    path = folder / f"pool-{round_}.npz"
    if not path.exists():
        corpus.texts.tokens.load(folder / "samples.jsonl")
        np.savez(path.with_suffix(".part.npz"), **corpus.packed(corpus.synthetic(count, seed * 1000 + round_, mix)))
        path.with_suffix(".part.npz").rename(path)


def make_pools(folder, rows, seed, mix=None, real_share=None):
    import corpus
    mix, share = mix or corpus.SYNTHETIC, corpus.REAL_SHARE if real_share is None else real_share
    samples(folder, seed)
    size = min(rows, ROWS_A_POOL)
    with ProcessPoolExecutor(CORES) as workers:
        jobs = [workers.submit(make_pool, folder, i, seed, int(size * (1 - share)), mix) for i in range(-(-rows // size)) if share < 1]
        for job in jobs:
            job.result()


def pools(folder, known, rows, seed, real_share=None):
    """Every pool in turn: the generated rows and fresh draws of real ones."""
    import numpy as np

    import corpus
    share, size = corpus.REAL_SHARE if real_share is None else real_share, min(rows, ROWS_A_POOL)
    for i in range(-(-rows // size)):
        parts = [dict(np.load(folder / f"pool-{i}.npz"))] if share < 1 else []
        if share > 0:
            parts.append(corpus.packed(corpus.real(known, int(size * share), seed * 1000 + i)))
        yield {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def train(folder, rows_of_corpus, part, rows, seed):
    """One network: of a fold, or of everything."""
    import torch

    import corpus
    import net
    path = folder / f"{part}.pt"
    if not path.exists():
        known = rows_of_corpus if part == "all" else corpus.without_fold(rows_of_corpus, part)
        print(f"training {part}, seed {seed}: {len(known):,} real rows", flush=True)
        trained = net.train(pools(folder, known, rows, seed), seed, rows)
        torch.save(trained.state_dict(), path)


def load(folder, part):
    import torch

    import net
    path = folder / f"{part}.pt"
    if not path.exists():
        raise SystemExit(f"{path} is missing: train first, with run.py and the same corpus, --rows and --seed, and an unchanged recipe")
    one = net.Net()
    one.load_state_dict(torch.load(path))
    return one.eval()


def main():
    options = arguments(argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter))
    in_environment()

    import card
    import corpus
    import evaluate
    import export

    rows = corpus.load(options.corpus)
    work = work_folder(options)
    make_pools(work, options.rows, options.seed)
    with ProcessPoolExecutor(CORES) as workers:
        for job in [workers.submit(train, work, rows, part, options.rows, options.seed) for part in (*FOLDS, "all")]:
            job.result()
    nets = {part: load(work, part) for part in (*FOLDS, "all")}
    folder = HERE.parent / NAME if options.rows == SHIPPED_ROWS and options.seed == 1 else work / NAME
    judged = evaluate.held_out(nets, rows)
    slope, offset = evaluate.platt(judged, nets)
    export.write(folder, nets["all"], slope, offset, rows)
    card.write(folder, evaluate.Figures(nets, slope, offset, rows, judged), slope, offset, rows, options, nets["all"])
    print(f"wrote {folder}")


if __name__ == "__main__":
    main()
