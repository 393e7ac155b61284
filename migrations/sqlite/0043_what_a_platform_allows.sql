-- Until when a customer can be answered on their channel, by when the platform wants it; a template that leaves in place of a
-- text; and how many of the calls that a message takes are through.
alter table conversations add column reply_until integer;
alter table conversations add column people_until integer;
alter table conversations add column wanted_by integer;
alter table messages add column template text;
alter table messages add column parts integer not null default 1;
alter table messages add column parts_sent integer not null default 0;
