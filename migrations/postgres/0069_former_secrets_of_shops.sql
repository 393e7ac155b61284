-- Secrets of shops that were replaced counted without end: from now on for another day.
update order_sources
set settings = settings || jsonb_build_object('former_secret_until', extract(epoch from now())::bigint + 86400)
where kind = 'http';
