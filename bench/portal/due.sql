-- `waiting` more open actions that are not due, and so many more people who were asked and are
-- silent. Written past the services and without triggers, for speed.
SET session_replication_role = replica;
INSERT INTO feedback_action (what, due_on, state, cycle, last_activity_at, outcome, created_at,
    version, agency_id, created_by_id, owner_id)
SELECT 'Send more notices ' || n, (%(now)s::timestamptz + (40 + mod(n, 300)) * interval '1 day')::date,
    'open', 1, %(now)s::timestamptz - interval '40 days', '',
    %(now)s::timestamptz - interval '40 days', 1, 1 + mod(n, %(agencies)s), 1,
    3 + mod(n, %(liaisons)s)
FROM generate_series(1, %(waiting)s) n;
WITH new AS (
    INSERT INTO agencies_person (name, email, phone, title, role, level, is_respondent, version,
        agency_id)
    SELECT 'Guest ' || n, 'guest' || n || '@agency.example', '', 'Director', 'decides', 'staff', true,
        1, 1 + mod(n, %(agencies)s)
    FROM generate_series(1, %(waiting)s) n RETURNING id, agency_id
)
INSERT INTO surveys_invitation (invited_at, public_id, salt, epoch, key_id, token_hash, agency_id,
    person_id, wave_id)
SELECT %(now)s, gen_random_uuid(), md5('salt' || id), 1, '1', encode(sha256(('due' || id)::bytea), 'hex'),
    agency_id, id, %(waves)s
FROM new;
SET session_replication_role = origin;
