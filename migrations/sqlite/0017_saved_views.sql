-- Lists that people put together: for themselves, or for the team.
create table saved_views (
    id blob primary key,
    teammate_id blob not null references teammates (id),
    name text not null,
    shared integer not null,
    position integer not null,
    filters text not null,
    created_at integer not null
) strict;

-- What their lists go along.
create index conversations_unresolved on conversations (last_message_at desc, id desc) where status <> 'resolved';
create index conversations_by_order_number on conversations (order_number, last_message_at desc, id desc)
    where order_number is not null;
create index conversation_tags_recent on conversation_tags (tag, created_at desc, conversation_id);
