"""No small group of others follows from what somebody sees of a part: an adversary subtracts every
figure from every other, over generated populations."""

import datetime as dt
import difflib
import itertools
import re
from dataclasses import dataclass, field

import pytest
import time_machine
from django.core.cache import cache, caches
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import office
from accounts.permissions import GRANTS, SEES_EVERY_AGENCY, Permission, Role
from crm_portal.lib import links, throttle
from surveys import disclosure
from surveys.models import Answer, Invitation, Question, Response
from surveys.services import summaries, waves
from tests import factories as make
from tests.doors.leaks import masked

MINIMUM = 5
TOPICS = ["Overall", "Business", "Recommend"]
KINDS = [Question.Kind.RATING, Question.Kind.RATING, Question.Kind.LIKELIHOOD]


@pytest.fixture(autouse=True)
def clock():
    """Pages say what time it is."""
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("group", "known", "may"),
    [
        (9, [4], True), (9, [5], False), (9, [8], False), (9, [9], True), (9, [0], True),
        (4, [0], False), (4, [4], True), (0, [0], True), (9, [4, 8], False), (9, [4, 9], True),
        # A part that is larger than the whole: the two were not counted at the same time.
        (9, [10], False),
        (9, [], True),
    ],
)  # fmt: skip
def test_what_remains_is_nobody_or_enough(group, known, may):
    assert disclosure.may_show(group, *known) is may


# ---- Populations --------------------------------------------------------------------------------

# What a person said to each question; None: nothing.
people = st.lists(st.tuples(*[st.one_of(st.none(), st.integers(1, 5))] * len(TOPICS)), max_size=7)


@dataclass(frozen=True)
class Population:
    """For each agency its people's answers."""

    own: list = field(default_factory=list)
    former: list = field(default_factory=list)
    foreign: list = field(default_factory=list)


populations = st.builds(
    Population,
    own=st.lists(people, min_size=1, max_size=3),
    former=st.lists(people, max_size=1),
    foreign=st.lists(people, min_size=1, max_size=3),
)
ALL = (4, 4, 4)
# The pair of figures that gave one person away: the own agencies are filtered one by one.
LEAKY = Population(own=[[ALL] * 5, [ALL] * 4], foreign=[[(1, 1, 1)]])
# All but one question have enough foreign answers: that one follows from the mean over all.
ONE_MISSING = Population(own=[[ALL] * 3], foreign=[[(2, None, 2)] * 5 + [(2, 1, 2)]])
FORMER = Population(own=[[ALL] * 2], former=[[ALL] * 4], foreign=[[(1, 1, 1)] * 2])
ENOUGH = Population(own=[[ALL] * 3], foreign=[[(1, 1, 1)] * 3, [(2, 3, 4)] * 2])


