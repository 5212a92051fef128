"""Figures of a few people: the range that they gave, and no mean, which would claim too much."""

import math

# From so many on a mean is shown.
SMALL_N = 3


def one_decimal(mean):
    """Never rounded up to what it is below: 3.96 is not 4.0."""
    return f"{math.floor(mean * 10) / 10:.1f}"


def mean_or_range(mean, n, low, high):
    """What stands for these ratings in a table: "3.4" of enough people, "2–5" or "2" of a few."""
    if n >= SMALL_N:
        return one_decimal(mean)
    return str(low) if low == high else f"{low}–{high}"
