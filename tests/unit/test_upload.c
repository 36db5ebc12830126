/* SPDX-License-Identifier: ISC */
/* lib/http/upload.c, and the part of keep.c that reads: files of a form. */
#include "form.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "http/upload.h"

/* All of the form: its fields in their order, then its files in theirs. */
static int
show(struct stile_req *r)
{
	const struct stile_table	*t = stile_form_table(r);
	struct stile_str		 name, value;
	struct stile_upload		*u;
	struct stile_buf		*b;
	size_t				 i;

	if (t == NULL)
		return stile_failed(r);
	b = stile_buf_new(stile_req_arena(r), 65536);
	for (i = 0; stile_table_at(t, i, &name, &value); i++)
		stile_buf_printf(b, "%.*s=%.*s;", STILE_STR_ARG(name),
		    STILE_STR_ARG(value));
	for (i = 0; (u = stile_upload_at(r, i)) != NULL; i++)
		stile_buf_printf(b, "%s|%s|%s|%s|%lld;", stile_upload_field(u),
		    stile_upload_filename(u), stile_upload_display(u),
		    stile_upload_type(u), (long long)stile_upload_size(u));
	return stile_send_buf(r, 200, "text/plain", b);
}

/* ---- what is in a form ----------------------------------------------- */

Test(upload, fields_and_files_each_in_their_order)
{
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };

	act = show;
	form_field(&f, "b", "1");
	form_file(&f, "f", "x.txt", 'x', 5);
	form_field(&f, "a", "2");
	form_part(&f, "g", "; filename=\"y\"\r\nContent-Type: image/png",
	    "", 0);
	form_field(&f, "b", "");
	form_part(&f, "f", "; filename=\"z\"\r\nContent-Type: text/plain; "
	    "charset=koi8-r", "\0\xFF", 2);
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 200, "b=1;a=2;b=;"
	    "f|x.txt|x.txt|application/octet-stream|5;g|y|y|image/png|0;"
	    "f|z|z|text/plain|2;", "all");
	form_clear(&f);
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 200, "", "an empty form");
	form_clear(&f);
	stile_client_free(c);
}

static int
look_up(struct stile_req *r)
{
	EXPECT_STR(stile_form(r, "a"), "1", "the first of two");
	EXPECT_STR(stile_form(r, "f"), NULL, "a file is not a field");
	cr_expect(stile_upload(r, "a") == NULL, "a field is not a file");
	cr_expect(stile_upload(r, "f") == stile_upload_at(r, 0));
	cr_expect(stile_upload(r, "g") == stile_upload_at(r, 2));
	cr_expect(stile_upload_at(r, 3) == NULL);
	cr_expect(stile_upload(r, "F") == NULL, "names tell case");
	cr_expect_eq(stile_param_int(r, STILE_IN_FORM, "a", 0, 9, 5), 1);
	return stile_send_empty(r, 204);
}

Test(upload, by_name_and_by_position)
{
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };

	act = look_up;
	form_file(&f, "f", "1", 'x', 1);
	form_field(&f, "a", "1");
	form_file(&f, "f", "2", 'y', 2);
	form_field(&f, "a", "2");
	form_file(&f, "g", "3", 'z', 3);
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 204, "", "found");
	form_clear(&f);
	stile_client_free(c);
}

/* As browsers send a field for files in which nothing was chosen. */
Test(upload, no_file_was_chosen)
{
	struct stile_client	*c;
	struct form		 f = { 0 };

	act = show;
	form_field(&f, "a", "1");
	form_part(&f, "f", "; filename=\"\"\r\n"
	    "Content-Type: application/octet-stream", "", 0);
	form_part(&f, "f", "; filename=\"\"", "", 0);
	form_end(&f);
	/* There is nothing to be counted, and nowhere to be put. */
	c = CLIENT(&form_app, "files_max=0", "upload_dir=/nonexistent/stile",);
	EXPECT_ANSWER(form_send(c, &f), 200, "a=1;", "neither file nor field");
	stile_client_free(c);
	form_clear(&f);

	/* One with content is a file that has no name. */
	form_part(&f, "f", "; filename=\"\"", "", 0);
	form_part(&f, "f", "; filename=\"\"", "12", 2);
	form_part(&f, "f", "; filename=\"x\"", "", 0);
	form_end(&f);
	c = CLIENT(&form_app, "files_max=2",);
	EXPECT_ANSWER(form_send(c, &f), 200,
	    "f||unnamed|application/octet-stream|2;"
	    "f|x|x|application/octet-stream|0;", "with content or a name");
	stile_client_free(c);
	c = CLIENT(&form_app, "files_max=1",);
	EXPECT_ANSWER(form_send(c, &f), 413, NULL, "which count");
	stile_client_free(c);
	form_clear(&f);
}

static int
find_none(struct stile_req *r)
{
	cr_expect(stile_upload(r, "f") == NULL);
	cr_expect(stile_upload_at(r, 0) == NULL);
	EXPECT_STR(stile_form(r, "f"), NULL, "nor a field");
	return stile_send_empty(r, 204);
}

Test(upload, what_was_not_chosen_is_not_found)
{
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };

	act = find_none;
	form_part(&f, "f", "; filename=\"\"", "", 0);
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 204, "", "nothing");
	form_clear(&f);
	stile_client_free(c);
}

