/* SPDX-License-Identifier: ISC */
/*
 * What group commit is worth: 32 writers, in 4 processes of 8 threads, each of
 * which inserts one row after the other, waiting until it is on the disk.  By
 * turns with a sync for each commit, as SQLite does it, and with shared ones.
 *
 *	make bench && tests/bench/commits [FOLDER]
 *
 * FOLDER (here: .) is where the database is made: its disk is what is measured.
 */
#include "base/priv.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "data/db.h"
#include "median.h"

#define PROCESSES	4
#define THREADS		8
#define ROUNDS		5
#define SECONDS		2

static char		 dsn[4096];
static struct shared {
	atomic_bool	stop;
	atomic_ulong	done, failed;
}			*shared;
static struct stile_engine_open	how;

static enum stile_err
insert(struct stile_db *db, void *arg, struct stile_error *e)
{
	(void)arg;
	return stile_db_exec(db, "INSERT INTO t (text) VALUES (?)",
	    STILE_ARGS("a row of some forty bytes, as they are"), NULL, e);
}

static void *
write_rows(void *arg)
{
	struct stile_db	*db;

	(void)arg;
	if (stile__db_open(dsn, &how, &db, NULL) != STILE_OK)
		exit(1);
	while (!shared->stop)
		if (stile_db_transaction(db, STILE_TX_WRITE, insert, NULL,
		    NULL) == STILE_OK)
			shared->done++;
		else
			shared->failed++;
	stile_db_close(db);
	return NULL;
}

static void
run_process(void)
{
	pthread_t	t[THREADS];
	size_t		i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, write_rows, NULL) != 0)
			exit(1);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	_exit(0);
}

/* Commits a second. */
static double
measure(bool group)
{
	int64_t	from;
	double	rate;
	size_t	i;

	how.group = group ? stile__group_new() : NULL;
	shared->stop = false;
	shared->done = shared->failed = 0;
	for (i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			run_process();
	usleep(200000);
	from = stile__mono_us();
	shared->done = 0;
	sleep(SECONDS);
	rate = (double)shared->done * 1e6 / (double)(stile__mono_us() - from);
	shared->stop = true;
	while (wait(NULL) > 0)
		;
	if (shared->failed > 0)
		printf("(%lu failed) ", (unsigned long)shared->failed);
	stile__group_free(how.group);
	return rate;
}

int
main(int argc, char **argv)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;
	double			 alone[ROUNDS], group[ROUNDS], ratio[ROUNDS];
	char			 path[4000];
	size_t			 i;

	snprintf(path, sizeof(path), "%s/commits.db",
	    argc > 1 ? argv[1] : ".");
	snprintf(dsn, sizeof(dsn), "sqlite:%s", path);
	unlink(path);
	if (stile_db_open(dsn, STILE_DB_CREATE, 5000, &db, &e) != STILE_OK ||
	    stile_db_script(db, "CREATE TABLE t (id INTEGER PRIMARY KEY,"
	    " text TEXT NOT NULL)", &e) != STILE_OK) {
		fprintf(stderr, "%s\n", e.detail);
		return 1;
	}
	stile_db_close(db);
	how = (struct stile_engine_open){ .mode = STILE_DB_READWRITE,
	    .busy_ms = 10000, .durable = true };
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	printf("%d writers, commits a second, %d rounds of %d s\n",
	    PROCESSES * THREADS, ROUNDS, SECONDS);
	for (i = 0; i < ROUNDS; i++) {
		alone[i] = measure(false);
		group[i] = measure(true);
		ratio[i] = group[i] / alone[i];
		printf("a sync each %8.0f, shared %8.0f, ratio %.2f\n",
		    alone[i], group[i], ratio[i]);
		fflush(stdout);
	}
	printf("medians: a sync each %.0f, shared %.0f, ratio %.2f\n",
	    median(alone, ROUNDS), median(group, ROUNDS),
	    median(ratio, ROUNDS));
	unlink(path);
	return 0;
}
