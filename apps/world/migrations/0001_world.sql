-- 10,000 numbers from 1 to 10,000.
CREATE TABLE world (
	id           INTEGER PRIMARY KEY,
	randomnumber INTEGER NOT NULL
);
INSERT INTO world (id, randomnumber)
WITH RECURSIVE n(i) AS (
	SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000
)
SELECT i, i * 48271 % 65537 % 10000 + 1 FROM n;
