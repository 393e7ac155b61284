-- Whether the words of a message are a machine's, though a person answers for it. Of drafts that had not left by then
-- nobody knows whether they were changed: they count as the machine's.
alter table messages add column machine_worded boolean not null default false;
update messages set machine_worded = true where author = 'teammate' and draft_id is not null
    and delivery in ('queued', 'sending', 'held', 'unknown', 'failed');
