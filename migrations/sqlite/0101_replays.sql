-- What the agent would have done in cases of before under a draft of the policy: the newest replay of a brand, and the cases in
-- which anything is otherwise. A case goes with what its run looked at.
create table replays (
    id blob primary key,
    brand_id blob not null unique references brands (id),
    version_id blob not null,
    version integer not null,
    revision integer not null,
    document text not null,
    against integer not null default 0,
    wanted integer not null,
    total integer not null default 0,
    state text not null,
    tally text not null,
    begun_at integer not null,
    ended_at integer
) strict;
create table replay_cases (
    replay_id blob not null references replays (id) on delete cascade,
    run_id blob not null references run_inputs (run_id) on delete cascade,
    document text not null,
    primary key (replay_id, run_id)
) strict;
create index replay_cases_by_run on replay_cases (run_id);
