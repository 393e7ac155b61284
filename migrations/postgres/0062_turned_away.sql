-- What was pushed to an account and turned away because it is not signed as the account signs, since it is connected as it is.
create table turned_away (
    channel_id uuid primary key references channels (id),
    since timestamptz,
    number bigint not null,
    last_at timestamptz not null,
    is_all boolean not null
);
