-- Where the clocks of people and brands stand (IANA name; empty: not said), since when a connection is as it is, and
-- when a channel's stored bytes were last read.
alter table teammates add column time_zone text not null default '';
alter table brands add column time_zone text not null default '';
alter table channels add column connected_at timestamptz;
alter table channels add column last_processed_at timestamptz;