class World:
    """A population's rows: one wave that has ended."""

    def __init__(self, population):
        office.forget()
        throttle.forget()
        make.OfficeFactory()
        self.liaison = make.UserFactory()
        self.questionnaire = make.QuestionnaireFactory()
        self.questions = [
            make.QuestionFactory(questionnaire=self.questionnaire, topic=topic, text=topic,
                                 kind=kind, position=number)
            for number, (topic, kind) in enumerate(zip(TOPICS, KINDS, strict=True), start=1)
        ]  # fmt: skip
        self.wave = make.WaveFactory(questionnaire=self.questionnaire)
        # person → (group, agency, answers)
        self.people = {}
        self.agencies = {
            kind: [self.add_agency(kind, said) for said in getattr(population, kind)]
            for kind in ("own", "former", "foreign")
        }
        summaries.rebuild(wave=self.wave)
        waves.end_now(wave=self.wave, by=None, now=make.NOW)

    def add_agency(self, kind, said):
        agency = make.AgencyFactory()
        if kind != "foreign":
            until = dt.date(2021, 1, 1) if kind == "former" else None
            make.AssignmentFactory(agency=agency, user=self.liaison, until=until)
        for answers in said:
            self.people[self.add_person(agency, answers)] = (kind, agency.pk, answers)
        return agency

    def add_person(self, agency, answers):
        person = make.PersonFactory(agency=agency)
        invitation = Invitation.objects.create(
            wave=self.wave, person=person, agency=agency, invited_at=make.NOW,
            **links.issue("survey"),
        )  # fmt: skip
        response = Response.objects.create(
            invitation=invitation, wave=self.wave, agency=agency, promise="",
            started_at=make.NOW, submitted_at=make.NOW,
        )  # fmt: skip
        Answer.objects.bulk_create(
            Answer(response=response, question=question, number=number, saved_at=make.NOW)
            for question, number in zip(self.questions, answers, strict=True)
            if number is not None
        )
        return person.pk

    def cells(self, topics, *, agencies=None):
        """(person, topic) of every answer to these."""
        keys = agencies and {agency.pk for agency in agencies}
        return frozenset(
            (person, topic)
            for person, (_kind, agency, answers) in self.people.items()
            for topic, number in zip(TOPICS, answers, strict=True)
            if topic in topics and number is not None and (agencies is None or agency in keys)
        )

    def mean(self, cells):
        numbers = [self.people[person][2][TOPICS.index(topic)] for person, topic in cells]
        return sum(numbers) / len(numbers)

    def change_an_answer_of_a_few(self):
        """What one of a few others said to a question that no more of them answered: is something
        else from now on. Returns whose and which it is; None if there is no such."""
        own, former = self.agencies["own"], self.agencies["former"]
        for topic, known in itertools.product(TOPICS, [own, own + former]):
            others = self.cells({topic}) - self.cells({topic}, agencies=known)
            if 0 < len(others) < MINIMUM:
                person = min(person for person, _topic in others)
                said = Answer.objects.get(
                    response__invitation__person=person, question__topic=topic
                )
                # 3 becomes 5: 6 - 3 would change nothing.
                other = 5 if said.number == 3 else 6 - said.number
                Answer.objects.filter(pk=said.pk).update(number=other)
                summaries.rebuild(wave=self.wave)
                caches["memory"].clear()
                cache.clear()
                return person, topic
        return None


# ---- What is seen -------------------------------------------------------------------------------


def addresses(world):
    """Every page and file of surveys and agencies that a liaison gets at."""
    wave = f"/surveys/{world.wave.pk}/"
    filters = [
        f"agency={agency}&topic={topic}"
        for agency in ["", *[agency.pk for agency in world.agencies["own"]]]
        for topic in ["", *TOPICS]
    ]
    yield from ["/", "/agencies/", "/agencies/export/", "/surveys/", wave, f"{wave}export/"]
    yield from [f"{wave}people/", f"{wave}comments/"]
    yield from [f"{wave}results/?{chosen}" for chosen in filters]
    yield from [f"/agencies/{agency.pk}/" for agency in world.agencies["own"]]


def pages(world, user):
    """{address: text}"""
    client = Client()
    client.force_login(user)
    found = {}
    for address in addresses(world):
        answer = client.get(address)
        assert answer.status_code == 200, address
        found[address] = masked(answer)
    return found


def differences(before, after):
    """What reads otherwise on the same page, line by line."""
    return [
        (address, line)
        for address in before
        for line in difflib.unified_diff(
            before[address].splitlines(), after[address].splitlines(), n=0, lineterm=""
        )
    ]


RESULT = re.compile(r'id="result-(\d+)".*?</section>', re.S)
EVERYBODY = re.compile(r"everybody: ([\d.]+) \(n = (\d+)\)")
TREND = re.compile(r'<tr><th scope="row">2027</th><td>[^<]*</td><td>\d+</td><td>([^<]*)</td></tr>')


def figures_about_everybody(world, texts):
    """The cells that each figure about everybody is made of, checked against what it says."""
    topics = {str(question.pk): question.topic for question in world.questions}
    found = set()
    for text in texts.values():
        for section in RESULT.finditer(text):
            for mean, n in EVERYBODY.findall(section[0]):
                cells = world.cells({topics[section[1]]})
                assert int(n) == len(cells)
                assert float(mean) == pytest.approx(world.mean(cells), abs=0.051)
                found.add(cells)
        if any(shown != "–" for shown in TREND.findall(text)):
            found.add(world.cells(TOPICS[:2]))
    return found


