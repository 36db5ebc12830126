/* SPDX-License-Identifier: ISC */
/* What dump.c and load.c agree on. */
#ifndef DATA_DUMP_H
#define DATA_DUMP_H

#include "data/tables.h"

#define DUMP_VERSION	1
#define DUMP_LINE_MAX	(512 * 1024 * 1024)
#define DUMP_SQL_MAX	(1024 * 1024)

/* 0000-01-01 and the end of 9999-12-31 */
#define DUMP_MS_MIN	INT64_C(-62167219200000)
#define DUMP_MS_MAX	INT64_C(253402300799999)

/*
 * SQLite's virtual tables by name, and whether they are made from others: an
 * index over the text of a table, or what shows the words of one.
 */
#define DUMP_SQLITE_VIRTUAL						\
	"WITH texts AS (SELECT name, replace(replace(replace(replace("	\
	"lower(sql), ' ', ''), char(9), ''), char(10), ''), '\"', '''')"\
	" AS text FROM sqlite_schema WHERE type = 'table'"		\
	" AND sql LIKE 'CREATE VIRTUAL TABLE%'),"			\
	" virtual AS (SELECT name, text LIKE '%usingfts5vocab(%'"	\
	" AS words, (text LIKE '%usingfts5(%' OR"			\
	" text LIKE '%usingfts4(%') AND text LIKE '%,content=%'"	\
	" AND text NOT LIKE '%,content=''''%' AS indexes FROM texts),"	\
	" kinds AS (SELECT name, indexes, words OR indexes AS derived"	\
	" FROM virtual) "

/* What is applied, as [["notes",1,"0001_note"],...]. */
struct stile_buf;
enum stile_err	 stile__migrations_json(struct stile_db *, struct stile_buf *,
		    struct stile_error *);
#endif
