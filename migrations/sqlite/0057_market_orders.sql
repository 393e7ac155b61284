-- The orders of marketplaces that are connected already are read there, as those of new ones are.
insert into order_sources (id, brand_id, kind, name, settings, secrets, state, created_at)
    select randomblob(16), brand_id, 'market', name,
        json_object('market', lower(substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-'
            || substr(hex(id), 13, 4) || '-' || substr(hex(id), 17, 4) || '-' || substr(hex(id), 21))),
        x'', 'connected', created_at
    from channels
    where kind in ('ebay', 'mirakl') or (kind = 'amazon' and coalesce(settings ->> '$.spapi.client_id', '') <> '');
