-- Articles of the help centre. Every text that was kept is a version; what customers read of it stands in the pages.
create table articles (
    id blob primary key,
    brand_id blob not null references brands (id),
    slug text not null,
    created_at integer not null,
    unique (brand_id, slug)
) strict;
create table article_versions (
    id blob primary key,
    article_id blob not null references articles (id),
    locale text not null,
    version integer not null,
    title text not null,
    body text not null,
    summary text not null,
    author_id blob references teammates (id),
    published integer not null,
    created_at integer not null,
    unique (article_id, locale, version)
) strict;
create table article_pages (
    article_id blob not null references articles (id),
    locale text not null,
    brand_id blob not null references brands (id),
    slug text not null,
    version integer not null,
    title text not null,
    beginning text not null,
    body text not null,
    published_at integer not null,
    primary key (article_id, locale),
    unique (brand_id, locale, slug)
) strict;
-- The words of each page, by which it is found, with how much each counts.
create table article_words (
    brand_id blob not null references brands (id),
    locale text not null,
    word text not null,
    article_id blob not null references articles (id),
    weight integer not null,
    primary key (brand_id, locale, word, article_id)
) strict, without rowid;
create index article_words_by_article on article_words (article_id, locale);
