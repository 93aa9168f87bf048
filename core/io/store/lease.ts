import type { Db } from './db.ts'

/**
 * Takes or keeps a lease that one owner has at a time, by the database's own clock, for so long; whether it is had now. `isDead`
 * says of another owner that it will not come back.
 */
export async function takeLease(
  db: Db,
  { name, owner, ms }: { name: string; owner: string; ms: number },
  isDead: (owner: string) => boolean,
): Promise<boolean> {
  const take = async (from: string) => {
    const rows = await db.query<{ owner: string }>(
      `insert into ssc.documents as kept (name, value)
       values ($1, json_build_object('owner', $2::text, 'until', extract(epoch from clock_timestamp()) * 1000 + $3::float8)::text)
       on conflict (name) do update set value = excluded.value
       where kept.value::json->>'owner' in ($2, $4) or (kept.value::json->>'until')::float8 < extract(epoch from clock_timestamp()) * 1000
       returning value::json->>'owner' as owner`,
      [name, owner, ms, from],
    )
    return rows.length > 0
  }
  if (await take(owner)) return true
  const [other] = await db.query<{ owner: string }>(`select value::json->>'owner' as owner from ssc.documents where name = $1`, [name])
  return other !== undefined && isDead(other.owner) && take(other.owner)
}

/** Gives it back, when it is ours. */
export async function endLease(db: Db, { name, owner }: { name: string; owner: string }): Promise<void> {
  await db.query(`delete from ssc.documents where name = $1 and value::json->>'owner' = $2`, [name, owner])
}