static const struct {
	const char	*filename, *raw, *display;
} names[] = {
	{ "a.txt", "a.txt", "a.txt" },
	{ "", "", "unnamed" },
	{ "../../etc/passwd", "../../etc/passwd", "passwd" },
	{ "C:\\\\Users\\\\me\\\\a.txt", "C:\\Users\\me\\a.txt", "a.txt" },
	{ "dir/", "dir/", "unnamed" },
	{ "..", "..", "unnamed" },
	{ " a.txt ", " a.txt ", "a.txt" },
	{ "a.txt\t  ", "a.txt\t  ", "a.txt" },
	{ "   ", "   ", "unnamed" },
	{ "a\xE2\x80\xAEgpj.exe", "a\xE2\x80\xAEgpj.exe", "agpj.exe" },
	{ "\xFF.txt", "\xEF\xBF\xBD.txt", "\xEF\xBF\xBD.txt" },
	{ "a%22b", "a\"b", "a\"b" },
};

static int
show_names(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "f");

	return stile_send_object(r, 200, STILE_ARGS(
	    "raw", stile_upload_filename(u),
	    "display", stile_upload_display(u)));
}

Test(upload, file_names_raw_and_to_show)
{
	struct stile_client		*c = CLIENT(&form_app,);
	const struct stile_answer	*a;
	struct form			 f = { 0 };
	size_t				 i;

	act = show_names;
	for (i = 0; i < NELEM(names); i++) {
		form_file(&f, "f", names[i].filename, 'x', 1);
		form_end(&f);
		a = form_send(c, &f);
		EXPECT_ANSWER(a, 200, NULL, "%s", names[i].filename);
		EXPECT_STR(member_of(a, "raw"), names[i].raw, "%s, raw",
		    names[i].filename);
		EXPECT_STR(member_of(a, "display"), names[i].display,
		    "%s, to show", names[i].filename);
		form_clear(&f);
	}
	stile_client_free(c);
}

/* As they are sent between quotes, and as the handler asks for them. */
Test(upload, names_of_fields)
{
	static const struct {
		const char	*sent, *want;
	} cases[] = {
		{ "a b", "a b=1;" },
		{ "a%22b", "a\"b=1;" },
		{ "a\\\"b", "a\"b=1;" },
		{ "a\\b", "a\\b=1;" },
		{ "100%", "100%=1;" },
		{ "%41", "%41=1;" },
		{ "a%0D%0Ab", "a%0D%0Ab=1;" },
		{ "\xC3\xA4", "\xC3\xA4=1;" },
		{ "\xC3", "\xEF\xBF\xBD=1;" },
		{ "", "=1;" },
		{ "a\r\n b", "a b=1;" },
		{ "a\r\nb", NULL },
		{ "a\nb", NULL },
		{ "a\"b", NULL },
	};
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };
	size_t			 i;

	act = show;
	for (i = 0; i < NELEM(cases); i++) {
		form_field(&f, cases[i].sent, "1");
		form_end(&f);
		EXPECT_ANSWER(form_send(c, &f), cases[i].want != NULL ? 200 :
		    400, cases[i].want, "%s", cases[i].sent);
		form_clear(&f);
	}
	stile_client_free(c);
}

Test(upload, what_stands_around_the_parts)
{
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };

	act = show;
	form_puts(&f, "for readers that know no forms\r\n--\r\n");
	form_field(&f, "a", "1");
	form_end(&f);
	form_field(&f, "b", "2");
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 200, "a=1;", "is no part");
	form_clear(&f);
	stile_client_free(c);
}

static const struct {
	const char	*more, *value;
	size_t		 len;
	int		 status;
	const char	*want;
} values[] = {
	{ "", "a\0b", 3, 400, "a NUL in the field v" },
	{ "", "\xC3\xA4", 2, 200, "v=\xC3\xA4;" },
	{ "", "a\xFF" "b", 3, 200, "v=a\xEF\xBF\xBD" "b;" },
	{ "", "a\r\nb", 4, 200, "v=a\r\nb;" },
	{ "\r\nContent-Type: text/plain; charset=UTF-8", "x", 1, 200, "v=x;" },
	{ "\r\nContent-Type: text/plain; charset=\"utf-8\"", "x", 1, 200,
	    "v=x;" },
	/* Every ASCII text is UTF-8. */
	{ "\r\nContent-Type: text/plain; charset=US-ASCII", "x", 1, 200,
	    "v=x;" },
	{ "\r\nContent-Type: text/plain; charset=iso-8859-1", "x", 1, 415,
	    "only the charset UTF-8 is accepted" },
	{ "\r\nContent-Type: application/json", "{}", 2, 200, "v={};" },
};

Test(upload, text_of_fields)
{
	struct stile_client		*c = CLIENT(&form_app,);
	const struct stile_answer	*a;
	struct form			 f = { 0 };
	size_t				 i;

	act = show;
	for (i = 0; i < NELEM(values); i++) {
		form_part(&f, "v", values[i].more, values[i].value,
		    values[i].len);
		form_end(&f);
		a = form_send(c, &f);
		EXPECT_ANSWER(a, values[i].status, NULL, "%zu", i);
		EXPECT_STR(values[i].status == 200 ? body_of(a) : detail_of(a),
		    values[i].want, "%zu", i);
		form_clear(&f);
	}
	stile_client_free(c);
}

