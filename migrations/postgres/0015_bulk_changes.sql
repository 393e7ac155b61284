-- What was done to several conversations at once, what came of it, and how they stood before: the way back.
create table bulk_changes (
    id uuid primary key,
    teammate_id uuid not null references teammates (id),
    kind text not null,
    refused jsonb not null,
    before jsonb not null,
    created_at timestamptz not null,
    undone_at timestamptz
);
