-- When something was last turned away of an account that its app, as another account has its secret, had signed.
alter table turned_away add column proved_at timestamptz;
