-- How close each reply of ours comes to the voice that was in force, and what is off. Nobody's: the agent's own words.
create table voice_scores (
    message_id blob primary key,
    brand_id blob not null references brands (id),
    teammate_id blob references teammates (id),
    score integer not null,
    findings text not null,
    written_at integer not null
) strict;
create index voice_scores_by_brand on voice_scores (brand_id, written_at);