/* ---- limits, each at its last good value and one past it ------------- */

/*
 * A form of so many fields and files, with so many bytes in the first of each.
 * The header of a field has 39 bytes and its name, the header of a file 53.
 */
static const struct limit_case {
	const char	*name;
	size_t		 at;		/* of the limit */
	size_t		 max;
	size_t		 fields, field_len, files, file_len, name_len;
	const char	*detail;	/* NULL: accepted */
} limits[] = {
#define L(m)	#m, offsetof(struct stile_limits, m)
	{ L(params), 3, 3, 1, 2, 1, 1, NULL },
	{ L(params), 3, 4, 1, 0, 1, 1, "at most 3 fields are accepted" },
	{ L(params), 3, 4, 1, 2, 1, 1, "at most 3 fields are accepted" },
	{ L(parts), 3, 1, 1, 2, 1, 1, NULL },
	{ L(parts), 3, 2, 1, 2, 1, 1, "at most 3 parts are accepted" },
	{ L(parts), 3, 4, 1, 0, 1, 1, "at most 3 parts are accepted" },
	{ L(parts), 3, 0, 1, 4, 1, 1, "at most 3 parts are accepted" },
	{ L(part_header), 64, 1, 1, 0, 1, 25, NULL },
	{ L(part_header), 64, 1, 1, 0, 1, 26,
	    "a part's header of at most 64 bytes is accepted" },
	{ L(part_header), 64, 0, 1, 1, 1, 11, NULL },
	{ L(part_header), 64, 0, 1, 1, 1, 12,
	    "a part's header of at most 64 bytes is accepted" },
	{ L(part_name), 4, 1, 1, 1, 1, 4, NULL },
	{ L(part_name), 4, 1, 1, 0, 0, 5,
	    "a part's name of at most 4 bytes is accepted" },
	{ L(part_name), 4, 0, 0, 1, 1, 5,
	    "a part's name of at most 4 bytes is accepted" },
	{ L(files), 2, 3, 1, 2, 1, 1, NULL },
	{ L(files), 2, 0, 1, 3, 1, 1, "at most 2 files are accepted" },
	{ L(files), 0, 2, 1, 0, 1, 1, NULL },
	{ L(files), 0, 0, 1, 1, 0, 1, "at most 0 files are accepted" },
	{ L(file), 10, 0, 1, 1, 10, 1, NULL },
	{ L(file), 10, 0, 1, 1, 11, 1,
	    "a file of at most 10 bytes is accepted" },
	{ L(file), 0, 0, 1, 1, 0, 1, NULL },
	{ L(file), 0, 0, 1, 1, 1, 1, "a file of at most 0 bytes is accepted" },
	/* More than one piece of what is read at a time. */
	{ L(file), 66000, 0, 1, 1, 66000, 1, NULL },
	{ L(file), 66000, 0, 1, 1, 66001, 1,
	    "a file of at most 66000 bytes is accepted" },
	{ L(field_bytes), 10, 1, 10, 1, 50, 1, NULL },
	{ L(field_bytes), 10, 1, 11, 1, 50, 1,
	    "fields of at most 10 bytes together are accepted" },
	/* One more has one byte. */
	{ L(field_bytes), 10, 2, 9, 0, 0, 1, NULL },
	{ L(field_bytes), 10, 2, 10, 0, 0, 1,
	    "fields of at most 10 bytes together are accepted" },
	{ L(field_bytes), 66000, 2, 65999, 0, 0, 1, NULL },
	{ L(field_bytes), 66000, 2, 66000, 0, 0, 1,
	    "fields of at most 66000 bytes together are accepted" },
#undef L
};

static int
count(struct stile_req *r)
{
	size_t	fields, files = 0;

	fields = stile_table_count(stile_form_table(r));
	while (stile_upload_at(r, files) != NULL)
		files++;
	return stile_send_object(r, 200, STILE_ARGS("fields", fields,
	    "files", files));
}

static void
fill(struct form *f, const struct limit_case *l)
{
	char	name[300], *value = malloc(l->field_len + 1);
	size_t	i;

	cr_assert(value != NULL);
	memset(name, 'n', sizeof(name));
	name[l->name_len] = '\0';
	memset(value, 'v', l->field_len);
	for (i = 0; i < l->fields; i++)
		form_part(f, name, "", value, i == 0 ? l->field_len : 1);
	for (i = 0; i < l->files; i++)
		form_file(f, name, "x", 'x', i == 0 ? l->file_len : 1);
	form_end(f);
	free(value);
}

static void
set_limit(struct stile_limits *to, const struct limit_case *l)
{
	memcpy((char *)to + l->at, &l->max, sizeof(l->max));
}

static void
check_limit(struct stile_client *c, const struct limit_case *l,
    const char *who)
{
	const struct stile_answer	*a;
	struct form			 f = { 0 };
	char				 want[60], detail[120];

	fill(&f, l);
	a = form_send(c, &f);
	if (l->detail == NULL) {
		snprintf(want, sizeof(want), "{\"fields\":%zu,\"files\":%zu}",
		    l->fields, l->files);
		EXPECT_ANSWER(a, 200, want, "%s: %s", who, l->name);
	} else {
		snprintf(detail, sizeof(detail), "%s_max: %s", l->name,
		    l->detail);
		EXPECT_ANSWER(a, 413, NULL, "%s: %s", who, l->name);
		EXPECT_STR(detail_of(a), detail, "%s: %s", who, l->name);
	}
	form_clear(&f);
	stile_client_free(c);
}

