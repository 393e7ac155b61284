-- Files and pages that are brought in as articles, and what became of each. `article_id` says which article a source belongs to,
-- so that the same page brought in again is a newer text of it.
create table article_imports (
    id blob primary key,
    brand_id blob not null references brands (id),
    locale text not null,
    author_id blob not null references teammates (id),
    created_at integer not null
) strict;
create index article_imports_by_brand on article_imports (brand_id, created_at desc, id desc);
create table article_import_items (
    import_id blob not null references article_imports (id),
    position integer not null,
    source text not null,
    outcome text not null,
    article_id blob references articles (id),
    title text not null,
    version integer not null,
    why text not null,
    primary key (import_id, position)
) strict, without rowid;
create index article_import_items_by_source on article_import_items (source);
create index article_import_items_by_article on article_import_items (article_id, version);
