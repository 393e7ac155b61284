-- Until when a customer can be answered on their channel, by when the platform wants it; a template that leaves in place of a
-- text; and how many of the calls that a message takes are through.
alter table conversations add column reply_until timestamptz;
alter table conversations add column people_until timestamptz;
alter table conversations add column wanted_by timestamptz;
alter table messages add column template jsonb;
alter table messages add column parts bigint not null default 1;
alter table messages add column parts_sent bigint not null default 0;
