/**
 * Three tables: what each client has said (bits, see `counting.ts`), the counts that follow from it, kept up to date in the
 * same transaction so that reading them costs nothing, and the reports themselves, for people.
 */
export const reportTables = `
  CREATE TABLE sluice_report_clients (
    app text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    said integer NOT NULL,
    PRIMARY KEY (app, channel, version, client_id)
  );
  CREATE TABLE sluice_report_counts (
    app text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    reached bigint NOT NULL,
    healthy bigint NOT NULL,
    failed bigint NOT NULL,
    rolled_back bigint NOT NULL,
    PRIMARY KEY (app, channel, version)
  );
  CREATE TABLE sluice_reports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    app text NOT NULL,
    channel text NOT NULL,
    client_id text NOT NULL,
    version text NOT NULL,
    status text NOT NULL,
    received_at bigint NOT NULL,
    client_time text,
    details text
  );
  CREATE INDEX sluice_reports_by_time ON sluice_reports (app, received_at, id);
  CREATE INDEX sluice_reports_by_version ON sluice_reports (app, version, received_at, id);
  CREATE INDEX sluice_reports_by_client ON sluice_reports (app, client_id, received_at, id);
`;

/**
 * Two tables: each promotion as its clients see it (JSON, see `attempts.ts`), and every offer of it with what became of it. An offer's number is
 * its place in the order; its revision says when it last changed, so that whoever follows reads only what is new. Whoever changes an
 * offer holds the lock of the attempt's row, so that revisions are seen in their order.
 */
export const attemptTables = `
  CREATE TABLE sluice_attempts (
    app text COLLATE "C" NOT NULL,
    promotion text COLLATE "C" NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (app, promotion)
  );
  CREATE TABLE sluice_offers (
    app text COLLATE "C" NOT NULL,
    promotion text COLLATE "C" NOT NULL,
    no bigint NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    offered_at bigint NOT NULL,
    groups text NOT NULL,
    given_back boolean NOT NULL,
    answered boolean NOT NULL,
    failed boolean NOT NULL,
    crashed_at bigint,
    said integer NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (app, promotion, no)
  );
  CREATE INDEX sluice_offers_by_client ON sluice_offers (app, promotion, client_id, no);
  CREATE INDEX sluice_offers_by_revision ON sluice_offers (app, promotion, revision);
`;
