-- Each word of a message is indexed behind the number of its part, 32 768 messages each (decision 0029). What is there
-- is indexed anew when the desk starts (store/search.rs).
drop table message_search;
create virtual table message_search using fts5 (content, content = '', contentless_delete = 1, tokenize = 'ascii', detail = none);
