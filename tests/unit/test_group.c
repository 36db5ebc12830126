/* SPDX-License-Identifier: ISC */
/*
 * lib/data/group.c: commits that share a sync.
 *
 * A machine without power is played by a file system of SQLite that keeps what
 * each file was when it was last synced: nothing else is there afterwards.
 */
#include "app.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "data/db.h"

#define WRITERS	8
#define COMMITS	30

/* ---- files as they would be after a loss of power ------------------------- */

#define FILES	64

static struct {
	sqlite3_file	*file;
	char		 path[256];
}			 open_files[FILES];
static struct kept {
	char	 path[256];
	char	*p;
	size_t	 n;
}			 kept[2];		/* the database and its log */
static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs	*real, shim;
/* SQLite has one kind of file for the database and another one for its log. */
static sqlite3_io_methods patched[2];
static const sqlite3_io_methods	*methods[2];
static atomic_ulong	 syncs;
static atomic_bool	 broken;		/* syncs fail */

static const char *
path_of(sqlite3_file *file)
{
	size_t	i;

	for (i = 0; i < FILES; i++)
		if (open_files[i].file == file)
			return open_files[i].path;
	return NULL;
}

/* Through SQLite: to close a file of one's own would drop its locks. */
static char *
read_whole(sqlite3_file *file, size_t *n)
{
	sqlite3_int64	 size = 0;
	char		*p;

	cr_assert_eq(file->pMethods->xFileSize(file, &size), SQLITE_OK);
	cr_assert((p = malloc((size_t)size + 1)) != NULL);
	cr_assert_eq(file->pMethods->xRead(file, p, (int)size, 0), SQLITE_OK);
	*n = (size_t)size;
	return p;
}

/* Only what was written before it began is promised by a sync. */
static int
sync_file(sqlite3_file *file, int flags)
{
	const char	*path;
	char		*p = NULL;
	size_t		 i, n = 0;
	int		 rc;

	if (broken)
		return SQLITE_IOERR_FSYNC;
	syncs++;
	pthread_mutex_lock(&lock);
	if ((path = path_of(file)) != NULL)
		p = read_whole(file, &n);
	rc = methods[file->pMethods == &patched[1]]->xSync(file, flags);
	for (i = 0; i < NELEM(kept) && p != NULL; i++)
		if (strcmp(kept[i].path, path) == 0) {
			free(kept[i].p);
			kept[i].p = p;
			kept[i].n = n;
			p = NULL;
		}
	pthread_mutex_unlock(&lock);
	free(p);
	return rc;
}

static int
open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
    int *out)
{
	size_t	i;
	int	rc, k = (flags & SQLITE_OPEN_WAL) != 0;

	(void)vfs;
	rc = real->xOpen(real, name, file, flags, out);
	if (rc != SQLITE_OK || name == NULL || strcmp(name, kept[k].path) != 0)
		return rc;
	pthread_mutex_lock(&lock);
	methods[k] = file->pMethods;
	patched[k] = *methods[k];
	patched[k].xSync = sync_file;
	file->pMethods = &patched[k];
	for (i = 0; i < FILES; i++)
		if (open_files[i].file == NULL || open_files[i].file == file)
			break;
	cr_assert(i < FILES);
	open_files[i].file = file;
	snprintf(open_files[i].path, sizeof(open_files[i].path), "%s", name);
	pthread_mutex_unlock(&lock);
	return rc;
}

static void
shim_files(const char *path)
{
	real = sqlite3_vfs_find(NULL);
	shim = *real;
	shim.zName = "shim";
	shim.xOpen = open_file;
	snprintf(kept[0].path, sizeof(kept[0].path), "%s", path);
	snprintf(kept[1].path, sizeof(kept[1].path), "%s-wal", path);
	cr_assert_eq(sqlite3_vfs_register(&shim, 1), SQLITE_OK);
}

/* ---- writers -------------------------------------------------------------- */

static struct tmp			t;
static struct stile_engine_open		how;
static char				dsn[200];

static void
make_database(void)
{
	struct stile_db	*db;

	tmp_make(&t);
	snprintf(dsn, sizeof(dsn), "sqlite:%s/x.db", t.dir);
	cr_assert_eq(stile_db_open(dsn, STILE_DB_CREATE, 5000, &db, NULL),
	    STILE_OK);
	cr_assert_eq(stile_db_script(db, "CREATE TABLE t (id INTEGER"
	    " PRIMARY KEY)", NULL), STILE_OK);
	stile_db_close(db);
	how = (struct stile_engine_open){ .mode = STILE_DB_READWRITE,
	    .busy_ms = 20000, .durable = true, .group = stile__group_new() };
	cr_assert(how.group != NULL);
}

