"""What liaisons write after a meeting."""

import datetime as dt

from agencies.models import Meeting
from dashboards.demo.reading import read, sentences
from dashboards.demo.world import first_name

Mode = Meeting.Mode
# For so many days after an incident people talk about it.
_TALK_DAYS = 18


class Writer:
    def __init__(self, world):
        self.world = world
        self.subjects = read("subjects")
        self.incidents = read("incidents")

    def write(self, meeting):
        """The note of a planned meeting, in Markdown."""
        if meeting.is_restricted:
            return self._line("restricted", self.world.words["restricted"], meeting)
        if meeting.mode in (Mode.AT_AGENCY, Mode.AT_OFFICE):
            return self._long(meeting)
        if meeting.mode == Mode.VIDEO:
            return self._middling(meeting)
        return self._short(meeting)

    def council(self, dice, place_names):
        """The note of a group meeting; returns (note, title)."""
        title, points, results = dice.choice(self.world.words["council"])
        agenda = dice.sample(points, 4)
        lines = [f"{title}, {len(place_names)} of them at the table.", "", "**Agenda**", ""]
        lines += [f"{number}. {point}" for number, point in enumerate(agenda, start=1)]
        lines += ["", "**Came out**", "", *(f"- {text}" for text in dice.sample(results, 2))]
        return sentences("\n".join(lines))

    def topic_of(self, meeting):
        return meeting.subjects[0]["topic"]

    def choose_subjects(self, dice, date, count):
        """Subjects that were in the air at that time."""
        months = (date - self.world.clock.start).days // 30
        current = [s for s in self.subjects if s["from"] <= months <= s["to"]]
        return dice.sample(current, count)

    # ---- Three lengths

    def _long(self, meeting):
        heard, said, next_ = self.world.decks.draw("headings", self.world.words["headings"])
        lines = [self._opening(meeting), ""]
        if meeting.mood is not None and meeting.mood >= 4:
            lines += [*self._bullets(meeting, "praise", [0]), *self._extras(meeting), ""]
            lines += [*self._texts(meeting, "raised", [1]), *self._texts(meeting, "said", [1])]
        else:
            several = [0, 1, 0] if len(meeting.people) > 1 else [0, 1]
            lines += [heard, "", *self._bullets(meeting, "raised", several)]
            lines += self._extras(meeting)
            lines += ["", said, "", *self._bullets(meeting, "said", [0, 1])]
        steps = [*meeting.promises, *self._texts(meeting, "next", [1, 0])][:3]
        lines += ["", next_, "", *(f"- {step}" for step in steps)]
        lines += ["", self._closing(meeting)]
        return sentences("\n".join(lines)).strip()

    def _middling(self, meeting):
        is_good = (meeting.mood or 3) >= 4 and meeting.dice.random() < 0.6
        lines = [self._opening(meeting), ""]
        lines += self._bullets(meeting, "praise" if is_good else "raised", [0])
        lines += self._bullets(meeting, "raised", [1]) + self._bullets(meeting, "said", [1])
        lines += self._extras(meeting)
        steps = [*meeting.promises, *self._texts(meeting, "next", [1])][:2]
        lines += ["", f"Next: {'; '.join(steps)}."]
        return sentences("\n".join(lines))

    def _short(self, meeting):
        if meeting.dice.random() < 0.12 and not meeting.promises:
            return self._line("quiet", self.world.words["quiet"], meeting)
        answer = self._texts(meeting, "said", [0])[0]
        frame = self.world.decks.draw("answered", self.world.words["answered"])
        parts = [self._opening(meeting), *self._texts(meeting, "raised", [0])]
        parts.append(frame.format(said=answer))
        parts += [f"Next: {promise}." for promise in meeting.promises]
        return sentences(" ".join(parts))

    # ---- Parts

    def _opening(self, meeting):
        kind = "site_visit" if meeting.is_site_visit else str(meeting.mode)
        people = _listing([first_name(person) for person in meeting.people]) or "the front desk"
        text = self.world.decks.draw(f"opening {kind}", self.world.words["openings"][kind])
        return self._write(text, meeting, people=people)

    def _closing(self, meeting):
        kind = "closings" if (meeting.mood or 3) > 2 else "bad_closings"
        if meeting.dice.random() < 0.5 and kind == "closings":
            return ""
        return self._line(kind, self.world.words[kind], meeting)

    def _extras(self, meeting):
        """What is on their mind: an incident of these weeks, or their own calendar."""
        lines = []
        for incident in self.incidents:
            date = self.world.clock.until - dt.timedelta(days=incident["days_ago"])
            if dt.timedelta(0) < meeting.date - date <= dt.timedelta(days=_TALK_DAYS):
                said = f"{date:%B} {date.day}"
                lines.append(f"- {self._write(incident['text'], meeting, date=said)}")
        if not lines and meeting.dice.random() < 0.2:
            lines.append(f"- {meeting.dice.choice(meeting.place.about['facts'])}")
        return lines

    def _bullets(self, meeting, kind, about):
        return [f"- {text}" for text in self._texts(meeting, kind, about)]

    def _texts(self, meeting, kind, about):
        """One text of this kind for each number of a subject of the meeting."""
        found = []
        for number in about:
            subject = meeting.subjects[number]
            drawn = self.world.decks.draw(f"{subject['key']} {kind}", subject[kind])
            text = self._write(drawn, meeting)
            found.append(text[:1].lower() + text[1:] if kind == "next" else text)
        return list(dict.fromkeys(found))

    def _line(self, name, texts, meeting):
        return self._write(self.world.decks.draw(name, texts), meeting)

    def _write(self, text, meeting, **more):
        who = meeting.people[0] if meeting.people else None
        return self.world.write(text, meeting.place, meeting.dice, who=who, **more)


def _listing(names):
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
