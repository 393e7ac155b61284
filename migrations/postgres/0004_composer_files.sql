-- Files of half-written replies. A released one belongs to nothing any more: its bytes go when nothing else refers to them.
create table composer_files (
    id uuid primary key,
    conversation_id uuid not null references conversations (id),
    teammate_id uuid not null references teammates (id),
    name text not null,
    content_type text not null,
    size bigint not null,
    storage_key text not null,
    created_at timestamptz not null,
    released_at timestamptz
);
create index composer_files_by_writer on composer_files (conversation_id, teammate_id, id) where released_at is null;
create index composer_files_by_age on composer_files (created_at) where released_at is null;
create index composer_files_by_release on composer_files (released_at) where released_at is not null;
create index composer_files_by_key on composer_files (storage_key);
create index attachments_by_key on attachments (storage_key);
