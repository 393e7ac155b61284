-- A conversation that was merged into another stays as a pointer to it.
alter table conversations add column merged_into blob references conversations (id);

-- What a merge moved, and how both stood before: the way back.
create table merges (
    id blob primary key,
    source_id blob not null references conversations (id),
    target_id blob not null references conversations (id),
    teammate_id blob not null references teammates (id),
    moved text not null,
    source_before text not null,
    target_before text not null,
    target_revision integer not null,
    created_at integer not null,
    undone_at integer
) strict;
