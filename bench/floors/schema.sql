-- Tables and rows of the floors: 1,008,000 answers of 500 agencies in 24 periods; every sixth
-- period belongs to the same one of 4 surveys. Parameters: agencies, meetings (of each), tokens.
CREATE TABLE floors_visitor (id bigserial PRIMARY KEY, name text NOT NULL);
CREATE TABLE floors_session (key text PRIMARY KEY, visitor_id bigint NOT NULL);
CREATE TABLE floors_agency (
    id bigserial PRIMARY KEY, name text NOT NULL, tier int NOT NULL,
    last_meeting_at timestamptz NOT NULL
);
CREATE TABLE floors_meeting (
    id bigserial PRIMARY KEY, agency_id bigint NOT NULL, held_at timestamptz NOT NULL,
    mode text NOT NULL, note text NOT NULL, by_id bigint NOT NULL
);
CREATE TABLE floors_question (id bigserial PRIMARY KEY, text text NOT NULL, position int NOT NULL);
CREATE TABLE floors_invitation (
    id bigserial PRIMARY KEY, token text NOT NULL UNIQUE, closed_at timestamptz
);
CREATE TABLE floors_answer (
    id bigserial PRIMARY KEY, invitation_id bigint NOT NULL, question_id bigint NOT NULL,
    agency_id bigint NOT NULL, period int NOT NULL, survey int NOT NULL, value int NOT NULL
);
CREATE TABLE floors_summary (
    id bigserial PRIMARY KEY, survey int NOT NULL, question_id bigint NOT NULL, value int NOT NULL,
    count int NOT NULL, UNIQUE (survey, question_id, value)
);
CREATE TABLE floors_scores (
    id bigserial PRIMARY KEY, agency_id bigint NOT NULL, period int NOT NULL, total int NOT NULL,
    count int NOT NULL, UNIQUE (agency_id, period)
);
INSERT INTO floors_visitor (name) VALUES ('Visitor');
INSERT INTO floors_session VALUES ('session', 1);
INSERT INTO floors_agency (name, tier, last_meeting_at)
    SELECT 'Department ' || n, 1 + mod(n, 3), timestamptz '2027-03-01' - n * interval '1 hour'
    FROM generate_series(1, %(agencies)s) n;
INSERT INTO floors_meeting (agency_id, held_at, mode, note, by_id)
    SELECT a, timestamptz '2027-03-01' - m * interval '3 days', 'phone',
           repeat('We talked about the outage and what comes next. ', 4), 1
    FROM generate_series(1, %(agencies)s) a, generate_series(1, %(meetings)s) m;
INSERT INTO floors_question (text, position)
    SELECT 'How well do they understand our business, part ' || n || '?', n
    FROM generate_series(1, 12) n;
INSERT INTO floors_invitation (token) SELECT 'token' || n FROM generate_series(1, %(tokens)s) n;
INSERT INTO floors_answer (invitation_id, question_id, agency_id, period, survey, value)
    SELECT a, q, a, p, 1 + mod(p, 4), 1 + mod(a * 7 + q * 3 + p * 5 + r, 5)
    FROM generate_series(1, 24) p, generate_series(1, %(agencies)s) a, generate_series(1, 7) r,
         generate_series(1, 12) q;
INSERT INTO floors_summary (survey, question_id, value, count)
    SELECT survey, question_id, value, count(*) FROM floors_answer GROUP BY 1, 2, 3;
INSERT INTO floors_scores (agency_id, period, total, count)
    SELECT agency_id, period, sum(value), count(*) FROM floors_answer GROUP BY 1, 2;
CREATE INDEX ON floors_meeting (agency_id, held_at DESC);
CREATE INDEX ON floors_answer (agency_id, period);
CREATE INDEX ON floors_answer (survey, question_id, value);
CREATE INDEX ON floors_scores (period);
VACUUM ANALYZE;
