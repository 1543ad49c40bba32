-- Generated from sql/migrations by `make schema`; edit those. One network's schema, as it is after all of them.

CREATE FUNCTION folded(text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(lower($1), 'ÅÄÖÉÈÊËÜÁÀÂÓÒÔÍÏÆØÇÑåäöéèêëüáàâóòôíïæøçñ''’'::text, 'aaoeeeeuaaaoooiiaocnaaoeeeeuaaaoooiiaocn'::text);

CREATE FUNCTION refuse(reason text) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'stale: %', reason USING ERRCODE = '40001';
END
$$;

CREATE FUNCTION sort_name(text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(NULLIF(translate(lower(btrim($1)), 'ÅÄÖÉÈÜåäöéèü'::text, '{|}eeu{|}eeu'::text), ''::text), '~'::text);

CREATE TABLE account (
    id bigint NOT NULL,
    name text NOT NULL,
    person_id bigint NOT NULL,
    role text NOT NULL,
    area text,
    group_key text,
    password_hash text,
    totp_secret text,
    totp_used bigint DEFAULT 0 NOT NULL,
    language text,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT account_check CHECK (((role = 'area-lead'::text) = (area IS NOT NULL))),
    CONSTRAINT account_check1 CHECK (((group_key IS NULL) OR (role = 'service'::text))),
    CONSTRAINT account_role_check CHECK ((role = ANY (ARRAY['operator'::text, 'coordinator'::text, 'area-lead'::text, 'service'::text, 'administrator'::text])))
);

ALTER TABLE account ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE area_outline (
    area text NOT NULL,
    outline jsonb NOT NULL,
    source text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by bigint,
    CONSTRAINT area_outline_source_check CHECK ((source = ANY (ARRAY['import'::text, 'page'::text])))
);

CREATE TABLE area_version (
    one boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    CONSTRAINT area_version_one_check CHECK (one)
);

CREATE TABLE attachment (
    id bigint NOT NULL,
    task_id bigint NOT NULL,
    person_id bigint NOT NULL,
    kind text NOT NULL,
    carrier text NOT NULL,
    file_id text NOT NULL,
    mime text NOT NULL,
    size integer DEFAULT 0 NOT NULL,
    content bytea,
    created_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    tries smallint DEFAULT 0 NOT NULL,
    CONSTRAINT attachment_kind_check CHECK ((kind = ANY (ARRAY['photo'::text, 'voice'::text])))
);

CREATE TABLE need (
    id bigint NOT NULL,
    resident_id bigint NOT NULL,
    category text,
    area text,
    place text,
    address text DEFAULT ''::text NOT NULL,
    text text NOT NULL,
    wanted text,
    urgency text NOT NULL,
    source text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    told_by_name text DEFAULT ''::text NOT NULL,
    told_by_phone text,
    repeats text,
    lat double precision,
    lon double precision,
    located text,
    from_area text,
    from_place text,
    from_address text DEFAULT ''::text NOT NULL,
    from_lat double precision,
    from_lon double precision,
    requires text[] DEFAULT '{}'::text[] NOT NULL,
    holidays text,
    expected_ore integer,
    infection boolean DEFAULT false NOT NULL,
    CONSTRAINT need_expected_ore_check CHECK ((expected_ore > 0)),
    CONSTRAINT need_holidays_check CHECK ((holidays = ANY (ARRAY['skip'::text, 'before'::text, 'after'::text]))),
    CONSTRAINT need_located_check CHECK ((located = ANY (ARRAY['position'::text, 'address'::text, 'street'::text, 'place'::text, 'postcode'::text, 'area'::text]))),
    CONSTRAINT need_position CHECK ((((lat IS NULL) = (lon IS NULL)) AND ((from_lat IS NULL) = (from_lon IS NULL)))),
    CONSTRAINT need_urgency_check CHECK ((urgency = ANY (ARRAY['normal'::text, 'high'::text, 'emergency'::text])))
);

CREATE TABLE person (
    id bigint NOT NULL,
    phone text,
    phone_raw text DEFAULT ''::text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    language text DEFAULT 'sv'::text NOT NULL,
    roles text[] DEFAULT '{}'::text[] NOT NULL,
    organisation text DEFAULT ''::text NOT NULL,
    telegram_id bigint,
    area text,
    place text,
    address text DEFAULT ''::text NOT NULL,
    skills text[] DEFAULT '{}'::text[] NOT NULL,
    languages text[] DEFAULT '{}'::text[] NOT NULL,
    fixed_contact bigint,
    daily_limit smallint DEFAULT 6 NOT NULL,
    asked_total integer DEFAULT 0 NOT NULL,
    asked_today smallint DEFAULT 0 NOT NULL,
    asked_on date,
    asked_at timestamp with time zone,
    helped_total integer DEFAULT 0 NOT NULL,
    reply_number smallint DEFAULT 9 NOT NULL,
    turn integer DEFAULT 0 NOT NULL,
    paused_until timestamp with time zone,
    stopped_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    email text,
    protected boolean DEFAULT false NOT NULL,
    notes text DEFAULT ''::text NOT NULL,
    vetting text DEFAULT 'none'::text NOT NULL,
    vetted_until date,
    merged_into bigint,
    chat_blocked_at timestamp with time zone,
    standby_since timestamp with time zone,
    available text[] DEFAULT '{}'::text[] NOT NULL,
    avoids text[] DEFAULT '{}'::text[] NOT NULL,
    erased_at timestamp with time zone,
    lat double precision,
    lon double precision,
    travels text,
    vetted_on date,
    vetting_source text DEFAULT ''::text NOT NULL,
    vetting_told date,
    infected_until date,
    system text,
    CONSTRAINT person_position CHECK (((lat IS NULL) = (lon IS NULL))),
    CONSTRAINT person_travels_check CHECK ((travels = ANY (ARRAY['car'::text, 'bicycle'::text, 'foot'::text]))),
    CONSTRAINT person_vetting_check CHECK ((vetting = ANY (ARRAY['none'::text, 'asked'::text, 'valid'::text, 'refused'::text])))
);

CREATE TABLE task (
    id bigint NOT NULL,
    need_id bigint NOT NULL,
    code text NOT NULL,
    state text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    places smallint DEFAULT 1 NOT NULL,
    code_word text NOT NULL,
    ladder jsonb DEFAULT '[]'::jsonb NOT NULL,
    step smallint DEFAULT '-1'::integer NOT NULL,
    step_ends timestamp with time zone,
    rounds smallint DEFAULT 0 NOT NULL,
    human text,
    asks text,
    asked smallint DEFAULT 0 NOT NULL,
    nudges smallint DEFAULT 0 NOT NULL,
    deadline text,
    deadline_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    occasion date,
    choices jsonb DEFAULT '[]'::jsonb NOT NULL,
    lead bigint,
    by_rule date,
    asks_first bigint,
    visit_due timestamp with time zone,
    routine text,
    infected boolean DEFAULT false NOT NULL,
    planned_at timestamp with time zone,
    planned_as text DEFAULT ''::text NOT NULL,
    CONSTRAINT always_a_next_deadline CHECK ((((state = ANY (ARRAY['closed'::text, 'cancelled'::text])) = (deadline_at IS NULL)) AND ((deadline IS NULL) = (deadline_at IS NULL)))),
    CONSTRAINT task_asks_check CHECK ((asks = ANY (ARRAY['category'::text, 'place'::text]))),
    CONSTRAINT task_state_check CHECK ((state = ANY (ARRAY['asking'::text, 'open'::text, 'taken'::text, 'underway'::text, 'with_service'::text, 'done'::text, 'closed'::text, 'cancelled'::text])))
);

CREATE VIEW board_task AS
 SELECT t.id,
    t.code,
    t.state,
    n.area,
    n.place,
    n.category,
    n.urgency,
    t.created_at,
    t.changed_at,
    t.deadline_at,
    r.protected,
        CASE
            WHEN (n.source = 'concern'::text) THEN t.code
            ELSE concat_ws(' '::text, t.code, r.name, r.phone, n.text, n.address, n.place)
        END AS words,
        CASE
            WHEN (t.state = ANY (ARRAY['done'::text, 'closed'::text, 'cancelled'::text])) THEN 'done'::text
            WHEN (t.state = 'taken'::text) THEN 'taken'::text
            WHEN (t.state = 'underway'::text) THEN 'underway'::text
            WHEN (t.state = 'with_service'::text) THEN 'service'::text
            WHEN ((t.human IS NOT NULL) AND (t.state = 'open'::text)) THEN 'human'::text
            WHEN ((t.state = 'open'::text) AND (((t.ladder -> (t.step)::integer) ->> 'ask'::text) = 'coordinator'::text)) THEN 'human'::text
            ELSE 'open'::text
        END AS lane,
        CASE n.urgency
            WHEN 'emergency'::text THEN 0
            WHEN 'high'::text THEN 1
            ELSE 2
        END AS urgent
   FROM ((task t
     JOIN need n ON ((n.id = t.need_id)))
     JOIN person r ON ((r.id = n.resident_id)));

CREATE TABLE calendar_feed (
    id bigint NOT NULL,
    person_id bigint,
    group_key text,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT calendar_feed_check CHECK (((person_id IS NULL) <> (group_key IS NULL)))
);

CREATE TABLE carrier_health (
    carrier text NOT NULL,
    heard_at timestamp with time zone,
    sent_at timestamp with time zone,
    failing_since timestamp with time zone,
    failed_at timestamp with time zone,
    wrong text
);

CREATE TABLE kept_apart (
    person_id bigint NOT NULL,
    other_id bigint NOT NULL,
    told_by bigint,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT kept_apart_check CHECK ((person_id <> other_id))
);

CREATE TABLE offer (
    id bigint NOT NULL,
    task_id bigint NOT NULL,
    person_id bigint NOT NULL,
    kind text NOT NULL,
    step smallint NOT NULL,
    number smallint NOT NULL,
    state text NOT NULL,
    live boolean NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    note text DEFAULT ''::text NOT NULL,
    thanked_at timestamp with time zone,
    group_key text,
    handed_back boolean DEFAULT false NOT NULL,
    CONSTRAINT offer_kind_check CHECK ((kind = ANY (ARRAY['help'::text, 'acknowledge'::text]))),
    CONSTRAINT offer_state_check CHECK ((state = ANY (ARRAY['sent'::text, 'accepted'::text, 'declined'::text, 'expired'::text, 'withdrawn'::text, 'superseded'::text])))
);

CREATE VIEW case_doc AS
 SELECT t.id,
    t.code,
    t.state,
    n.resident_id,
    json_build_object('task', row_to_json(t.*), 'need', row_to_json(n.*), 'resident', row_to_json(r.*), 'offers', COALESCE(( SELECT json_agg(json_build_object('offer', row_to_json(o.*), 'person', row_to_json(p.*)) ORDER BY o.id) AS json_agg
           FROM (offer o
             JOIN person p ON ((p.id = o.person_id)))
          WHERE (o.task_id = t.id)), '[]'::json), 'kept_apart', ARRAY( SELECT k.other_id
           FROM kept_apart k
          WHERE (k.person_id = n.resident_id)
        UNION ALL
         SELECT k.person_id
           FROM kept_apart k
          WHERE (k.other_id = n.resident_id))) AS doc
   FROM ((task t
     JOIN need n ON ((n.id = t.need_id)))
     JOIN person r ON ((r.id = n.resident_id)));

CREATE TABLE chat_message (
    id bigint NOT NULL,
    chat_id bigint NOT NULL,
    topic_id bigint DEFAULT 0 NOT NULL,
    message_id bigint,
    task_id bigint NOT NULL,
    offer_id bigint,
    version integer NOT NULL,
    shows text DEFAULT ''::text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    tries smallint DEFAULT 0 NOT NULL
);

ALTER TABLE chat_message ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME chat_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE checklist_tick (
    task_id bigint NOT NULL,
    person_id bigint NOT NULL,
    items text[] NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE consent (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    how text NOT NULL,
    given_by text DEFAULT ''::text NOT NULL,
    recorded_by bigint,
    withdrawn_at timestamp with time zone,
    CONSTRAINT consent_how_check CHECK ((how = ANY (ARRAY['phone'::text, 'form'::text, 'sms'::text, 'chat'::text, 'paper'::text])))
);

ALTER TABLE consent ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME consent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE contact_attempt (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    how text NOT NULL,
    reached boolean NOT NULL,
    by_id bigint,
    task_id bigint,
    due_at timestamp with time zone,
    CONSTRAINT contact_attempt_how_check CHECK ((how = ANY (ARRAY['phone'::text, 'door'::text])))
);

ALTER TABLE contact_attempt ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME contact_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE conversation (
    chat_id bigint,
    flow text NOT NULL,
    step text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    person_id bigint,
    CONSTRAINT conversation_somebodys CHECK (((chat_id IS NULL) <> (person_id IS NULL)))
);

CREATE TABLE equipment (
    id bigint NOT NULL,
    name text NOT NULL,
    label text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone
);

CREATE TABLE events (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    task_id bigint,
    person_id bigint,
    data jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE expense (
    id bigint NOT NULL,
    task_id bigint NOT NULL,
    person_id bigint NOT NULL,
    amount_ore integer NOT NULL,
    over_limit boolean DEFAULT false NOT NULL,
    receipt bigint,
    created_at timestamp with time zone NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    settled_by bigint,
    settled_at timestamp with time zone,
    paid_how text,
    reason text DEFAULT ''::text NOT NULL,
    receipt_asked_at timestamp with time zone,
    CONSTRAINT expense_amount_ore_check CHECK ((amount_ore > 0)),
    CONSTRAINT expense_paid_how CHECK (((state = 'paid'::text) = (paid_how IS NOT NULL))),
    CONSTRAINT expense_paid_how_check CHECK ((paid_how = ANY (ARRAY['swish'::text, 'invoice'::text]))),
    CONSTRAINT expense_state_check CHECK ((state = ANY (ARRAY['new'::text, 'approved'::text, 'paid'::text, 'rejected'::text])))
);

CREATE TABLE gazetteer_address (
    name_id bigint NOT NULL,
    number integer NOT NULL,
    letter text DEFAULT ''::text NOT NULL,
    postcode text DEFAULT ''::text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL
);

CREATE TABLE gazetteer_name (
    id bigint NOT NULL,
    source_id integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    folded text NOT NULL,
    locality text DEFAULT ''::text NOT NULL,
    locality_folded text DEFAULT ''::text NOT NULL,
    postcode text DEFAULT ''::text NOT NULL,
    area text,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    CONSTRAINT gazetteer_name_kind_check CHECK ((kind = ANY (ARRAY['place'::text, 'farm'::text, 'street'::text, 'postcode'::text])))
);

ALTER TABLE gazetteer_name ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gazetteer_name_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gazetteer_source (
    id integer NOT NULL,
    name text NOT NULL,
    format text NOT NULL,
    imported_at timestamp with time zone NOT NULL,
    names integer NOT NULL,
    addresses integer NOT NULL,
    rejected integer NOT NULL
);

ALTER TABLE gazetteer_source ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gazetteer_source_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gazetteer_spelling (
    folded text NOT NULL
);

CREATE TABLE geocoder_answer (
    address_key bytea NOT NULL,
    answer jsonb NOT NULL,
    expires_on date NOT NULL
);

CREATE TABLE geocoder_turn (
    one boolean DEFAULT true NOT NULL,
    next_at timestamp with time zone NOT NULL,
    CONSTRAINT geocoder_turn_one_check CHECK (one)
);

CREATE TABLE group_chat (
    chat_id bigint NOT NULL,
    topic_id bigint DEFAULT 0 NOT NULL,
    purpose text NOT NULL,
    area text,
    linked_at timestamp with time zone NOT NULL,
    linked_by bigint,
    left_at timestamp with time zone,
    CONSTRAINT group_chat_check CHECK (((purpose = 'area'::text) = (area IS NOT NULL))),
    CONSTRAINT group_chat_purpose_check CHECK ((purpose = ANY (ARRAY['area'::text, 'duty'::text])))
);

CREATE TABLE group_member (
    group_key text NOT NULL,
    person_id bigint NOT NULL,
    source text NOT NULL,
    CONSTRAINT group_member_source_check CHECK ((source = ANY (ARRAY['file'::text, 'import'::text])))
);

CREATE TABLE groups (
    key text NOT NULL,
    kind text NOT NULL,
    area text,
    name text NOT NULL,
    duty text,
    CONSTRAINT groups_duty_check CHECK ((duty = ANY (ARRAY['everyone'::text, 'signed-up'::text]))),
    CONSTRAINT groups_kind_check CHECK ((kind = ANY (ARRAY['area'::text, 'regulars'::text, 'emergency'::text, 'weekend'::text, 'service'::text, 'coordination'::text])))
);

CREATE TABLE inbox (
    id bigint NOT NULL,
    carrier text NOT NULL,
    carrier_id text NOT NULL,
    sender text NOT NULL,
    person_id bigint,
    task_id bigint,
    text text NOT NULL,
    outcome text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    raw jsonb,
    chat_id bigint,
    tries smallint DEFAULT 0 NOT NULL,
    due_at timestamp with time zone,
    alias text
);

ALTER TABLE inbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME inbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ladder_edit (
    category text NOT NULL,
    area text NOT NULL,
    urgency text NOT NULL,
    hours text NOT NULL,
    number integer NOT NULL,
    steps jsonb,
    changed_at timestamp with time zone NOT NULL,
    changed_by bigint,
    CONSTRAINT ladder_edit_hours_check CHECK ((hours = ANY (ARRAY['*'::text, 'holiday'::text, 'weekend'::text, 'night'::text, 'evening'::text, 'office'::text, 'day'::text]))),
    CONSTRAINT ladder_edit_number_check CHECK ((number > 0)),
    CONSTRAINT ladder_edit_steps_check CHECK ((jsonb_array_length(steps) > 0)),
    CONSTRAINT ladder_edit_urgency_check CHECK ((urgency = ANY (ARRAY['*'::text, 'normal'::text, 'high'::text, 'emergency'::text])))
);

CREATE TABLE loan (
    id bigint NOT NULL,
    equipment_id bigint NOT NULL,
    person_id bigint NOT NULL,
    task_id bigint,
    lent_at timestamp with time zone NOT NULL,
    lent_by bigint,
    due_on date NOT NULL,
    returned_at timestamp with time zone,
    stage text,
    next_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT loan_stage CHECK ((((stage IS NULL) = (next_at IS NULL)) AND ((returned_at IS NULL) OR (next_at IS NULL)))),
    CONSTRAINT loan_stage_check CHECK ((stage = ANY (ARRAY['before'::text, 'after'::text, 'coordinator'::text])))
);

CREATE TABLE migrations (
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone NOT NULL
);

CREATE TABLE open311_request (
    id bigint NOT NULL,
    task_id bigint NOT NULL,
    group_key text NOT NULL,
    state text NOT NULL,
    token text,
    service_request_id text,
    heard text,
    attempts smallint DEFAULT 0 NOT NULL,
    polls smallint DEFAULT 0 NOT NULL,
    unsure boolean DEFAULT false NOT NULL,
    due_at timestamp with time zone,
    leased_until timestamp with time zone,
    error text,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT open311_request_goes_on CHECK (((state = ANY (ARRAY['ended'::text, 'dead'::text])) = (due_at IS NULL))),
    CONSTRAINT open311_request_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'token'::text, 'open'::text, 'ended'::text, 'dead'::text])))
);

