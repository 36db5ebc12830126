-- Two of them show whether a page escapes them and is UTF-8.
CREATE TABLE fortune (
	id      INTEGER PRIMARY KEY,
	message TEXT NOT NULL
);
INSERT INTO fortune (id, message) VALUES
	(1, 'fortune: not found, so make your own'),
	(2, 'A program is done when nobody dares to touch it.'),
	(3, 'What''s cached is right, or was.'),
	(4, 'Random numbers: 4, 4, 4, 4, 4.0e+00, 4, 4, 4'),
	(5, 'It works on this machine; so the machine was shipped.'),
	(6, 'Any editor will do, as long as it is mine. — everyone'),
	(7, 'The last bug is always the next one.'),
	(8, 'A queue is as patient as its first in line. — a scheduler'),
	(9, 'Legacy: code that earns the money.'),
	(10, 'Two threads walk into a bar. The bar two walk into threads.'),
	(11, '<script>alert("Whoever reads this in a box has not escaped it & should.");</script>'),
	(12, 'データベースの中のおみくじ');
