"""What the office does about what it hears: every concern gets an answer, soon or late."""

import datetime as dt

from agencies.models import Meeting
from dashboards.demo.chasing import Chasing
from dashboards.demo.people import respondents_of
from feedback.models import Concern
from feedback.services import actions, concerns, dispositions, report_back

_DIRECT_CONCERNS = 14
# Of a hundred meetings: in so many somebody says something that becomes a concern, or that the
# liaison promises to do.
_CONCERN_FROM_MEETING, _PROMISE_IN_MEETING = 0.035, 0.085
# How a concern is answered: (action, reply, decline) out of a hundred.
_AFTER_PRAISE = (0, 100, 0)
_AFTER_VERY_LOW = (68, 24, 8)
_AFTER_WORDS = (42, 48, 10)
_AFTER_A_NUMBER = (10, 90, 0)
# Of a hundred who are told something in words, so many react; most of these are content.
_REACT_TO_WORDS, _CONTENT_WITH_WORDS = 0.3, 0.8


class Following:
    def __init__(self, world):
        self.world = world
        self.dice = world.dice("following")
        self.chasing = Chasing(world, self)

    def plan_all(self):
        clock = self.world.clock
        days = (clock.until - clock.start).days
        for _ in range(_DIRECT_CONCERNS):
            date = clock.start + dt.timedelta(days=self.dice.randrange(20, days - 10))
            clock.at(clock.in_hours(date, self.dice), self._hear_directly)

    # ---- Where concerns come from

    def read_response(self, response, *, now):
        """What the worker does as soon as somebody has answered."""
        if concerns.raise_from_response(response=response, now=now):
            for concern in Concern.objects.filter(answer__response=response).order_by("pk"):
                self.expect_answer(concern)

    def promise_of(self, planned):
        """What the liaison promises in this meeting, if anything: (what, outcome) or None."""
        if planned.is_restricted or planned.dice.random() > _PROMISE_IN_MEETING:
            return None
        texts = self.world.words["meeting_actions"]
        what, outcome = self.world.decks.draw("promise", texts)
        words = self.world.words_of(planned.place, planned.dice)
        what = what.format_map(words)
        planned.promises.append(what[:1].lower() + what[1:])
        return what, outcome.format_map(words)

    def after_meeting(self, meeting, planned, promise, *, by, now):
        place = planned.place
        if promise is not None:
            what, outcome = promise
            action = actions.create(
                agency=place.agency,
                meeting=meeting,
                what=what,
                owner=by,
                due_on=self.due_on(7, 25),
                by=by,
                now=now,
            )
            self.chasing.expect_work(action, outcome=outcome)
        elif planned.people and self._is_raised(meeting, planned):
            topic = planned.subjects[0]["topic"]
            concern = concerns.raise_from_meeting(
                meeting=meeting,
                agency=place.agency,
                person=planned.people[0],
                topic=topic,
                quote=self._quote(place, topic, planned.people[0]),
                by=by,
                now=now,
            )
            self.expect_answer(concern)

    def _is_raised(self, meeting, planned):
        if meeting.restricted or meeting.mode == Meeting.Mode.EMAIL or (planned.mood or 3) > 3:
            return False
        return self.dice.random() < _CONCERN_FROM_MEETING * 3

    def _hear_directly(self, *, now):
        place = self.dice.choice([p for p in self.world.places if respondents_of(p)])
        person = self.dice.choice(respondents_of(place))
        text = self.world.decks.draw("direct", self.world.words["direct"])
        concern = concerns.raise_directly(
            agency=place.agency,
            person=person,
            quote=self.world.write(text, place, self.dice, who=person),
            topic="Communication",
            by=self.world.liaison_of(place, self.world.clock.today),
            now=now,
        )
        self.expect_answer(concern)

    def _quote(self, place, topic, person):
        text = self.world.decks.draw(f"{topic} low", self.world.matters[topic]["low"])
        return self.world.write(text, place, self.dice, who=person)

    # ---- Answers

    def expect_answer(self, concern):
        """Somebody will dispose of it: most within two weeks, sooner where it hurts."""
        days = 1 + min(20, int(self.dice.expovariate(0.28 if (concern.rating or 3) > 2 else 0.5)))
        self.world.clock.at(self.world.clock.days_later(days, self.dice), self._dispose, concern)

    def _dispose(self, concern, *, now):
        place = self.world.place_of(concern.agency_id)
        by = self.world.liaison_of(place, self.world.clock.today)
        # Words did not settle it the first time.
        kind = "action" if concern.answer_text else self._kind_of_answer(concern)
        if kind == "action":
            self.open_action(concern, place, due_on=self.due_on(10, 38), by=by, now=now)
        elif kind == "reply":
            text = self._reply(concern, place)
            dispositions.reply(concern=concern, text=text, by=by, now=now)
            self._expect_reaction(concern)
        else:
            reason = self._text(concern, place, "declines")
            dispositions.decline(concern=concern, reason=reason, by=by, now=now)
            self._expect_reaction(concern)

    def _kind_of_answer(self, concern):
        if _is_praise(concern, self.world):
            odds = _AFTER_PRAISE
        elif not concern.quote:
            odds = _AFTER_A_NUMBER
        elif (concern.rating or 3) <= 2:
            odds = _AFTER_VERY_LOW
        else:
            odds = _AFTER_WORDS
        return self.dice.choices(["action", "reply", "decline"], odds)[0]

    def open_action(self, concern, place, *, due_on, by, now, is_left_alone=False):
        """Open an action about it. One that is left alone is never worked on."""
        topic = concern.topic if concern.topic in self.world.matters else "Overall"
        matter = self.world.matters[topic]
        about = self.world.decks.draw(f"{topic} actions", matter["actions"])
        words = self.world.words_of(place, self.dice)
        owner = by if matter["owner"] == "liaison" else self.world.users[matter["owner"]]
        # Not everything that concerns an officer is done by the officer.
        owner = owner if self.dice.random() < 0.55 else by
        what = about["what"].format_map(words)
        action = dispositions.open_action(
            concern=concern, what=what, owner=owner, due_on=due_on, by=by, now=now
        )
        if is_left_alone:
            self.chasing.expect_nothing(action)
        else:
            notes = [note.format_map(words) for note in about["notes"]]
            outcome = about["outcome"].format_map(words)
            self.chasing.expect_work(action, outcome=outcome, notes=notes)
        return action

    def _reply(self, concern, place):
        if _is_praise(concern, self.world):
            return self.world.write(
                self.world.matters[concern.topic]["replies"][-1], place, self.dice
            )
        if not concern.quote and concern.rating:
            text = self.world.decks.draw("no words", self.world.words["no_words"])
            return self.world.write(text, place, self.dice, rating=concern.rating)
        return self._text(concern, place, "replies")

    def _text(self, concern, place, kind):
        topic = concern.topic if concern.topic in self.world.matters else "Overall"
        texts = self.world.matters[topic][kind]
        texts = texts[:-1] if kind == "replies" else texts
        return self.world.write(self.world.decks.draw(f"{topic} {kind}", texts), place, self.dice)

    def due_on(self, least, most):
        clock = self.world.clock
        return clock.calendar.add_business_days(clock.today, self.dice.randrange(least, most))

    # ---- What the raiser says to words

    def _expect_reaction(self, concern):
        if self.dice.random() < _REACT_TO_WORDS:
            day = self.world.clock.days_later(self.dice.randrange(1, 9), self.dice)
            self.world.clock.at(day, self._react, concern.pk)

    def _react(self, pk, *, now):
        row = self.chasing.question_of(pk)
        if row is None:
            return
        is_content = self.dice.random() < _CONTENT_WITH_WORDS
        texts = self.world.words["fixed" if is_content else "unsettled"]
        words = self.world.decks.draw(f"content {is_content}", texts)
        verdict = row.Verdict.FIXED if is_content else row.Verdict.NOT_FIXED
        report_back.answer(report_back=row, verdict=verdict, words=words, now=now)
        if not is_content:
            self.expect_answer(row.concern)


def _is_praise(concern, world):
    if concern.rating is not None and concern.rating >= 4:
        return True
    if concern.topic not in world.matters or concern.rating is not None:
        return False
    return any(concern.quote[:12] == text[:12] for text in world.matters[concern.topic]["high"])
