-- A person's own version of a draft, half written: it survives a reload, a crash and another device.
create table draft_texts (
    draft_id uuid not null references drafts (id),
    teammate_id uuid not null references teammates (id),
    body text not null,
    updated_at timestamptz not null,
    primary key (draft_id, teammate_id)
);

-- What a list of what is overdue goes along, beside `conversations_urgent_by_status`.
create index conversations_urgent_to_resolve on conversations (coalesce(resolution_due_at, timestamptz '9999-12-31 23:59:59+00'))
    where status = 'open' and resolution_due_at is not null;

-- A reply and a note have a text each.
alter table composer_texts drop constraint composer_texts_pkey,
    add primary key (conversation_id, teammate_id, is_note);
