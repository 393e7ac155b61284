-- The numbers beside the views: kept on write, so that no page counts conversations. Each statement adds rows of its own
-- (a row that all writers change would make them wait for each other); upkeep folds them together.
create table conversation_counts (
    brand_id uuid not null,
    channel_id uuid not null,
    status text not null,
    -- The nil id: given to nobody.
    assignee_id uuid not null,
    needs_approval boolean not null,
    change bigint not null
);

insert into conversation_counts (brand_id, channel_id, status, assignee_id, needs_approval, change)
    select brand_id, channel_id, status, coalesce(assignee_id, '00000000-0000-0000-0000-000000000000'), needs_approval,
        count(*)
    from conversations group by 1, 2, 3, 4, 5;

create function count_new_conversations() returns trigger language plpgsql as $$ begin
    insert into conversation_counts (brand_id, channel_id, status, assignee_id, needs_approval, change)
        select brand_id, channel_id, status, coalesce(assignee_id, '00000000-0000-0000-0000-000000000000'),
            needs_approval, count(*)
        from after group by 1, 2, 3, 4, 5;
    return null;
end $$;

create function count_changed_conversations() returns trigger language plpgsql as $$ begin
    insert into conversation_counts (brand_id, channel_id, status, assignee_id, needs_approval, change)
        select brand_id, channel_id, status, coalesce(assignee_id, '00000000-0000-0000-0000-000000000000'),
            needs_approval, sum(change)
        from (select *, 1 as change from after union all select *, -1 from before) changes
        group by 1, 2, 3, 4, 5 having sum(change) <> 0;
    return null;
end $$;

create function count_gone_conversations() returns trigger language plpgsql as $$ begin
    insert into conversation_counts (brand_id, channel_id, status, assignee_id, needs_approval, change)
        select brand_id, channel_id, status, coalesce(assignee_id, '00000000-0000-0000-0000-000000000000'),
            needs_approval, -count(*)
        from before group by 1, 2, 3, 4, 5;
    return null;
end $$;

create trigger conversations_counted after insert on conversations
    referencing new table as after for each statement execute function count_new_conversations();
create trigger conversations_counted_again after update on conversations
    referencing old table as before new table as after for each statement
    execute function count_changed_conversations();
create trigger conversations_counted_out after delete on conversations
    referencing old table as before for each statement execute function count_gone_conversations();
