-- The numbers beside the views: kept on write, so that no page counts conversations.
create table conversation_counts (
    brand_id blob not null,
    channel_id blob not null,
    status text not null,
    -- Sixteen zero bytes: given to nobody.
    assignee_id blob not null,
    needs_approval integer not null,
    change integer not null,
    primary key (brand_id, channel_id, status, assignee_id, needs_approval)
) strict, without rowid;

insert into conversation_counts (brand_id, channel_id, status, assignee_id, needs_approval, change)
    select brand_id, channel_id, status, coalesce(assignee_id, zeroblob(16)), needs_approval, count(*)
    from conversations group by 1, 2, 3, 4, 5;

create trigger conversations_counted after insert on conversations begin
    insert into conversation_counts (brand_id, channel_id, status, assignee_id, needs_approval, change)
        values (new.brand_id, new.channel_id, new.status, coalesce(new.assignee_id, zeroblob(16)), new.needs_approval, 1)
        on conflict do update set change = change + 1;
end;

create trigger conversations_counted_again
    after update of brand_id, channel_id, status, assignee_id, needs_approval on conversations
    when old.brand_id is not new.brand_id or old.channel_id is not new.channel_id or old.status is not new.status
        or old.assignee_id is not new.assignee_id or old.needs_approval is not new.needs_approval
begin
    update conversation_counts set change = change - 1
        where brand_id = old.brand_id and channel_id = old.channel_id and status = old.status
            and assignee_id = coalesce(old.assignee_id, zeroblob(16)) and needs_approval = old.needs_approval;
    insert into conversation_counts (brand_id, channel_id, status, assignee_id, needs_approval, change)
        values (new.brand_id, new.channel_id, new.status, coalesce(new.assignee_id, zeroblob(16)), new.needs_approval, 1)
        on conflict do update set change = change + 1;
end;

create trigger conversations_counted_out after delete on conversations begin
    update conversation_counts set change = change - 1
        where brand_id = old.brand_id and channel_id = old.channel_id and status = old.status
            and assignee_id = coalesce(old.assignee_id, zeroblob(16)) and needs_approval = old.needs_approval;
end;
