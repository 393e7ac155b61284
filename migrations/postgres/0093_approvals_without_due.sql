-- What needs approval, due next first; where nothing is due, the last moment stands for when.
drop index conversations_by_approval;
create index conversations_urgent_by_approval on conversations (coalesce(due_at, timestamptz '9999-12-31 23:59:59+00'), id)
    where needs_approval;
