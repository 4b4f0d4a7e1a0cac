#!/usr/bin/env python3
"""How many verdicts change from one model to the next: two built programs, each with its own model and library.

    python3 models/train/compare.py OLD/bin/dnstxtscore NEW/bin/dnstxtscore ../shared/data

Reads a corpus folder, needs nothing but Python, and prints the line for `models/CHANGELOG.md`.
"""

import gzip
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path


def verdicts(program, texts):
    if not Path(program).exists():
        raise SystemExit(f"{program} is missing: build it with `cargo xtask build` in its checkout")
    done = subprocess.run(
        [program, "score", "-", "--format", "json", "--field", "text", "--output", "jsonl"],
        input="".join(json.dumps({"text": text}) + "\n" for text in texts),
        capture_output=True,
        text=True,
    )
    if done.returncode not in (0, 3):
        raise SystemExit(f"{program} failed:\n{done.stderr}")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if len(rows) != len(texts):
        raise SystemExit(f"{program} answered {len(rows)} of {len(texts)} texts")
    return [row["pred_is_unknown"] for row in rows]


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    old, new, corpus = sys.argv[1:]
    kinds = {}
    for path in sorted(Path(corpus).glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                kinds.setdefault(row["text"], row["kind"])
    texts, count, changed = list(kinds), defaultdict(int), defaultdict(int)
    for text, before, after in zip(texts, verdicts(old, texts), verdicts(new, texts)):
        count[kinds[text]] += 1
        changed[kinds[text], before, after] += before != after
    for kind, n in sorted(count.items()):
        up, down = changed[kind, 0, 1], changed[kind, 1, 0]
        print(
            f"{kind}: {100 * (up + down) / n:.2f} % of {n:,} verdicts change ({up} newly flagged, {down} newly silent)"
        )


if __name__ == "__main__":
    main()
