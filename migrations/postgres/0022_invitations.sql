-- Who may join the team. Only the hash of the link's token is stored.
create table invitations (
    id uuid primary key,
    email text not null,
    role text not null,
    token_hash bytea not null unique,
    invited_by uuid not null references teammates (id),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    revoked_at timestamptz
);
create index invitations_open on invitations (expires_at) where accepted_at is null and revoked_at is null;
