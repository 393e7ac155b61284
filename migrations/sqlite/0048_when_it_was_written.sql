-- When a message was written, as its platform says; nothing where it does not say. And when what a customer wrote last was.
alter table messages add column written_at integer;
alter table conversations add column last_written_at integer;
