-- A person's own version of a draft, half written: it survives a reload, a crash and another device.
create table draft_texts (
    draft_id blob not null references drafts (id),
    teammate_id blob not null references teammates (id),
    body text not null,
    updated_at integer not null,
    primary key (draft_id, teammate_id)
) strict;

-- What a list of what is overdue goes along, beside `conversations_urgent_by_status`.
create index conversations_urgent_to_resolve on conversations (coalesce(resolution_due_at, 253402300799000000))
    where status = 'open' and resolution_due_at is not null;

-- A reply and a note have a text each.
create table composer_texts_by_kind (
    conversation_id blob not null references conversations (id),
    teammate_id blob not null references teammates (id),
    body text not null,
    is_note integer not null,
    updated_at integer not null,
    primary key (conversation_id, teammate_id, is_note)
) strict;
insert into composer_texts_by_kind (conversation_id, teammate_id, body, is_note, updated_at)
    select conversation_id, teammate_id, body, is_note, updated_at from composer_texts;
drop table composer_texts;
alter table composer_texts_by_kind rename to composer_texts;
