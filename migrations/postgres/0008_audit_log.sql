-- Who did what, each entry bound to the one before by its hash. Ids are text and refer to nothing: an entry outlives
-- what it is about. Details are text, not JSON, so that the bytes under the hash never change.
create table audit_log (
    seq bigint primary key,
    at timestamptz not null,
    actor_kind text not null,
    actor text not null,
    actor_name text not null,
    action text not null,
    subject_kind text not null,
    subject text not null,
    brand text not null,
    details text not null,
    previous_hash bytea not null,
    hash bytea not null
);
create index audit_log_by_actor on audit_log (actor, seq desc);
create index audit_log_by_action on audit_log (action, seq desc);
create index audit_log_by_subject on audit_log (subject, seq desc);

create function audit_log_is_only_added_to() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is only ever added to';
end
$$;
create trigger audit_log_is_not_changed before update or delete on audit_log
    for each row execute function audit_log_is_only_added_to();

-- The newest entry: whoever adds one holds this row until their transaction ends.
create table audit_head (
    id bigint primary key,
    seq bigint not null,
    hash bytea not null
);
insert into audit_head (id, seq, hash) values (1, 0, decode(repeat('00', 32), 'hex'));
