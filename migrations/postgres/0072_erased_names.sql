-- Who was erased, by a hash of a name that a platform has made for them on one account, and when: what is read back of that account
-- is passed over where they wrote it before. '' is everybody, for the names of those who were erased until now are gone.
create table erased_names (
    name_hash text primary key,
    erased_at timestamptz not null
);

insert into erased_names (name_hash, erased_at)
select '', at from audit_log where action = 'customer_erased' order by seq desc limit 1;
