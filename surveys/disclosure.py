"""The rule against disclosure by subtraction, for every figure about a group of respondents.

A figure about a group may be shown to somebody who sees a part of the group only if what remains
after that part is taken away is nobody, or at least `MINIMUM` people. The figure, the number of
people behind it, and every figure that it is a sum of, are shown together or not at all. It is
shown only once it stands still: of a wave that takes answers, two looks an hour apart would differ
by one person.

Not covered:

- The whole remainder is of one mind: five people who all said 1 are told by their mean.
- People who put together what each of them may see.
- What was shown, as the rule allowed, before the same person was given a further agency.
- What somebody saw in a former role, or learned outside the portal.
- Answers that are taken off the record later, so that a finished wave's figures change.
"""

# Of fewer people no mean is shown, and nothing that leads to one.
MINIMUM = 5


def may_show(group, *known):
    """Whether the figure about `group` people may be shown to somebody who can take away each of
    the `known` numbers of them: all that is seen now, say, and that with what was seen before."""
    return all(rest == 0 or rest >= MINIMUM for rest in (group - part for part in known))
