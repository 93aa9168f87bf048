-- How the log is written. A batch of changes comes as flat lists (core/io/store/rows.ts); `change` is a change's place in the batch.
-- Each function takes its locks in one order (effects, counters, jobs, chains), so that two processes never wait for each other.
-- Rows are found by their index, whatever the planner believes of a table that has grown since it planned: hence the settings.

-- Moves effects on, in the order of the list, and tells how each fared. The moves of a run that is in p_stopping come too late.
create or replace function ssc.move_effects(p_moves jsonb, p_stopping text[])
returns table (change integer, result text)
language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
declare
  m record;
  v_ids text[]; v_states text[]; v_attempts integer[]; v_owners text[]; v_dues bigint[];
  v_counters text[]; v_counts integer[];
  v_stopped text[];
  v_at integer;
  v_counter integer;
begin
  select array_agg(e.id), array_agg(e.state), array_agg(e.attempts), array_agg(e.owner), array_agg(e.due)
    into v_ids, v_states, v_attempts, v_owners, v_dues
    from (select x.* from ssc.effects x where x.id in (select t.id from jsonb_to_recordset(p_moves) as t(id text)) order by x.id for update) e;

  insert into ssc.counters (run, name, n)
    select distinct t.run, t.count, 0 from jsonb_to_recordset(p_moves) as t(run text, count text) where t.count is not null order by 1, 2
    on conflict do nothing;
  select array_agg(c.run || chr(10) || c.name), array_agg(c.n) into v_counters, v_counts
    from (select x.* from ssc.counters x
           where (x.run, x.name) in (select t.run, t.count from jsonb_to_recordset(p_moves) as t(run text, count text))
           order by x.run, x.name for update) c;

  v_stopped := p_stopping || array(
    select r.run from (select distinct t.run from jsonb_to_recordset(p_moves) as t(run text)) r
     where exists (select 1 from ssc.events e where e.stream = 'run/' || r.run and e.key = 'stopped'));

  for m in
    select * from jsonb_to_recordset(p_moves)
      as t(change integer, run text, id text, "from" jsonb, "to" text, owner text, due bigint, count text, most integer, amount integer, "unlessStopped" boolean, "runSeq" integer, anew boolean)
  loop
    change := m.change;
    v_at := array_position(v_ids, m.id);
    v_counter := array_position(v_counters, m.run || chr(10) || m.count);
    if v_at is null or not m."from" ? v_states[v_at] then
      result := 'not in that state';
    elsif m."unlessStopped" and m.run = any (v_stopped) then
      result := 'stopped';
    elsif m."runSeq" is not null and m."runSeq" <> (select c.seq from ssc.chains c where c.stream = 'run/' || m.run) then
      result := 'overtaken';
    elsif v_counter is not null and v_attempts[v_at] = 0 and v_counts[v_counter] + m.amount > m.most then
      result := 'over the limit';
    else
      result := 'applied';
      if v_counter is not null and v_attempts[v_at] = 0 then
        v_counts[v_counter] := v_counts[v_counter] + m.amount;
      end if;
      v_states[v_at] := m."to";
      v_owners[v_at] := m.owner;
      v_dues[v_at] := coalesce(m.due, v_dues[v_at]);
      -- What was over, and is wanted once more, begins anew: it is counted again, and has all its tries.
      v_attempts[v_at] := case when m."to" = 'doing' then v_attempts[v_at] + 1 when m.anew then 0 else v_attempts[v_at] end;
    end if;
    return next;
  end loop;

  update ssc.effects e set state = u.state, attempts = u.attempts, owner = u.owner, due = u.due
    from unnest(v_ids, v_states, v_attempts, v_owners, v_dues) as u(id, state, attempts, owner, due)
   where e.id = u.id and (e.state, e.attempts, e.owner, e.due) is distinct from (u.state, u.attempts, u.owner, u.due);
  update ssc.counters c set n = u.n
    from unnest(v_counters, v_counts) as u(counter, n)
   where c.run = split_part(u.counter, chr(10), 1) and c.name = split_part(u.counter, chr(10), 2) and c.n <> u.n;
end;
$$;

-- Appends facts to their chains, in the order of the list; a key that the stream knows already changes nothing.
create or replace function ssc.append_facts(p_facts jsonb, p_refused integer[]) returns void
language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
declare
  f record;
  v_streams text[]; v_seqs integer[]; v_hashes text[];
  v_at integer := 1;
  v_new_streams text[]; v_new_seqs integer[]; v_new_hashes text[]; v_new_facts integer[];
