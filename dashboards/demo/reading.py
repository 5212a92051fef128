"""The texts, and ways to draw from them that look less like dice."""

import json
import re
from collections import defaultdict
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
_START_OF_SENTENCE = re.compile(r"(^|[.!?] |\n\n|\n- )([a-z])")


def read(name):
    return json.loads((FOLDER / "texts" / f"{name}.json").read_text(encoding="utf-8"))


def fill(text, words):
    """The text with its words put in; those that begin a sentence get a capital letter."""
    filled = text.format_map(words)
    return filled[:1].upper() + filled[1:]


def sentences(text):
    """Capital letters where sentences begin."""
    return _START_OF_SENTENCE.sub(lambda found: found[1] + found[2].upper(), text)


class Decks:
    """Shuffled decks of texts: nothing comes again before everything else has been drawn."""

    def __init__(self, dice):
        self._dice = dice
        self._left = defaultdict(list)

    def draw(self, name, texts):
        if not self._left[name]:
            self._left[name] = list(texts)
            self._dice.shuffle(self._left[name])
        return self._left[name].pop()

    def hand(self, name, texts, count):
        """Several different ones."""
        return list(dict.fromkeys(self.draw(name, texts) for _ in range(count)))
