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
