-- What was pushed to an account and turned away because it is not signed as the account signs, since it is connected as it is.
create table turned_away (
    channel_id blob primary key references channels (id),
    since integer,
    number integer not null,
    last_at integer not null,
    is_all integer not null
) strict;
