-- A file that lies on a platform until it is fetched: where, and why it could not be had.
alter table attachments add column reference jsonb;
alter table attachments add column trouble text not null default '';