Test(upload, limits_of_the_application)
{
	char	setting[60];
	size_t	i;

	act = count;
	for (i = 0; i < NELEM(limits); i++) {
		snprintf(setting, sizeof(setting), "%s_max=%zu",
		    limits[i].name, limits[i].max);
		check_limit(CLIENT(&form_app, setting,), &limits[i], setting);
	}
}

/* The settings allow less, and more. */
Test(upload, limits_of_a_route)
{
	struct stile_route	routes[] = { { "POST", "/", .handler = handle },
				    { 0 } };
	struct stile_app	app = { .name = "form", .routes = routes };
	char			setting[60];
	size_t			i, usual;

	act = count;
	for (i = 0; i < NELEM(limits); i++) {
		if (limits[i].max == 0)
			continue;
		for (usual = 0; usual < 2; usual++) {
			snprintf(setting, sizeof(setting), "%s_max=%zu",
			    limits[i].name, usual == 0 ? (size_t)64 : 60000);
			memset(&routes[0].limits, 0, sizeof(routes[0].limits));
			set_limit(&routes[0].limits, &limits[i]);
			check_limit(CLIENT(&app, setting,), &limits[i],
			    "a route");
		}
	}
}

/* Of what was refused, nothing is there. */
static void
expect_within(struct stile_req *r)
{
	struct stile_upload	*u;
	struct stat		 st;
	size_t			 files = 0;

	cr_expect_leq(stile_table_count(r->form), r->max.params);
	for (u = r->uploads->first; u != NULL; u = u->next) {
		files++;
		cr_assert_eq(fstat(u->fd, &st), 0);
		cr_expect_leq((size_t)st.st_size, r->max.file);
	}
	cr_expect_leq(files, r->max.files);
}

static void	begin_unit(struct unit *, const struct form *, size_t chunk);

Test(upload, limits_are_kept_byte_by_byte)
{
	struct form	f = { 0 };
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(limits); i++) {
		fill(&f, &limits[i]);
		begin_unit(&u, &f, 1);
		u.r.max = (struct stile_limits){ 1 << 20, 100, 500000, 100,
		    16384, 256, 100, 500000 };
		set_limit(&u.r.max, &limits[i]);
		stile_form_table(&u.r);
		cr_expect_eq(stile_failed_status(&u.r),
		    limits[i].detail == NULL ? 0 : 413, "%zu: %s_max", i,
		    limits[i].name);
		expect_within(&u.r);
		unit_end(&u);
		form_clear(&f);
	}
}

Test(upload, the_whole_body_has_a_limit_too)
{
	struct stile_client	*c;
	struct form		 f = { 0 };
	struct unit		 u;
	char			 setting[40];
	int			 over;

	act = count;
	form_file(&f, "f", "x", 'x', 100000);
	form_end(&f);
	for (over = 0; over < 2; over++) {
		snprintf(setting, sizeof(setting), "body_max=%zu",
		    f.n - (size_t)over);
		c = CLIENT(&form_app, setting,);
		EXPECT_ANSWER(form_send(c, &f), over ? 413 : 200, NULL, "%s",
		    setting);
		stile_client_free(c);
		/* Of a length that nobody has said. */
		begin_unit(&u, &f, 1);
		u.r.max.body = f.n - (size_t)over;
		u.r.max.file = 100000;
		stile_form_table(&u.r);
		cr_expect_eq(stile_failed_status(&u.r), over ? 413 : 0);
		unit_end(&u);
	}
	form_clear(&f);
}

/* ---- where files are while the request lasts ------------------------- */

static const char	*watched;
static size_t		 fds_before;

static int
look_at_folder(struct stile_req *r)
{
	struct stat		 st, dir;
	struct stile_upload	*u;
	size_t			 i;

	cr_assert_eq(stat(watched, &dir), 0);
	for (i = 0; (u = stile_upload_at(r, i)) != NULL; i++) {
		cr_assert_eq(fstat(u->fd, &st), 0);
		cr_expect_eq(st.st_mode, S_IFREG | 0600, "%o", st.st_mode);
		cr_expect_eq(st.st_nlink, 0);
		cr_expect_eq(st.st_dev, dir.st_dev);
		cr_expect_eq(st.st_size, i == 0 ? 100 : 100000);
	}
	cr_expect_eq(i, 2);
	cr_expect_eq(entries(watched), 0, "a file has a name");
	cr_expect_eq(open_fds(), fds_before + 2);
	return stile_send_text(r, 200, stile_upload_sha256(r,
	    stile_upload(r, "g")));
}

static void
check_folder(const char *what)
{
	/* SHA-256 of 100000 times 'y' */
	static const char	 hex[] =
	    "24f3b78cabc6269dc973739ded3f476534d27689bd66157953563d328ce339e8";
	struct stile_client	*c;
	struct form		 f = { 0 };
	struct tmp		 t;

	tmp_make(&t);
	watched = t.dir;
	act = look_at_folder;
	c = CLIENT(&form_app, upload_dir(t.dir), "files_max=2",);
	form_file(&f, "f", "x", 'x', 100);
	form_file(&f, "g", "y", 'y', 100000);
	form_end(&f);
	fds_before = open_fds();
	EXPECT_ANSWER(form_send(c, &f), 200, hex, "%s", what);
	cr_expect_eq(open_fds(), fds_before);
	cr_expect_eq(entries(t.dir), 0);
	form_clear(&f);
	stile_client_free(c);
	tmp_remove(&t);
}

