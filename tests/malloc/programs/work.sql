-- work.sql - tables, indexes, joins, updates and a vacuum; prints what they came to.
.bail on
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, weight INTEGER, note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
INSERT INTO item SELECT i, printf('name-%05d', (i * 7919) % 40009), i * 31 % 1009,
    substr('abcdefghijklmnopqrstuvwxyz', i % 20 + 1, i % 7) FROM n;
CREATE INDEX item_name ON item (name);
CREATE INDEX item_weight ON item (weight, name);
CREATE TABLE part (item_id INTEGER, part_no INTEGER, body TEXT);
INSERT INTO part SELECT id, weight % 5, note || name || hex(id * 12345) FROM item WHERE id % 2 = 0;
CREATE INDEX part_item ON part (item_id);
SELECT count(*), sum(weight), min(name), max(name) FROM item;
SELECT weight % 10 AS digit, count(*), group_concat(substr(name, -2), '') FROM item
    WHERE weight < 20 GROUP BY digit ORDER BY digit;
SELECT i.name, p.body FROM item i JOIN part p ON p.item_id = i.id
    WHERE i.weight BETWEEN 100 AND 102 ORDER BY p.body DESC LIMIT 10;
UPDATE item SET note = upper(note) || weight WHERE id % 3 = 0;
DELETE FROM part WHERE part_no = 2;
SELECT count(*), sum(length(body)) FROM part;
SELECT count(DISTINCT note), sum(length(note)) FROM item;
SELECT name, rank() OVER (ORDER BY weight, name) AS place FROM item ORDER BY place DESC LIMIT 5;
VACUUM;
PRAGMA integrity_check;