ALTER TABLE open311_request ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME open311_request_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE outbox (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    task_id bigint,
    kind text NOT NULL,
    params jsonb DEFAULT '{}'::jsonb NOT NULL,
    always boolean DEFAULT false NOT NULL,
    channel text NOT NULL,
    state text NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    leased_until timestamp with time zone,
    carrier text,
    carrier_id text,
    body text,
    parts smallint,
    error text,
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    ended_at timestamp with time zone,
    handled_at timestamp with time zone,
    to_phone text,
    taken_by bigint,
    taken_at timestamp with time zone,
    call_tries smallint DEFAULT 0 NOT NULL,
    call_at timestamp with time zone,
    handled_by bigint,
    handled_how text,
    CONSTRAINT outbox_channel_check CHECK ((channel = ANY (ARRAY['sms'::text, 'call'::text, 'email'::text, 'telegram'::text]))),
    CONSTRAINT outbox_handled_how_check CHECK ((handled_how = ANY (ARRAY['reached'::text, 'handed_on'::text]))),
    CONSTRAINT outbox_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'failed'::text, 'dead'::text, 'to_call'::text, 'stopped'::text])))
);

ALTER TABLE outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE outgoing_call (
    id bigint NOT NULL,
    purpose text NOT NULL,
    first_id bigint NOT NULL,
    second_id bigint,
    task_id bigint,
    phone_chat_id bigint,
    messages bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    state text NOT NULL,
    due_at timestamp with time zone,
    tries smallint DEFAULT 0 NOT NULL,
    carrier text,
    carrier_id text,
    connected_at timestamp with time zone,
    outcome text,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT outgoing_call_about CHECK (((purpose = 'chat'::text) = (phone_chat_id IS NOT NULL))),
    CONSTRAINT outgoing_call_ends_somehow CHECK (((state = 'ended'::text) = (outcome IS NOT NULL))),
    CONSTRAINT outgoing_call_never_stands_still CHECK (((state = 'ended'::text) = (due_at IS NULL))),
    CONSTRAINT outgoing_call_of_two CHECK (((purpose = 'read_aloud'::text) = (second_id IS NULL))),
    CONSTRAINT outgoing_call_purpose_check CHECK ((purpose = ANY (ARRAY['bridge'::text, 'read_aloud'::text, 'chat'::text]))),
    CONSTRAINT outgoing_call_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'starting'::text, 'ringing'::text, 'connecting'::text, 'ended'::text])))
);

