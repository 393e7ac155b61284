-- Whether a program sent a message in a person's name, who may know nothing of it.
alter table messages add column by_program integer not null default 0;