Test(upload, no_file_has_a_name)
{
	umask(0);
	check_folder("whatever the umask");
}

/* What a kernel or a file system says that knows none without. */
Test(upload, where_every_file_has_a_name)
{
	no_unnamed_files(EOPNOTSUPP);
	check_folder("EOPNOTSUPP");
	no_unnamed_files(EISDIR);
	check_folder("EISDIR");
	no_unnamed_files(EINVAL);
	check_folder("EINVAL");
}

/* Any other failure is one. */
Test(upload, where_no_file_can_be_made)
{
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };

	act = count;
	form_file(&f, "f", "x", 'x', 1);
	form_end(&f);
	no_unnamed_files(EACCES);
	EXPECT_ANSWER(form_send(c, &f), 500, NULL, "EACCES");
	no_unnamed_files(EMFILE);
	EXPECT_ANSWER(form_send(c, &f), 500, NULL, "EMFILE");
	form_clear(&f);
	stile_client_free(c);
}

static const struct {
	const char	*what, *path;
} bad_dirs[] = {
	{ "missing", "/nonexistent/stile" },
	{ "a file", "/etc/passwd" },
	{ "without files", "/proc" },
};

Test(upload, a_folder_that_cannot_be_used)
{
	struct stile_client		*c;
	const struct stile_answer	*a;
	struct form			 f = { 0 };
	size_t				 i, fds;

	act = count;
	form_file(&f, "f", "x", 'x', 1);
	form_end(&f);
	for (i = 0; i < NELEM(bad_dirs); i++) {
		c = CLIENT(&form_app, upload_dir(bad_dirs[i].path),);
		fds = open_fds();
		a = form_send(c, &f);
		EXPECT_ANSWER(a, 500, NULL, "%s", bad_dirs[i].what);
		EXPECT_STR(detail_of(a), NULL, "the path is not told");
		cr_expect_eq(open_fds(), fds);
		stile_client_free(c);
	}
	form_clear(&f);
}

/* ---- reading --------------------------------------------------------- */

static const char	letters[] = "abcdefghijklmnopqrstuvwxyz";

static int
read_pieces(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "f");
	char			 p[40];
	long			 want, got;
	int			 at;
	size_t			 n;

	for (at = 0; at < 30; at++)
		for (n = 0; n <= 30; n++) {
			want = at >= 26 ? 0 : 26 - at;
			if (want > (long)n)
				want = (long)n;
			got = stile_upload_read(r, u, at, p, n);
			cr_assert_eq(got, want, "%zu from %d: %ld", n, at, got);
			cr_assert_arr_eq(p, letters + (at < 26 ? at : 26),
			    (size_t)got);
		}
	cr_expect_eq(stile_failed(r), STILE_OK);
	cr_expect_lt(stile_upload_read(r, u, -1, p, 1), 0);
	cr_expect_eq(stile_failed_status(r), 500);
	return stile_failed(r);
}

Test(upload, read_from_anywhere)
{
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };

	act = read_pieces;
	form_part(&f, "f", "; filename=\"x\"", letters, 26);
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 500, NULL, "a negative offset");
	form_clear(&f);
	stile_client_free(c);
}

static size_t	bytes_max;

static int
send_bytes(struct stile_req *r)
{
	struct stile_str	s;

	s = stile_upload_bytes(r, stile_upload(r, "f"), bytes_max);
	if (s.p == NULL)
		return stile_failed(r) != STILE_OK ? STILE_EFAILED :
		    stile_send_empty(r, 204);
	cr_expect_eq(s.p[s.len], '\0');
	return stile_send(r, 200, "application/octet-stream", s.p, s.len);
}

Test(upload, bytes)
{
	static const size_t		 sizes[] = { 0, 1, 26, 65536, 300000 };
	struct stile_client		*c = CLIENT(&form_app,);
	const struct stile_answer	*a;
	struct stile_str		 body;
	struct form			 f = { 0 };
	size_t				 i, k;
	char				 want[80];

	act = send_bytes;
	for (i = 0; i < NELEM(sizes); i++) {
		form_file(&f, "f", "x", '\0', sizes[i]);
		form_end(&f);
		bytes_max = sizes[i];
		a = form_send(c, &f);
		EXPECT_ANSWER(a, 200, NULL, "%zu", sizes[i]);
		body = stile_answer_body(a);
		cr_assert_eq(body.len, sizes[i]);
		for (k = 0; k < body.len && body.p[k] == '\0'; k++)
			;
		cr_expect_eq(k, body.len);
		bytes_max = SIZE_MAX;
		EXPECT_ANSWER(form_send(c, &f), 200, NULL, "no limit");
		if (sizes[i] > 0) {
			bytes_max = sizes[i] - 1;
			snprintf(want, sizeof(want), "f: a file of at most %zu "
			    "bytes is accepted", bytes_max);
			a = form_send(c, &f);
			EXPECT_ANSWER(a, 413, NULL, "over %zu", bytes_max);
			EXPECT_STR(detail_of(a), want, "over it");
		}
		form_clear(&f);
	}
	form_field(&f, "f", "a field");
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 204, "", "no file");
	form_clear(&f);
	stile_client_free(c);
}

