-- Every open page counts what went into its conversation.
create index merges_by_target on merges (target_id) where undone_at is null;
