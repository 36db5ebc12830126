/* SPDX-License-Identifier: ISC */
/* Last include of every .c file: names that no line of ours may use. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#if defined(__GNUC__)
# pragma GCC poison strcpy strcat sprintf vsprintf gets strtok atoi atol sscanf
#endif
#endif
