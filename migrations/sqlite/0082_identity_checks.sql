-- Codes that were sent to the address of an order, to prove who asks: `address` and `code_hash` are there while one counts, and what
-- is kept of the code is a keyed hash alone. `message_id` is what told the customer, `answer_id` what brought the code.
create table identity_checks (
    id blob primary key,
    brand_id blob not null references brands (id),
    conversation_id blob not null references conversations (id),
    contact_id blob not null references contacts (id),
    order_source_id blob not null references order_sources (id),
    order_id text not null,
    order_number text not null,
    address text not null,
    state text not null,
    message_id blob not null,
    code_hash text not null default '',
    tries integer not null default 0,
    answer_id blob,
    created_at integer not null,
    sent_at integer
) strict;
create unique index identity_checks_open on identity_checks (conversation_id) where state in ('asked', 'sent');
create index identity_checks_by_conversation on identity_checks (conversation_id, created_at);
create index identity_checks_by_order on identity_checks (order_source_id, order_id, sent_at);
create index identity_checks_by_contact on identity_checks (contact_id);
