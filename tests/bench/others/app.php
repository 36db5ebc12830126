<?php
// SPDX-License-Identifier: ISC
// PHP-FPM and PDO, with a connection that is kept: for tests/bench/run.

function send(mixed $value): void
{
	header('Content-Type: application/json');
	echo json_encode($value);
}

$path = $_SERVER['DOCUMENT_URI'];
if ($path === '/') {
	send(['message' => 'Hello, World!']);
} elseif (preg_match('~^/note/([0-9]+)$~', $path, $match)) {
	$db = new PDO('sqlite:' . $_SERVER['BENCH_DB'], null, null,
	    [PDO::ATTR_PERSISTENT => true]);
	$query = $db->prepare('SELECT id, text FROM note WHERE id = ?');
	$query->execute([(int)$match[1]]);
	$row = $query->fetch(PDO::FETCH_ASSOC);
	if ($row === false)
		http_response_code(404);
	else
		send($row);
} else {
	http_response_code(404);
}