CREATE TABLE phone_call (
    id bigint NOT NULL,
    carrier text NOT NULL,
    carrier_id text NOT NULL,
    person_id bigint,
    caller text,
    called text NOT NULL,
    language text NOT NULL,
    state text NOT NULL,
    step text NOT NULL,
    turn integer NOT NULL,
    said jsonb,
    pressed text DEFAULT ''::text NOT NULL,
    urgent boolean DEFAULT false NOT NULL,
    rung bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    ringing bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    choices bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    outcome text,
    task_id bigint,
    recording text,
    operator_id bigint,
    taken_at timestamp with time zone,
    answered_at timestamp with time zone,
    received_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    due_at timestamp with time zone,
    CONSTRAINT phone_call_always_ends CHECK ((((ended_at IS NULL) = (due_at IS NOT NULL)) AND ((ended_at IS NULL) = (state <> 'ended'::text)))),
    CONSTRAINT phone_call_state_check CHECK ((state = ANY (ARRAY['greeting'::text, 'ringing'::text, 'bridged'::text, 'recording'::text, 'ended'::text]))),
    CONSTRAINT phone_call_taken CHECK (((operator_id IS NULL) = (taken_at IS NULL)))
);

CREATE TABLE phone_chat (
    id bigint NOT NULL,
    resident_id bigint NOT NULL,
    volunteer_id bigint NOT NULL,
    state text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    weekday smallint NOT NULL,
    at time without time zone NOT NULL,
    resident_yes timestamp with time zone,
    volunteer_yes timestamp with time zone,
    stage text,
    next_at timestamp with time zone,
    call_at timestamp with time zone,
    resident_misses smallint DEFAULT 0 NOT NULL,
    volunteer_misses smallint DEFAULT 0 NOT NULL,
    missed_in_row smallint DEFAULT 0 NOT NULL,
    talks integer DEFAULT 0 NOT NULL,
    minutes integer DEFAULT 0 NOT NULL,
    last_at timestamp with time zone,
    last_outcome text,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_how text,
    CONSTRAINT phone_chat_always_a_next_call CHECK (((state <> 'active'::text) OR (call_at IS NOT NULL))),
    CONSTRAINT phone_chat_always_a_next_time CHECK ((((state = 'ended'::text) = (next_at IS NULL)) AND ((state = 'ended'::text) = (stage IS NULL)))),
    CONSTRAINT phone_chat_of_two CHECK ((resident_id <> volunteer_id)),
    CONSTRAINT phone_chat_stage_check CHECK ((stage = ANY (ARRAY['answer'::text, 'remind'::text, 'call'::text, 'calling'::text, 'resume'::text]))),
    CONSTRAINT phone_chat_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'active'::text, 'paused'::text, 'ended'::text]))),
    CONSTRAINT phone_chat_weekday_check CHECK (((weekday >= 1) AND (weekday <= 7))),
    CONSTRAINT phone_chat_with_consent CHECK (((state = ANY (ARRAY['asked'::text, 'ended'::text])) OR ((resident_yes IS NOT NULL) AND (volunteer_yes IS NOT NULL))))
);

