-- What the agent would have done in cases of before under a draft of the policy: the newest replay of a brand, and the cases in
-- which anything is otherwise. A case goes with what its run looked at.
create table replays (
    id uuid primary key,
    brand_id uuid not null unique references brands (id),
    version_id uuid not null,
    version bigint not null,
    revision timestamptz not null,
    document jsonb not null,
    against bigint not null default 0,
    wanted bigint not null,
    total bigint not null default 0,
    state text not null,
    tally jsonb not null,
    begun_at timestamptz not null,
    ended_at timestamptz
);
create table replay_cases (
    replay_id uuid not null references replays (id) on delete cascade,
    run_id uuid not null references run_inputs (run_id) on delete cascade,
    document jsonb not null,
    primary key (replay_id, run_id)
);
create index replay_cases_by_run on replay_cases (run_id);
