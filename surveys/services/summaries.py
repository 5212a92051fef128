"""Counts of answers, kept by each submit, so that no results page reads the answers."""

from django.db import connection

from accounts.history import service
from surveys.models import AnswerTally, Response, ResponseTally

# Sorted, so that two submits of one agency wait for each other instead of deadlocking.
_ADD = """
    INSERT INTO surveys_answertally (wave_id, agency_id, question_id, value, count)
    SELECT %(wave)s, %(agency)s, question_id, value, 1
    FROM unnest(%(questions)s::bigint[], %(values)s::text[]) AS said (question_id, value)
    ORDER BY question_id, value
    ON CONFLICT (wave_id, question_id, agency_id, value)
    DO UPDATE SET count = surveys_answertally.count + 1
"""
_ADD_RESPONSE = """
    INSERT INTO surveys_responsetally (wave_id, agency_id, invited, responded)
    VALUES (%(wave)s, %(agency)s, 1, 1)
    ON CONFLICT (wave_id, agency_id) DO UPDATE SET
        responded = surveys_responsetally.responded + 1,
        invited = greatest(surveys_responsetally.invited, surveys_responsetally.responded + 1)
"""
_ADD_BOTH = f"WITH answers AS ({_ADD}) {_ADD_RESPONSE}"

_COUNT_ANSWERS = """
    INSERT INTO surveys_answertally (wave_id, agency_id, question_id, value, count)
    SELECT response.wave_id, response.agency_id, answer.question_id, said.value, count(*)
    FROM surveys_answer AS answer
    JOIN surveys_response AS response ON response.id = answer.response_id
    CROSS JOIN LATERAL unnest(
        CASE WHEN answer.number IS NULL THEN answer.options::text[]
        ELSE ARRAY[answer.number::text] END
    ) AS said (value)
    WHERE response.submitted_at IS NOT NULL
    AND response.wave_id = coalesce(%(wave)s, response.wave_id)
    GROUP BY 1, 2, 3, 4
"""
# A link that was taken back counts only if its person had answered before.
COUNT_INVITED = """
    INSERT INTO surveys_responsetally (wave_id, agency_id, invited, responded)
    SELECT invitation.wave_id, invitation.agency_id, count(*), count(response.submitted_at)
    FROM surveys_invitation AS invitation
    LEFT JOIN surveys_response AS response ON response.invitation_id = invitation.id
    WHERE (invitation.revoked_at IS NULL OR response.submitted_at IS NOT NULL)
    AND invitation.wave_id = coalesce(%(wave)s, invitation.wave_id)
    GROUP BY 1, 2
"""
_KEEP_INVITED = f"""
    {COUNT_INVITED}
    ORDER BY 1, 2
    ON CONFLICT (wave_id, agency_id) DO UPDATE SET
        invited = greatest(excluded.invited, surveys_responsetally.responded)
"""
_LOCK = "LOCK TABLE surveys_answertally, surveys_responsetally IN SHARE ROW EXCLUSIVE MODE"


def add(*, response, answers):
    """Count one response, in the transaction that submits it. `answers`: (question's pk, value)."""
    said = {
        "wave": response.wave_id,
        "agency": response.agency_id,
        "questions": [question for question, _value in answers],
        "values": [value for _question, value in answers],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD_BOTH, said)


def count_invited(*, wave):
    """Bring the number of the invited up to date. The caller holds the wave's row, so that two
    counts never overtake each other."""
    ResponseTally.objects.filter(wave=wave, responded=0).exclude(
        agency__in=wave.invitations.filter(revoked_at=None).values("agency")
    ).delete()
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_INVITED, {"wave": wave.pk})


@service
def rebuild(*, wave=None):
    """Count everything again from the answers: of one wave, or of all.

    Submits wait while it runs, so that none is lost and none counted twice.
    """
    pk = wave.pk if wave is not None else None
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        for model, count in ((AnswerTally, _COUNT_ANSWERS), (ResponseTally, COUNT_INVITED)):
            rows = model.objects.all() if pk is None else model.objects.filter(wave=pk)
            rows.delete()
            cursor.execute(count, {"wave": pk})
    return (
        Response.objects.submitted().count() if pk is None else wave.responses.submitted().count()
    )
