-- Where a proved sender wants answers, if elsewhere.
alter table messages add column reply_to text not null default '';
