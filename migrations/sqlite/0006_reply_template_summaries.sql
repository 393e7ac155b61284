-- What changed in a version of a reply template, in a line.
alter table reply_templates add column summary text not null default '';
