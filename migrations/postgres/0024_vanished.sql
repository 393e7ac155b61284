-- How often the platform had no trace of a message that was cut off on its way, since a person last sent it.
alter table messages add column vanished bigint not null default 0;
