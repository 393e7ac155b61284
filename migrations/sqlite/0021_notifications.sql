-- Who wants to hear of a conversation.
create table followers (
    conversation_id blob not null references conversations (id),
    teammate_id blob not null references teammates (id),
    created_at integer not null,
    primary key (conversation_id, teammate_id)
) strict;
create index followers_by_teammate on followers (teammate_id);

-- What a teammate should know. While it is unread, more of the same only counts up.
create table notifications (
    id blob primary key,
    teammate_id blob not null references teammates (id),
    conversation_id blob not null references conversations (id),
    kind text not null,
    actor text not null,
    count integer not null default 1,
    created_at integer not null,
    read_at integer,
    mail text not null default 'none',
    mailed_at integer
) strict;
create unique index notifications_unread on notifications (teammate_id, conversation_id, kind) where read_at is null;
create index notifications_by_teammate on notifications (teammate_id, created_at desc, id desc);
create index notifications_by_mail on notifications (teammate_id, mailed_at) where mailed_at is not null;

-- Of what a teammate is told by mail; of nothing where there is no row.
create table mail_wishes (
    teammate_id blob not null references teammates (id),
    kind text not null,
    primary key (teammate_id, kind)
) strict;