/* Who has the descriptor can cut the file. */
static int
bytes_of_a_shorter_one(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "f");

	cr_assert_eq(ftruncate(u->fd, 5), 0);
	cr_expect(stile_upload_bytes(r, u, 100).p == NULL);
	cr_expect(stile_upload_bytes(r, u, 100).p == NULL, "nor after that");
	return stile_failed(r);
}

Test(upload, bytes_that_are_gone)
{
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };

	act = bytes_of_a_shorter_one;
	form_file(&f, "f", "x", 'x', 6);
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 500, NULL, "shorter");
	form_clear(&f);
	stile_client_free(c);
}

static int
show_digest(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "f");

	if (u == NULL)
		return stile_failed(r);
	EXPECT_STR(stile_upload_sha256(r, u), stile_upload_sha256(r, u),
	    "the same again");
	return stile_send_text(r, 200, stile_upload_sha256(r, u));
}

/* FIPS 180-4's own examples, and lengths around what is read at a time. */
Test(upload, sha256)
{
	static const struct {
		const char	*text;
		size_t		 n;		/* of 'a' without a text */
		const char	*hex;
	} cases[] = {
		{ "", 0, "e3b0c44298fc1c149afbf4c8996fb924"
		    "27ae41e4649b934ca495991b7852b855" },
		{ "abc", 3, "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    56, "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" },
		{ NULL, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67"
		    "f1809a48a497200e046d39ccc7112cd0" },
	};
	struct stile_client	*c = CLIENT(&form_app, "body_max=2000000",);
	struct form		 f = { 0 };
	size_t			 i;

	act = show_digest;
	for (i = 0; i < NELEM(cases); i++) {
		if (cases[i].text != NULL)
			form_part(&f, "f", "; filename=\"x\"", cases[i].text,
			    cases[i].n);
		else
			form_file(&f, "f", "x", 'a', cases[i].n);
		form_end(&f);
		EXPECT_ANSWER(form_send(c, &f), 200, cases[i].hex, "%zu", i);
		form_clear(&f);
	}
	stile_client_free(c);
}

/* ---- what goes wrong in the middle ----------------------------------- */

static int
use_after_failure(struct stile_req *r)
{
	cr_expect(stile_upload(r, "f") == NULL);
	cr_expect(stile_upload_at(r, 0) == NULL);
	return stile_failed(r);
}

/* A form that ends after each of its bytes: 400, and every file is closed. */
Test(upload, a_form_that_is_cut)
{
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };
	size_t			 n, whole, fds;

	act = use_after_failure;
	form_field(&f, "a", "1");
	form_file(&f, "f", "x", 'x', 20);
	form_file(&f, "f", "y", 'y', 20);
	form_end(&f);
	whole = f.n - 2;		/* the last CRLF may be missing */
	EXPECT_ANSWER(form_send(c, &(struct form){ f.p, 0 }), 400, NULL, "0");
	fds = open_fds();
	for (n = 1; n < whole; n++)
		EXPECT_ANSWER(form_send(c, &(struct form){ f.p, n }), 400,
		    NULL, "%zu bytes", n);
	cr_expect_eq(open_fds(), fds);
	form_clear(&f);
	stile_client_free(c);
}

static int
fail_later(struct stile_req *r)
{
	cr_expect(stile_upload(r, "f") != NULL);
	return stile_fail(r, 422, "not this one");
}

Test(upload, a_handler_that_fails)
{
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };
	size_t			 fds = 0;
	int			 i;

	act = fail_later;
	form_file(&f, "f", "x", 'x', 20);
	form_end(&f);
	for (i = 0; i < 3; i++) {
		EXPECT_ANSWER(form_send(c, &f), 422, NULL, "refused");
		if (i == 0)
			fds = open_fds();
	}
	cr_expect_eq(open_fds(), fds);
	form_clear(&f);
	stile_client_free(c);
}

/* ---- in every piece that a server may hand over ---------------------- */

#define FIELDS	"a=1;f|x|x|application/octet-stream|300;"

static void
begin_unit(struct unit *u, const struct form *f, size_t chunk)
{
	unit_begin(u);
	u->limits.max.field_bytes = 1000;
	u->limits.max.files = 10;
	u->limits.max.file = 1000;
	u->limits.upload_dir = "/tmp";
	u->io.body_ends = true;
	unit_body(u, f->p, f->n, chunk);
	if (u->r.arena != NULL)
		stile__req_init(&u->r, VARS("REQUEST_METHOD=POST",
		    "PATH_INFO=/", "CONTENT_TYPE=" MULTIPART));
}

Test(upload, in_chunks_of_every_size)
{
	struct form	f = { 0 };
	struct unit	u;
	size_t		chunk;

	form_field(&f, "a", "1");
	form_file(&f, "f", "x", '\r', 300);
	form_end(&f);
	for (chunk = 1; chunk <= f.n; chunk++) {
		begin_unit(&u, &f, chunk);
		cr_assert_eq(show(&u.r), STILE_OK, "%zu: %s", chunk,
		    u.r.failure.cause.detail);
		cr_assert(strstr(unit_answer(&u), "\r\n\r\n" FIELDS) != NULL,
		    "%zu: %s", chunk, u.fake.out);
		unit_end(&u);
	}
	form_clear(&f);
}

