-- One row that is written to see that the database takes anything.
create table heartbeat (
    id bigint primary key check (id = 1),
    at timestamptz not null
);
