"""Writing what somebody said, so that neither a late packet nor a second device loses any of it."""

import json

from django.db import connection

# A part with number 0 is not said anything about. `forced`: somebody pressed a button, which
# wins over every autosave before it, even of a device whose clock is ahead.
_KEEP = """
    WITH gone AS (
        DELETE FROM surveys_answer
        WHERE response_id = %(response)s AND question_id = ANY(%(stale)s::bigint[])
    )
    INSERT INTO surveys_answer AS kept (
        response_id, question_id, number, options, text, sequence, text_sequence, saved_at
    )
    SELECT %(response)s, question, number, options, text, sequence, text_sequence, %(now)s
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS said (
        question bigint, number smallint, options text[], text text,
        sequence bigint, text_sequence bigint
    )
    ORDER BY question
    ON CONFLICT (response_id, question_id) DO UPDATE SET
        number = CASE WHEN %(forced)s OR kept.sequence < excluded.sequence
            THEN excluded.number ELSE kept.number END,
        options = CASE WHEN %(forced)s OR kept.sequence < excluded.sequence
            THEN excluded.options ELSE kept.options END,
        text = CASE WHEN %(forced)s OR kept.text_sequence < excluded.text_sequence
            THEN excluded.text ELSE kept.text END,
        sequence = greatest(kept.sequence + %(forced)s::int, excluded.sequence),
        text_sequence = greatest(kept.text_sequence + %(forced)s::int, excluded.text_sequence),
        saved_at = excluded.saved_at
"""


def row(question_pk, given, *, sequence, with_choice=True, with_text=True):
    """One answer for `keep`; a part that is left out stays as it was."""
    return {
        "question": question_pk,
        "number": given.number,
        "options": list(given.options),
        "text": given.text,
        "sequence": sequence if with_choice else 0,
        "text_sequence": sequence if with_text else 0,
    }


def keep(*, response, rows, stale=(), forced, now):
    """Write answers in one statement, and take away those to the questions in `stale`.

    An older number never overwrites a newer one.
    """
    if not rows and not stale:
        return
    said = {
        "response": response.pk,
        "rows": json.dumps(rows),
        "stale": list(stale),
        "forced": forced,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, said)
