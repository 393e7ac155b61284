-- What a run of the agent looked at and what it came to, packed, so that it can be shown and repeated.
create table run_inputs (
    run_id blob primary key references agent_runs (id),
    inputs blob not null,
    taken_at integer not null
) strict;
create index run_inputs_by_time on run_inputs (taken_at, run_id);
