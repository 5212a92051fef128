"""Rows for tests. What the product's own services would refuse, the database refuses here too."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from accounts.models import Holiday, Office, User
from accounts.permissions import Role
from agencies.models import Agency, Assignment, Meeting, MeetingAgency, Person
from crm_portal.lib import links
from feedback.models import Action, Concern
from surveys.models import Invitation, Question, Questionnaire, Wave

# A Wednesday, 9 o'clock at the office in Denver.
NOW = dt.datetime(2027, 3, 3, 16, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


class OfficeFactory(DjangoModelFactory):
    class Meta:
        model = Office
        django_get_or_create = ["pk"]

    pk = 1
    name = "Office of Information Technology"
    short_name = "OIT"


class HolidayFactory(DjangoModelFactory):
    class Meta:
        model = Holiday

    name = "Holiday"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@oit.example")
    name = factory.Sequence(lambda n: f"User {n}")
    role = Role.LIAISON
    password = "!"


class AgencyFactory(DjangoModelFactory):
    class Meta:
        model = Agency

    state = "CO"
    name = factory.Sequence(lambda n: f"Department {n}")
    tier = 2


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = Person

    agency = factory.SubFactory(AgencyFactory)
    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@there.example")
    title = "Chief Information Officer"
    level = Person.Level.EXECUTIVE
    is_respondent = True


class AssignmentFactory(DjangoModelFactory):
    class Meta:
        model = Assignment

    agency = factory.SubFactory(AgencyFactory)
    user = factory.SubFactory(UserFactory)
    role = Assignment.Role.PRIMARY
    starts_on = dt.date(2020, 1, 1)


class MeetingFactory(DjangoModelFactory):
    """`MeetingFactory(at=[agency, …])`."""

    class Meta:
        model = Meeting
        skip_postgeneration_save = True

    mode = Meeting.Mode.AT_AGENCY
    held_at = NOW - dt.timedelta(days=10)
    note = "We talked."
    logged_by = factory.SubFactory(UserFactory)
    logged_at = NOW - dt.timedelta(days=10)

    @factory.post_generation
    def at(self, create, agencies, **kwargs):
        for agency in agencies or [AgencyFactory()]:
            MeetingAgency.objects.create(meeting=self, agency=agency, held_at=self.held_at)


class QuestionnaireFactory(DjangoModelFactory):
    class Meta:
        model = Questionnaire

    title = "Yearly survey"
    created_at = NOW - dt.timedelta(days=60)


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = Question

    questionnaire = factory.SubFactory(QuestionnaireFactory)
    position = factory.Sequence(lambda n: n + 1)
    lineage = factory.Sequence(lambda n: f"question-{n}")
    topic = "Business"
    kind = Question.Kind.RATING
    text = "They understand our business."


class WaveFactory(DjangoModelFactory):
    """An open wave; `state="draft", opened_at=None` for one in preparation."""

    class Meta:
        model = Wave

    questionnaire = factory.SubFactory(QuestionnaireFactory)
    title = "2027"
    opens_on = TODAY - dt.timedelta(days=2)
    closes_on = TODAY + dt.timedelta(days=28)
    reminder_days = [7, 14, 21]
    state = Wave.State.OPEN
    opened_at = NOW - dt.timedelta(days=2)


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    wave = factory.SubFactory(WaveFactory)
    person = factory.SubFactory(PersonFactory)
    agency = factory.SelfAttribute("person.agency")
    invited_at = NOW - dt.timedelta(days=2)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return super()._create(model_class, *args, **{**links.issue("survey"), **kwargs})


class ConcernFactory(DjangoModelFactory):
    class Meta:
        model = Concern

    agency = factory.SubFactory(AgencyFactory)
    raised_by = factory.SubFactory(PersonFactory, agency=factory.SelfAttribute("..agency"))
    raised_at = NOW - dt.timedelta(days=5)
    source = Concern.Source.DIRECT
    topic = "Business"
    quote = "Nobody told us about the outage."


class ActionFactory(DjangoModelFactory):
    class Meta:
        model = Action

    agency = factory.SubFactory(AgencyFactory)
    what = "Send outage notices to the duty officer"
    owner = factory.SubFactory(UserFactory)
    due_on = TODAY + dt.timedelta(days=7)
    last_activity_at = NOW - dt.timedelta(days=5)
    created_at = NOW - dt.timedelta(days=5)
    created_by = factory.SelfAttribute("owner")
