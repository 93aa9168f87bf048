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

-- Appends one fact; a key that the stream knows already changes nothing. The caller holds the chain's row lock.
create function ssc.append(p_run text, p_stream text, p_key text, p_body text) returns void
language plpgsql as $$
declare
  v_seq integer;
  v_prev text;
  v_hash text;
begin
  insert into ssc.chains (stream, run, seq, hash) values (p_stream, p_run, 0, '') on conflict do nothing;
  select seq, hash into v_seq, v_prev from ssc.chains where stream = p_stream for update;
  if p_key is not null and exists (select 1 from ssc.events where stream = p_stream and key = p_key) then
    return;
  end if;
  v_seq := v_seq + 1;
  v_hash := encode(sha256(convert_to(v_prev || chr(10) || p_stream || chr(10) || v_seq || chr(10) || p_body, 'UTF8')), 'hex');
  insert into ssc.events (stream, seq, run, body, key, hash) values (p_stream, v_seq, p_run, p_body, p_key, v_hash);
  update ssc.chains set seq = v_seq, hash = v_hash where stream = p_stream;
end;
$$;

-- Moves an effect on, or says why not.
create function ssc.move_effect(p_run text, p_move jsonb) returns text
language plpgsql as $$
declare
  v_attempts integer;
begin
  select attempts into v_attempts from ssc.effects
   where id = p_move->>'id' and p_move->'from' ? state for update;
  if not found then
    return 'not in that state';
  end if;
  if p_move ? 'unlessStopped' and exists (select 1 from ssc.events where stream = 'run/' || p_run and key = 'stopped') then
    return 'stopped';
  end if;
  if p_move ? 'count' and v_attempts = 0 then
    insert into ssc.counters (run, name, n) values (p_run, p_move->'count'->>'name', 0) on conflict do nothing;
    update ssc.counters set n = n + 1
     where run = p_run and name = p_move->'count'->>'name' and n < (p_move->'count'->>'max')::integer;
    if not found then
      return 'over the limit';
    end if;
  end if;
  update ssc.effects
     set state = p_move->>'to',
         owner = p_move->>'owner',
         due = coalesce((p_move->>'due')::bigint, due),
         attempts = attempts + case when p_move->>'to' = 'doing' then 1 else 0 end
   where id = p_move->>'id';
  return 'applied';
end;
$$;

-- The one way in which the log is written: a batch of changes, each whole or not at all.
create function ssc.commit(p_changes jsonb) returns text[]
language plpgsql as $$
declare
  c jsonb;
  x jsonb;
  v_result text;
  v_results text[] := '{}';
begin
  -- Locks in one order, so that two processes never wait for each other.
  perform 1 from ssc.chains where stream in (
    select f->>'stream' from jsonb_array_elements(p_changes) as t(c), jsonb_array_elements(t.c->'facts') as u(f)
  ) order by stream for update;
  perform 1 from ssc.effects where id in (
    select t.c->'move'->>'id' from jsonb_array_elements(p_changes) as t(c)
  ) order by id for update;
  for c in select * from jsonb_array_elements(p_changes) loop
    v_result := 'applied';
    if c ? 'move' then
      v_result := ssc.move_effect(c->>'run', c->'move');
    end if;
    v_results := v_results || v_result;
    if v_result <> 'applied' then
      continue;
    end if;
    for x in select * from jsonb_array_elements(c->'facts') loop
      perform ssc.append(c->>'run', x->>'stream', x->>'key', x->>'body');
    end loop;
    insert into ssc.effects (id, run, stream, kind, due, payload)
      select e->>'id', e->>'run', e->>'stream', e->>'kind', (e->>'due')::bigint, e->>'payload'
        from jsonb_array_elements(c->'effects') as t(e)
      on conflict do nothing;
    insert into ssc.liveness (job, run, stream)
      select j->>'job', j->>'run', j->>'stream' from jsonb_array_elements(c->'jobs') as t(j)
      on conflict do nothing;
    insert into ssc.contents (hash, run, stream, bytes)
      select k->>'hash', k->>'run', k->>'stream', decode(k->>'bytes', 'base64') from jsonb_array_elements(c->'contents') as t(k)
      on conflict do nothing;
    if c ? 'stopJobs' then
      update ssc.liveness set stop = true where c->'stopJobs' ? stream and not stop;
    end if;
  end loop;
  return v_results;
