-- Whether a clock ran out is asked every few seconds. By its time alone the index lost against the one of all that is
-- open, which was read through each time.
drop index conversations_by_due;
drop index conversations_by_resolution_due;
create index conversations_by_due on conversations (status, due_at)
    where due_at is not null and (overdue_for is null or overdue_for <> due_at);
create index conversations_by_resolution_due on conversations (status, resolution_due_at)
    where resolution_due_at is not null
        and (resolution_overdue_for is null or resolution_overdue_for <> resolution_due_at);
