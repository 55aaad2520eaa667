/**
 * Three tables: what each client has said (bits, see `counting.ts`), the counts that follow from it, kept up to date in the
 * same transaction so that reading them costs nothing, and the reports themselves, for people.
 */
export const reportTables = `
  CREATE TABLE report_clients (
    app TEXT NOT NULL,
    channel TEXT NOT NULL,
    version TEXT NOT NULL,
    client_id TEXT NOT NULL,
    said INTEGER NOT NULL,
    PRIMARY KEY (app, channel, version, client_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE report_counts (
    app TEXT NOT NULL,
    channel TEXT NOT NULL,
    version TEXT NOT NULL,
    reached INTEGER NOT NULL,
    healthy INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    rolled_back INTEGER NOT NULL,
    PRIMARY KEY (app, channel, version)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE reports (
    id INTEGER PRIMARY KEY,
    app TEXT NOT NULL,
    channel TEXT NOT NULL,
    client_id TEXT NOT NULL,
    version TEXT NOT NULL,
    status TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    client_time TEXT,
    details TEXT
  ) STRICT;
  CREATE INDEX reports_by_time ON reports (app, received_at);
  CREATE INDEX reports_by_version ON reports (app, version, received_at);
  CREATE INDEX reports_by_client ON reports (app, client_id, received_at);
`;

/**
 * Two tables: each promotion as its clients see it (JSON, see `attempts.ts`), and every offer of it with what became of it. An offer's number is
 * its place in the order; its revision says when it last changed, so that whoever follows reads only what is new.
 */
export const attemptTables = `
  CREATE TABLE attempts (
    app TEXT NOT NULL,
    promotion TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (app, promotion)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE offers (
    app TEXT NOT NULL,
    promotion TEXT NOT NULL,
    no INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    offered_at INTEGER NOT NULL,
    groups TEXT NOT NULL,
    given_back INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    crashed_at INTEGER,
    said INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (app, promotion, no)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX offers_by_client ON offers (app, promotion, client_id, no);
  CREATE INDEX offers_by_revision ON offers (app, promotion, revision);
`;
