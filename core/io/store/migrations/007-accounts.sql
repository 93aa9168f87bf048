-- Who may come in to the officers' pages. Not in the log: secrets and names of people can be taken back.
create table ssc.accounts (
  id text primary key,
  -- Two names that people would take for one another have the same key.
  name_key text not null unique,
  subject text unique,
  body text not null
);

-- Sessions, tokens and invitations, by the hash of their secret.
create table ssc.logins (
  hash text primary key,
  account text not null references ssc.accounts,
  kind text not null,
  label text not null,
  made_ms bigint not null,
  used_ms bigint not null,
  until_ms bigint not null
);
create index logins_account on ssc.logins (account);

create table ssc.passkeys (
  id text primary key,
  account text not null references ssc.accounts,
  public_key text not null,
  counter bigint not null,
  transports text not null,
  label text not null,
  made_ms bigint not null
);
create index passkeys_account on ssc.passkeys (account);
