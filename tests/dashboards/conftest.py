"""A clock that stands still, and answers to a survey as the tallies hold them."""

import pytest
import time_machine

from surveys.models import ResponseTally
from tests import factories as make


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def question(db):
    return make.QuestionFactory()


@pytest.fixture
def wave(question):
    """The open wave."""
    return make.WaveFactory(questionnaire=question.questionnaire)


@pytest.fixture
def answers(wave, question):
    """`answers(agency, [2, 4], invited=3)`: one person for each rating."""

    def add(agency, ratings, *, invited=None, wave=wave):
        ResponseTally.objects.create(
            wave=wave, agency=agency, invited=invited or len(ratings), responded=len(ratings)
        )
        for value in set(ratings):
            wave.tallies.create(
                question=question, agency=agency, value=str(value), count=ratings.count(value)
            )

    return add
