import type { Account } from '../../domain/account.ts'
import { nameKey } from '../../domain/run-state.ts'
import type { Accounts, Login, Passkey } from '../../ports.ts'
import type { Db } from './db.ts'

const LOGIN_COLUMNS = 'hash, account, kind, label, made_ms as "madeMs", used_ms as "usedMs", until_ms as "untilMs"'
const PASSKEY_COLUMNS = 'id, account, public_key as "publicKey", counter, transports, label, made_ms as "madeMs"'

/** The accounts over a migrated database. */
export function openAccounts(db: Db): Accounts {
  return { ...people(db), ...logins(db), ...passkeys(db) }
}

function people(db: Db): Pick<Accounts, 'list' | 'byId' | 'bySubject' | 'put'> {
  const read = async (where: string, params: unknown[] = []) =>
    (await db.query<{ body: string }>(`select body from ssc.accounts ${where}`, params)).map(({ body }) => JSON.parse(body) as Account)
  return {
    list: () => read('order by name_key'),
    byId: async (id) => (await read('where id = $1', [id]))[0],
    bySubject: async (subject) => (await read('where subject = $1', [subject]))[0],
    put: async (account) => {
      // A name or a subject of another's is in no conflict with the id: that statement fails as a whole.
      const rows = await db.query(
        `insert into ssc.accounts (id, name_key, subject, body)
         select $1, $2, $3, $4 where not exists (select 1 from ssc.accounts where id <> $1 and (name_key = $2 or subject = $3))
         on conflict (id) do update set name_key = excluded.name_key, subject = excluded.subject, body = excluded.body returning id`,
        [account.id, nameKey(account.name), account.subject ?? null, JSON.stringify(account)],
      )
      return rows.length > 0
    },
  }
}

function logins(db: Db): Pick<Accounts, 'logins' | 'login' | 'putLogin' | 'takeLogin' | 'dropLogins' | 'dropPast'> {
  return {
    logins: (account) => db.query<Login>(`select ${LOGIN_COLUMNS} from ssc.logins where account = $1 order by made_ms, hash`, [account]),
    login: async (hash) => (await db.query<Login>(`select ${LOGIN_COLUMNS} from ssc.logins where hash = $1`, [hash]))[0],
    putLogin: async ({ hash, account, kind, label, madeMs, usedMs, untilMs }) => {
      await db.query(
        `insert into ssc.logins (hash, account, kind, label, made_ms, used_ms, until_ms) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (hash) do update set used_ms = excluded.used_ms, until_ms = excluded.until_ms`,
        [hash, account, kind, label, madeMs, usedMs, untilMs],
      )
    },
    takeLogin: async (hash) => (await db.query('delete from ssc.logins where hash = $1 returning hash', [hash])).length > 0,
    dropLogins: async (account, kinds) => {
      await db.query('delete from ssc.logins where account = $1 and kind = any($2::text[])', [account, kinds])
    },
    dropPast: async ({ nowMs, idleSinceMs }) => {
      const closed = "account in (select id from ssc.accounts where body::jsonb -> 'disabledMs' is not null)"
      const logins = await db.query(
        `delete from ssc.logins where until_ms <= $1 or (kind = 'session' and used_ms < $2) or ${closed} returning hash`,
        [nowMs, idleSinceMs],
      )
      const passkeys = await db.query(`delete from ssc.passkeys where ${closed} returning id`)
      return logins.length + passkeys.length
    },
  }
}

type PasskeyRow = Omit<Passkey, 'transports'> & { transports: string }

function passkeys(db: Db): Pick<Accounts, 'passkeys' | 'passkey' | 'putPasskey' | 'dropPasskey'> {
  const read = async (where: string, params: unknown[]) => {
    const rows = await db.query<PasskeyRow>(`select ${PASSKEY_COLUMNS} from ssc.passkeys where ${where}`, params)
    return rows.map((row): Passkey => ({ ...row, transports: JSON.parse(row.transports) }))
  }
  return {
    passkeys: (account) => read('account = $1 order by made_ms, id', [account]),
    passkey: async (id) => (await read('id = $1', [id]))[0],
    putPasskey: async ({ id, account, publicKey, counter, transports, label, madeMs }) => {
      await db.query(
        `insert into ssc.passkeys (id, account, public_key, counter, transports, label, made_ms) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do update set counter = excluded.counter where ssc.passkeys.account = excluded.account`,
        [id, account, publicKey, counter, JSON.stringify(transports), label, madeMs],
      )
    },
    dropPasskey: async (id, account) => {
      await db.query('delete from ssc.passkeys where id = $1 and account = $2', [id, account])
    },
  }
}