static struct stile_db *
connect(void)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	cr_assert_eq(stile__db_open(dsn, &how, &db, &e), STILE_OK, "%s",
	    e.detail);
	return db;
}

static enum stile_err
insert(struct stile_db *db, void *arg, struct stile_error *e)
{
	return stile_db_exec(db, "INSERT INTO t VALUES (?)",
	    STILE_ARGS(*(int *)arg), NULL, e);
}

/* Whether the row is there on what power would leave. */
static bool
survives(int id)
{
	static atomic_int	 n;
	char			 path[128], name[160];
	struct stile_db		*db;
	struct stile_stmt	*st;
	size_t			 i;
	bool			 found;

	snprintf(path, sizeof(path), "%s/after%d.db", t.dir, n++);
	pthread_mutex_lock(&lock);
	for (i = 0; i < NELEM(kept); i++) {
		snprintf(name, sizeof(name), "%s%s", path,
		    i > 0 ? "-wal" : "");
		write_file(name, kept[i].p, kept[i].n);
	}
	pthread_mutex_unlock(&lock);
	snprintf(name, sizeof(name), "sqlite:%s", path);
	cr_assert_eq(stile_db_open(name, STILE_DB_READWRITE, 5000, &db, NULL),
	    STILE_OK);
	cr_assert_eq(stile_db_query(db, "SELECT 1 FROM t WHERE id = ?",
	    STILE_ARGS(id), &st, NULL), STILE_OK);
	found = stile_stmt_step(st, NULL) == 1;
	stile_stmt_done(st);
	stile_db_close(db);
	return found;
}

static atomic_int	lost;

static void *
write_rows(void *arg)
{
	struct stile_db	*db = connect();
	int		 i, id;

	for (i = 0; i < COMMITS; i++) {
		id = *(int *)arg * 1000 + i;
		cr_assert_eq(stile_db_transaction(db, STILE_TX_WRITE, insert,
		    &id, NULL), STILE_OK);
		if (!survives(id))
			lost++;
	}
	stile_db_close(db);
	return NULL;
}

/* Works the log into the database and begins it anew, now and again. */
static void *
checkpoint(void *stop)
{
	struct stile_db	*db = connect();

	while (!*(atomic_bool *)stop) {
		stile_db_script(db, "PRAGMA wal_checkpoint(RESTART)", NULL);
		usleep(2000);
	}
	stile_db_close(db);
	return NULL;
}

