-- People of the desk.
create table brands (
    id blob primary key,
    slug text not null unique,
    name text not null,
    hue integer not null default 205,
    locale text not null default 'en',
    currency text not null default 'EUR',
    order_pattern text not null default '',
    agent_level text not null default 'approve',
    created_at integer not null
) strict;

create table teammates (
    id blob primary key,
    email text not null unique,
    name text not null,
    role text not null,
    password_hash text not null,
    created_at integer not null,
    disabled_at integer
) strict;

create table sessions (
    token_hash blob primary key,
    teammate_id blob not null references teammates (id),
    csrf_token text not null,
    created_at integer not null,
    expires_at integer not null,
    user_agent text not null default ''
) strict;
create index sessions_by_teammate on sessions (teammate_id);

create table api_tokens (
    token_hash blob primary key,
    teammate_id blob not null references teammates (id),
    scope text not null,
    created_at integer not null,
    last_used_at integer
) strict;

-- Connections to the outside.
create table channels (
    id blob primary key,
    brand_id blob not null references brands (id),
    kind text not null,
    name text not null,
    address text not null,
    settings text not null,
    secrets blob not null,
    webhook_secret text not null,
    state text not null,
    state_reason text not null default '',
    cursor text,
    last_inbound_at integer,
    last_outbound_at integer,
    created_at integer not null
) strict;
create index channels_by_brand on channels (brand_id);

create table order_sources (
    id blob primary key,
    brand_id blob not null references brands (id),
    kind text not null,
    name text not null,
    settings text not null,
    secrets blob not null,
    state text not null,
    state_reason text not null default '',
    last_read_at integer,
    created_at integer not null
) strict;
create index order_sources_by_brand on order_sources (brand_id);

-- What came in, byte for byte.
create table raw_events (
    id blob primary key,
    channel_id blob not null references channels (id),
    external_id text not null,
    origin text not null,
    body blob not null,
    state text not null,
    error text not null default '',
    received_at integer not null,
    processed_at integer,
    unique (channel_id, external_id)
) strict;
create index raw_events_by_trouble on raw_events (received_at) where state = 'quarantined';

create table contacts (
    id blob primary key,
    brand_id blob not null references brands (id),
    name text not null,
    locale text not null default '',
    created_at integer not null
) strict;

create table contact_identities (
    brand_id blob not null references brands (id),
    kind text not null,
    value text not null,
    contact_id blob not null references contacts (id),
    proved integer not null,
    created_at integer not null,
    primary key (brand_id, kind, value)
) strict;
create index contact_identities_by_contact on contact_identities (contact_id);

create table counters (
    name text primary key,
    value integer not null
) strict;
insert into counters (name, value) values ('conversation_number', 1000);

create table conversations (
    id blob primary key,
    number integer not null unique,
    brand_id blob not null references brands (id),
    channel_id blob not null references channels (id),
    channel_kind text not null,
    contact_id blob not null references contacts (id),
    contact_name text not null,
    subject text not null,
    gist text not null,
    status text not null,
    assignee_id blob references teammates (id),
    intent text,
    language text not null default '',
    order_number text,
    proposal text,
    proposal_tone text not null default '',
    needs_approval integer not null default 0,
    agent_state text not null default 'idle',
    taken_over integer not null default 0,
    unread integer not null default 1,
    participants text not null,
    snoozed_until integer,
    due_at integer,
    last_message_at integer not null,
    last_inbound_at integer,
    revision integer not null default 0,
    created_at integer not null,
    resolved_at integer
) strict;
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
create index conversations_by_approval on conversations (due_at, id) where needs_approval = 1;
create index conversations_by_contact on conversations (contact_id, last_message_at desc);
create index conversations_by_order on conversations (brand_id, order_number) where order_number is not null;
create index conversations_by_snooze on conversations (snoozed_until) where status = 'snoozed';

create table conversation_tags (
    conversation_id blob not null references conversations (id),
    tag text not null,
    created_at integer not null,
    primary key (conversation_id, tag)
) strict;
create index conversation_tags_by_tag on conversation_tags (tag);

