#!/usr/bin/env python3
"""Train, judge and export the model: one command, from a corpus folder to `models/<name>/`.

    python3 models/train/run.py ../shared/data                 the shipped recipe, about 45 minutes of one core
    python3 models/train/run.py ../shared/data --rows 100000   a quick look, written to models/train/.work only

It makes its own virtual environment beside this file (PyTorch is large: 6 GB), trains one network a fold for the figures
and one on everything for the file, and keeps each in `.work/` so that a second call goes on where the first stopped.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = "dnstxt_v1"
SHIPPED_ROWS = 2_600_000


def in_environment():
    """Run again inside the pinned virtual environment, made on the first call."""
    environment = HERE / ".venv"
    python = environment / "bin" / "python"
    if Path(sys.prefix) == environment or "--here" in sys.argv:
        return
    if not (environment / "complete").exists():
        print("installing the pinned training environment (PyTorch, several minutes)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        (environment / "complete").touch()
    raise SystemExit(subprocess.run([python, __file__, *sys.argv[1:]]).returncode)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="folder of *.jsonl.gz with text, source and kind")
    parser.add_argument("--rows", type=int, default=SHIPPED_ROWS, help="training rows a network")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help="use this Python as it is: no virtual environment")
    options = parser.parse_args()
    in_environment()

    import torch

    import corpus
    import net

    rows = corpus.load(options.corpus)
    work = HERE / ".work" / f"{options.rows}-{options.seed}"
    work.mkdir(parents=True, exist_ok=True)
    nets = {}
    for part in ("A", "B", "all"):
        path = work / f"{part}.pt"
        if not path.exists():
            print(f"training {part}: {'everything' if part == 'all' else 'without the sources of fold ' + part}", flush=True)
            known = [row for row in rows if part == "all" or corpus.fold_of(row[2], row[3]) != part]
            trained = net.train(lambda count, seed: corpus.training_rows(known, count, seed), options.seed, options.rows)
            torch.save(trained.state_dict(), path)
        nets[part] = net.Net()
        nets[part].load_state_dict(torch.load(path))
        nets[part].eval()

    import export
    import judge

    held_out = judge.held_out(nets, rows)
    slope, offset = judge.platt(held_out)
    folder = HERE.parent / NAME if options.rows == SHIPPED_ROWS else work / NAME
    export.write(folder, nets["all"], slope, offset, rows)
    options.shipped = nets["all"]
    judge.card(folder, held_out, slope, offset, rows, options)
    print(f"wrote {folder}")


if __name__ == "__main__":
    main()
