-- What was done to several conversations at once, what came of it, and how they stood before: the way back.
create table bulk_changes (
    id blob primary key,
    teammate_id blob not null references teammates (id),
    kind text not null,
    refused text not null,
    before text not null,
    created_at integer not null,
    undone_at integer
) strict;
