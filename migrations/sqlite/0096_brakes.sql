-- What stops the agent: in a brand or in all of them, for an intent, on a kind of channel, for a kind of action. What is empty is every one.
create table brakes (
    id blob primary key,
    brand_id blob references brands (id),
    intent text not null,
    channel text not null,
    action text not null,
    reason text not null,
    set_by blob references teammates (id),
    set_at integer not null,
    lifted_by blob references teammates (id),
    lifted_at integer
) strict;
create index brakes_in_force on brakes (set_at) where lifted_at is null;
