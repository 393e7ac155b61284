-- Closed cases, and whether they were solved: `until_at` is the end of the time in which nobody may come back, `look_at` when it is
-- looked at next, and null once it is judged. `week` is its Monday, in UTC.
create table resolutions (
    brand_id blob not null references brands (id),
    conversation_id blob not null references conversations (id),
    channel_kind text not null,
    intent text not null,
    solved_by text not null,
    week integer not null,
    resolved_at integer not null,
    until_at integer not null,
    look_at integer,
    outcome text not null,
    judged_at integer,
    primary key (conversation_id, resolved_at)
) strict;
create index resolutions_by_look on resolutions (look_at) where look_at is not null;
create index resolutions_by_time on resolutions (brand_id, resolved_at desc, conversation_id desc, week, outcome, channel_kind, intent, solved_by);

-- What showed in the shop that an action took effect.
alter table actions add column trace text;
