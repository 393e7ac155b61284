-- What customers are told before they ask: one row for each order, kind and subject, for good. `opened`: the conversation was
-- begun or opened for it.
create table matters (
    id blob primary key,
    brand_id blob not null references brands (id),
    order_source_id blob not null references order_sources (id),
    order_id text not null,
    order_number text not null,
    kind text not null,
    subject text not null,
    contact_id blob not null references contacts (id),
    state text not null,
    reason text not null default '',
    conversation_id blob references conversations (id),
    draft_id blob references drafts (id),
    opened integer not null default 0,
    noticed_at integer not null,
    drafted_at integer,
    unique (order_source_id, order_id, kind, subject)
) strict;
create index matters_by_contact on matters (contact_id, drafted_at);

-- Lines of orders that could not be sent when they were looked at last, because the shop had none.
create table awaited_items (
    order_source_id blob not null references order_sources (id),
    order_id text not null,
    line_id text not null,
    since integer not null,
    primary key (order_source_id, order_id, line_id)
) strict;

-- When an order is read again though nobody tells of it: when the time is over that was promised for a parcel.
alter table order_snapshots add column due_at integer;
create index order_snapshots_by_due on order_snapshots (due_at) where due_at is not null;