end;
$$;

-- What a heartbeat changes in the state of a job becomes a fact; the rest is kept in the row alone.
create function ssc.append_liveness(p_run text, p_stream text, p_now bigint, p_type text, p_data jsonb) returns void
language sql as $$
  select ssc.append(p_run, p_stream, null, jsonb_build_object('at', p_now, 'data', p_data, 'type', p_type)::text);
$$;

-- Takes heartbeats of different jobs. p_beats: [{ job, sequence, farewell?, host, pid }]. One row a known job.
create function ssc.take_heartbeats(p_beats jsonb, p_now bigint)
returns table (job text, answer text)
language plpgsql as $$
declare
  r record;
begin
  for r in
    with b as (
      select * from jsonb_to_recordset(p_beats) as t(job text, sequence bigint, farewell text, host text, pid integer)
    ), old as (
      select l.job, l.run, l.stream, l.state, l.last_seq, l.last_ms, l.stop, b.sequence, b.farewell, b.host, b.pid
        from ssc.liveness l join b on b.job = l.job
       order by l.job for update of l
    ), upd as (
      update ssc.liveness l
         set last_seq = old.sequence, count = l.count + 1, last_ms = p_now, first_ms = coalesce(l.first_ms, p_now),
             received_at = clock_timestamp(),
             state = case when old.farewell is null then 'alive' else 'stopped' end
        from old where l.job = old.job and old.sequence > old.last_seq
    )
    select * from old
  loop
    job := r.job;
    answer := case when r.sequence < r.last_seq then 'old'
                   when r.sequence = r.last_seq then 'repeated'
                   when r.stop then 'stop' else 'go on' end;
    return next;
    continue when r.sequence <= r.last_seq;
    if r.state = 'expected' then
      perform ssc.append_liveness(r.run, r.stream, p_now, 'AgentSeen', jsonb_build_object('host', r.host, 'pid', r.pid));
    elsif r.state in ('late', 'lost') then
      perform ssc.append_liveness(r.run, r.stream, p_now, 'AgentBack', jsonb_build_object('silentMs', p_now - r.last_ms));
    end if;
    if r.farewell is not null and r.state <> 'stopped' then
      perform ssc.append_liveness(r.run, r.stream, p_now, 'AgentStopped', jsonb_build_object('reason', r.farewell));
    end if;
  end loop;
end;
$$;

-- Silence is measured by the server's own clock, and not from before this process listened (p_since).
create function ssc.sweep_liveness(p_run text, p_now bigint, p_since timestamptz, p_late_ms bigint, p_lost_ms bigint) returns integer
language plpgsql as $$
declare
  r record;
  v_new text;
  v_changed integer := 0;
begin
  for r in
    select l.job, l.stream, l.state, l.last_ms,
           extract(epoch from clock_timestamp() - greatest(l.received_at, p_since)) * 1000 as silent
      from ssc.liveness l where l.run = p_run and l.state in ('alive', 'late') order by l.job for update
  loop
    v_new := case when r.silent >= p_lost_ms then 'lost' when r.silent >= p_late_ms then 'late' else 'alive' end;
    continue when v_new = r.state or v_new = 'alive';
    update ssc.liveness l set state = v_new where l.job = r.job;
    perform ssc.append_liveness(p_run, r.stream, p_now, case v_new when 'late' then 'AgentLate' else 'AgentLost' end,
      jsonb_build_object('lastSeenMs', r.last_ms));
    v_changed := v_changed + 1;
  end loop;
  return v_changed;
end;
$$;
