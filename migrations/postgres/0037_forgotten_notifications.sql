-- What was read long ago is forgotten every few seconds: nothing but that may be looked at.
create index notifications_read on notifications (created_at) where read_at is not null;
