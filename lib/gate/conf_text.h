/* SPDX-License-Identifier: ISC */
/* The configurations below nginx-conf/, as they are there. */
#ifndef GATE_CONF_TEXT_H
#define GATE_CONF_TEXT_H

struct conf_text {
	const char	*file;		/* "apache/cgi.conf" */
	const char	*text;
};

extern const struct conf_text	conf_texts[];	/* ends with NULLs */
#endif
