-- What stops the agent: in a brand or in all of them, for an intent, on a kind of channel, for a kind of action. What is empty is every one.
create table brakes (
    id uuid primary key,
    brand_id uuid references brands (id),
    intent text not null,
    channel text not null,
    action text not null,
    reason text not null,
    set_by uuid references teammates (id),
    set_at timestamptz not null,
    lifted_by uuid references teammates (id),
    lifted_at timestamptz
);
create index brakes_in_force on brakes (set_at) where lifted_at is null;
