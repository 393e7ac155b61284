-- Who did what, each entry bound to the one before by its hash. Ids are text and refer to nothing: an entry outlives
-- what it is about. Details are text, not JSON, so that the bytes under the hash never change.
create table audit_log (
    seq integer primary key,
    at integer not null,
    actor_kind text not null,
    actor text not null,
    actor_name text not null,
    action text not null,
    subject_kind text not null,
    subject text not null,
    brand text not null,
    details text not null,
    previous_hash blob not null,
    hash blob not null
) strict;
create index audit_log_by_actor on audit_log (actor, seq desc);
create index audit_log_by_action on audit_log (action, seq desc);
create index audit_log_by_subject on audit_log (subject, seq desc);

create trigger audit_log_is_not_changed before update on audit_log
begin
    select raise(abort, 'the audit log is only ever added to');
end;
create trigger audit_log_is_not_deleted before delete on audit_log
begin
    select raise(abort, 'the audit log is only ever added to');
end;

-- The newest entry: whoever adds one holds this row until their transaction ends.
create table audit_head (
    id integer primary key,
    seq integer not null,
    hash blob not null
) strict;
insert into audit_head (id, seq, hash) values (1, 0, zeroblob(32));
