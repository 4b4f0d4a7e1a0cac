"""The best that plain rules do together, with thresholds chosen on the very channels that they are judged by."""

import itertools
from collections import namedtuple

from channels.data import FIRST_TEN, WHOLE

Rules = namedtuple("Rules", "what found first real simulated")
Numbers = namedtuple("Numbers", "suspicious long_names long_labels bytes")

# Thresholds that are tried: different texts above 0.5, characters of a name and of a label in five names, bytes of
# different names.
TEXTS = (1, 2, 3, 5, 10)
NAME = (40, 52, 60, 80, 100)
LABEL = (30, 40, 52, 60)
BYTES = (1000, 2000, 5000, 10_000, 20_000)
MIN_NAMES = 5


def _numbers(channel, exchanges, scores):
    part = scores.part(channel)
    texts = {text for _, some in exchanges for text in some if text}
    names = {name for name, _ in exchanges}
    fifth = lambda lengths: sorted(lengths, reverse=True)[MIN_NAMES - 1] if len(names) >= MIN_NAMES else 0
    return Numbers(
        sum(scores.known[part, text] >= 0.5 for text in texts),
        fifth([len(name) for name in names]),
        fifth([max(map(len, name.split(b"."))) for name in names]),
        sum(map(len, names)),
    )


def best_rules(channels, scores):
    """The thresholds that find most channels, with each ordinary one that they flag taken off."""
    numbers = {
        size: [_numbers(one, one.exchanges[:10] if size == FIRST_TEN else one.exchanges, scores) for one in channels]
        for size in (FIRST_TEN, WHOLE)
    }
    tried = [_judged(least, channels, numbers) for least in itertools.product(TEXTS, NAME, LABEL, BYTES)]
    return max(tried, key=lambda rules: (rules.found - rules.real - rules.simulated, rules.first))


def _judged(least, channels, numbers):
    hit = {size: [any(a >= b for a, b in zip(one, least)) for one in some] for size, some in numbers.items()}
    count = lambda size, wanted: sum(one and wanted(channel) for one, channel in zip(hit[size], channels))
    is_simulated = lambda channel: channel.source.startswith("simulated:")
    texts, name, label, size = least
    return Rules(
        f"{texts} texts above 0.5, or {MIN_NAMES} names of {name} or labels of {label} characters, or {size:,} bytes",
        count(WHOLE, lambda channel: channel.label),
        count(FIRST_TEN, lambda channel: channel.label),
        count(WHOLE, lambda channel: not channel.label and not is_simulated(channel)),
        count(WHOLE, lambda channel: not channel.label and is_simulated(channel)),
    )
