-- What is due next first; where nothing is due, the last moment stands for when.
create index conversations_urgent_by_status on conversations (status, coalesce(due_at, timestamptz '9999-12-31 23:59:59+00'), id)
    where status <> 'resolved';
create index conversations_urgent_unassigned on conversations (status, coalesce(due_at, timestamptz '9999-12-31 23:59:59+00'), id)
    where assignee_id is null and status = 'open';
create index conversations_urgent_by_assignee on conversations
    (assignee_id, coalesce(due_at, timestamptz '9999-12-31 23:59:59+00'), id) where status <> 'resolved';
create index conversations_urgent_by_channel on conversations
    (channel_id, coalesce(due_at, timestamptz '9999-12-31 23:59:59+00'), id) where status <> 'resolved';
create index conversations_urgent_by_brand on conversations
    (brand_id, coalesce(due_at, timestamptz '9999-12-31 23:59:59+00'), id) where status <> 'resolved';
