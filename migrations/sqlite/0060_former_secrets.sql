-- Secrets of platforms that were replaced counted without end: from now on for another day.
update channels set settings = json_set(settings, '$.former_secret_until', unixepoch() + 86400)
where kind in ('whatsapp', 'messenger', 'instagram', 'line', 'sms');
