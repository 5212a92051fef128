"""Whether a secret is long and random enough to sign with."""

SHORTEST = 32
# Of a key drawn at random, even in hexadecimal digits, more differ.
FEWEST_DIFFERENT = 8


def is_weak(key):
    return len(key) < SHORTEST or len(set(key)) < FEWEST_DIFFERENT
