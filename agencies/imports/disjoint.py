"""Which things belong together, from pairs that do. Pure."""


class DisjointSets:
    """Disjoint sets with path halving: a long chain of pairs is walked once, not at every look."""

    def __init__(self):
        self._above = {}

    def leader(self, one):
        """What stands for the whole set that `one` is in; itself, if it was never joined."""
        above = self._above
        while (parent := above.get(one, one)) != one:
            above[one] = above.get(parent, parent)
            one = above[one]
        return one

    def join(self, one, other):
        """Put the two sets together; the leader is that of `other`."""
        one, other = self.leader(one), self.leader(other)
        if one != other:
            self._above[one] = other
