"""What people answer: each agency has its story, each year its weak points."""

from surveys.models import Question

Kind = Question.Kind
# How satisfied, wave by wave.
_STORIES = {
    "good": (5.0, 5.0, 5.05, 5.05),
    "rising": (4.0, 4.5, 4.8, 4.95),
    "mixed": (4.7, 4.6, 4.65, 4.6),
    "falling": (5.0, 4.7, 4.1, 3.5),
    "troubled": (4.5, 4.1, 3.5, 2.9),
    "quiet": (4.5, 4.4, 4.4, 4.4),
}
# Business knowledge is weak and slowly gets better; the desk improved; purchasing did not.
_TOPICS = {
    "overall": (0.0, 0.05, 0.1, 0.1),
    "business": (-1.1, -1.0, -0.9, -0.8),
    "reliability": (0.1, -0.05, 0.1, 0.15),
    "service-desk": (-0.35, -0.15, 0.1, 0.2),
    "communication": (-0.3, -0.2, -0.05, 0.0),
    "procurement": (-0.35, -0.35, -0.4, -0.35),
    "rates": (-0.25, -0.2, -0.3, -0.15),
}
_WISHES = {
    "Knowing our programs": 30, "Fewer outages": 16, "A faster service desk": 14,
    "Shorter purchasing": 26, "Clearer rates": 18, "Simpler sign-in": 15,
    "Earlier notice of changes": 16,
}  # fmt: skip
_WAYS_TO_TALK = (46, 27, 17, 10)
_COMMENTS_ON_LOW, _COMMENTS_ON_HIGH, _SAYS_ONE_THING = 0.7, 0.01, 0.2


class Opinions:
    """The answers to one wave."""

    def __init__(self, world, *, year, questions):
        self.world = world
        self.year = year
        self.questions = questions

    def of(self, place, person, dice):
        """{question's pk: what `submit` takes}."""
        level = _STORIES[place.story][self.year] + dice.gauss(0, 0.3)
        found, said = {}, 0
        for question in self.questions:
            answer = self._answer(question, level, place, person, dice, has_said_much=said >= 4)
            said += bool(answer.get("text"))
            found[question.pk] = answer
        return found

    def _answer(self, question, level, place, person, dice, *, has_said_much):
        if question.kind == Kind.RATING:
            return self._rating(question, level, place, person, dice, has_said_much)
        if question.kind == Kind.LIKELIHOOD:
            return {"number": min(10, max(0, round(level * 2.3 - 1.6 + dice.gauss(0, 1))))}
        if question.kind == Kind.CHOICES:
            wishes = dice.choices(list(_WISHES), list(_WISHES.values()), k=2)
            return {"options": [wish for wish in question.options if wish in wishes]}
        if question.kind == Kind.CHOICE:
            return {"options": dice.choices(question.options, _WAYS_TO_TALK)}
        if question.kind == Kind.SHORT_TEXT:
            return {"text": dice.choice([*place.about["systems"], ""])}
        if dice.random() < _SAYS_ONE_THING:
            mood = "high" if level > 4.2 and dice.random() < 0.4 else "low"
            return {"text": self._words("One thing", mood, place, person, dice)}
        return {}

    def _rating(self, question, level, place, person, dice, has_said_much):
        level += _TOPICS[question.lineage][self.year]
        number = min(5, max(1, round(level + dice.gauss(0, 0.5))))
        if not question.required and dice.random() < 0.08:
            return {}
        answer = {"number": number}
        if number < 4 and not has_said_much and dice.random() < _COMMENTS_ON_LOW:
            answer["text"] = self._words(question.topic, "low", place, person, dice)
        elif number == 5 and dice.random() < _COMMENTS_ON_HIGH:
            answer["text"] = self._words(question.topic, "high", place, person, dice)
        return answer

    def _words(self, topic, mood, place, person, dice):
        texts = self.world.matters[topic][mood]
        return self.world.write(
            self.world.decks.draw(f"{topic} {mood}", texts), place, dice, who=person
        )