Test(upload, a_client_that_goes_away)
{
	struct form	f = { 0 };
	struct unit	u;
	size_t		fds, whole;

	form_file(&f, "f", "x", 'x', 300);
	form_end(&f);
	whole = f.n;
	fds = open_fds();
	for (f.n = 0; f.n < whole; f.n++) {
		begin_unit(&u, &f, 17);
		u.fake.broken = STILE_EGONE;
		stile_form_table(&u.r);
		cr_assert_eq(stile_failed_status(&u.r), 400, "%zu", f.n);
		unit_end(&u);
	}
	cr_expect_eq(open_fds(), fds);
	form_clear(&f);
}

static enum stile_err
read_form(void)
{
	struct form	 f = { 0 };
	struct unit	 u;
	enum stile_err	 rc = STILE_ENOMEM;
	size_t		 fds = open_fds();
	const char	*hex = "";

	form_field(&f, "a", "1\xFF");
	form_file(&f, "f", "x", 'x', 300);
	form_file(&f, "g", "y", 'x', 300);
	form_end(&f);
	begin_unit(&u, &f, 100);
	if (u.r.arena == NULL)
		goto out;
	stile_form_table(&u.r);
	if (stile_failed(&u.r) == STILE_OK)
		stile_upload_bytes(&u.r, stile_upload(&u.r, "f"), 300);
	if (stile_failed(&u.r) == STILE_OK)
		hex = stile_upload_sha256(&u.r, stile_upload(&u.r, "g"));
	cr_expect_eq(*hex != '\0', stile_failed(&u.r) == STILE_OK);
	rc = STILE_OK;
	if (stile_failed(&u.r) != STILE_OK) {
		rc = STILE_ENOMEM;
		cr_expect_eq(stile_failed_status(&u.r), 503);
		cr_expect(stile_upload(&u.r, "f") == NULL);
	}
out:
	unit_end(&u);
	form_clear(&f);
	cr_expect_eq(open_fds(), fds, "a file is still open");
	return rc;
}

Test(upload, survives_every_allocation_failure)
{
	cr_expect_gt(torture(read_form), 4);
}

/* ---- no room --------------------------------------------------------- */

Test(upload, a_file_that_there_is_no_room_for)
{
	struct rlimit		 one = { 65536, 65536 };
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };
	size_t			 fds;

	act = count;
	cr_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &one), 0);
	form_file(&f, "f", "x", 'x', 65536);
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 200, NULL, "as much as there is");
	form_clear(&f);
	fds = open_fds();
	form_file(&f, "e", "x", 'x', 5);
	form_file(&f, "f", "x", 'x', 65537);
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 507, NULL, "a byte more");
	cr_expect_eq(open_fds(), fds);
	form_clear(&f);
	stile_client_free(c);
}

/* A small disk of our own, where the system lets us have one. */
Test(upload, a_disk_that_is_full)
{
	struct stile_client	*c;
	struct form		 f = { 0 };
	struct tmp		 t;
	size_t			 fds;

	tmp_make(&t);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", t.dir, "tmpfs", 0, "size=128k") != 0) {
		cr_log_info("no disk: %s", strerror(errno));
		tmp_remove(&t);
		return;
	}
	act = count;
	c = CLIENT(&form_app, upload_dir(t.dir),);
	form_file(&f, "f", "x", 'x', 100000);
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 200, NULL, "there is room");
	EXPECT_ANSWER(form_send(c, &f), 200, NULL, "it is given back");
	form_clear(&f);
	fds = open_fds();
	form_file(&f, "f", "x", 'x', 100000);
	form_file(&f, "f", "x", 'x', 100000);
	form_end(&f);
	EXPECT_ANSWER(form_send(c, &f), 507, NULL, "full");
	cr_expect_eq(open_fds(), fds);
	form_clear(&f);
	stile_client_free(c);
	cr_expect_eq(umount(t.dir), 0, "something is still open");
	tmp_remove(&t);
}

/* ---- one's own sink -------------------------------------------------- */

static char	seen[2000];
static int	fail_at;		/* the call that fails, from 1 */
static bool	with_cause;

static void
see(const char *p, size_t n)
{
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%.*s",
	    (int)n, p);
}

static enum stile_err
next(struct stile_error *e)
{
	if (fail_at == 0 || --fail_at > 0)
		return STILE_OK;
	return with_cause ? stile_error_set(e, STILE_ERANGE, 422, "not this") :
	    STILE_ERANGE;
}

static enum stile_err
sink_begin(void *arg, const struct stile_part *p, struct stile_error *e)
{
	cr_expect(arg == seen);
	see("[", 1);
	see(p->name.p, p->name.len);
	if (p->filename.p != NULL) {
		see("|", 1);
		see(p->filename.p, p->filename.len);
	}
	see(":", 1);
	return next(e);
}

static enum stile_err
sink_data(void *arg, const void *p, size_t n, struct stile_error *e)
{
	cr_expect(arg == seen);
	see(p, n);
	return next(e);
}

