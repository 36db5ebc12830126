/* SPDX-License-Identifier: ISC */
/*
 * lib/guard/hash.c, hash_crypt.c: hashes that others have made, of one
 * password, and those that nobody can have made.
 *
 * Made by Django 3.2.25, argon2-cffi 21.1, Werkzeug 2.2.2, hashlib.scrypt() as
 * Werkzeug 2.3 calls it, and the crypt() of libxcrypt 4.4.33.
 */
#include "unit.h"

#include <sodium.h>

#include "guard/hash.h"

#define PASSWORD	"correct horse b\303\244ttery"

static const char *const	hashes[] = {
	"pbkdf2_sha256$1000$somesalt$"
	    "dvBX/Vx/7OSTXkUaebBue9XayLnr0u5cAQ9QIqkgIMs=",
	"pbkdf2_sha256$260000$seasalt$"
	    "n49ATyhtZAe1Mn/kAZn8/aDsftIYTlF5E1XstlyvhLA=",
	"argon2$argon2id$v=19$m=1024,t=2,p=8$c29tZXNhbHQ$"
	    "95tF+uRWm4mq6cHqDUh2Ag",
	"$argon2i$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$"
	    "RTXZbjA1NhOgiH6qg0wjtzUV2OQQNgaXy4Fws0oWM7M",
	"bcrypt_sha256$$2b$04$.9xStjs7R65.jOenxVU5kuxKWkhzaI663AHGLHOmL0j5SUl"
	    "fshd1S",
	"bcrypt$$2b$04$AqzLBQCJeclJv0.WDRpiTOEB0Xzc.8sfv7ppJrGcgdLseDBKq3G32",
	"pbkdf2:sha256:1000$D5T5oD97$"
	    "c9a47827c05c913a21fb9947f6eb42ed8d1c65f6e8fb214384ee8831d4339bac",
	"scrypt:4096:8:1$Zk2Lr0vQpX7sT9aB$b75602252d5426ed8e30a1c5d0b5ebf9043c"
	    "d2c7dd93c6b5a48c35e098d3e7540ebf6b22e042516e1976cc14e757178cad5c4"
	    "9e8da14c3367d4adf7b1b348d81",
	"$6$3psTfas81gQ5GfCp$5nc9ICFHONhezZ5jVgbqObDPqgiOL/TIY4s5vQQZMcZ/t1jh3"
	    "Ng3fn2euK7u6fdJpSsGVKncOZy7y2KKew1kP1",
	"$5$SPaX7T4tO4wqVGw2$X.gFVre5aZxG2xnUmwCK4j1DCZ94ZFDfeII0A5I81I0",
	"$1$salt$IH6I25tTaVDf6TlEVAZ/L1",
	"$5$rounds=1000$salt$JcpzenfasUrSVqfbxCbKRg5g512l7Om1VFBcoiHGWw2",
	"$6$rounds=1000$salt$4TLmsE09cx/kH39UCPTb5gS0Qv7ifB7JqCSbTgVr/YjR/7XUk"
	    "eObN1dwVeCJrX740ephatzgHPQOXf4yGSOQU.",
	"$2y$04$abcdefghijklmnopqrstuu.re4/lWF.zqrrGnYy1AP3doZ95IIwKq",
	"$2a$04$abcdefghijklmnopqrstuu.re4/lWF.zqrrGnYy1AP3doZ95IIwKq",
	"$y$j75$salt1234$zWL32jc3dR2NtOes3rLrgWoeA4nMKEbiOBFZrxPlxxA",
	"$y$j9T$salt1234$XKjwvy6wv3jtIzOBhFO.uvkt.VojMZvN9q3Bv9KQUa1",
	"$gy$j75$salt1234$HeZvPJowwoU.jCrGodtaY1qwX1bPh1Bmj3dv/oUj1.4",
	"$7$7/..../....salt1234$jWFAjLtEVumhWSRuOZrAsLaDrHJu5OCcNBYMqCxBXv2",
};

static void
setup(void)
{
	cr_assert_geq(sodium_init(), 0);
}

TestSuite(hash, .init = setup);

static enum stile_err
verify(const char *hash, const char *password, struct stile_error *e)
{
	*e = (struct stile_error){ 0 };
	return stile__hash_verify(hash, stile_str(password), e);
}

