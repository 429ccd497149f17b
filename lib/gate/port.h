/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * All that lib/gate takes from where it runs: integers, strings, memory and
 * publication under RCU.  The only file of lib/gate that knows kernel from user
 * space.
 *
 * User space has one thread for each pipeline: readers and the writer take
 * turns, so publication is a store and what is retired may go at once.
 */
#ifndef GATE_PORT_H
#define GATE_PORT_H

#include "../wire/port.h"

#ifdef __KERNEL__
#include <linux/bug.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/openvswitch.h>
#include <asm/byteorder.h>

#define gate_assert(cond)	WARN_ON_ONCE(!(cond))
#define gate_alloc(size)	kvzalloc(size, GFP_KERNEL_ACCOUNT)
#define gate_free(p)		kvfree(p)
#define gate_publish(p, v)	rcu_assign_pointer(p, v)
/* By the writer, who has the pipeline's lock, and by readers under RCU. */
#define gate_deref(p)		rcu_dereference_check(p, 1)
#define gate_breathe()		cond_resched()
/* Call back when readers that are there now have gone; or wait for that. */
#define gate_rcu_head		rcu_head
#define gate_call_later(head, fn)	call_rcu(head, fn)
#define gate_wait_readers()	synchronize_rcu()
#define gate_wait_calls()	rcu_barrier()
#else
#include <stdlib.h>
#include <arpa/inet.h>
#include <linux/openvswitch.h>

#define gate_assert(cond)	assert(cond)
void *gate_alloc(size_t size);	/* zeroed, or NULL; tests make it fail */
void gate_free(void *p);
#define __rcu
#define gate_publish(p, v)	((p) = (v))
#define gate_deref(p)		(p)
#define gate_breathe()		((void)0)
struct gate_rcu_head { char unused; };
#define gate_call_later(head, fn)	fn(head)
#define gate_wait_readers()	((void)0)
#define gate_wait_calls()	((void)0)
#endif

#endif
