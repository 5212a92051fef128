-- Everybody silent was invited eight days ago and had a reminder since.
SET session_replication_role = replica;
UPDATE surveys_invitation SET invited_at = %(now)s::timestamptz - interval '8 days',
    planned_step = 1
WHERE wave_id = %(waves)s;
INSERT INTO outbox_letter (purpose, subject, kind, seq, recipient, recipient_name, details,
    planned_at, due_at, next_try_at, state, reason, attempt, message_id, headline, body, handed_at,
    done_at)
SELECT 'survey', 'invitation:' || id, 'reminder', 1, 'person' || person_id || '@agency.example',
    'Person ' || person_id, '{}', at, at, at, 'sent', '', 1, '<reminder' || id || '@oit.example>',
    'Your view, please', repeat('We ask. ', 60), at, at
FROM surveys_invitation, (SELECT %(now)s::timestamptz - interval '1 day' AS at) yesterday
WHERE wave_id = %(waves)s
ON CONFLICT DO NOTHING;
SET session_replication_role = origin;
