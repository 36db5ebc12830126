/* SPDX-License-Identifier: ISC */
/* A program that does nothing, with the library: what starting one costs. */
int
main(void)
{
	return 0;
}