CREATE TABLE phone_chat_wish (
    person_id bigint NOT NULL,
    side text NOT NULL,
    times text[] DEFAULT '{}'::text[] NOT NULL,
    interests text[] DEFAULT '{}'::text[] NOT NULL,
    most smallint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT phone_chat_wish_most_check CHECK (((most >= 1) AND (most <= 7))),
    CONSTRAINT phone_chat_wish_side_check CHECK ((side = ANY (ARRAY['resident'::text, 'volunteer'::text])))
);

CREATE TABLE rota (
    id bigint NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    group_key text NOT NULL,
    weekdays smallint[] DEFAULT '{}'::smallint[] NOT NULL,
    begins time without time zone,
    first_on date NOT NULL,
    last_on date,
    every_days smallint NOT NULL,
    filled_until timestamp with time zone NOT NULL,
    next_at timestamp with time zone,
    made_by bigint,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT rota_check CHECK ((first_on <= last_on)),
    CONSTRAINT rota_every_days_check CHECK (((every_days >= 1) AND (every_days <= 366)))
);

CREATE TABLE rota_member (
    rota_id bigint NOT NULL,
    turn smallint NOT NULL,
    person_id bigint NOT NULL,
    CONSTRAINT rota_member_turn_check CHECK ((turn >= 1))
);

