-- What is due next first; where nothing is due, the last moment stands for when.
create index conversations_urgent_by_status on conversations (status, coalesce(due_at, 253402300799000000), id)
    where status <> 'resolved';
create index conversations_urgent_unassigned on conversations (status, coalesce(due_at, 253402300799000000), id)
    where assignee_id is null and status = 'open';
create index conversations_urgent_by_assignee on conversations
    (assignee_id, coalesce(due_at, 253402300799000000), id) where status <> 'resolved';
create index conversations_urgent_by_channel on conversations
    (channel_id, coalesce(due_at, 253402300799000000), id) where status <> 'resolved';
create index conversations_urgent_by_brand on conversations
    (brand_id, coalesce(due_at, 253402300799000000), id) where status <> 'resolved';