Test(hash, others)
{
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(hashes); i++) {
		cr_expect_eq(verify(hashes[i], PASSWORD, &e), STILE_OK,
		    "%s: %s", hashes[i], e.detail);
		cr_expect_eq(verify(hashes[i], PASSWORD "?", &e),
		    STILE_ENOTFOUND, "%s: %s", hashes[i], e.detail);
		cr_expect_eq(verify(hashes[i], "", &e), STILE_ENOTFOUND,
		    "%s: %s", hashes[i], e.detail);
		cr_expect_eq(e.code, STILE_OK, "another one is no error");
	}
}

/* Cut at any place, none of them is the password's; ASan sees what is read. */
Test(hash, cut)
{
	struct stile_error	 e;
	char			*copy;
	size_t			 i, n, len;

	for (i = 0; i < NELEM(hashes); i++) {
		len = strlen(hashes[i]);
		if (strstr(hashes[i], "260000") != NULL ||
		    strstr(hashes[i], "j9T") != NULL)
			continue;	/* takes long, and is like another */
		for (n = 0; n < len; n++) {
			if ((copy = strndup(hashes[i], n)) == NULL)
				cr_assert(false, "no memory");
			cr_expect_neq(verify(copy, PASSWORD, &e), STILE_OK,
			    "%s", copy);
			free(copy);
		}
	}
}

Test(hash, malformed)
{
	static const char *const	cases[] = {
		"$argon2id$", "$argon2id$v=19$m=64,t=1,p=1",
		"$argon2id$v=19$m=64,t=1,p=1$!!$!!",
		"$argon2id$v=19$m=64,t=1$c2FsdHNhbHQ$AAAA",
		"$argon2id$v=19$t=1,m=64,p=1$c2FsdHNhbHQ$AAAA",
		"$argon2id$v=19$m,t=1,p=1$c2FsdHNhbHQ$AAAA",
		"$argon2id$v=19$m=64,t=1,p=1,x=1$c2FsdHNhbHQ$AAAA",
		"$argon2id$v=19$m=-64,t=1,p=1$c2FsdHNhbHQ$AAAA",
		"argon2$argon2id$", "pbkdf2_sha256$", "pbkdf2_sha256$$$",
		"pbkdf2_sha256$0$salt$AAAA", "pbkdf2_sha256$1000$salt$",
		"pbkdf2_sha256$1000$salt$AAAA",
		"pbkdf2_sha256$x$salt$"
		    "dvBX/Vx/7OSTXkUaebBue9XayLnr0u5cAQ9QIqkgIMs=",
		"pbkdf2_sha256$1000$salt$"
		    "dvBX/Vx/7OSTXkUaebBue9XayLnr0u5cAQ9QIqkgIMs=$",
		"pbkdf2:sha256:1000$salt$zz", "pbkdf2:sha256:1000$salt",
		"scrypt:", "scrypt:16:8$salt$00", "scrypt:16:8:1:1$salt$00",
		"scrypt:15:8:1$salt$b75602252d5426ed8e30a1c5d0b5ebf9043cd2c7dd"
		    "93c6b5a48c35e098d3e7540ebf6b22e042516e1976cc14e757178cad5"
		    "c49e8da14c3367d4adf7b1b348d81",
		"bcrypt$$2b$", "bcrypt$$2b$04$", "bcrypt$$2b$4$abc",
		"bcrypt_sha256$$2b$04$short", "$2b$04$", "$7$", "$y$", "$y$j",
		"$y$j7", "$y$k75$salt1234", "$6$rounds=$salt$x",
		"$6$rounds=0$salt$x", "$6$rounds=-1$salt$x",
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(verify(cases[i], PASSWORD, &e), STILE_ESYNTAX,
		    "%s: %s", cases[i], stile_err_name(e.code));
		cr_expect_eq(e.status, 500, "%s", cases[i]);
		cr_expect(strstr(e.detail, PASSWORD) == NULL &&
		    strstr(e.detail, "salt") == NULL, "%s", e.detail);
	}
}

