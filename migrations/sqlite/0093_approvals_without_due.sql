-- What needs approval, due next first; where nothing is due, the last moment stands for when.
drop index conversations_by_approval;
create index conversations_urgent_by_approval on conversations (coalesce(due_at, 253402300799000000), id)
    where needs_approval = 1;