create table messages (
    seq integer primary key autoincrement,
    id blob not null unique,
    conversation_id blob not null references conversations (id),
    channel_id blob not null references channels (id),
    direction text not null,
    author text not null,
    teammate_id blob references teammates (id),
    contact_id blob references contacts (id),
    sender_name text not null,
    sender_address text not null,
    recipients text not null,
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
    raw_event_id blob references raw_events (id),
    draft_id blob,
    send_at integer,
    created_at integer not null,
    sent_at integer
) strict;
create index messages_by_conversation on messages (conversation_id, seq);
create index messages_by_delivery on messages (delivery, created_at) where delivery in ('queued', 'sending', 'held', 'unknown', 'failed');
create virtual table message_search using fts5 (content, facets, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');

-- Every id under which an answer may refer to a message.
create table message_keys (
    channel_id blob not null references channels (id),
    key text not null,
    message_id blob not null,
    conversation_id blob not null,
    primary key (channel_id, key)
) strict;
create index message_keys_by_message on message_keys (message_id);

create table attachments (
    id blob primary key,
    message_id blob not null,
    position integer not null,
    name text not null,
    content_type text not null,
    size integer not null,
    content_id text,
    inline integer not null,
    storage_key text not null
) strict;
create index attachments_by_message on attachments (message_id, position);

create table notes (
    id blob primary key,
    conversation_id blob not null references conversations (id),
    teammate_id blob not null references teammates (id),
    body text not null,
    created_at integer not null
) strict;
create index notes_by_conversation on notes (conversation_id, created_at);

-- Half-written replies survive a reload, a crash and another device.
create table composer_texts (
    conversation_id blob not null references conversations (id),
    teammate_id blob not null references teammates (id),
    body text not null,
    is_note integer not null,
    updated_at integer not null,
    primary key (conversation_id, teammate_id)
) strict;

-- The timeline beside the messages, and the feed of live pages.
create table events (
    seq integer primary key autoincrement,
    id blob not null unique,
    brand_id blob not null,
    conversation_id blob,
    kind text not null,
    actor text not null,
    data text not null,
    at integer not null
) strict;
create index events_by_conversation on events (conversation_id, seq);

-- Brand documents: immutable versions.
create table policies (
    id blob primary key,
    brand_id blob not null references brands (id),
    version integer not null,
    document text not null,
    summary text not null,
    author_id blob references teammates (id),
    published integer not null,
    effective_from integer,
    created_at integer not null,
    unique (brand_id, version)
) strict;

create table voices (
    id blob primary key,
    brand_id blob not null references brands (id),
    version integer not null,
    document text not null,
    summary text not null,
    author_id blob references teammates (id),
    published integer not null,
    effective_from integer,
    created_at integer not null,
    unique (brand_id, version)
) strict;

create table reply_templates (
    id blob primary key,
    brand_id blob not null references brands (id),
    name text not null,
    locale text not null,
    version integer not null,
    body text not null,
    author_id blob references teammates (id),
    created_at integer not null,
    unique (brand_id, name, locale, version)
) strict;

-- The agent at work.
create table agent_runs (
    id blob primary key,
    conversation_id blob not null references conversations (id),
    revision integer not null,
    engine text not null,
    state text not null,
    outcome text,
    reason text not null default '',
    instruction text not null default '',
    steps text not null,
    policy_version integer not null,
    voice_version integer not null,
    started_at integer not null,
    finished_at integer,
    duration_us integer
) strict;
create index agent_runs_by_conversation on agent_runs (conversation_id, started_at desc);

create table drafts (
    id blob primary key,
    conversation_id blob not null references conversations (id),
    run_id blob not null references agent_runs (id),
    revision integer not null,
    state text not null,
    intent text not null,
    language text not null,
    confidence real not null,
    document text not null,
    created_at integer not null
) strict;
create index drafts_by_conversation on drafts (conversation_id, created_at desc);

create table approvals (
    id blob primary key,
    conversation_id blob not null references conversations (id),
    draft_id blob not null references drafts (id),
    brand_id blob not null references brands (id),
    state text not null,
    reasons text not null,
    likeness text not null,
    created_at integer not null,
    decided_by blob references teammates (id),
    decided_at integer,
    decision_us integer,
    decision_reason text not null default '',
    final_text text
) strict;
create unique index approvals_pending on approvals (conversation_id) where state = 'pending';
create index approvals_by_state on approvals (state, created_at, id);

create table hand_offs (
    id blob primary key,
    conversation_id blob not null references conversations (id),
    run_id blob not null references agent_runs (id),
    reason text not null,
    packet text not null,
    created_at integer not null
) strict;
create index hand_offs_by_conversation on hand_offs (conversation_id, created_at desc);

create table actions (
    id blob primary key,
    brand_id blob not null references brands (id),
    conversation_id blob not null references conversations (id),
    draft_id blob references drafts (id),
    message_id blob,
    order_source_id blob not null references order_sources (id),
    order_id text not null,
    order_number text not null,
    kind text not null,
    document text not null,
    amount_minor integer,
    currency text,
    state text not null,
    idempotency_key text not null unique,
    reference text not null default '',
    error text not null default '',
    approved_by blob references teammates (id),
    created_at integer not null,
    performed_at integer
) strict;
create index actions_by_conversation on actions (conversation_id, created_at);
create index actions_by_message on actions (message_id) where message_id is not null;
create index actions_by_order on actions (order_source_id, order_id);
create index actions_by_trouble on actions (created_at) where state in ('approved', 'performing', 'failed');

-- Orders as last read, and the conversations they belong to.
create table order_snapshots (
    order_source_id blob not null references order_sources (id),
    order_id text not null,
    number text not null,
    document text not null,
    read_at integer not null,
    primary key (order_source_id, order_id)
) strict;

create table conversation_orders (
    conversation_id blob not null references conversations (id),
    order_source_id blob not null references order_sources (id),
    order_id text not null,
    matched_by text not null,
    created_at integer not null,
    primary key (conversation_id, order_source_id, order_id)
) strict;

-- Durable work.
create table jobs (
    id blob primary key,
    kind text not null,
    payload text not null,
    dedup_key text,
    state text not null,
    run_at integer not null,
    attempts integer not null default 0,
    lease_until integer,
    lease_id blob,
    done integer not null default 0,
    total integer not null default 0,
    last_error text not null default '',
    conversation_id blob,
    created_at integer not null
) strict;
create index jobs_ready on jobs (kind, run_at, id) where state = 'ready';
create index jobs_running on jobs (lease_until) where state = 'running';
create index jobs_dead on jobs (created_at) where state = 'dead';
create unique index jobs_dedup on jobs (kind, dedup_key) where state = 'ready' and dedup_key is not null;
