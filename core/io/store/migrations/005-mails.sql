-- By what an answer finds the letter that it belongs to: see core/domain/refs.ts.
create table ssc.refs (
  ref text primary key,
  run text not null,
  stream text not null,
  mail text not null,
  letter text not null,
  role text not null
);

-- When a piece of personal content came, ms since 1970: after the retention time it is erased.
alter table ssc.contents add column kept_ms bigint not null default 0;
create index contents_run on ssc.contents (run, kept_ms);
