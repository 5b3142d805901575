-- A ledger as it was made before the schema had versions, by SQLite's own dump: one trial has ended, one runs.
BEGIN TRANSACTION;
CREATE TABLE metrics (
	id INTEGER NOT NULL,
	sweep_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	interval INTEGER NOT NULL,
	value FLOAT,
	time DATETIME NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(sweep_id, number) REFERENCES trials (sweep_id, number)
);
INSERT INTO "metrics" VALUES(1,'old',0,'auc',1,0.5,'2026-11-24 19:14:39.156340');
INSERT INTO "metrics" VALUES(2,'old',0,'loss',1,NULL,'2026-11-24 19:14:39.156340');
CREATE TABLE sweeps (
	id VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	error TEXT,
	spec JSON NOT NULL,
	data_fingerprint VARCHAR,
	started DATETIME NOT NULL,
	ended DATETIME,
	PRIMARY KEY (id)
);
INSERT INTO "sweeps" VALUES('old','running',NULL,'{"limits": {"max_total_trials": 2}}','abc','2026-11-24 19:14:39.143148',NULL);
CREATE TABLE trials (
	sweep_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	state VARCHAR NOT NULL,
	parameters JSON NOT NULL,
	started DATETIME,
	ended DATETIME,
	seconds FLOAT,
	error TEXT,
	PRIMARY KEY (sweep_id, number),
	FOREIGN KEY(sweep_id) REFERENCES sweeps (id)
);
INSERT INTO "trials" VALUES('old',0,'completed','{"lr": 0.1, "kind": "tree"}','2026-11-24 19:14:39.154571','2026-11-24 19:14:39.163915',1.5,NULL);
INSERT INTO "trials" VALUES('old',1,'running','{"lr": 0.2, "kind": null}','2026-11-24 19:14:39.174736',NULL,NULL,NULL);
CREATE INDEX metrics_of_trial ON metrics (sweep_id, number);
COMMIT;
