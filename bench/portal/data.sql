-- A portal with history: `agencies`, each with people and meetings, and `waves` yearly waves of 12
-- questions. The last wave is open, the one before has `responses`, the others a tenth of that.
-- One action in 40 is open, a third of those late. Written past the services and without
-- triggers, for speed; the summaries are counted afterwards by the portal's own command.
SET session_replication_role = replica;
-- Columns of which nothing is said here, and those that the portal will have one day, stay empty.
DO $$ DECLARE r record; BEGIN
    FOR r IN SELECT table_name, column_name, CASE data_type
            WHEN 'boolean' THEN 'false' WHEN 'smallint' THEN '1' WHEN 'integer' THEN '1'
            WHEN 'ARRAY' THEN '{}' WHEN 'jsonb' THEN '{}' ELSE '' END AS value
        FROM information_schema.columns
        WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
        AND table_name ~ '^(accounts|agencies|surveys|feedback|outbox)_' AND data_type IN
            ('boolean', 'smallint', 'integer', 'ARRAY', 'jsonb', 'character varying', 'text')
    LOOP EXECUTE format('ALTER TABLE %%I ALTER COLUMN %%I SET DEFAULT %%L', r.table_name,
        r.column_name, r.value);
    END LOOP;
END $$;
SELECT setseed(%(seed)s / 2147483648.0);
INSERT INTO accounts_office (id, name, short_name, state, vocabulary, time_zone,
    fiscal_year_starts, opens_at, closes_at, remind_days_before, rung_days, visit_days_tier_1,
    visit_days_tier_2, visit_days_tier_3, contact_days, version)
VALUES (1, 'Office of Information Technology', 'OIT', 'CO', 'agency', 'America/Denver',
    7, '08:00', '17:00', 2, 2, 90, 180, 365, 180, 1);
INSERT INTO accounts_user (id, password, email, name, role, post, phone, time_zone, theme, is_active)
SELECT n, '!', 'user' || n || '@oit.example', 'User ' || n,
    CASE n WHEN 1 THEN 'cco' WHEN 2 THEN 'administrator' ELSE 'liaison' END, '', '', '', 'auto', true
FROM generate_series(1, 2 + %(liaisons)s) n;
INSERT INTO agencies_agency (id, state, name, acronym, tier, governance, branch, cabinet, city,
    head_count, last_contact_at, last_visit_at, version)
SELECT n, 'CO', 'Department of Matter ' || n, 'DM' || n, 1 + mod(n, 3), 'consolidated', 'executive',
    '', 'Denver', 100 + n, NULL, NULL, 1
FROM generate_series(1, %(agencies)s) n;
INSERT INTO agencies_assignment (id, role, starts_on, until, agency_id, user_id)
SELECT n, 'primary', '2020-01-01', NULL, n, 3 + mod(n, %(liaisons)s)
FROM generate_series(1, %(agencies)s) n WHERE mod(n, 10) <> 0;
INSERT INTO agencies_person (id, name, email, phone, title, role, level, is_respondent, version,
    agency_id)
SELECT n, 'Person ' || n, 'person' || n || '@agency.example', '555 0100', 'Director', 'decides',
    'executive', true, 1, 1 + mod(n - 1, %(agencies)s)
FROM generate_series(1, %(people)s) n;
INSERT INTO agencies_meeting (id, mode, held_at, minutes, note, mood, restricted, logged_at, version,
    logged_by_id)
SELECT n, (ARRAY['at_agency', 'video', 'phone', 'email', 'at_office'])[1 + floor(random() * 5)::int],
    %(now)s::timestamptz - (n / %(agencies)s) * interval '5 days' - random() * interval '5 days', 30,
    '**Outage.** We talked about the outage on payday and what comes next. ' ||
    'They want a notice a day ahead, by text message, and a name to call.',
    least(5, 1 + floor(5 * sqrt(random()))), false, %(now)s::timestamptz, 1, 3 + mod(n, %(liaisons)s)