/* Gigabytes, or hours: refused before any of it is spent. */
Test(hash, too_dear)
{
	static const char *const	cases[] = {
		"scrypt:16777216:8:1$salt$b75602252d5426ed8e30a1c5d0b5ebf9043cd"
		    "2c7dd93c6b5a48c35e098d3e7540ebf6b22e042516e1976cc14e75717"
		    "8cad5c49e8da14c3367d4adf7b1b348d81",
		"scrypt:2097152:8:1$salt$b75602252d5426ed8e30a1c5d0b5ebf9043cd"
		    "2c7dd93c6b5a48c35e098d3e7540ebf6b22e042516e1976cc14e75717"
		    "8cad5c49e8da14c3367d4adf7b1b348d81",
		"scrypt:16:8:1000000$salt$b75602252d5426ed8e30a1c5d0b5ebf9043cd"
		    "2c7dd93c6b5a48c35e098d3e7540ebf6b22e042516e1976cc14e75717"
		    "8cad5c49e8da14c3367d4adf7b1b348d81",
		"$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$"
		    "95tF+uRWm4mq6cHqDUh2Ag",
		"$argon2id$v=19$m=64,t=1000000,p=1$c29tZXNhbHQ$"
		    "95tF+uRWm4mq6cHqDUh2Ag",
		"$argon2id$v=19$m=65536,t=1,p=16777215$c29tZXNhbHQ$"
		    "95tF+uRWm4mq6cHqDUh2Ag",
		"pbkdf2_sha256$2000000000$somesalt$"
		    "dvBX/Vx/7OSTXkUaebBue9XayLnr0u5cAQ9QIqkgIMs=",
		"pbkdf2:sha256:2000000000$D5T5oD97$c9a47827c05c913a21fb9947f6e"
		    "b42ed8d1c65f6e8fb214384ee8831d4339bac",
		"$2b$31$AqzLBQCJeclJv0.WDRpiTOEB0Xzc.8sfv7ppJrGcgdLseDBKq3G32",
		"bcrypt$$2b$31$AqzLBQCJeclJv0.WDRpiTOEB0Xzc.8sfv7ppJrGcgdLseDB"
		    "Kq3G32",
		"$6$rounds=999999999$salt$4TLmsE09cx",
		"$y$jHT$salt1234$XKjwvy6wv3jtIzOBhFO.uvkt.VojMZvN9q3Bv9KQUa1",
		"$y$j9z$salt1234$XKjwvy6wv3jtIzOBhFO.uvkt.VojMZvN9q3Bv9KQUa1",
		"$7$J6..../....salt1234$jWFAjLtEVumhWSRuOZrAsLaDrHJu5OCcNBYMqC",
		"$7$766666666..salt1234$jWFAjLtEVumhWSRuOZrAsLaDrHJu5OCcNBYMqC",
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++)
		cr_expect_eq(verify(cases[i], PASSWORD, &e), STILE_ESYNTAX,
		    "%s: %s", cases[i], stile_err_name(e.code));
}

Test(hash, unknown)
{
	static const char *const	cases[] = {
		"", "x", PASSWORD, "PqQFLrp.NFxuE", "md5$a$b", "$", "$$",
		"$9$x",
		"$argon2d$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$"
		    "YEYpCssoztMrfR9q9WTGD2rnXiN+12BvNO7da4e6pA0",
		"pbkdf2_sha1$1000$x$y", "pbkdf2:sha512:1$x$y", "*0", "!", "*1",
		"bcrypt$x", "bcrypt_sha256$x",
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++)
		cr_expect_eq(verify(cases[i], PASSWORD, &e), STILE_ENOSYS,
		    "%s: %s", cases[i], stile_err_name(e.code));
}

/* What crypt(3) does not take has no hash of it. */
Test(hash, long_password)
{
	static char		text[1025];
	struct stile_error	e;
	size_t			i;

	memset(text, 'a', sizeof(text) - 1);
	for (i = 0; i < NELEM(hashes); i++)
		cr_expect_eq(verify(hashes[i], text, &e), STILE_ENOTFOUND,
		    "%s: %s", hashes[i], e.detail);
}

static enum stile_err
verify_crypt(void)
{
	return stile__hash_verify("$1$salt$IH6I25tTaVDf6TlEVAZ/L1",
	    stile_str(PASSWORD), NULL);
}

Test(hash, no_memory)
{
	cr_expect_eq(torture(verify_crypt), 2);
}
