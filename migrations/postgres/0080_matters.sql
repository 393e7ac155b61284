-- What customers are told before they ask: one row for each order, kind and subject, for good. `opened`: the conversation was
-- begun or opened for it.
create table matters (
    id uuid primary key,
    brand_id uuid not null references brands (id),
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    order_number text not null,
    kind text not null,
    subject text not null,
    contact_id uuid not null references contacts (id),
    state text not null,
    reason text not null default '',
    conversation_id uuid references conversations (id),
    draft_id uuid references drafts (id),
    opened boolean not null default false,
    noticed_at timestamptz not null,
    drafted_at timestamptz,
    unique (order_source_id, order_id, kind, subject)
);
create index matters_by_contact on matters (contact_id, drafted_at);

-- Lines of orders that could not be sent when they were looked at last, because the shop had none.
create table awaited_items (
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    line_id text not null,
    since timestamptz not null,
    primary key (order_source_id, order_id, line_id)
);

-- When an order is read again though nobody tells of it: when the time is over that was promised for a parcel.
alter table order_snapshots add column due_at timestamptz;
create index order_snapshots_by_due on order_snapshots (due_at) where due_at is not null;
