-- People of the desk.
create table brands (
    id uuid primary key,
    slug text not null unique,
    name text not null,
    hue bigint not null default 205,
    locale text not null default 'en',
    currency text not null default 'EUR',
    order_pattern text not null default '',
    agent_level text not null default 'approve',
    created_at timestamptz not null
);

create table teammates (
    id uuid primary key,
    email text not null unique,
    name text not null,
    role text not null,
    password_hash text not null,
    created_at timestamptz not null,
    disabled_at timestamptz
);

create table sessions (
    token_hash bytea primary key,
    teammate_id uuid not null references teammates (id),
    csrf_token text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    user_agent text not null default ''
);
create index sessions_by_teammate on sessions (teammate_id);

create table api_tokens (
    token_hash bytea primary key,
    teammate_id uuid not null references teammates (id),
    scope text not null,
    created_at timestamptz not null,
    last_used_at timestamptz
);

-- Connections to the outside.
create table channels (
    id uuid primary key,
    brand_id uuid not null references brands (id),
    kind text not null,
    name text not null,
    address text not null,
    settings jsonb not null,
    secrets bytea not null,
    webhook_secret text not null,
    state text not null,
    state_reason text not null default '',
    cursor jsonb,
    last_inbound_at timestamptz,
    last_outbound_at timestamptz,
    created_at timestamptz not null
);
create index channels_by_brand on channels (brand_id);

create table order_sources (
    id uuid primary key,
    brand_id uuid not null references brands (id),
    kind text not null,
    name text not null,
    settings jsonb not null,
    secrets bytea not null,
    state text not null,
    state_reason text not null default '',
    last_read_at timestamptz,
    created_at timestamptz not null
);
create index order_sources_by_brand on order_sources (brand_id);

-- What came in, byte for byte.
create table raw_events (
    id uuid primary key,
    channel_id uuid not null references channels (id),
    external_id text not null,
    origin text not null,
    body bytea not null,
    state text not null,
    error text not null default '',
    received_at timestamptz not null,
    processed_at timestamptz,
    unique (channel_id, external_id)
);
create index raw_events_by_trouble on raw_events (received_at) where state = 'quarantined';

create table contacts (
    id uuid primary key,
    brand_id uuid not null references brands (id),
    name text not null,
    locale text not null default '',
    created_at timestamptz not null
);

create table contact_identities (
    brand_id uuid not null references brands (id),
    kind text not null,
    value text not null,
    contact_id uuid not null references contacts (id),
    proved boolean not null,
    created_at timestamptz not null,
    primary key (brand_id, kind, value)
);
create index contact_identities_by_contact on contact_identities (contact_id);

create table counters (
    name text primary key,
    value bigint not null
);
insert into counters (name, value) values ('conversation_number', 1000);

create table conversations (
    id uuid primary key,
    number bigint not null unique,
    brand_id uuid not null references brands (id),
    channel_id uuid not null references channels (id),
    channel_kind text not null,
    contact_id uuid not null references contacts (id),
    contact_name text not null,
    subject text not null,
    gist text not null,
    status text not null,
    assignee_id uuid references teammates (id),
    intent text,
    language text not null default '',
    order_number text,
    proposal text,
    proposal_tone text not null default '',
    needs_approval boolean not null default false,
    agent_state text not null default 'idle',
    taken_over boolean not null default false,
    unread boolean not null default true,
    participants jsonb not null,
    snoozed_until timestamptz,
    due_at timestamptz,
    last_message_at timestamptz not null,
    last_inbound_at timestamptz,
    revision bigint not null default 0,
    created_at timestamptz not null,
    resolved_at timestamptz
);
create index conversations_by_status on conversations (status, last_message_at desc, id desc);
create index conversations_by_recency on conversations (last_message_at desc, id desc);
create index conversations_unassigned on conversations (last_message_at desc, id desc)
    where assignee_id is null and status = 'open';
create index conversations_by_assignee on conversations (assignee_id, last_message_at desc, id desc)
    where status <> 'resolved';
