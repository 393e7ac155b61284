-- Chinese, Japanese, Thai, Lao, Khmer and Burmese are found by pairs of letters (decision 90). What was indexed before is looked
-- through by the workers, beside everything else (store/search/unspaced.rs).
insert into jobs (id, kind, payload, state, run_at, created_at)
    select uuid '00000000-0000-0000-0000-00005ea7c41e', 'index_messages', jsonb '{}', 'ready', created_at, created_at
    from messages order by seq desc limit 1;
