-- When a person let a message leave once more: what was told of it before that is about an earlier attempt.
alter table messages add column anew_at timestamptz;
