-- Who wants to hear of a conversation.
create table followers (
    conversation_id uuid not null references conversations (id),
    teammate_id uuid not null references teammates (id),
    created_at timestamptz not null,
    primary key (conversation_id, teammate_id)
);
create index followers_by_teammate on followers (teammate_id);

-- What a teammate should know. While it is unread, more of the same only counts up.
create table notifications (
    id uuid primary key,
    teammate_id uuid not null references teammates (id),
    conversation_id uuid not null references conversations (id),
    kind text not null,
    actor text not null,
    count bigint not null default 1,
    created_at timestamptz not null,
    read_at timestamptz,
    mail text not null default 'none',
    mailed_at timestamptz
);
create unique index notifications_unread on notifications (teammate_id, conversation_id, kind) where read_at is null;
create index notifications_by_teammate on notifications (teammate_id, created_at desc, id desc);
create index notifications_by_mail on notifications (teammate_id, mailed_at) where mailed_at is not null;

-- Of what a teammate is told by mail; of nothing where there is no row.
create table mail_wishes (
    teammate_id uuid not null references teammates (id),
    kind text not null,
    primary key (teammate_id, kind)
);
