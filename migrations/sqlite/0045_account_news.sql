-- What a platform says of an account that works with less than before: shown until it says otherwise or a person has read it.
alter table channels add column account_news text not null default '';
