-- When a brand's people are there, how soon they answer, and what they say when nobody is.
create table answer_times (
    brand_id uuid primary key references brands (id),
    document jsonb not null,
    updated_at timestamptz not null
);

-- Which clocks run on a conversation, since when, and for which moments it was noted that they ran out.
alter table conversations add column answering_since timestamptz;
alter table conversations add column first_answered_at timestamptz;
alter table conversations add column resolving_since timestamptz;
alter table conversations add column resolution_due_at timestamptz;
alter table conversations add column overdue_for timestamptz;
alter table conversations add column resolution_overdue_for timestamptz;
create index conversations_by_due on conversations (due_at)
    where due_at is not null and (overdue_for is null or overdue_for <> due_at);
create index conversations_by_resolution_due on conversations (resolution_due_at)
    where resolution_due_at is not null
        and (resolution_overdue_for is null or resolution_overdue_for <> resolution_due_at);

-- What was overdue before the desk noted it is no news.
update conversations set overdue_for = due_at where due_at is not null;

-- That nobody was there was said once a conversation and closed time, which ends at `back_at`.
create table away_replies (
    conversation_id uuid not null references conversations (id),
    back_at timestamptz not null,
    primary key (conversation_id, back_at)
);

-- Since when a teammate is away: nobody counts on them.
alter table teammates add column away_since timestamptz;