def isolated(world, figures):
    """Groups of fewer than five others whose answers follow from what is shown: from figures about
    everybody, less others of them, less what the viewer sees or once saw."""
    now = world.cells(TOPICS, agencies=world.agencies["own"])
    for known in (now, now | world.cells(TOPICS, agencies=world.agencies["former"])):
        for whole in figures:
            parts = [part for part in figures if part < whole]
            for count in range(len(parts) + 1):
                for less in itertools.combinations(parts, count):
                    rest = whole.difference(known, *less)
                    people = {person for person, _topic in rest}
                    if 0 < len(people) < MINIMUM:
                        yield sorted(people)


# ---- What must hold -----------------------------------------------------------------------------


class TestDisclosure(TestCase):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(population=populations)
    @example(population=LEAKY)
    @example(population=ONE_MISSING)
    @example(population=FORMER)
    @example(population=ENOUGH)
    def test_a_liaison_isolates_nobody(self, population):
        world = World(population)
        texts = pages(world, world.liaison)
        assert list(isolated(world, figures_about_everybody(world, texts))) == []
        if changed := world.change_an_answer_of_a_few():
            assert differences(texts, pages(world, world.liaison)) == [], changed


@pytest.mark.django_db
@pytest.mark.parametrize("population", ["LEAKY", "ONE_MISSING", "FORMER"])
def test_a_rule_that_is_off_is_noticed(monkeypatch, population):
    """The negative control, both of the subtraction and of the comparison."""
    monkeypatch.setattr(disclosure, "may_show", lambda *_people: True)
    world = World(globals()[population])
    texts = pages(world, world.liaison)
    assert list(isolated(world, figures_about_everybody(world, texts))) != []
    assert world.change_an_answer_of_a_few()
    assert differences(texts, pages(world, world.liaison)) != []


@pytest.mark.django_db
def test_what_is_safe_is_shown():
    world = World(ENOUGH)
    texts = pages(world, world.liaison)
    assert figures_about_everybody(world, texts) == {
        world.cells(TOPICS[:2]), *[world.cells({topic}) for topic in TOPICS]
    }  # fmt: skip


@pytest.mark.django_db
def test_nothing_about_everybody_is_shown_before_the_figures_stand_still():
    """Two looks at an open wave differ by one person; so do its first end and its second one."""
    world = World(ENOUGH)
    assert figures_about_everybody(world, pages(world, world.liaison)) != set()
    later = make.TODAY + dt.timedelta(days=90)
    waves.extend(wave=world.wave, closes_on=later, by=None, now=make.NOW)
    assert figures_about_everybody(world, pages(world, world.liaison)) == set()
    waves.end_now(wave=world.wave, by=None, now=make.NOW + dt.timedelta(days=1))
    assert figures_about_everybody(world, pages(world, world.liaison)) == set()


@pytest.mark.django_db
def test_who_sees_every_agency_is_told_all(lead):
    world = World(LEAKY)
    shown = figures_about_everybody(world, pages(world, lead))
    assert shown == {world.cells(TOPICS[:2]), *[world.cells({topic}) for topic in TOPICS]}


@pytest.mark.django_db
def test_a_representative_sees_no_figure_about_everybody():
    world = World(LEAKY)
    user = make.UserFactory(role=Role.REPRESENTATIVE)
    make.PersonFactory(agency=world.agencies["own"][0], user=user)
    client = Client()
    client.force_login(user)
    answers = {address: client.get(address) for address in addresses(world)}
    assert {address for address, answer in answers.items() if answer.status_code == 200} == set()


def test_who_may_open_the_dashboard_sees_every_agency():
    """Its figures are about everybody and are not suppressed."""
    assert {
        role for role, may in GRANTS.items() if Permission.DASHBOARD in may
    } <= SEES_EVERY_AGENCY