CREATE TABLE rota_watch (
    id boolean DEFAULT true NOT NULL,
    next_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT rota_watch_id_check CHECK (id)
);

CREATE VIEW service_person AS
 SELECT m.person_id,
    m.group_key
   FROM (group_member m
     JOIN groups g ON ((g.key = m.group_key)))
  WHERE (g.kind = 'service'::text)
UNION
 SELECT a.person_id,
    a.group_key
   FROM account a
  WHERE (a.role = 'service'::text);

CREATE TABLE session (
    token_hash bytea NOT NULL,
    account_id bigint NOT NULL,
    csrf text NOT NULL,
    agent text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);

CREATE TABLE shift (
    id bigint NOT NULL,
    group_key text NOT NULL,
    person_id bigint NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    place smallint,
    signed_up_at timestamp with time zone,
    swap_asked_at timestamp with time zone,
    tell_at timestamp with time zone,
    stage text DEFAULT 'new'::text NOT NULL,
    next_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone,
    source text DEFAULT 'self'::text NOT NULL,
    rota_id bigint,
    off_at timestamp with time zone,
    one_at_a_time boolean DEFAULT true NOT NULL,
    CONSTRAINT shift_check CHECK ((starts_at < ends_at)),
    CONSTRAINT shift_source_check CHECK ((source = ANY (ARRAY['self'::text, 'staff'::text, 'rota'::text]))),
    CONSTRAINT shift_stage_check CHECK ((stage = ANY (ARRAY['new'::text, 'evening'::text, 'hour'::text, 'start'::text, 'done'::text]))),
    CONSTRAINT shift_stage_due CHECK (((stage = 'done'::text) = (next_at IS NULL)))
);

CREATE TABLE shift_hole (
    group_key text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    lead_told_at timestamp with time zone,
    told_at timestamp with time zone,
    bare_told_at timestamp with time zone
);

ALTER TABLE shift ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME shift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE shift_override (
    group_key text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    needed smallint NOT NULL,
    extra boolean NOT NULL,
    set_by bigint,
    set_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT shift_override_check CHECK ((starts_at < ends_at)),
    CONSTRAINT shift_override_needed_check CHECK (((needed >= 0) AND (needed <= 100)))
);

