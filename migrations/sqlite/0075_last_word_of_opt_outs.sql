-- Whether somebody has opted in again since they opted out: that is kept, so that an older word which comes later undoes no newer one.
alter table opt_outs add column ended integer not null default 0;

-- The last such word of people whom nobody knows yet, by a hash of each name under which it was told: it counts once they are known.
create table early_opt_outs (
    name_hash text not null,
    channel_id blob not null references channels (id),
    since integer not null,
    ended integer not null,
    primary key (name_hash, channel_id)
) strict, without rowid;
