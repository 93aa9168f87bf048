-- The event log (append-only, one hash chain a stream) and the tables beside it.
create table ssc.chains (
  stream text primary key,
  run text not null,
  seq integer not null,
  hash text not null
);
create index chains_run on ssc.chains (run);

create table ssc.events (
  stream text not null references ssc.chains,
  seq integer not null,
  run text not null,
  -- canonical JSON of { at, data, key, type }: the hash is taken over these very characters
  body text not null,
  key text,
  hash text not null,
  primary key (stream, seq)
);
create unique index events_key on ssc.events (stream, key) where key is not null;
create index events_run on ssc.events (run);

create table ssc.effects (
  id text primary key,
  run text not null,
  stream text not null,
  kind text not null,
  due bigint not null,
  state text not null default 'queued',
  attempts integer not null default 0,
  owner text,
  payload text not null
);
create index effects_open on ssc.effects (run, due) where state in ('queued', 'deferred');
create index effects_doing on ssc.effects (run) where state = 'doing';

create table ssc.counters (
  run text not null,
  name text not null,
  n integer not null,
  primary key (run, name)
);

-- One row a job, changed in place; last_seq guards against replays.
create table ssc.liveness (
  job text primary key,
  run text not null,
  stream text not null,
  state text not null default 'expected',
  first_ms bigint,
  last_ms bigint,
  last_seq bigint not null default 0,
  count bigint not null default 0,
  stop boolean not null default false,
  received_at timestamptz
) with (fillfactor = 50);
create index liveness_run on ssc.liveness (run);

-- Personal content: erasable, its hash stays in the log.
create table ssc.contents (
  hash text primary key,
  run text not null,
  stream text not null,
  bytes bytea not null
);

create table ssc.documents (
  name text primary key,
  value text not null
);