CREATE TABLE sign_in_failure (
    who text NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE sign_in_link (
    token_hash bytea NOT NULL,
    account_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

CREATE TABLE stand_in (
    id bigint NOT NULL,
    group_key text NOT NULL,
    person_id bigint NOT NULL,
    stand_in_id bigint NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    made_by bigint,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT stand_in_check CHECK (((first_on <= last_on) AND (person_id <> stand_in_id)))
);

CREATE SEQUENCE task_number
    START WITH 1
    INCREMENT BY 500
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE vetting_entry (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    state text NOT NULL,
    checked_on date,
    until date,
    source text DEFAULT ''::text NOT NULL,
    entered_by bigint,
    CONSTRAINT vetting_entry_state_check CHECK ((state = ANY (ARRAY['none'::text, 'asked'::text, 'valid'::text, 'refused'::text])))
);

ALTER TABLE vetting_entry ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME vetting_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY area_outline
    ADD CONSTRAINT area_outline_pkey PRIMARY KEY (area);

ALTER TABLE ONLY area_version
    ADD CONSTRAINT area_version_pkey PRIMARY KEY (one);

ALTER TABLE ONLY attachment
    ADD CONSTRAINT attachment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY calendar_feed
    ADD CONSTRAINT calendar_feed_group_key_key UNIQUE (group_key);

ALTER TABLE ONLY calendar_feed
    ADD CONSTRAINT calendar_feed_person_id_key UNIQUE (person_id);

ALTER TABLE ONLY calendar_feed
    ADD CONSTRAINT calendar_feed_pkey PRIMARY KEY (id);

ALTER TABLE ONLY carrier_health
    ADD CONSTRAINT carrier_health_pkey PRIMARY KEY (carrier);

ALTER TABLE ONLY chat_message
    ADD CONSTRAINT chat_message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY checklist_tick
    ADD CONSTRAINT checklist_tick_pkey PRIMARY KEY (task_id, person_id);

ALTER TABLE ONLY consent
    ADD CONSTRAINT consent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY contact_attempt
    ADD CONSTRAINT contact_attempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY conversation
    ADD CONSTRAINT conversation_chat UNIQUE (chat_id);

ALTER TABLE ONLY conversation
    ADD CONSTRAINT conversation_person UNIQUE (person_id);

ALTER TABLE ONLY equipment
    ADD CONSTRAINT equipment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY expense
    ADD CONSTRAINT expense_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gazetteer_name
    ADD CONSTRAINT gazetteer_name_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gazetteer_source
    ADD CONSTRAINT gazetteer_source_name_key UNIQUE (name);

ALTER TABLE ONLY gazetteer_source
    ADD CONSTRAINT gazetteer_source_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gazetteer_spelling
    ADD CONSTRAINT gazetteer_spelling_pkey PRIMARY KEY (folded);

ALTER TABLE ONLY geocoder_answer
    ADD CONSTRAINT geocoder_answer_pkey PRIMARY KEY (address_key);

ALTER TABLE ONLY geocoder_turn
    ADD CONSTRAINT geocoder_turn_pkey PRIMARY KEY (one);

ALTER TABLE ONLY group_chat
    ADD CONSTRAINT group_chat_pkey PRIMARY KEY (chat_id, topic_id);

ALTER TABLE ONLY group_member
    ADD CONSTRAINT group_member_pkey PRIMARY KEY (group_key, person_id);

ALTER TABLE ONLY groups
    ADD CONSTRAINT groups_pkey PRIMARY KEY (key);

ALTER TABLE ONLY inbox
    ADD CONSTRAINT inbox_carrier_carrier_id_key UNIQUE (carrier, carrier_id);

ALTER TABLE ONLY inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY kept_apart
    ADD CONSTRAINT kept_apart_pkey PRIMARY KEY (person_id, other_id);

ALTER TABLE ONLY ladder_edit
    ADD CONSTRAINT ladder_edit_pkey PRIMARY KEY (category, area, urgency, hours, number);

ALTER TABLE ONLY loan
    ADD CONSTRAINT loan_pkey PRIMARY KEY (id);

ALTER TABLE ONLY migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY need
    ADD CONSTRAINT need_pkey PRIMARY KEY (id);

ALTER TABLE ONLY offer
    ADD CONSTRAINT offer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY open311_request
    ADD CONSTRAINT open311_request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY outgoing_call
    ADD CONSTRAINT outgoing_call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY person
    ADD CONSTRAINT person_phone_key UNIQUE (phone);

ALTER TABLE ONLY person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY person
    ADD CONSTRAINT person_telegram_id_key UNIQUE (telegram_id);

ALTER TABLE ONLY phone_call
    ADD CONSTRAINT phone_call_carrier_carrier_id_key UNIQUE (carrier, carrier_id);

ALTER TABLE ONLY phone_call
    ADD CONSTRAINT phone_call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY phone_chat
    ADD CONSTRAINT phone_chat_pkey PRIMARY KEY (id);

ALTER TABLE ONLY phone_chat_wish
    ADD CONSTRAINT phone_chat_wish_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY rota_member
    ADD CONSTRAINT rota_member_pkey PRIMARY KEY (rota_id, turn, person_id);

ALTER TABLE ONLY rota
    ADD CONSTRAINT rota_pkey PRIMARY KEY (id);

ALTER TABLE ONLY rota_watch
    ADD CONSTRAINT rota_watch_pkey PRIMARY KEY (id);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY shift
    ADD CONSTRAINT shift_group_key_person_id_tstzrange_excl EXCLUDE USING gist (group_key WITH =, person_id WITH =, tstzrange(starts_at, ends_at) WITH &&);

ALTER TABLE ONLY shift_hole
    ADD CONSTRAINT shift_hole_pkey PRIMARY KEY (group_key, starts_at);

ALTER TABLE ONLY shift
    ADD CONSTRAINT shift_one_at_a_time EXCLUDE USING gist (person_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (one_at_a_time);

ALTER TABLE ONLY shift_override
    ADD CONSTRAINT shift_override_pkey PRIMARY KEY (group_key, starts_at);

ALTER TABLE ONLY shift
    ADD CONSTRAINT shift_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sign_in_link
    ADD CONSTRAINT sign_in_link_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY stand_in
    ADD CONSTRAINT stand_in_one EXCLUDE USING gist (group_key WITH =, person_id WITH =, daterange(first_on, last_on, '[]'::text) WITH &&);

ALTER TABLE ONLY stand_in
    ADD CONSTRAINT stand_in_pkey PRIMARY KEY (id);

ALTER TABLE ONLY task
    ADD CONSTRAINT task_pkey PRIMARY KEY (id);

ALTER TABLE ONLY vetting_entry
    ADD CONSTRAINT vetting_entry_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX account_name ON account USING btree (lower(name));

CREATE INDEX attachment_due ON attachment USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX attachment_task ON attachment USING btree (task_id);

CREATE INDEX chat_message_due ON chat_message USING btree (due_at);

CREATE INDEX chat_message_offer ON chat_message USING btree (offer_id) WHERE (offer_id IS NOT NULL);

CREATE UNIQUE INDEX chat_message_place ON chat_message USING btree (chat_id, message_id) WHERE (message_id IS NOT NULL);

CREATE UNIQUE INDEX chat_message_post ON chat_message USING btree (task_id, chat_id, topic_id) WHERE (offer_id IS NULL);

CREATE INDEX chat_message_task ON chat_message USING btree (task_id);

CREATE INDEX checklist_tick_person ON checklist_tick USING btree (person_id);

CREATE INDEX consent_person ON consent USING btree (person_id);

CREATE INDEX contact_attempt_at ON contact_attempt USING btree (at);

CREATE INDEX contact_attempt_due ON contact_attempt USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX contact_attempt_person ON contact_attempt USING btree (person_id, at);

CREATE INDEX events_about_person ON events USING btree ((((data ->> 'person'::text))::bigint), id) WHERE (kind = ANY (ARRAY['person.added'::text, 'person.changed'::text, 'person.paused'::text, 'person.resumed'::text, 'person.merged'::text, 'person.restarted'::text, 'person.registered'::text, 'person.chat_linked'::text, 'person.chat_blocked'::text]));

CREATE INDEX events_area_redrawn ON events USING btree (id) WHERE (kind = 'area.redrawn'::text);

CREATE INDEX events_of_groups ON events USING btree (((data ->> 'group'::text)), at) WHERE (data ? 'group'::text);

CREATE INDEX events_task ON events USING btree (task_id, id);

CREATE INDEX expense_created ON expense USING btree (created_at);

CREATE INDEX expense_person ON expense USING btree (person_id);

CREATE INDEX expense_task ON expense USING btree (task_id);

CREATE INDEX gazetteer_address_house ON gazetteer_address USING btree (name_id, number);

CREATE INDEX gazetteer_name_folded ON gazetteer_name USING btree (folded);

CREATE INDEX gazetteer_name_source ON gazetteer_name USING btree (source_id);

CREATE INDEX gazetteer_spelling_like ON gazetteer_spelling USING btree ("left"(folded, 1), length(folded));

CREATE INDEX geocoder_answer_expires ON geocoder_answer USING btree (expires_on);

CREATE INDEX group_member_person ON group_member USING btree (person_id);

CREATE UNIQUE INDEX inbox_alias ON inbox USING btree (carrier, alias) WHERE (alias IS NOT NULL);

CREATE INDEX inbox_person ON inbox USING btree (person_id, id);

CREATE INDEX inbox_task ON inbox USING btree (task_id);

CREATE INDEX inbox_waiting ON inbox USING btree (chat_id, id) WHERE (outcome = 'waiting'::text);

CREATE INDEX inbox_waiting_order ON inbox USING btree (id) WHERE (outcome = 'waiting'::text);

CREATE INDEX kept_apart_other ON kept_apart USING btree (other_id);

CREATE INDEX loan_due ON loan USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE UNIQUE INDEX loan_out ON loan USING btree (equipment_id) WHERE (returned_at IS NULL);

CREATE INDEX loan_person ON loan USING btree (person_id);

CREATE INDEX need_area ON need USING btree (area);

CREATE INDEX need_resident ON need USING btree (resident_id);

CREATE UNIQUE INDEX offer_live_number ON offer USING btree (person_id, number) WHERE live;

CREATE INDEX offer_number ON offer USING btree (person_id, number, id);

CREATE INDEX offer_sent ON offer USING brin (sent_at);

CREATE INDEX offer_task ON offer USING btree (task_id);

CREATE INDEX open311_request_due ON open311_request USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE UNIQUE INDEX open311_request_live ON open311_request USING btree (task_id, group_key) WHERE (due_at IS NOT NULL);

CREATE INDEX outbox_carrier_id ON outbox USING btree (carrier, carrier_id) WHERE (carrier_id IS NOT NULL);

CREATE INDEX outbox_due ON outbox USING btree (due_at) WHERE (state = ANY (ARRAY['queued'::text, 'failed'::text]));

CREATE INDEX outbox_human ON outbox USING btree (id) WHERE ((state = ANY (ARRAY['dead'::text, 'to_call'::text])) AND (handled_at IS NULL));

CREATE INDEX outbox_leased ON outbox USING btree (leased_until) WHERE (state = 'sending'::text);

CREATE INDEX outbox_person ON outbox USING btree (person_id, id);

CREATE INDEX outbox_task ON outbox USING btree (task_id);

CREATE INDEX outbox_waiting ON outbox USING btree (person_id) WHERE (state = ANY (ARRAY['queued'::text, 'failed'::text, 'sending'::text]));

CREATE INDEX outgoing_call_due ON outgoing_call USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE UNIQUE INDEX outgoing_call_one_bridge ON outgoing_call USING btree (task_id, first_id) WHERE ((purpose = 'bridge'::text) AND (due_at IS NOT NULL));

CREATE UNIQUE INDEX outgoing_call_one_chat ON outgoing_call USING btree (phone_chat_id) WHERE (due_at IS NOT NULL);

CREATE UNIQUE INDEX outgoing_call_one_reading ON outgoing_call USING btree (first_id) WHERE ((purpose = 'read_aloud'::text) AND (due_at IS NOT NULL));

CREATE INDEX outgoing_call_people ON outgoing_call USING btree (first_id, second_id);

CREATE UNIQUE INDEX person_email ON person USING btree (email) WHERE (email IS NOT NULL);

CREATE INDEX person_fixed_contact ON person USING btree (fixed_contact) WHERE (fixed_contact IS NOT NULL);

CREATE INDEX person_listed ON person USING btree (sort_name(name) COLLATE "C", id) WHERE (merged_into IS NULL);

CREATE INDEX person_merged_into ON person USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE UNIQUE INDEX person_system ON person USING btree (system) WHERE (system IS NOT NULL);

CREATE INDEX person_vetted_until ON person USING btree (vetted_until) WHERE (vetted_until IS NOT NULL);

CREATE INDEX phone_call_caller ON phone_call USING btree (caller);

CREATE INDEX phone_call_due ON phone_call USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX phone_call_person ON phone_call USING btree (person_id);

CREATE UNIQUE INDEX phone_chat_asked ON phone_chat USING btree (volunteer_id) WHERE (state = 'asked'::text);

CREATE INDEX phone_chat_due ON phone_chat USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE UNIQUE INDEX phone_chat_resident ON phone_chat USING btree (resident_id) WHERE (state <> 'ended'::text);

CREATE INDEX phone_chat_resident_ever ON phone_chat USING btree (resident_id);

CREATE INDEX phone_chat_volunteer ON phone_chat USING btree (volunteer_id);

CREATE INDEX rota_due ON rota USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX rota_member_person ON rota_member USING btree (person_id);

CREATE INDEX session_account ON session USING btree (account_id);

CREATE INDEX shift_due ON shift USING btree (LEAST(next_at, tell_at)) WHERE (LEAST(next_at, tell_at) IS NOT NULL);

CREATE INDEX shift_next ON shift USING btree (LEAST(next_at, tell_at, off_at)) WHERE (LEAST(next_at, tell_at, off_at) IS NOT NULL);

CREATE INDEX shift_now ON shift USING btree (group_key, ends_at);

CREATE INDEX shift_of_rota ON shift USING btree (rota_id) WHERE (rota_id IS NOT NULL);

CREATE INDEX shift_person ON shift USING btree (person_id, ends_at);

CREATE UNIQUE INDEX shift_place ON shift USING btree (group_key, starts_at, place) WHERE (place IS NOT NULL);

CREATE INDEX sign_in_failure_who ON sign_in_failure USING btree (who, at);

CREATE UNIQUE INDEX task_code ON task USING btree (code) WHERE (state <> ALL (ARRAY['closed'::text, 'cancelled'::text]));

CREATE INDEX task_code_any ON task USING btree (code, id);

CREATE INDEX task_created ON task USING btree (created_at, id);

CREATE INDEX task_due ON task USING btree (deadline_at) WHERE (deadline_at IS NOT NULL);

CREATE INDEX task_ended ON task USING btree (changed_at) WHERE (deadline_at IS NULL);

CREATE INDEX task_need ON task USING btree (need_id);

CREATE INDEX task_open_word ON task USING btree (code_word) WHERE (deadline_at IS NOT NULL);

CREATE INDEX task_visit_due ON task USING btree (visit_due) WHERE (visit_due IS NOT NULL);

CREATE INDEX vetting_entry_person ON vetting_entry USING btree (person_id);

ALTER TABLE ONLY account
    ADD CONSTRAINT account_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);

ALTER TABLE ONLY area_outline
    ADD CONSTRAINT area_outline_changed_by_fkey FOREIGN KEY (changed_by) REFERENCES person(id) ON DELETE SET NULL;

ALTER TABLE ONLY calendar_feed
    ADD CONSTRAINT calendar_feed_group_key_fkey FOREIGN KEY (group_key) REFERENCES groups(key) ON DELETE CASCADE;

ALTER TABLE ONLY calendar_feed
    ADD CONSTRAINT calendar_feed_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE;

ALTER TABLE ONLY checklist_tick
    ADD CONSTRAINT checklist_tick_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);

ALTER TABLE ONLY checklist_tick
    ADD CONSTRAINT checklist_tick_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);

