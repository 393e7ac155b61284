-- Closed cases, and whether they were solved: `until_at` is the end of the time in which nobody may come back, `look_at` when it is
-- looked at next, and null once it is judged. `week` is its Monday, in UTC.
create table resolutions (
    brand_id uuid not null references brands (id),
    conversation_id uuid not null references conversations (id),
    channel_kind text not null,
    intent text not null,
    solved_by text not null,
    week timestamptz not null,
    resolved_at timestamptz not null,
    until_at timestamptz not null,
    look_at timestamptz,
    outcome text not null,
    judged_at timestamptz,
    primary key (conversation_id, resolved_at)
);
create index resolutions_by_look on resolutions (look_at) where look_at is not null;
create index resolutions_by_time on resolutions (brand_id, resolved_at desc, conversation_id desc, week, outcome, channel_kind, intent, solved_by);

-- What showed in the shop that an action took effect.
alter table actions add column trace jsonb;
