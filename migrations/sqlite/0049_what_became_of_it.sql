-- Whom a message went to, and when the call began with which it, or the last of its parts, left: for news that names a
-- person and a moment, and no message.
alter table messages add column to_contact_id blob references contacts (id);
alter table messages add column left_at integer;
update messages set left_at = sent_at,
    to_contact_id = (select contact_id from conversations where conversations.id = messages.conversation_id)
    where direction = 'outbound' and delivery in ('sent', 'delivered')
        and channel_id in (select id from channels where kind in ('messenger', 'instagram', 'amazon'));
drop index messages_under_way;
create index messages_by_reach on messages (to_contact_id, channel_id, left_at) where delivery in ('sent', 'delivered');

-- How far somebody has got with what went to them on a channel: kept, for what they have got to may be on its way still.
create table reaches (
    channel_id blob not null references channels (id),
    contact_id blob not null references contacts (id),
    state text not null,
    until integer not null,
    primary key (channel_id, contact_id, state)
) strict;

-- Where each part of a message is that takes several calls.
create table message_parts (
    message_id blob not null,
    number integer not null,
    external_id text not null,
    state text not null,
    primary key (message_id, number)
) strict;

-- What a platform said last of an account, one of each kind, by its own moment; without words it is over.
create table account_troubles (
    channel_id blob not null references channels (id),
    kind text not null,
    words text not null,
    at integer not null,
    primary key (channel_id, kind)
) strict;
