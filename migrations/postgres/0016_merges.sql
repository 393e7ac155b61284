-- A conversation that was merged into another stays as a pointer to it.
alter table conversations add column merged_into uuid references conversations (id);

-- What a merge moved, and how both stood before: the way back.
create table merges (
    id uuid primary key,
    source_id uuid not null references conversations (id),
    target_id uuid not null references conversations (id),
    teammate_id uuid not null references teammates (id),
    moved jsonb not null,
    source_before jsonb not null,
    target_before jsonb not null,
    target_revision bigint not null,
    created_at timestamptz not null,
    undone_at timestamptz
);
