/* SPDX-License-Identifier: GPL-2.0 */
/* Cases with names; the others are random. */
#ifndef BRUTE_CASES_H
#define BRUTE_CASES_H

/* Runs the named cases; says which failed. */
void brute_cases(unsigned long *passed, unsigned long *failed);

#endif
