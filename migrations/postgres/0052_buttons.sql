-- The buttons that a person puts below a text, as it is written and as it leaves.
alter table composer_texts add column choices jsonb not null default '[]';
alter table messages add column choices jsonb not null default '[]';
