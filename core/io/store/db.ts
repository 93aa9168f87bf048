/** What the store needs of PostgreSQL; PGlite and a server both give it. */
export type Db = {
  query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]>
  /** Several statements without parameters, in one transaction. */
  script(sql: string): Promise<void>
  /** A `pg.Pool`, or what looks like one: BullMQ's PostgreSQL backend takes it. */
  pool: unknown
  kind: 'pglite' | 'postgres'
  close(): Promise<void>
}