Test(group, what_is_acknowledged_survives)
{
	pthread_t	threads[WRITERS], other;
	int		numbers[WRITERS], i;
	atomic_bool	stop = false;
	struct stile_db	*db;

	make_database();
	shim_files(dsn + strlen("sqlite:"));
	db = connect();
	/* From here on, both files have been synced once. */
	cr_assert_eq(stile_db_script(db, "INSERT INTO t VALUES (1);"
	    "PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO t VALUES (2)",
	    NULL), STILE_OK);
	i = 3;
	cr_assert_eq(stile_db_transaction(db, STILE_TX_WRITE, insert, &i,
	    NULL), STILE_OK);
	cr_assert(kept[0].p != NULL && kept[1].p != NULL);
	cr_expect(!survives(4));
	for (i = 0; i < WRITERS; i++) {
		numbers[i] = i + 1;
		cr_assert_eq(pthread_create(&threads[i], NULL, write_rows,
		    &numbers[i]), 0);
	}
	cr_assert_eq(pthread_create(&other, NULL, checkpoint, &stop), 0);
	for (i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	stop = true;
	pthread_join(other, NULL);
	cr_expect_eq(lost, 0, "%d lost", lost);
	stile_db_close(db);
	stile__group_free(how.group);
	sqlite3_vfs_unregister(&shim);
	tmp_remove(&t);
}

/* One statement by itself waits as well, also one that gives rows. */
Test(group, statements_alone)
{
	struct stile_stmt	*st;
	struct stile_db		*db;
	unsigned long		 before;

	make_database();
	shim_files(dsn + strlen("sqlite:"));
	db = connect();
	before = syncs;
	cr_assert_eq(stile_db_exec(db, "INSERT INTO t VALUES (5)",
	    STILE_NOARGS, NULL, NULL), STILE_OK);
	cr_expect_gt(syncs, before);
	before = syncs;
	cr_assert_eq(stile_db_exec(db, "SELECT * FROM t", STILE_NOARGS, NULL,
	    NULL), STILE_OK);
	cr_expect_eq(syncs, before, "a read needs none");
	cr_assert_eq(stile_db_query(db, "INSERT INTO t VALUES (6)"
	    " RETURNING id", STILE_NOARGS, &st, NULL), STILE_OK);
	cr_assert_eq(stile_stmt_step(st, NULL), 1);
	stile_stmt_done(st);
	cr_expect_gt(syncs, before);
	stile_db_close(db);
	stile__group_free(how.group);
	sqlite3_vfs_unregister(&shim);
	tmp_remove(&t);
}

Test(group, a_disk_that_refuses)
{
	struct stile_error	e = { 0 };
	struct stile_db		*db;
	int			id = 7;

	make_database();
	shim_files(dsn + strlen("sqlite:"));
	db = connect();
	/* The log's own beginning is synced by SQLite. */
	cr_expect_eq(stile_db_transaction(db, STILE_TX_WRITE, insert, &id,
	    NULL), STILE_OK);
	id++;
	broken = true;
	cr_expect_eq(stile_db_transaction(db, STILE_TX_WRITE, insert, &id,
	    &e), STILE_EIO);
	cr_expect(strstr(e.detail, "could not be written to the disk") !=
	    NULL, "%s", e.detail);
	broken = false;
	id++;
	cr_expect_eq(stile_db_transaction(db, STILE_TX_WRITE, insert, &id,
	    NULL), STILE_OK);
	stile_db_close(db);
	stile__group_free(how.group);
	sqlite3_vfs_unregister(&shim);
	tmp_remove(&t);
}

/* ---- without a database ----------------------------------------------------- */

static atomic_int	running, most;

static bool
slow_sync(void *arg)
{
	int	now = ++running;

	(void)arg;
	if (now > most)
		most = now;
	syncs++;
	usleep(3000);
	running--;
	return true;
}

static void *
sync_often(void *g)
{
	int	i;

	for (i = 0; i < 20; i++)
		cr_expect_eq(stile__group_sync(g, slow_sync, NULL), STILE_OK);
	return NULL;
}

Test(group, one_syncs_for_many)
{
	struct stile_group	*g = stile__group_new();
	pthread_t		 threads[16];
	size_t			 i;

	syncs = 0;
	for (i = 0; i < NELEM(threads); i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, sync_often, g),
		    0);
	for (i = 0; i < NELEM(threads); i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(most, 1, "%d at the same time", most);
	cr_expect_lt(syncs, 16 * 20 / 2, "%lu syncs", (unsigned long)syncs);
	stile__group_free(g);
}

static bool
die_in_sync(void *arg)
{
	(void)arg;
	raise(SIGKILL);
	return false;
}

/* A process that is killed holding a lock does not keep it. */
Test(group, one_that_dies)
{
	struct stile_group	*g = stile__group_new();
	pid_t			 pid;

	syncs = 0;
	if ((pid = fork()) == 0) {
		if (stile__group_enter(g, 1000) == STILE_OK)
			stile__group_sync(g, die_in_sync, NULL);
		_exit(1);
	}
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_expect_eq(stile__group_enter(g, 1000), STILE_OK);
	stile__group_leave(g);
	cr_expect_eq(stile__group_sync(g, slow_sync, NULL), STILE_OK);
	cr_expect_eq(syncs, 1);
	stile__group_free(g);
}

static void *
enter_late(void *g)
{
	cr_expect_eq(stile__group_enter(g, 30), STILE_EBUSY);
	return NULL;
}

Test(group, turns)
{
	struct stile_group	*g = stile__group_new();
	pthread_t		 thread;

	cr_assert_eq(stile__group_enter(g, 0), STILE_OK);
	cr_assert_eq(pthread_create(&thread, NULL, enter_late, g), 0);
	pthread_join(thread, NULL);
	stile__group_leave(g);
	cr_assert_eq(stile__group_enter(g, 0), STILE_OK);
	stile__group_leave(g);
	stile__group_free(g);
}
