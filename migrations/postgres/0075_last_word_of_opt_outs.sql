-- Whether somebody has opted in again since they opted out: that is kept, so that an older word which comes later undoes no newer one.
alter table opt_outs add column ended boolean not null default false;

-- The last such word of people whom nobody knows yet, by a hash of each name under which it was told: it counts once they are known.
create table early_opt_outs (
    name_hash text not null,
    channel_id uuid not null references channels (id),
    since timestamptz not null,
    ended boolean not null,
    primary key (name_hash, channel_id)
);
