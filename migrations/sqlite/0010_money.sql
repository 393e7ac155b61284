-- Who may decide about a draft: the role that the policy asks for.
alter table approvals add column needs_role text not null default 'teammate';
-- A draft whose reply is taken back comes before a person again.
create index approvals_by_draft on approvals (draft_id);
-- When an answer was due before this reply took care of it: it is due again when the reply is taken back.
alter table messages add column kept_due_at integer;
-- What a brand gave away since a moment is asked for with every run that moves money.
create index actions_by_brand on actions (brand_id, created_at);