FROM generate_series(1, %(meetings)s) n;
INSERT INTO agencies_meetingagency (id, held_at, agency_id, meeting_id)
SELECT id, held_at, 1 + mod(id - 1, %(agencies)s), id FROM agencies_meeting;
INSERT INTO agencies_meeting_people (meeting_id, person_id)
SELECT id, 1 + mod(id - 1, %(people)s) FROM agencies_meeting;
INSERT INTO surveys_questionnaire (id, title, introduction, minutes, created_at, frozen_at, version)
SELECT w, 'Survey ' || w, '', 5, %(now)s, %(now)s, 1 FROM generate_series(1, %(waves)s) w;
INSERT INTO surveys_question (id, position, lineage, topic, section, kind, text, help_text, required,
    options, show_if_values, questionnaire_id)
SELECT (w - 1) * 12 + q, q, 'question-' || q, 'Topic ' || q, '',
    CASE q WHEN 12 THEN 'long_text' WHEN 11 THEN 'likelihood' ELSE 'rating' END,
    'How well do they understand our business, part ' || q || '?', '', false, '{}', '{}', w
FROM generate_series(1, %(waves)s) w, generate_series(1, 12) q;
INSERT INTO surveys_wave (id, title, opens_on, closes_on, audience_levels, audience_tiers, threshold,
    reminder_days, confidentiality, state, opened_at, ended_at, closed_at, version, questionnaire_id)
SELECT w, (2027 - %(waves)s + w)::text,
    (%(now)s::timestamptz - ((%(waves)s - w) * 365 + 10) * interval '1 day')::date,
    (%(now)s::timestamptz - ((%(waves)s - w) * 365 - 20) * interval '1 day')::date,
    '{}', '{}', 4, '{7,14}', 'attributed', CASE w WHEN %(waves)s THEN 'open' ELSE 'closed' END,
    %(now)s::timestamptz - ((%(waves)s - w) * 365 + 10) * interval '1 day', NULL, NULL, 1, w
FROM generate_series(1, %(waves)s) w;
-- Those who answered in the past have left: nobody of them is asked again.
INSERT INTO agencies_person (id, name, email, phone, title, role, level, is_respondent, version,
    agency_id, left_on)
SELECT %(people)s + n, 'Former ' || n, 'former' || n || '@agency.example', '', '', '', 'staff', false,
    1, 1 + mod(n - 1, %(agencies)s), '2026-01-01'
FROM generate_series(1, %(responses)s) n;
INSERT INTO surveys_invitation (id, invited_at, public_id, salt, epoch, key_id, token_hash, agency_id,
    person_id, wave_id)
SELECT row_number() OVER (), wave.opened_at, gen_random_uuid(), md5('salt' || n), 1, '1',
    encode(sha256((wave.id || 'old' || n)::bytea), 'hex'), 1 + mod(n - 1, %(agencies)s),
    %(people)s + n, wave.id
FROM surveys_wave wave, generate_series(1, %(responses)s) n
WHERE wave.id = %(waves)s - 1 OR wave.id < %(waves)s - 1 AND n <= %(responses)s / 10;
INSERT INTO surveys_response (id, promise, started_at, submitted_at, concerns_raised_at, agency_id,
    invitation_id, wave_id)
SELECT id, 'Attributed.', invited_at, at, at, agency_id, id, wave_id
FROM (SELECT *, invited_at + random() * interval '25 days' AS at FROM surveys_invitation) said;
INSERT INTO surveys_answer (number, options, text, sequence, text_sequence, saved_at, question_id,
    response_id)
SELECT CASE WHEN q = 12 THEN NULL WHEN q = 11 THEN floor(11 * random())
        ELSE least(5, 1 + floor(5 * sqrt(random()))) END,
    '{}', CASE q WHEN 12 THEN 'Nobody told us about the outage ' || mod(r.id, 200) ELSE '' END,
    1, 1, r.submitted_at, (r.wave_id - 1) * 12 + q, r.id
FROM surveys_response r, generate_series(1, 12) q;
-- The first fortieth is open and due from 20 days ago to 40 days ahead.
INSERT INTO feedback_concern (id, raised_at, source, topic, quote, rating, state, disposed_at,
    answer_text, version, agency_id, disposed_by_id, raised_by_id)
