-- Each word of a message is indexed behind the number of its part, 32 768 messages each (decision 0029). What was
-- indexed so far is read out of the old index.
create virtual table message_search_words using fts5vocab (message_search, instance);
create virtual table message_search_by_part using fts5 (content, content = '', contentless_delete = 1, tokenize = 'ascii', detail = none);
insert into message_search_by_part (rowid, content)
    select doc, group_concat(printf('%04x', doc >> 15) || term, ' ') from message_search_words where col = 'content' group by doc;
drop table message_search_words;
drop table message_search;
alter table message_search_by_part rename to message_search;
