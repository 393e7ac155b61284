-- Tracking providers: one a brand.
create table trackers (
    id uuid primary key,
    brand_id uuid not null unique references brands (id),
    kind text not null,
    settings jsonb not null,
    secrets bytea not null,
    state text not null,
    state_reason text not null default '',
    last_read_at timestamptz,
    created_at timestamptz not null
);

-- The parcels of orders as they were last read, and what carriers say of them: `tracker_id` is the provider that follows a
-- parcel, `due_at` when it is to be read.
create table parcels (
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    number text not null,
    carrier text not null,
    tracker_id uuid references trackers (id),
    news jsonb,
    heard_by text not null default '',
    heard_at timestamptz,
    due_at timestamptz,
    refused text not null default '',
    primary key (order_source_id, order_id, number)
);
create index parcels_by_number on parcels (number);
create index parcels_by_tracker on parcels (tracker_id) where tracker_id is not null;

-- Conversations that sleep until a parcel is seen: it counts while they sleep until the same moment.
create table parcel_waits (
    conversation_id uuid primary key references conversations (id),
    wakes_on text not null,
    until timestamptz not null
);
