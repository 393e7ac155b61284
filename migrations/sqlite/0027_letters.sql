-- What went to an address without a person, whoever said that it is theirs.
create index messages_by_letter on messages (lower(recipients), created_at) where author = 'system';