ALTER TABLE ONLY consent
    ADD CONSTRAINT consent_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE;

ALTER TABLE ONLY consent
    ADD CONSTRAINT consent_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES person(id);

ALTER TABLE ONLY conversation
    ADD CONSTRAINT conversation_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);

ALTER TABLE ONLY expense
    ADD CONSTRAINT expense_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);

ALTER TABLE ONLY expense
    ADD CONSTRAINT expense_settled_by_fkey FOREIGN KEY (settled_by) REFERENCES person(id);

ALTER TABLE ONLY expense
    ADD CONSTRAINT expense_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);

ALTER TABLE ONLY gazetteer_address
    ADD CONSTRAINT gazetteer_address_name_id_fkey FOREIGN KEY (name_id) REFERENCES gazetteer_name(id) ON DELETE CASCADE;

ALTER TABLE ONLY gazetteer_name
    ADD CONSTRAINT gazetteer_name_source_id_fkey FOREIGN KEY (source_id) REFERENCES gazetteer_source(id) ON DELETE CASCADE;

ALTER TABLE ONLY group_member
    ADD CONSTRAINT group_member_group_key_fkey FOREIGN KEY (group_key) REFERENCES groups(key) ON DELETE CASCADE;

ALTER TABLE ONLY group_member
    ADD CONSTRAINT group_member_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE;

