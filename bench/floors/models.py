"""The fewest tables that hold the same facts. Made by SQL in schema.sql, so not managed."""

from django.db import models


class Unmanaged(models.Model):
    class Meta:
        abstract = True
        managed = False
        app_label = "floors"


class Visitor(Unmanaged):
    name = models.TextField()


class Session(Unmanaged):
    key = models.TextField(primary_key=True)
    visitor = models.ForeignKey(Visitor, models.DO_NOTHING)


class Agency(Unmanaged):
    name = models.TextField()
    tier = models.IntegerField()
    last_meeting_at = models.DateTimeField()


class Meeting(Unmanaged):
    agency = models.ForeignKey(Agency, models.DO_NOTHING, related_name="meetings")
    held_at = models.DateTimeField()
    mode = models.TextField()
    note = models.TextField()
    by = models.ForeignKey(Visitor, models.DO_NOTHING)


class Question(Unmanaged):
    text = models.TextField()
    position = models.IntegerField()


class Invitation(Unmanaged):
    token = models.TextField(unique=True)
    closed_at = models.DateTimeField(null=True)


class Answer(Unmanaged):
    invitation = models.ForeignKey(Invitation, models.DO_NOTHING)
    question = models.ForeignKey(Question, models.DO_NOTHING)
    agency = models.ForeignKey(Agency, models.DO_NOTHING)
    period = models.IntegerField()
    survey = models.IntegerField()
    value = models.IntegerField()


class Summary(Unmanaged):
    """Answers counted by survey, question and value."""

    survey = models.IntegerField()
    question = models.ForeignKey(Question, models.DO_NOTHING)
    value = models.IntegerField()
    count = models.IntegerField()


class Scores(Unmanaged):
    """Answers added up by agency and period."""

    agency = models.ForeignKey(Agency, models.DO_NOTHING)
    period = models.IntegerField()
    total = models.IntegerField()
    count = models.IntegerField()
