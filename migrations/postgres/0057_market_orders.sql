-- The orders of marketplaces that are connected already are read there, as those of new ones are.
insert into order_sources (id, brand_id, kind, name, settings, secrets, state, created_at)
    select gen_random_uuid(), brand_id, 'market', name, jsonb_build_object('market', id::text), ''::bytea, 'connected',
        created_at
    from channels
    where kind in ('ebay', 'mirakl') or (kind = 'amazon' and coalesce(settings -> 'spapi' ->> 'client_id', '') <> '');