ALTER TABLE ONLY kept_apart
    ADD CONSTRAINT kept_apart_other_id_fkey FOREIGN KEY (other_id) REFERENCES person(id);

ALTER TABLE ONLY kept_apart
    ADD CONSTRAINT kept_apart_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);

ALTER TABLE ONLY ladder_edit
    ADD CONSTRAINT ladder_edit_changed_by_fkey FOREIGN KEY (changed_by) REFERENCES person(id) ON DELETE SET NULL;

ALTER TABLE ONLY loan
    ADD CONSTRAINT loan_equipment_id_fkey FOREIGN KEY (equipment_id) REFERENCES equipment(id);

ALTER TABLE ONLY loan
    ADD CONSTRAINT loan_lent_by_fkey FOREIGN KEY (lent_by) REFERENCES person(id);

ALTER TABLE ONLY loan
    ADD CONSTRAINT loan_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);

ALTER TABLE ONLY loan
    ADD CONSTRAINT loan_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);

ALTER TABLE ONLY need
    ADD CONSTRAINT need_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES person(id);

ALTER TABLE ONLY offer
    ADD CONSTRAINT offer_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);

ALTER TABLE ONLY offer
    ADD CONSTRAINT offer_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);

ALTER TABLE ONLY person
    ADD CONSTRAINT person_fixed_contact_fkey FOREIGN KEY (fixed_contact) REFERENCES person(id);

ALTER TABLE ONLY person
    ADD CONSTRAINT person_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES person(id);

ALTER TABLE ONLY phone_chat
    ADD CONSTRAINT phone_chat_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES person(id);

ALTER TABLE ONLY phone_chat
    ADD CONSTRAINT phone_chat_volunteer_id_fkey FOREIGN KEY (volunteer_id) REFERENCES person(id);

ALTER TABLE ONLY phone_chat_wish
    ADD CONSTRAINT phone_chat_wish_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);

ALTER TABLE ONLY rota
    ADD CONSTRAINT rota_group_key_fkey FOREIGN KEY (group_key) REFERENCES groups(key) ON DELETE CASCADE;

ALTER TABLE ONLY rota_member
    ADD CONSTRAINT rota_member_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE;

ALTER TABLE ONLY rota_member
    ADD CONSTRAINT rota_member_rota_id_fkey FOREIGN KEY (rota_id) REFERENCES rota(id) ON DELETE CASCADE;

ALTER TABLE ONLY session
    ADD CONSTRAINT session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;

ALTER TABLE ONLY shift
    ADD CONSTRAINT shift_group_key_fkey FOREIGN KEY (group_key) REFERENCES groups(key) ON DELETE CASCADE;

ALTER TABLE ONLY shift_hole
    ADD CONSTRAINT shift_hole_group_key_fkey FOREIGN KEY (group_key) REFERENCES groups(key) ON DELETE CASCADE;

ALTER TABLE ONLY shift_override
    ADD CONSTRAINT shift_override_group_key_fkey FOREIGN KEY (group_key) REFERENCES groups(key) ON DELETE CASCADE;

ALTER TABLE ONLY shift
    ADD CONSTRAINT shift_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE;

ALTER TABLE ONLY shift
    ADD CONSTRAINT shift_rota_id_fkey FOREIGN KEY (rota_id) REFERENCES rota(id) ON DELETE SET NULL;

ALTER TABLE ONLY sign_in_link
    ADD CONSTRAINT sign_in_link_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;

ALTER TABLE ONLY stand_in
    ADD CONSTRAINT stand_in_group_key_fkey FOREIGN KEY (group_key) REFERENCES groups(key) ON DELETE CASCADE;

ALTER TABLE ONLY stand_in
    ADD CONSTRAINT stand_in_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE;

ALTER TABLE ONLY stand_in
    ADD CONSTRAINT stand_in_stand_in_id_fkey FOREIGN KEY (stand_in_id) REFERENCES person(id) ON DELETE CASCADE;

ALTER TABLE ONLY task
    ADD CONSTRAINT task_need_id_fkey FOREIGN KEY (need_id) REFERENCES need(id);

ALTER TABLE ONLY vetting_entry
    ADD CONSTRAINT vetting_entry_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
