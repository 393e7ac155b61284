-- What became of a message after it was placed: its other words, that it was taken back, the signs on it.
alter table messages add column changes jsonb;

-- What is told of a message that is not known yet: the raw bytes that say so are read once more when it is.
create table early_news (
    channel_id uuid not null references channels (id),
    key text not null,
    raw_event_id uuid not null,
    received_at timestamptz not null,
    primary key (channel_id, key, raw_event_id)
);
create index early_news_by_time on early_news (received_at);

-- What has left and is not known to be read, for news that names a moment and no message.
create index messages_under_way on messages (conversation_id, sent_at) where delivery in ('sent', 'delivered');
