-- Who is to read a reply that is being written, where its writer has chosen.
alter table composer_texts add column audience text;
-- Since when its platform says of a message that it takes it at another time.
alter table messages add column put_off_since timestamptz;
