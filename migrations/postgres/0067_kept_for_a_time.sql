-- The raw bytes that were read and are still there: they are emptied once they are old. Their row stays, for the key of a
-- delivery tells what comes once more.
create index raw_events_with_bytes on raw_events (received_at) where state = 'processed' and length(body) > 0;
