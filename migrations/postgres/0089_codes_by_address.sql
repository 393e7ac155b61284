-- By what codes to one mail address are counted for a day: a keyed hash of it, `''` where it is not counted any more.
alter table identity_checks add column address_key text not null default '';
create index identity_checks_by_address on identity_checks (address_key, sent_at) where address_key <> '';
