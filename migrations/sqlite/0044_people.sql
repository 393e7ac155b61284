-- Contacts that are one person: each leads to the one that stands for them. Nothing else moves, so that each keeps its
-- names and its conversations.
alter table contacts add column person_id blob references contacts (id);
create index contacts_by_person on contacts (person_id) where person_id is not null;

-- Who became one person with whom, and what led there before: the way back.
create table contact_merges (
    id blob primary key,
    brand_id blob not null references brands (id),
    source_id blob not null references contacts (id),
    target_id blob not null references contacts (id),
    moved text not null,
    teammate_id blob references teammates (id),
    created_at integer not null,
    undone_at integer
) strict;
create index contact_merges_by_source on contact_merges (source_id);
create index contact_merges_by_target on contact_merges (target_id);

-- Why two contacts may be one person. The smaller id is the first.
create table contact_evidence (
    one_id blob not null references contacts (id),
    other_id blob not null references contacts (id),
    reason text not null,
    detail text not null,
    proof integer not null,
    created_at integer not null,
    refused_at integer,
    primary key (one_id, other_id, reason)
) strict;
create index contact_evidence_by_other on contact_evidence (other_id);

-- Orders that a platform, and not the text, names: for whom, and in which conversation.
create table told_orders (
    channel_id blob not null references channels (id),
    order_number text not null,
    conversation_id blob not null references conversations (id),
    contact_id blob not null references contacts (id),
    created_at integer not null,
    primary key (channel_id, order_number, conversation_id, contact_id)
) strict;
create index told_orders_by_contact on told_orders (contact_id);
create index told_orders_by_conversation on told_orders (conversation_id);

-- News of orders that was placed: it may come again.
create table order_news (
    channel_id blob not null references channels (id),
    key text not null,
    created_at integer not null,
    primary key (channel_id, key)
) strict;

-- When what a message said was removed, because its writer asked for it.
alter table messages add column erased_at integer;
