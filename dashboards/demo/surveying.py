"""The yearly wave: asked, answered by most, ended, and closed when every point has an answer."""

import datetime as dt

from crm_portal.lib.refusals import Refusal
from dashboards.demo.opinions import Opinions
from dashboards.demo.reading import read
from feedback.services import waves as closing
from surveys.models import Wave
from surveys.services import questionnaires, responses, waves

PAST_WAVES = 3
# The newest wave opened so long ago that the first reminder has just gone out.
_OPEN_DAYS = 9
_TAKES_ANSWERS_DAYS = 30
_PREPARED_DAYS = 24
_REMINDER_DAYS = [7, 18]
# Of a hundred people at places of a story so many answer; the second figure: in the open wave.
_RATES = {
    "good": 74, "rising": 75, "mixed": 68, "falling": 64, "troubled": 74, "quiet": 30,
}  # fmt: skip
# Of a hundred who answer so many do it after the invitation and after each reminder.
_HASTE, _HASTE_NOW = (76, 16, 8), (56, 28, 16)
# Whole places that say nothing this time, so far.
_SILENT_NOW = {"PUC", "DVR", "LOT", "DOH", "TRE"}
_HALF_WRITTEN = 0.06


def opening_days(calendar, today, *, years=PAST_WAVES):
    """The days on which the waves open, the open one last."""
    newest = calendar.add_business_days(today - dt.timedelta(days=_OPEN_DAYS - 1), -1)
    days = [newest - dt.timedelta(days=364 * ago) for ago in range(years, 0, -1)]
    return [_next_business_day(calendar, day) for day in days] + [newest]


def _next_business_day(calendar, date):
    return date if calendar.is_business_day(date) else calendar.add_business_days(date, 1)


class Surveys:
    def __init__(self, world, following, opening_days):
        self.world = world
        self.following = following
        self.opening_days = opening_days
        self.by = world.users["cco"]
        self.questionnaire = None
        self.questions = {}

    def plan_all(self):
        clock, dice = self.world.clock, self.world.dice("surveys")
        for number, day in enumerate(self.opening_days):
            prepared_on = day - dt.timedelta(days=_PREPARED_DAYS)
            clock.at(clock.in_hours(prepared_on, dice), self._prepare, number)
            # Everybody is invited by the morning's tick; answers come after that.
            clock.at(clock.calendar.opening(day) + dt.timedelta(minutes=10), self._expect, number)

    def has_open_wave(self, date):
        """Whether a wave opens, takes answers or ends on that day."""
        return any(
            day <= date <= self._last_day(number) for number, day in enumerate(self.opening_days)
        )

    def _prepare(self, number, *, now):
        texts = read("questionnaire")
        title = f"{texts['title']} {self.opening_days[number].year}"
        if self.questionnaire is None:
            self.questionnaire = questionnaires.create(
                **texts | {"title": title}, by=self.by, now=now
            )
        else:
            self.questionnaire = questionnaires.copy(
                questionnaire=self.questionnaire, title=title, by=self.by, now=now
            )
        waves.prepare(
            questionnaire=self.questionnaire,
            title=title,
            opens_on=self.opening_days[number],
            closes_on=self._last_day(number),
            reminder_days=_REMINDER_DAYS,
            by=self.by,
        )

    def _last_day(self, number):
        day = self.opening_days[number] + dt.timedelta(days=_TAKES_ANSWERS_DAYS)
        return _next_business_day(self.world.clock.calendar, day)

    # ---- Answers

    def _expect(self, number, *, now):
        wave = Wave.objects.get(questionnaire=self.questionnaire)
        self.questions = list(self.questionnaire.questions.order_by("position"))
        # Of a shorter past, the last years.
        year = number + PAST_WAVES + 1 - len(self.opening_days)
        opinions = Opinions(self.world, year=year, questions=self.questions)
        for invitation in wave.invitations.select_related("person").order_by("pk"):
            place = self.world.place_of(invitation.agency_id)
            dice = self.world.dice("answer", number, invitation.person.email)
            if self._will_answer(place, number, dice):
                instant = self._moment(number, dice)
                self.world.clock.at(instant, self._submit, invitation, place, opinions, dice)
            elif dice.random() < _HALF_WRITTEN:
                instant = self._moment(number, dice)
                self.world.clock.at(instant, self._begin, invitation, place, opinions, dice)
        first_attempt = self._last_day(number) + dt.timedelta(days=28)
        self.world.clock.at(self.world.clock.in_hours(first_attempt, dice), self._close, wave)

    def _will_answer(self, place, number, dice):
        is_newest = number == len(self.opening_days) - 1
        if is_newest and (place.story == "quiet" or place.about["acronym"] in _SILENT_NOW):
            return False
        return dice.randrange(100) < _RATES[place.story]

    def _moment(self, number, dice):
        """Most answer within days of the invitation or of a reminder, some in the evening."""
        steps = [0, *_REMINDER_DAYS]
        haste = _HASTE_NOW if number == len(self.opening_days) - 1 else _HASTE
        days = dice.choices(steps, haste)[0] + min(6, int(dice.expovariate(0.6)))
        date = self.opening_days[number] + dt.timedelta(days=days)
        minutes = dice.randrange(20, 8 * 60) if dice.random() < 0.85 else dice.randrange(660, 800)
        return self.world.clock.calendar.opening(date) + dt.timedelta(minutes=minutes)

    def _submit(self, invitation, place, opinions, dice, *, now):
        if invitation.person not in place.people:
            return
        answers = opinions.of(place, invitation.person, dice)
        try:
            response = responses.submit(invitation=invitation, answers=answers, now=now)
        except responses.SurveyOver:
            return
        self.following.read_response(response, now=now)

    def _begin(self, invitation, place, opinions, dice, *, now):
        answers = opinions.of(place, invitation.person, dice)
        for question in self.questions[:4]:
            responses.save_answer(
                invitation=invitation,
                question=question,
                sequence=int(now.timestamp() * 1000),
                now=now,
                **answers[question.pk],
            )

    def _close(self, wave, *, now):
        """Closed as soon as everything has an answer; the CCO looks again every other day."""
        try:
            closing.close(wave=wave, by=self.by, now=now)
        except Refusal:
            again = self.world.clock.days_later(2, self.world.dice("close", now))
            self.world.clock.at(again, self._close, wave)
