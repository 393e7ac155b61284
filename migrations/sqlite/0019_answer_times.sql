-- When a brand's people are there, how soon they answer, and what they say when nobody is.
create table answer_times (
    brand_id blob primary key references brands (id),
    document text not null,
    updated_at integer not null
) strict;

-- Which clocks run on a conversation, since when, and for which moments it was noted that they ran out.
alter table conversations add column answering_since integer;
alter table conversations add column first_answered_at integer;
alter table conversations add column resolving_since integer;
alter table conversations add column resolution_due_at integer;
alter table conversations add column overdue_for integer;
alter table conversations add column resolution_overdue_for integer;
create index conversations_by_due on conversations (due_at)
    where due_at is not null and (overdue_for is null or overdue_for <> due_at);
create index conversations_by_resolution_due on conversations (resolution_due_at)
    where resolution_due_at is not null
        and (resolution_overdue_for is null or resolution_overdue_for <> resolution_due_at);

-- What was overdue before the desk noted it is no news.
update conversations set overdue_for = due_at where due_at is not null;

-- That nobody was there was said once a conversation and closed time, which ends at `back_at`.
create table away_replies (
    conversation_id blob not null references conversations (id),
    back_at integer not null,
    primary key (conversation_id, back_at)
) strict;

-- Since when a teammate is away: nobody counts on them.
alter table teammates add column away_since integer;
