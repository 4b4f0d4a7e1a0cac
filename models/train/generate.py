#!/usr/bin/env python3
"""Writes generated texts as JSON lines, for the checks of `xtask/tests/generators.rs`. Needs nothing but Python.

generate.py known --samples FILE --count N --seed N  {"type", "text"}: records of each type
generate.py benign | undisguised | suspicious | disguised ...    {"text", "start", "end"}: what training is fed
generate.py unseen ...                               {"before", "after"}: held-out disguises, for evaluation only
"""

import argparse
import json
import random

import unseen
from texts import disguises, ordinary, payloads, tokens


def escaped(value: bytes) -> str:
    """The value as a zone file would hold it, so that a line is a text."""
    return "".join(
        chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{chr(b)}" if b in b'"\\' else f"\\{b:03d}" for b in value
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("known", "benign", "undisguised", "suspicious", "disguised", "unseen"))
    parser.add_argument("--samples", required=True, help="what `cargo xtask label --samples` wrote")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tokens.load(options.samples)
    if options.what == "unseen":
        for form in unseen.DISGUISES.values():
            print(json.dumps(dict(zip(("before", "after", "text"), (*form.split("{}"), "")))))
        return
    r = random.Random(options.seed)
    kinds = sorted({**ordinary.KNOWN, **tokens.GROUPS})
    for i in range(options.count):
        if options.what == "known":
            kind = kinds[i % len(kinds)]
            print(json.dumps({"type": kind, "text": escaped(ordinary.known_as(r, kind))}))
            continue
        if options.what in ("benign", "undisguised"):
            value = ordinary.benign(r) if options.what == "benign" else disguises.undisguised(r)
            start, end = 0, len(value)
        else:
            value, start, end = (payloads.suspicious if options.what == "suspicious" else disguises.disguised)(r)
        print(json.dumps({"text": escaped(value), "start": start, "end": end}))


if __name__ == "__main__":
    main()