begin
  insert into ssc.chains (stream, run, seq, hash)
    select distinct on (t.stream) t.stream, t.run, 0, ''
      from jsonb_to_recordset(p_facts) as t(change integer, run text, stream text)
     where t.change <> all (p_refused) and not exists (select 1 from ssc.chains c where c.stream = t.stream)
     order by t.stream
    on conflict do nothing;
  select array_agg(c.stream), array_agg(c.seq), array_agg(c.hash) into v_streams, v_seqs, v_hashes
    from (select x.* from ssc.chains x
           where x.stream in (select t.stream from jsonb_to_recordset(p_facts) as t(change integer, stream text) where t.change <> all (p_refused))
           order by x.stream for update) c;

  for f in
    select * from (
      select t.n, t.stream, t.key, t.body, row_number() over (partition by t.stream, t.key order by t.n) as nth
        from jsonb_to_recordset(p_facts) as t(n integer, change integer, stream text, key text, body text)
       where t.change <> all (p_refused)
    ) x
    where x.key is null or (x.nth = 1 and not exists (select 1 from ssc.events e where e.stream = x.stream and e.key = x.key))
    order by x.stream, x.n
  loop
    -- Both lists are in the order of their streams.
    while v_streams[v_at] <> f.stream loop
      v_at := v_at + 1;
    end loop;
    v_seqs[v_at] := v_seqs[v_at] + 1;
    -- As in core/domain/chain.ts: over the hash before it, its place, and its very characters.
    v_hashes[v_at] := encode(sha256(convert_to(
      v_hashes[v_at] || chr(10) || f.stream || chr(10) || v_seqs[v_at] || chr(10) || f.body, 'UTF8')), 'hex');
    v_new_facts := v_new_facts || f.n;
    v_new_seqs := v_new_seqs || v_seqs[v_at];
    v_new_hashes := v_new_hashes || v_hashes[v_at];
  end loop;

  insert into ssc.events (stream, seq, run, body, key, hash)
    select t.stream, u.seq, t.run, t.body, t.key, u.hash
      from unnest(v_new_facts, v_new_seqs, v_new_hashes) as u(n, seq, hash),
           lateral (select * from jsonb_to_record(p_facts->u.n) as x(run text, stream text, key text, body text)) t;
  update ssc.chains c set seq = u.seq, hash = u.hash
    from unnest(v_streams, v_seqs, v_hashes) as u(stream, seq, hash)
   where c.stream = u.stream and c.seq <> u.seq;
end;
$$;

-- Keeps signed tasks. A sequence that is taken already is a fault: the whole batch fails, and is tried again with another one.
create or replace function ssc.keep_tasks(p_tasks jsonb, p_refused integer[]) returns void
language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
begin
  perform 1 from ssc.liveness l
    where l.job in (select t.job from jsonb_to_recordset(p_tasks) as t(change integer, job text) where t.change <> all (p_refused))
    order by l.job for update;
  insert into ssc.tasks (job, sequence, line)
    select t.job, t.sequence, t.line from jsonb_to_recordset(p_tasks) as t(change integer, job text, sequence bigint, line text)
     where t.change <> all (p_refused) order by t.job, t.sequence;
  update ssc.liveness l set newest_task = n.sequence
    from (select t.job, max(t.sequence) as sequence from jsonb_to_recordset(p_tasks) as t(change integer, job text, sequence bigint)
           where t.change <> all (p_refused) group by t.job) n
   where l.job = n.job;
  update ssc.liveness l set task = n.line, task_sequence = n.sequence
    from (select distinct on (t.job) t.job, t.sequence, t.line
            from jsonb_to_recordset(p_tasks) as t(change integer, job text, sequence bigint, line text)
           where t.change <> all (p_refused) order by t.job, t.sequence) n
   where l.job = n.job and l.task is null;
end;
$$;

-- Keeps content that can be erased; each run its own.
create or replace function ssc.keep_contents(p_contents jsonb, p_refused integer[]) returns void
language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
begin
  -- What is taken from a shelf to a challenge is the run's from then on.
  perform 1 from ssc.contents c
    where c.run = 'mailroom' and c.hash in (select t.hash from jsonb_to_recordset(p_contents) as t(hash text)) order by c.hash for update;
  update ssc.contents c set run = n.run, stream = n.stream
    from (select distinct on (t.hash) t.hash, t.run, t.stream
            from jsonb_to_recordset(p_contents) as t(change integer, hash text, run text, stream text)
           where t.change <> all (p_refused) and t.run <> 'mailroom' order by t.hash, t.run) n
   where c.hash = n.hash and c.run = 'mailroom'
     and not exists (select 1 from ssc.contents o where o.hash = n.hash and o.run = n.run);
  insert into ssc.contents (hash, run, stream, bytes, kept_ms)
    select distinct on (t.hash, t.run) t.hash, t.run, t.stream, decode(t.bytes, 'base64'), t.kept
      from jsonb_to_recordset(p_contents) as t(change integer, hash text, run text, stream text, bytes text, kept bigint)
     where t.change <> all (p_refused) order by t.hash, t.run
    on conflict (hash, run) do nothing;
