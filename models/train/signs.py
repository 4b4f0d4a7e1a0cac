#!/usr/bin/env python3
"""What signs are worth: suspicious texts before and after, ordinary ones that rise, by kind of sign and by source.

    python3 models/train/signs.py bin/dnstxtscore ../shared/data ../shared/data2 ../shared/named

Reads files or folders of JSON lines with "text", "source" or "family", and "kind" (tunnel, malware and disguise are
suspicious, and so is a line without a kind). Each text counts once. It needs a checkout that was built and nothing but
Python: the program gives the scores, `cargo xtask label --signs` the kinds. Rates are means over sources, so that no
tool rules. The precision of a kind is that at the prior at which the score is a probability; half an ordinary text with
the sign is added to those that were counted.
"""

import gzip
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

PRIOR = 0.10
THRESHOLD = 0.5
ORDINARY = ("benign", "benign_unknown")
ROOT = Path(__file__).resolve().parents[2]


def rows_of(paths):
    """Each text once: its source, and whether it is suspicious."""
    rows = {}
    for path in map(Path, paths):
        for file in sorted(path.glob("*.jsonl.gz")) if path.is_dir() else [path]:
            with (
                gzip.open(file, "rt", encoding="utf-8")
                if file.suffix == ".gz"
                else open(file, encoding="utf-8") as lines
            ):
                for row in map(json.loads, lines):
                    if row.get("text"):
                        rows.setdefault(
                            row["text"], (row.get("family") or row["source"], row.get("kind") not in ORDINARY)
                        )
    return rows


def run(command, given, cwd=None):
    done = subprocess.run(command, input=given, capture_output=True, cwd=cwd)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{command[0]} failed:\n{done.stderr.decode()}")
    return done.stdout.decode().split("\n")[:-1]


def scores(program, texts):
    """The model's score and the raised one; 0 where there is nothing to score."""
    given = "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()
    lines = run([program, "score", "-", "--format", "json", "--field", "text", "--output", "jsonl", "--explain"], given)
    rows = [json.loads(line) for line in lines]
    return [(row.get("txt_model_score", 0), row["predicted_is_unknown"] or 0) for row in rows]


def signs(texts):
    """The kind and the floor of each text's sign, or nothing."""
    # As a zone file would hold them: one line each.
    plain = {
        byte: bytes([byte]) if 33 <= byte < 127 and byte not in b'"\\' else b"\\%03d" % byte for byte in range(256)
    }
    escaped = (b"".join(map(plain.get, text.encode("utf-8", "surrogatepass"))) + b"\n" for text in texts)
    lines = run(["cargo", "--quiet", "xtask", "label", "--signs"], b"".join(escaped), ROOT)
    return [line.split("\t") if line else None for line in lines]


def mean_over(sources):
    """The mean over sources of a share, from the sums and counts of each."""
    return sum(hits / count for hits, count in sources.values()) / max(1, len(sources))


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    program, *paths = sys.argv[1:]
    rows = rows_of(paths)
    texts = list(rows)
    scored = list(zip(texts, rows.values(), scores(program, texts), signs(texts), strict=True))
    ordinary = sum(not bad for _, (_, bad), _, _ in scored)

    print("| kind | floor | with it | missed without | ordinary above 0.5 by it | precision |")
    print("| --- " * 6 + "|")
    for kind in sorted({sign[0] for *_, sign in scored if sign}):
        mine = [one for one in scored if one[3] and one[3][0] == kind]
        found = [one for one in mine if one[1][1]]
        missed = sum(model < THRESHOLD for _, _, (model, _), _ in found)
        false = sum(not bad for _, (_, bad), _, _ in mine)
        risen = sum(not bad and model < THRESHOLD for _, (_, bad), (model, _), _ in mine)
        shares = defaultdict(lambda: [0, 0])
        for _, (source, bad), _, sign in scored:
            if bad:
                shares[source][0] += bool(sign and sign[0] == kind)
                shares[source][1] += 1
        rises = (false + 0.5) / (ordinary + 1)
        hit = PRIOR * mean_over(shares)
        precision = hit / (hit + (1 - PRIOR) * rises)
        print(f"| {kind} | {mine[0][3][1]} | {len(found):,} | {missed:,} | {risen} | {precision:.3f} |")

    print("\n| suspicious source | texts | found by the model | with signs |\n| --- | --- | --- | --- |")
    sources = defaultdict(list)
    for _, (source, bad), (model, raised), _ in scored:
        if bad:
            sources[source].append((model >= THRESHOLD, raised >= THRESHOLD))
    for source, hits in sources.items():
        before, after = (sum(one[place] for one in hits) for place in (0, 1))
        print(f"| {source} | {len(hits):,} | {before:,} | {after:,} |")
    before, after = ([sum(one[place] for one in hits) / len(hits) for hits in sources.values()] for place in (0, 1))
    if sources:
        shares = " | ".join(f"{100 * sum(one) / len(one):.1f} %" for one in (before, after))
        print(f"| mean over {len(sources)} sources | | {shares} |")

    risen = [
        (text, source, sign)
        for text, (source, bad), (model, raised), sign in scored
        if not bad and model < THRESHOLD <= raised
    ]
    print(f"\n{len(risen)} of {ordinary:,} ordinary texts rise to {THRESHOLD} and more by a sign:")
    for text, source, sign in risen:
        print(f"  {sign and sign[0]}: {source}: {text[:110]!r}")


if __name__ == "__main__":
    main()
