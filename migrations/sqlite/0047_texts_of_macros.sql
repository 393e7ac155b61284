-- The macro that a half-written reply began with, and which of its steps are ticked.
alter table composer_texts add column ticked text;