create index conversations_by_channel on conversations (channel_id, last_message_at desc, id desc)
    where status <> 'resolved';
create index conversations_by_brand on conversations (brand_id, last_message_at desc, id desc)
    where status <> 'resolved';
create index conversations_by_approval on conversations (due_at, id) where needs_approval;
create index conversations_by_contact on conversations (contact_id, last_message_at desc);
create index conversations_by_order on conversations (brand_id, order_number) where order_number is not null;
create index conversations_by_snooze on conversations (snoozed_until) where status = 'snoozed';

create table conversation_tags (
    conversation_id uuid not null references conversations (id),
    tag text not null,
    created_at timestamptz not null,
    primary key (conversation_id, tag)
);
create index conversation_tags_by_tag on conversation_tags (tag);

create table messages (
    seq bigint generated always as identity primary key,
    id uuid not null unique,
    conversation_id uuid not null references conversations (id),
    channel_id uuid not null references channels (id),
    direction text not null,
    author text not null,
    teammate_id uuid references teammates (id),
    contact_id uuid references contacts (id),
    sender_name text not null,
    sender_address text not null,
    recipients jsonb not null,
    subject text not null,
    body text not null,
    full_text text not null,
    html text,
    delivery text,
    delivery_reason text not null default '',
    external_id text not null,
    in_reply_to text,
    automatic text not null default 'no',
    trust text not null default 'claimed',
    raw_event_id uuid references raw_events (id),
    draft_id uuid,
    send_at timestamptz,
    created_at timestamptz not null,
    sent_at timestamptz,
    search tsvector
);
create index messages_by_conversation on messages (conversation_id, seq);
create index messages_by_delivery on messages (delivery, created_at) where delivery in ('queued', 'sending', 'held', 'unknown', 'failed');
create index messages_search on messages using gin (search);

-- Every id under which an answer may refer to a message.
create table message_keys (
    channel_id uuid not null references channels (id),
    key text not null,
    message_id uuid not null,
    conversation_id uuid not null,
    primary key (channel_id, key)
);
create index message_keys_by_message on message_keys (message_id);

create table attachments (
    id uuid primary key,
    message_id uuid not null,
    position bigint not null,
    name text not null,
    content_type text not null,
    size bigint not null,
    content_id text,
    inline boolean not null,
    storage_key text not null
);
create index attachments_by_message on attachments (message_id, position);

create table notes (
    id uuid primary key,
    conversation_id uuid not null references conversations (id),
    teammate_id uuid not null references teammates (id),
    body text not null,
    created_at timestamptz not null
);
create index notes_by_conversation on notes (conversation_id, created_at);

-- Half-written replies survive a reload, a crash and another device.
create table composer_texts (
    conversation_id uuid not null references conversations (id),
    teammate_id uuid not null references teammates (id),
    body text not null,
    is_note boolean not null,
    updated_at timestamptz not null,
    primary key (conversation_id, teammate_id)
);

-- The timeline beside the messages, and the feed of live pages.
create table events (
    seq bigint generated always as identity primary key,
    id uuid not null unique,
    brand_id uuid not null,
    conversation_id uuid,
    kind text not null,
    actor text not null,
    data jsonb not null,
    at timestamptz not null
);
create index events_by_conversation on events (conversation_id, seq);

-- Brand documents: immutable versions.
create table policies (
    id uuid primary key,
    brand_id uuid not null references brands (id),
    version bigint not null,
    document jsonb not null,
    summary text not null,
    author_id uuid references teammates (id),
    published boolean not null,
    effective_from timestamptz,
    created_at timestamptz not null,
    unique (brand_id, version)
);

create table voices (
    id uuid primary key,
    brand_id uuid not null references brands (id),
    version bigint not null,
    document jsonb not null,
    summary text not null,
    author_id uuid references teammates (id),
    published boolean not null,
    effective_from timestamptz,
    created_at timestamptz not null,
    unique (brand_id, version)
);

