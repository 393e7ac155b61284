-- The raw bytes that were read and are still there: they are emptied once they are old. Their row stays, for the key of a
-- delivery tells what comes once more.
create index raw_events_with_bytes on raw_events (received_at) where state = 'processed' and length(body) > 0;

-- Who has said on a channel that they want nothing there that they did not ask for, and when.
create table opt_outs (
    channel_id uuid not null references channels (id),
    contact_id uuid not null references contacts (id),
    since timestamptz not null,
    primary key (channel_id, contact_id)
);
