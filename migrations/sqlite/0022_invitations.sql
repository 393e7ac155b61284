-- Who may join the team. Only the hash of the link's token is stored.
create table invitations (
    id blob primary key,
    email text not null,
    role text not null,
    token_hash blob not null unique,
    invited_by blob not null references teammates (id),
    created_at integer not null,
    expires_at integer not null,
    accepted_at integer,
    revoked_at integer
) strict;
create index invitations_open on invitations (expires_at) where accepted_at is null and revoked_at is null;