SELECT n, %(now)s::timestamptz - mod(n, 700) * interval '1 day', 'direct', 'Topic 1',
    'Nobody told us.', 2, CASE WHEN n <= %(actions)s / 40 THEN 'in_action' ELSE 'fixed' END,
    %(now)s, '', 1, 1 + mod(n - 1, %(agencies)s), 1, 1 + mod(n - 1, %(people)s)
FROM generate_series(1, %(actions)s) n;
INSERT INTO feedback_concern (id, raised_at, source, topic, quote, rating, state, answer_text,
    version, agency_id, raised_by_id)
SELECT %(actions)s + n, %(now)s::timestamptz - random() * interval '9 days', 'direct', 'Topic 2',
    'Nobody told us.', 3, 'new', '', 1, n, n
FROM generate_series(1, %(agencies)s) n WHERE mod(n, 3) = 0;
INSERT INTO feedback_action (id, what, due_on, state, cycle, last_activity_at, outcome, created_at,
    done_at, version, agency_id, concern_id, created_by_id, done_by_id, owner_id)
SELECT n, 'Send notices ' || n,
    (%(now)s::timestamptz + CASE WHEN is_open THEN mod(n, 60) - 20 ELSE -50 - mod(n, 1000) END
        * interval '1 day')::date,
    CASE WHEN is_open THEN 'open' ELSE 'done' END, 1, %(now)s::timestamptz - interval '40 days',
    CASE WHEN is_open THEN '' ELSE 'Done.' END, %(now)s::timestamptz - interval '40 days',
    CASE WHEN is_open THEN NULL ELSE %(now)s::timestamptz - interval '39 days' END, 1,
    1 + mod(n - 1, %(agencies)s), n, 1, CASE WHEN is_open THEN NULL ELSE 1 END,
    3 + mod(n, %(liaisons)s)
FROM (SELECT n, n <= %(actions)s / 40 AS is_open FROM generate_series(1, %(actions)s) n) numbered;
INSERT INTO feedback_actionactivity (action_id, kind, text, by_id, at)
SELECT id, kind, '', owner_id, created_at + interval '1 hour' * place
FROM feedback_action, unnest(ARRAY['created', state]) WITH ORDINALITY AS step (kind, place)
WHERE kind <> 'open';
-- About what the ladder says; the portal's own tick climbs the rest before anything is measured.
INSERT INTO feedback_rung (action_id, cycle, level, reached_at, told_id)
SELECT id, 1, level, %(now)s, 1
FROM feedback_action, generate_series(1, 4) level
WHERE state = 'open' AND due_on < current_date - 3 * level;
-- A letter to ask and a letter to thank for every past answer.
INSERT INTO outbox_letter (purpose, subject, kind, seq, recipient, recipient_name, details,
    planned_at, due_at, next_try_at, state, reason, attempt, message_id, headline, body, handed_at,
    done_at)
SELECT 'survey', 'invitation:' || r.id, kind, 0, 'former' || person_id || '@agency.example',
    'Former ' || person_id, '{}', at, at, at, 'sent', '', 1,
    '<' || kind || r.id || '@oit.example>', 'Your view, please', repeat('We ask. ', 60), at, at
FROM surveys_response r JOIN surveys_invitation i ON i.id = r.invitation_id,
    unnest(ARRAY['invitation', 'thanks'], ARRAY[i.invited_at, r.submitted_at]) AS letter (kind, at);
INSERT INTO agencies_agencyevent (pgh_created_at, pgh_label, pgh_obj_id, id, state, name, acronym,
    tier, governance, branch, cabinet, city, head_count, version)
SELECT %(now)s::timestamptz - change * interval '90 days', 'update', id, id, state, name, acronym,
    tier, governance, branch, cabinet, city, head_count + change, version
FROM agencies_agency, generate_series(1, 5) change ORDER BY change DESC, id;
SET session_replication_role = origin;
DO $$ DECLARE r record; BEGIN
    FOR r IN SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES'
        AND table_name ~ '^(accounts|agencies|surveys|feedback)_' AND table_name !~ 'event'
        AND table_name <> 'accounts_office'
    LOOP EXECUTE format('SELECT setval(pg_get_serial_sequence(%%L, ''id''),
        (SELECT coalesce(max(id), 1) FROM %%I))', r.table_name, r.table_name);
    END LOOP;
END $$;
