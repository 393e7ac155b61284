-- What platforms had said of accounts before each kind of it was kept: its end is heard, and it is not driven out unread.
insert into account_troubles (channel_id, kind, words, at)
    select id, case when state_reason like '%Connect it again.' then 'access' else 'suspension' end, state_reason,
        coalesce(connected_at, timestamptz 'epoch')
    from channels
    where state = 'needs_attention' and state_reason <> '' and kind in ('whatsapp', 'messenger', 'instagram', 'line')
        and not exists (select 1 from account_troubles known where known.channel_id = channels.id
            and known.kind in ('access', 'suspension') and known.words <> '')
    on conflict do nothing;
insert into account_troubles (channel_id, kind, words, at)
    select id, 'warning', account_news, coalesce(connected_at, timestamptz 'epoch') from channels
    where account_news <> ''
        and not exists (select 1 from account_troubles known where known.channel_id = channels.id
            and known.kind in ('warning', 'notice', 'note', 'templates') and known.words <> '')
    on conflict do nothing;