static enum stile_err
sink_end(void *arg, struct stile_error *e)
{
	cr_expect(arg == seen);
	see("]", 1);
	return next(e);
}

static const struct stile_multipart_sink	sink = {
	sink_begin, sink_data, sink_end
};

static int
take_apart(struct stile_req *r)
{
	size_t	fds = open_fds();
	int	rc;

	seen[0] = '\0';
	rc = stile_parts(r, &sink, seen);
	cr_expect_eq(rc, stile_failed(r));
	cr_expect_eq(open_fds(), fds, "there is no file");
	return stile_send_text(r, 200, seen);
}

static void
small_form(struct form *f)
{
	form_field(f, "a", "1");
	form_file(f, "f", "x", 'x', 3);
	form_field(f, "b", "");
	form_end(f);
}

Test(upload, parts)
{
	struct stile_client	*c = CLIENT(&form_app, "field_bytes_max=1",
	    "file_max=0",);
	struct form		 f = { 0 };

	act = take_apart;
	small_form(&f);
	EXPECT_ANSWER(form_send(c, &f), 200, "[a:1][f|x:xxx][b:]",
	    "one's own limits, and no files");
	f.n -= 5;
	EXPECT_ANSWER(form_send(c, &f), 400, NULL, "cut");
	EXPECT_ANSWER(stile_client_json(c, "POST", "/", "{}"), 415, NULL,
	    "another type");
	form_clear(&f);
	stile_client_free(c);
}

Test(upload, parts_in_chunks_of_every_size)
{
	static const char	near[] = "\r\n--=bOUNDARY\r\r\n--";
	struct form		f = { 0 };
	struct unit		u;
	size_t			chunk;

	form_field(&f, "a", near);
	form_part(&f, "f", "; filename=\"x\"", near, sizeof(near) - 1);
	form_field(&f, "b", "");
	form_end(&f);
	for (chunk = 1; chunk <= f.n; chunk++) {
		begin_unit(&u, &f, chunk);
		cr_assert_eq(take_apart(&u.r), STILE_OK, "%zu", chunk);
		EXPECT_STR(seen, "[a:\r\n--=bOUNDARY\r\r\n--]"
		    "[f|x:\r\n--=bOUNDARY\r\r\n--][b:]", "%zu", chunk);
		unit_end(&u);
	}
	form_clear(&f);
}

Test(upload, a_sink_may_say_no)
{
	struct stile_client		*c = CLIENT(&form_app,);
	const struct stile_answer	*a;
	struct form			 f = { 0 };
	int				 i, cause;

	act = take_apart;
	small_form(&f);
	for (cause = 0; cause < 2; cause++)
		for (i = 1; i <= 8; i++) {
			fail_at = i;
			with_cause = cause != 0;
			a = form_send(c, &f);
			EXPECT_ANSWER(a, cause ? 422 : 500, NULL, "call %d", i);
			EXPECT_STR(detail_of(a), cause ? "not this" : NULL,
			    "call %d", i);
		}
	form_clear(&f);
	stile_client_free(c);
}

/* ---- the body is read once ------------------------------------------- */

static int
form_then_form(struct stile_req *r)
{
	cr_expect(stile_form_table(r) == stile_form_table(r));
	cr_expect(stile_upload(r, "f") == stile_upload(r, "f"));
	return stile_send_empty(r, 200);
}

static int
form_then_body(struct stile_req *r)
{
	stile_form_table(r);
	stile_body(r);
	return stile_failed(r);
}

static int
form_then_parts(struct stile_req *r)
{
	stile_form_table(r);
	return stile_parts(r, &sink, seen);
}

static int
parts_then_parts(struct stile_req *r)
{
	seen[0] = '\0';
	stile_parts(r, &sink, seen);
	return stile_parts(r, &sink, seen);
}

static int
parts_then_form(struct stile_req *r)
{
	seen[0] = '\0';
	stile_parts(r, &sink, seen);
	stile_form_table(r);
	return stile_failed(r);
}

static int
body_then_form(struct stile_req *r)
{
	stile_body(r);
	stile_form_table(r);
	return stile_failed(r);
}

static int
read_then_form(struct stile_req *r)
{
	char	c;

	cr_expect_eq(stile_read(r, &c, 1), 1);
	stile_form_table(r);
	return stile_failed(r);
}

/* Wrong order is a bug of the handler, and no fault of the client. */
Test(upload, the_body_is_read_once)
{
	static const struct {
		const char	*name;
		int		(*fn)(struct stile_req *);
		int		 status;
	} cases[] = {
		{ "form, form", form_then_form, 200 },
		{ "form, body", form_then_body, 500 },
		{ "form, parts", form_then_parts, 500 },
		{ "parts, parts", parts_then_parts, 500 },
		{ "parts, form", parts_then_form, 500 },
		{ "body, form", body_then_form, 500 },
		{ "read, form", read_then_form, 500 },
	};
	struct stile_client	*c = CLIENT(&form_app,);
	struct form		 f = { 0 };
	size_t			 i;

	small_form(&f);
	for (i = 0; i < NELEM(cases); i++) {
		act = cases[i].fn;
		EXPECT_ANSWER(form_send(c, &f), cases[i].status, NULL, "%s",
		    cases[i].name);
	}
	form_clear(&f);
	stile_client_free(c);
}
