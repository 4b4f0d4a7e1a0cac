#!/usr/bin/env python3
"""What Pygments' lexer of SPL, which others wrote, cannot name in a search: it knows Splunk's commands and functions.

In: a JSON list of searches on standard input. Out: a JSON list with the faults of each.
"""

import json
import sys

from pygments.token import Error, Keyword, Name, Punctuation, String
from pygments_lexer_spl import SPLLexer

OWN_COMMANDS = {"dnstxtscore"}


def faults(search):
    tokens = [(kind, text) for kind, text in SPLLexer().get_tokens(search) if text.strip()]
    for (kind, text), (before, bar), (_, after) in zip(
        tokens, [(Punctuation, "|"), *tokens], [*tokens[1:], (None, "")]
    ):
        if kind in Error:
            yield f"cannot be read: {text}"
        elif kind in String and "`" in text:
            yield f"a macro in quotes: {text}"
        elif before in Punctuation and bar == "|" and text != "|":
            if not (kind in Keyword or kind in Name.Function or text in OWN_COMMANDS):
                yield f"no command: {text}"
        elif kind is Name and after == "(":
            yield f"no function: {text}"


json.dump([list(faults(search)) for search in json.load(sys.stdin)], sys.stdout)
