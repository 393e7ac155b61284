-- Of whom and what raw bytes tell beside the messages that came in with them (a message, a conversation or a customer, whose
-- ids are never the same): the bytes are found by it when that is erased.
create table raw_event_subjects (
    subject_id blob not null,
    raw_event_id blob not null,
    primary key (subject_id, raw_event_id)
) strict, without rowid;
create index early_news_by_raw_event on early_news (raw_event_id);

-- What a customer wrote, in whichever conversation. What was erased leaves it.
create index messages_by_contact on messages (contact_id, seq) where contact_id is not null and erased_at is null;