end;
$$;

-- What passes the gate waits for a change of its run's own log that is being committed, such as a stop, and the other way round: who
-- commits a stop sees afterwards all that passed before it. Taken before all other locks, and in one order.
create or replace function ssc.lock_runs(p_batch jsonb) returns void
language plpgsql as $$
declare
  r record;
begin
  for r in
    select hashtextextended(x.run, 0) as key, bool_or(x.changes) as changes from (
      select t.run, true as changes from jsonb_to_recordset(coalesce(p_batch->'facts', '[]')) as t(run text, stream text) where t.stream = 'run/' || t.run
      union all
      select t.run, false from jsonb_to_recordset(coalesce(p_batch->'moves', '[]')) as t(run text, "unlessStopped" boolean) where t."unlessStopped"
    ) x group by 1 order by 1
  loop
    if r.changes then
      perform pg_advisory_xact_lock(r.key);
    else
      perform pg_advisory_xact_lock_shared(r.key);
    end if;
  end loop;
end;
$$;

-- The one way in which the log is written: a batch of changes, each whole or not at all.
create or replace function ssc.commit(p_batch jsonb) returns text[]
language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
declare
  v_results text[] := array_fill('applied'::text, array[(p_batch->>'changes')::integer]);
  v_refused integer[] := '{}';
  v_runs text[]; v_streams text[];
  m record;
begin
  perform ssc.lock_runs(p_batch);
  if p_batch ? 'moves' then
    -- A full stop comes before all that is committed with it.
    for m in select * from ssc.move_effects(p_batch->'moves', array(
      select t.run from jsonb_to_recordset(p_batch->'facts') as t(run text, stream text, key text) where t.key = 'stopped' and t.stream = 'run/' || t.run))
    loop
      continue when m.result = 'applied';
      v_results[m.change + 1] := m.result;
      v_refused := v_refused || m.change;
    end loop;
  end if;
  if p_batch ? 'jobs' then
    insert into ssc.liveness (job, run, stream)
      select t.job, t.run, t.stream from jsonb_to_recordset(p_batch->'jobs') as t(change integer, job text, run text, stream text)
       where t.change <> all (v_refused) order by t.job
      on conflict do nothing;
  end if;
  if p_batch ? 'stopJobs' then
    select array_agg(t.stream) into v_streams
      from jsonb_to_recordset(p_batch->'stopJobs') as t(change integer, stream text) where t.change <> all (v_refused);
    -- By the index on the stream alone: a join with the run's jobs takes many seconds for two thousand sites.
    perform 1 from ssc.liveness l where not l.stop and l.stream = any (v_streams) order by l.job for update;
    update ssc.liveness l set stop = true where not l.stop and l.stream = any (v_streams);
  end if;
  if p_batch ? 'freeJobs' then
    select array_agg(distinct t.run), array_agg(t.stream) into v_runs, v_streams
      from jsonb_to_recordset(p_batch->'freeJobs') as t(change integer, run text, stream text) where t.change <> all (v_refused);
    -- A full stop is never taken back.
    v_runs := array(select r.run from unnest(v_runs) as r(run) where not exists (
      select 1 from ssc.events e where e.stream = 'run/' || r.run and e.key = 'stopped'));
    perform 1 from ssc.liveness l
      where l.stop and l.state = 'expected' and l.run = any (v_runs) and l.stream = any (v_streams) order by l.job for update;
    update ssc.liveness l set stop = false
     where l.stop and l.state = 'expected' and l.run = any (v_runs) and l.stream = any (v_streams);
  end if;
  if p_batch ? 'tasks' then
    perform ssc.keep_tasks(p_batch->'tasks', v_refused);
  end if;
  if p_batch ? 'facts' then
    perform ssc.append_facts(p_batch->'facts', v_refused);
  end if;
  if p_batch ? 'effects' then
    insert into ssc.effects (id, run, stream, kind, due, payload)
      select t.id, t.run, t.stream, t.kind, t.due, t.payload
        from jsonb_to_recordset(p_batch->'effects') as t(change integer, id text, run text, stream text, kind text, due bigint, payload text)
       where t.change <> all (v_refused) order by t.id
      on conflict do nothing;
  end if;
  if p_batch ? 'contents' then
    perform ssc.keep_contents(p_batch->'contents', v_refused);
  end if;
  if p_batch ? 'refs' then
    insert into ssc.refs (ref, run, stream, mail, letter, role)
      select t.ref, t.run, t.stream, t.mail, t.letter, t.role
        from jsonb_to_recordset(p_batch->'refs') as t(change integer, ref text, run text, stream text, mail text, letter text, role text)
       where t.change <> all (v_refused) order by t.ref
      on conflict do nothing;
  end if;
  return v_results;
end;
$$;
