-- Heartbeats change one row a job; what they change in its state becomes a fact. Locks as in 002: jobs, then chains.

create or replace function ssc.liveness_fact(p_n integer, p_run text, p_stream text, p_now bigint, p_type text, p_data jsonb) returns jsonb
language sql immutable as $$
  select jsonb_build_object('n', p_n, 'change', 0, 'run', p_run, 'stream', p_stream,
    'body', jsonb_build_object('at', p_now, 'data', p_data, 'type', p_type)::text);
$$;

-- The agent told of the task that it was given: the next one is given out. What was altered on its way is given out again.
create or replace function ssc.settle_task(p_job text, p_sequence bigint) returns text
language sql as $$
  with next as (
    select t.sequence, t.line from ssc.tasks t where t.job = p_job and t.sequence > p_sequence order by t.sequence limit 1
  )
  update ssc.liveness l set told_task = p_sequence, task = (select n.line from next n), task_sequence = (select n.sequence from next n)
   where l.job = p_job returning l.task;
$$;

-- Takes heartbeats of different jobs. p_beats: [{ job, sequence, farewell?, host, pid, result? }]. One row a known job.
create or replace function ssc.take_heartbeats(p_beats jsonb, p_now bigint)
returns table (job text, word text, run text, task text)
language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  r record;
  v_facts jsonb[] := '{}';
begin
  for r in
    with b as (
      select * from jsonb_to_recordset(p_beats) as t(job text, sequence bigint, farewell text, host text, pid integer, result jsonb)
    ), old as (
      select l.job, l.run, l.stream, l.state, l.last_seq, l.last_ms, l.stop, l.task, l.task_sequence,
             b.sequence, b.farewell, b.host, b.pid, b.result
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
    task := r.task;
    word := case when r.sequence < r.last_seq then 'old'
                 when r.stop then 'stop'
                 when r.sequence = r.last_seq then 'repeated' else 'go on' end;
    run := r.run;
    if r.sequence > r.last_seq then
      if r.state = 'expected' then
        v_facts := v_facts || ssc.liveness_fact(cardinality(v_facts), r.run, r.stream, p_now, 'AgentSeen',
          jsonb_build_object('host', r.host, 'pid', r.pid));
      elsif r.state in ('late', 'lost') then
        v_facts := v_facts || ssc.liveness_fact(cardinality(v_facts), r.run, r.stream, p_now, 'AgentBack',
          jsonb_build_object('silentMs', p_now - r.last_ms));
      end if;
      if r.result is not null then
        if (r.result->>'task')::bigint = r.task_sequence and coalesce(r.result->>'why', '') not in ('forged', 'malformed', 'foreign') then
          v_facts := v_facts || (ssc.liveness_fact(cardinality(v_facts), r.run, r.stream, p_now, 'TaskReported', r.result)
            || jsonb_build_object('key', 'task:' || r.task_sequence));
          task := ssc.settle_task(r.job, r.task_sequence);
        elsif r.result->>'outcome' = 'refused' then
          -- Told once for each reason: who alters what passes must not be able to fill the log.
          v_facts := v_facts || (ssc.liveness_fact(cardinality(v_facts), r.run, r.stream, p_now, 'TaskReported', r.result)
            || jsonb_build_object('key', 'task refused:' || coalesce(r.result->>'why', '')));
        end if;
      end if;
      if r.farewell is not null and r.state <> 'stopped' then
        -- Told once for each reason, too: whoever has a job's token could come back and say farewell without end.
        v_facts := v_facts || (ssc.liveness_fact(cardinality(v_facts), r.run, r.stream, p_now, 'AgentStopped',
          jsonb_build_object('reason', r.farewell)) || jsonb_build_object('key', 'stopped:' || r.farewell));
      end if;
    end if;
    return next;
  end loop;
  if cardinality(v_facts) > 0 then
    perform ssc.append_facts(to_jsonb(v_facts), '{}');
  end if;
end;
$$;

-- Silence is measured by the server's own clock, and not from before this process listened (p_since).
create or replace function ssc.sweep_liveness(p_run text, p_now bigint, p_since timestamptz, p_late_ms bigint, p_lost_ms bigint)
returns integer
language plpgsql as $$
declare
  r record;
  v_new text;
  v_facts jsonb[] := '{}';
begin
  for r in
    select l.job, l.stream, l.state, l.last_ms,
           extract(epoch from clock_timestamp() - greatest(l.received_at, p_since)) * 1000 as silent
      from ssc.liveness l where l.run = p_run and l.state in ('alive', 'late') order by l.job for update
  loop
    v_new := case when r.silent >= p_lost_ms then 'lost' when r.silent >= p_late_ms then 'late' else 'alive' end;
    continue when v_new = r.state or v_new = 'alive';
    update ssc.liveness l set state = v_new where l.job = r.job;
    v_facts := v_facts || ssc.liveness_fact(cardinality(v_facts), p_run, r.stream, p_now,
      case v_new when 'late' then 'AgentLate' else 'AgentLost' end, jsonb_build_object('lastSeenMs', r.last_ms));
  end loop;
  if cardinality(v_facts) > 0 then
    perform ssc.append_facts(to_jsonb(v_facts), '{}');
  end if;
  return cardinality(v_facts);
end;
$$;
