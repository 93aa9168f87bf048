-- What agents are told. `ssc.tasks` is append-only; the row of a job holds the one that is next, so that a heartbeat reads nothing else.
create table ssc.tasks (
  job text not null,
  sequence bigint not null,
  line text not null,
  primary key (job, sequence)
);
alter table ssc.liveness
  add column task text,
  add column task_sequence bigint,
  add column told_task bigint not null default 0,
  add column newest_task bigint not null default 0;

-- A full stop of two thousand sites finds their jobs by it.
create index liveness_stream on ssc.liveness (stream);

-- It gives more columns than before, and is made anew from functions/.
drop function if exists ssc.take_heartbeats(jsonb, bigint);
