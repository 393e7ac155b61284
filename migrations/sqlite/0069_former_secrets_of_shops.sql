-- Secrets of shops that were replaced counted without end: from now on for another day.
update order_sources set settings = json_set(settings, '$.former_secret_until', unixepoch() + 86400)
where kind = 'http';
