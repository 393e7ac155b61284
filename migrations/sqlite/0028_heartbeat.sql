-- One row that is written to see that the database takes anything.
create table heartbeat (
    id integer primary key check (id = 1),
    at integer not null
) strict;
