/* SPDX-License-Identifier: ISC */
/* What systemd is told, sd_notify(3): a datagram to $NOTIFY_SOCKET. */
#ifndef GATE_NOTIFY_H
#define GATE_NOTIFY_H

#include "stile/types.h"

void	 notify(const char *text);

/* With the time, as RELOADING=1 asks for it. */
void	 notify_reloading(void);

/* How often to send WATCHDOG=1, in us; 0: not at all. */
int64_t	 notify_interval_us(void);
#endif
