"""What the scripts of the recipe share: arguments, the work folder, pools of training rows, trained networks.

Everything that is made stays in `.work/`, so that a second call goes on where the first stopped.
"""

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHIPPED_ROWS = 6_000_000
ROWS_PER_POOL = 200_000
FOLDS = ("A", "B")
CORES = min(2, os.cpu_count() or 1)


def arguments(parser):
    parser.add_argument("--corpus", required=True, nargs="+", help="folders of *.jsonl.gz with text, source and kind")
    parser.add_argument("--rows", type=int, default=SHIPPED_ROWS, help="training rows per network")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help="use this Python as it is: no virtual environment")
    return parser.parse_args()


def work_folder(options, variant=""):
    """Where pools and networks of these rows and this seed lie, for this corpus and this state of the generators."""
    import corpus

    digest = hashlib.sha256(corpus.xtask("label", "--hash"))
    recipe = [
        HERE / "corpus.py",
        HERE / "reference.py",
        *sorted((HERE / "texts").glob("*.*")),
        *(path for folder in options.corpus for path in sorted(Path(folder).glob("*.jsonl.gz"))),
    ]
    for path in recipe:
        digest.update(path.read_bytes())
    folder = HERE / ".work" / f"{options.rows}-{options.seed}-{digest.hexdigest()[:8]}{variant}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def net_path(folder, part):
    """Where a network lies, for this state of its architecture and training."""
    digest = hashlib.sha256((HERE / "net.py").read_bytes()).hexdigest()[:8]
    return folder / f"{part}-{digest}.pt"


def samples(folder, seed):
    """Records of the patterns of the table of record types, for the generators."""
    import corpus
    from texts import tokens

    path = folder / "samples.jsonl"
    if not path.exists():
        path.write_bytes(corpus.xtask("label", "--samples", "400", "--seed", str(seed)))
    tokens.load(path)
    return path


def make_pool(folder, round_, seed, count, mix):
    """Writes one pool of generated rows, the same for every network of this seed."""
    import numpy as np

    import corpus
    from texts import tokens

    path = folder / f"pool-{round_}.npz"
    if not path.exists():
        tokens.load(folder / "samples.jsonl")
        np.savez(path.with_suffix(".part.npz"), **corpus.as_arrays(corpus.synthetic(count, seed * 1000 + round_, mix)))
        path.with_suffix(".part.npz").rename(path)


def make_pools(folder, rows, seed, mix=None, real_share=None):
    import corpus

    mix, share = mix or corpus.SYNTHETIC, corpus.REAL_SHARE if real_share is None else real_share
    samples(folder, seed)
    size = min(rows, ROWS_PER_POOL)
    with ProcessPoolExecutor(CORES) as workers:
        jobs = [
            workers.submit(make_pool, folder, i, seed, int(size * (1 - share)), mix)
            for i in range(-(-rows // size))
            if share < 1
        ]
        for job in jobs:
            job.result()


def pools(folder, known, rows, seed, real_share=None):
    """Every pool in turn: the generated rows and fresh draws of real ones."""
    import numpy as np

    import corpus

    share, size = corpus.REAL_SHARE if real_share is None else real_share, min(rows, ROWS_PER_POOL)
    for i in range(-(-rows // size)):
        parts = [dict(np.load(folder / f"pool-{i}.npz"))] if share < 1 else []
        if share > 0:
            parts.append(corpus.as_arrays(corpus.real(known, int(size * share), seed * 1000 + i)))
        yield {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def train(folder, rows_of_corpus, part, rows, seed):
    """One network: of a fold, or of everything."""
    import torch

    import corpus
    import net

    path = net_path(folder, part)
    if not path.exists():
        known = rows_of_corpus if part == "all" else corpus.without_fold(rows_of_corpus, part)
        print(f"training {part}, seed {seed}: {len(known):,} real rows", flush=True)
        trained = net.train(pools(folder, known, rows, seed), seed, rows)
        torch.save(trained.state_dict(), path)


def load(folder, part):
    import torch

    import net

    path = net_path(folder, part)
    if not path.exists():
        raise SystemExit(
            f"{path} is missing: train first, with run.py and the same corpus, --rows and --seed, and an "
            "unchanged recipe"
        )
    one = net.Net()
    one.load_state_dict(torch.load(path))
    return one.eval()
