"""The life of an action: worked on, late, done, reported back, sometimes not fixed after all."""

import datetime as dt

from dashboards.demo.people import respondents_of
from feedback.models import Action, Concern, ReportBack
from feedback.services import actions, concerns, report_back

# What becomes of a hundred actions.
_FATES = {"in_time": 74, "late": 12, "very_late": 4, "moved": 7, "dropped": 3}
_ANSWER, _FIXED = 0.7, 0.82
# Actions that hang at the end: due so many business days before the last day, so that one or
# two stand on each rung of the ladder.
_HANGING = (0, 1, 1, 2, 3, 4, 5, 6, 7, 9, 13)
# So many were not fixed in the last days and are being worked on again.
_DISPUTED = 3


class Chasing:
    def __init__(self, world, following):
        self.world = world
        self.following = following
        self.dice = world.dice("chasing")
        self.weak_places = []
        self._due: dict[int, dt.date] = {}

    def plan_all(self):
        clock = self.world.clock
        weak = [p for p in self.world.places if p.story in ("mixed", "falling", "troubled")]
        self.weak_places = self.dice.sample(weak, len(weak))
        for number, late in enumerate(_HANGING):
            due_on = clock.calendar.add_business_days(clock.end, -late) if late else clock.end
            heard_on = clock.calendar.add_business_days(due_on, -9)
            clock.at(clock.in_hours(heard_on, self.dice), self._hear, number, due_on)
        for number in range(_DISPUTED):
            heard_on = clock.calendar.add_business_days(clock.end, -22)
            due_on = clock.calendar.add_business_days(clock.end, -5)
            clock.at(clock.in_hours(heard_on, self.dice), self._hear, -1 - number, due_on)

    def is_anything_due(self, date):
        """Whether any open action is due on that day or was due before."""
        return any(due_on <= date for due_on in self._due.values())

    # ---- Work

    def expect_nothing(self, action):
        """Nobody will work on the action: it hangs."""
        self._due[action.pk] = action.due_on

    def expect_work(self, action, *, outcome, notes=()):
        """Plan how the action goes on."""
        self._due[action.pk] = action.due_on
        fate = self.dice.choices(list(_FATES), list(_FATES.values()))[0]
        done_on = self._done_on(action, fate)
        today = self.world.clock.today
        for number, note in enumerate(notes, start=1):
            days = (done_on - today).days * number // (len(notes) + 1)
            self._on(today + dt.timedelta(days=days), self._note, action.pk, note)
        if fate == "moved":
            before = self._business_days(action.due_on, -1)
            done_on = self._business_days(action.due_on, self.dice.randrange(6, 14))
            self._on(before, self._move, action.pk, self._business_days(done_on, 2))
        if fate == "dropped":
            self._on(done_on, self._drop, action.pk)
        else:
            self._on(done_on, self._complete, action.pk, outcome)

    def _done_on(self, action, fate):
        if fate == "late":
            return self._business_days(action.due_on, self.dice.randrange(1, 4))
        if fate == "very_late":
            return self._business_days(action.due_on, self.dice.randrange(5, 10))
        early = self._business_days(action.due_on, -self.dice.randrange(1, 12))
        return max(early, self._business_days(self.world.clock.today, 1))

    def _business_days(self, date, count):
        return self.world.clock.calendar.add_business_days(date, count)

    def _on(self, date, do, *args):
        self.world.clock.at(self.world.clock.in_hours(date, self.dice), do, *args)

    def _open(self, pk):
        action = Action.objects.open().filter(pk=pk).order_by().first()
        if action is not None:
            action.owner = self.world.user(action.owner_id)
        return action

    def _note(self, pk, text, *, now):
        if action := self._open(pk):
            actions.note(action=action, text=text, by=action.owner, now=now)

    def _move(self, pk, due_on, *, now):
        if action := self._open(pk):
            why = self.world.decks.draw("later", self.world.words["later"])
            actions.set_due(action=action, due_on=due_on, why=why, by=action.owner, now=now)
            self._due[pk] = due_on

    def _drop(self, pk, *, now):
        if action := self._open(pk):
            why = self.world.decks.draw("dropped", self.world.words["dropped"])
            actions.drop(action=action, why=why, by=action.owner, now=now)
            del self._due[pk]
            if action.concern_id and action.concern.state == Concern.State.NEW:
                self.following.expect_answer(action.concern)

    def _complete(self, pk, outcome, *, now):
        action = self._open(pk)
        if action is None:
            return
        actions.complete(action=action, outcome=outcome, by=action.owner, now=now)
        del self._due[pk]
        if action.concern_id is None:
            return
        if report_back.can_be_asked(action.concern.raised_by):
            if self.dice.random() < _ANSWER:
                day = self.world.clock.days_later(self.dice.randrange(1, 8), self.dice)
                is_fixed = self.dice.random() < _FIXED
                self.world.clock.at(day, self._judge, action.concern_id, is_fixed)
        else:
            day = self.world.clock.days_later(self.dice.randrange(8, 16), self.dice)
            self.world.clock.at(day, self._ask_another, action.concern_id, outcome)

    # ---- Reporting back

    def question_of(self, concern_id):
        """What the raiser was asked and has not answered."""
        rows = ReportBack.objects.waiting().select_related("concern", "person")
        return rows.filter(concern=concern_id, person__left_on=None).first()

    def _judge(self, concern_id, is_fixed, *, now):
        row = self.question_of(concern_id)
        if row is None:
            return
        verdict = row.Verdict.FIXED if is_fixed else row.Verdict.NOT_FIXED
        key = "fixed" if is_fixed else "not_fixed"
        words = self.world.decks.draw(key, self.world.words[key])
        report_back.answer(report_back=row, verdict=verdict, words=words, now=now)
        if not is_fixed:
            self._expect_second_try(concern_id)

    def _expect_second_try(self, concern_id):
        action = Action.objects.open().filter(concern=concern_id).first()
        if action is None:
            return
        self._due[action.pk] = action.due_on
        note = self.world.decks.draw("reopened", self.world.words["reopened"])
        self._on(self._business_days(self.world.clock.today, 2), self._note, action.pk, note)
        days = self.dice.randrange(4, 9)
        day = self._business_days(self.world.clock.today, days)
        outcome = f"{note} It is complete now; please look once more."
        self._on(day, self._complete, action.pk, outcome)

    def _ask_another(self, concern_id, did, *, now):
        """The raiser has left: somebody else there is told."""
        concern = Concern.objects.get(pk=concern_id)
        place = self.world.place_of(concern.agency_id)
        others = respondents_of(place)
        if concern.state != Concern.State.IN_ACTION or concern.actions.open().exists():
            return
        if others:
            by = self.world.liaison_of(place, self.world.clock.today)
            report_back.ask(concern=concern, did=did, by=by, now=now, person=others[0])

    # ---- The last weeks

    def _hear(self, number, due_on, *, now):
        """Something that hangs on the last day: nobody works on it, or it was not fixed."""
        weak = [p for p in self.weak_places if respondents_of(p)]
        place = weak[number % len(weak)]
        person = respondents_of(place)[0]
        topics = ("Reliability", "Business", "Projects", "Procurement", "Service desk", "Security")
        topic = topics[number % len(topics)]
        text = self.world.decks.draw(f"{topic} low", self.world.matters[topic]["low"])
        by = self.world.liaison_of(place, self.world.clock.today)
        concern = concerns.raise_directly(
            agency=place.agency,
            person=person,
            quote=self.world.write(text, place, self.dice, who=person),
            topic=topic,
            by=by,
            now=now,
        )
        day = self.world.clock.days_later(1, self.dice)
        self.world.clock.at(day, self._take_up, concern, place, due_on, number < 0)

    def _take_up(self, concern, place, due_on, is_disputed, *, now):
        by = self.world.liaison_of(place, self.world.clock.today)
        action = self.following.open_action(
            concern, place, due_on=due_on, by=by, now=now, is_left_alone=True
        )
        if is_disputed:
            outcome = "We have done what we agreed on, and your people know of it."
            self._on(self._business_days(due_on, -2), self._complete_disputed, action.pk, outcome)

    def _complete_disputed(self, pk, outcome, *, now):
        action = self._open(pk)
        actions.complete(action=action, outcome=outcome, by=action.owner, now=now)
        del self._due[pk]
        day = self._business_days(self.world.clock.end, -2)
        self._on(day, self._dispute, action.concern_id)

    def _dispute(self, concern_id, *, now):
        if row := self.question_of(concern_id):
            words = self.world.decks.draw("not_fixed", self.world.words["not_fixed"])
            report_back.answer(report_back=row, verdict=row.Verdict.NOT_FIXED, words=words, now=now)
