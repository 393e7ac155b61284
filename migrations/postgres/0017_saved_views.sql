-- Lists that people put together: for themselves, or for the team.
create table saved_views (
    id uuid primary key,
    teammate_id uuid not null references teammates (id),
    name text not null,
    shared boolean not null,
    position bigint not null,
    filters jsonb not null,
    created_at timestamptz not null
);

-- What their lists go along.
create index conversations_unresolved on conversations (last_message_at desc, id desc) where status <> 'resolved';
create index conversations_by_order_number on conversations (order_number, last_message_at desc, id desc)
    where order_number is not null;
create index conversation_tags_recent on conversation_tags (tag, created_at desc, conversation_id);
