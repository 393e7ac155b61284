-- What a run of the agent looked at and what it came to, packed, so that it can be shown and repeated.
create table run_inputs (
    run_id uuid primary key references agent_runs (id),
    inputs bytea not null,
    taken_at timestamptz not null
);
create index run_inputs_by_time on run_inputs (taken_at, run_id);
