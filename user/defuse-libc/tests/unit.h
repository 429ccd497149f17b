/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef UNIT_H
#define UNIT_H

/* Names on the fake mount, the same on the backend, and libraries under test. */
char *unit_name(const char *rest);
char *unit_back(const char *rest);
char *unit_library(const char *name);

void test_adopt(void);
void test_avfs(void);
void test_path(void);
void test_open(void);
void test_io(void);
void test_dup(void);
void test_fork(void);
void test_restore(void);
void test_position(void);
void test_threads(void);
void test_none(void);
void test_claim(void);
void test_maps(void);
void test_abi(void);
void test_map(void);
void test_points(void);
void test_space(void);

#endif /* UNIT_H */
