-- Chinese, Japanese, Thai, Lao, Khmer and Burmese are found by pairs of letters (decision 90). What was indexed before is looked
-- through by the workers, beside everything else (store/search/unspaced.rs).
insert into jobs (id, kind, payload, state, run_at, created_at)
    select x'0000000000000000000000005ea7c41e', 'index_messages', '{}', 'ready', created_at, created_at
    from messages order by seq desc limit 1;
