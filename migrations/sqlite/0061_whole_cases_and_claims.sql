-- Who wrote in a conversation, on which channels and in which threads, and what the system said in it: of a long case, too.
-- Nobody says how long the id of a thread is; an index takes so much of it.
create index messages_by_writer on messages (conversation_id, contact_id, channel_id, substr(thread, 1, 200), seq)
    where direction = 'inbound' and contact_id is not null;
create index messages_by_system on messages (conversation_id, seq) where author = 'system';
-- Who says in a chat that an address is theirs.
create index chat_visitors_by_email on chat_visitors (email) where email <> '';