create table reply_templates (
    id uuid primary key,
    brand_id uuid not null references brands (id),
    name text not null,
    locale text not null,
    version bigint not null,
    body text not null,
    author_id uuid references teammates (id),
    created_at timestamptz not null,
    unique (brand_id, name, locale, version)
);

-- The agent at work.
create table agent_runs (
    id uuid primary key,
    conversation_id uuid not null references conversations (id),
    revision bigint not null,
    engine text not null,
    state text not null,
    outcome text,
    reason text not null default '',
    instruction text not null default '',
    steps jsonb not null,
    policy_version bigint not null,
    voice_version bigint not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    duration_us bigint
);
create index agent_runs_by_conversation on agent_runs (conversation_id, started_at desc);

create table drafts (
    id uuid primary key,
    conversation_id uuid not null references conversations (id),
    run_id uuid not null references agent_runs (id),
    revision bigint not null,
    state text not null,
    intent text not null,
    language text not null,
    confidence double precision not null,
    document jsonb not null,
    created_at timestamptz not null
);
create index drafts_by_conversation on drafts (conversation_id, created_at desc);

create table approvals (
    id uuid primary key,
    conversation_id uuid not null references conversations (id),
    draft_id uuid not null references drafts (id),
    brand_id uuid not null references brands (id),
    state text not null,
    reasons jsonb not null,
    likeness text not null,
    created_at timestamptz not null,
    decided_by uuid references teammates (id),
    decided_at timestamptz,
    decision_us bigint,
    decision_reason text not null default '',
    final_text text
);
create unique index approvals_pending on approvals (conversation_id) where state = 'pending';
create index approvals_by_state on approvals (state, created_at, id);

create table hand_offs (
    id uuid primary key,
    conversation_id uuid not null references conversations (id),
    run_id uuid not null references agent_runs (id),
    reason text not null,
    packet jsonb not null,
    created_at timestamptz not null
);
create index hand_offs_by_conversation on hand_offs (conversation_id, created_at desc);

create table actions (
    id uuid primary key,
    brand_id uuid not null references brands (id),
    conversation_id uuid not null references conversations (id),
    draft_id uuid references drafts (id),
    message_id uuid,
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    order_number text not null,
    kind text not null,
    document jsonb not null,
    amount_minor bigint,
    currency text,
    state text not null,
    idempotency_key text not null unique,
    reference text not null default '',
    error text not null default '',
    approved_by uuid references teammates (id),
    created_at timestamptz not null,
    performed_at timestamptz
);
create index actions_by_conversation on actions (conversation_id, created_at);
create index actions_by_message on actions (message_id) where message_id is not null;
create index actions_by_order on actions (order_source_id, order_id);
create index actions_by_trouble on actions (created_at) where state in ('approved', 'performing', 'failed');

-- Orders as last read, and the conversations they belong to.
create table order_snapshots (
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    number text not null,
    document jsonb not null,
    read_at timestamptz not null,
    primary key (order_source_id, order_id)
);

create table conversation_orders (
    conversation_id uuid not null references conversations (id),
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    matched_by text not null,
    created_at timestamptz not null,
    primary key (conversation_id, order_source_id, order_id)
);

-- Durable work.
create table jobs (
    id uuid primary key,
    kind text not null,
    payload jsonb not null,
    dedup_key text,
    state text not null,
    run_at timestamptz not null,
    attempts bigint not null default 0,
    lease_until timestamptz,
    lease_id uuid,
    done bigint not null default 0,
    total bigint not null default 0,
    last_error text not null default '',
    conversation_id uuid,
    created_at timestamptz not null
);
create index jobs_ready on jobs (kind, run_at, id) where state = 'ready';
create index jobs_running on jobs (lease_until) where state = 'running';
create index jobs_dead on jobs (created_at) where state = 'dead';
create unique index jobs_dedup on jobs (kind, dedup_key) where state = 'ready' and dedup_key is not null;
