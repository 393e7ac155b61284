-- Articles of the help centre. Every text that was kept is a version; what customers read of it stands in the pages.
create table articles (
    id uuid primary key,
    brand_id uuid not null references brands (id),
    slug text not null,
    created_at timestamptz not null,
    unique (brand_id, slug)
);
create table article_versions (
    id uuid primary key,
    article_id uuid not null references articles (id),
    locale text not null,
    version bigint not null,
    title text not null,
    body text not null,
    summary text not null,
    author_id uuid references teammates (id),
    published boolean not null,
    created_at timestamptz not null,
    unique (article_id, locale, version)
);
create table article_pages (
    article_id uuid not null references articles (id),
    locale text not null,
    brand_id uuid not null references brands (id),
    slug text not null,
    version bigint not null,
    title text not null,
    beginning text not null,
    body text not null,
    published_at timestamptz not null,
    primary key (article_id, locale),
    unique (brand_id, locale, slug)
);
-- The words of each page, by which it is found, with how much each counts. Beginnings of words are ranges of bytes.
create table article_words (
    brand_id uuid not null references brands (id),
    locale text not null,
    word text collate "C" not null,
    article_id uuid not null references articles (id),
    weight bigint not null,
    primary key (brand_id, locale, word, article_id)
);
create index article_words_by_article on article_words (article_id, locale);
