-- Since when a platform may have pushed nothing of an account, until what it shows of that time is read back.
alter table channels add column missed_since timestamptz;
