"""A wave with a few people, what is done to them, and a recount of its sums."""

from collections import Counter
from functools import partial

from surveys.models import Answer, AnswerTally, Invitation, Question, Response, ResponseTally
from surveys.services import invitations, responses, summaries
from tests import factories

OPERATIONS = ["submit", "save", "revoke", "write_again", "invite", "rebuild"]
OPTIONS = ["Phone", "Mail"]
# How many people are what, when it begins.
STANDINGS = {"silent": 4, "not invited": 1, "taken back": 1, "answered": 1}


class Cast:
    """Who and what is the same in every schedule: four people at one agency, one at another."""

    def __init__(self):
        factories.OfficeFactory()
        agencies = [factories.AgencyFactory(), factories.AgencyFactory()]
        self.people = [factories.PersonFactory(agency=agencies[n == 2]) for n in range(5)]
        self.rating = factories.QuestionFactory()
        self.choices = factories.QuestionFactory(
            questionnaire=self.rating.questionnaire, kind=Question.Kind.CHOICES, options=OPTIONS
        )


class Survey:
    """One wave of its own for each schedule."""

    def __init__(self, cast, random):
        self.cast, self.random, self.now = cast, random, factories.NOW
        self.wave = factories.WaveFactory(questionnaire=cast.rating.questionnaire)
        self._bring(cast.people[0], "silent")
        for person in cast.people[1:]:
            self._bring(person, random.choices(list(STANDINGS), STANDINGS.values())[0])
        summaries.rebuild(wave=self.wave)
        self.invitations = list(Invitation.objects.filter(wave=self.wave).order_by("pk"))

    def _bring(self, person, standing):
        if standing == "not invited":
            return
        revoked_at = self.now if standing == "taken back" else None
        invitation = factories.InvitationFactory(
            wave=self.wave, person=person, revoked_at=revoked_at
        )
        if standing == "answered":
            response = Response.objects.create(
                invitation=invitation,
                wave=self.wave,
                agency=person.agency,
                promise="Your name stands beside it.",
                started_at=self.now,
                submitted_at=self.now,
            )
            Answer.objects.create(
                response=response, question=self.cast.rating, number=3, saved_at=self.now
            )

    # ---- What may happen at once --------------------------------------------------------------

    def submit(self):
        answers = {self.cast.rating.pk: {"number": self.random.randint(3, 4)}}
        if options := [option for option in OPTIONS if self.random.random() < 0.5]:
            answers[self.cast.choices.pk] = {"options": options}
        return self._with_one(responses.submit, answers=answers)

    def save(self):
        said = {"question": self.cast.rating, "number": 5, "sequence": 1}
        return self._with_one(responses.save_answer, **said)

    def revoke(self):
        return self._with_one(invitations.revoke, by=None)

    def write_again(self):
        return self._with_one(invitations.write_again, by=None)

    def invite(self):
        return partial(invitations.invite, wave=self.wave, now=self.now)

    def rebuild(self):
        return partial(summaries.rebuild, wave=self.random.choice([self.wave, None]))

    def _with_one(self, service, **said):
        """One of few, so that operations often meet."""
        invitation = self.random.choice(self.invitations[:3])
        return partial(service, invitation=invitation, now=self.now, **said)

    # ---- What must be the same afterwards -----------------------------------------------------

    def differences(self):
        return differences([self.wave])


def differences(waves):
    """What the kept sums of these waves say and a recount does not, and the other way round."""
    kept = {
        ("answers", *row[:-1]): row[-1]
        for row in AnswerTally.objects.filter(wave__in=waves).values_list(
            "wave", "agency", "question", "value", "count"
        )
    } | {
        ("people", wave, agency): (invited, responded)
        for wave, agency, invited, responded in ResponseTally.objects.filter(
            wave__in=waves
        ).values_list("wave", "agency", "invited", "responded")
    }
    counted = recount(waves)
    return [
        f"{key}: {kept.get(key)} is kept, {counted.get(key)} was counted"
        for key in sorted(kept.keys() | counted.keys())
        if kept.get(key) != counted.get(key)
    ]


def recount(waves):
    """The sums as somebody would count them who goes through all the paper, one by one."""
    sums, asked, heard = Counter(), Counter(), Counter()
    sent = {
        response.invitation_id: response
        for response in Response.objects.filter(wave__in=waves)
        if response.submitted_at
    }
    for invitation in Invitation.objects.filter(wave__in=waves):
        place = (invitation.wave_id, invitation.agency_id)
        heard[place] += invitation.pk in sent
        if invitation.revoked_at is None or invitation.pk in sent:
            asked[place] += 1
    for answer in Answer.objects.filter(response__in=sent.values()).select_related("response"):
        place = (answer.response.wave_id, answer.response.agency_id)
        said = answer.options if answer.number is None else [str(answer.number)]
        for value in said:
            sums["answers", *place, answer.question_id, value] += 1
    return dict(sums) | {("people", *place): (asked[place], heard[place]) for place in asked}
