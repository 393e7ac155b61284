-- What a visitor of the chat said about themself. An address that nobody vouches for is a claim: answers may go there,
-- and it never finds a contact or an order.
create table chat_visitors (
    id blob primary key,
    channel_id blob not null references channels (id),
    name text not null default '',
    email text not null default '',
    updated_at integer not null
) strict;

-- When somebody last had the desk open: the chat says honestly whether people are there.
alter table sessions add column active_at integer;
create index sessions_by_activity on sessions (active_at) where active_at is not null;

-- Who waits for a person in a chat, and for how long.
create index conversations_waiting_for_people on conversations (channel_id, last_inbound_at)
    where status = 'open' and (agent_state = 'handed_off' or taken_over = 1);
