/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM defuse

#if !defined(DEFUSE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define DEFUSE_TRACE_H

#include <linux/tracepoint.h>

#include "defuse.h"

TRACE_EVENT(defuse_marker,
	TP_PROTO(const struct super_block *sb, const char *path),
	TP_ARGS(sb, path),
	TP_STRUCT__entry(
		__field(u64, mount_id)
		__string(path, path)
	),
	TP_fast_assign(
		__entry->mount_id = DEFUSE_SB(sb)->mount_id;
		defuse_assign_str(path, path);
	),
	TP_printk("mount=%llu path=%s", __entry->mount_id, __get_str(path))
);

TRACE_EVENT(defuse_shadow_open,
	TP_PROTO(const struct super_block *sb, const char *path, long ret),
	TP_ARGS(sb, path, ret),
	TP_STRUCT__entry(
		__field(u64, mount_id)
		__field(long, ret)
		__string(path, path)
	),
	TP_fast_assign(
		__entry->mount_id = DEFUSE_SB(sb)->mount_id;
		__entry->ret = ret;
		defuse_assign_str(path, path);
	),
	TP_printk("mount=%llu path=%s ret=%ld", __entry->mount_id, __get_str(path),
		  __entry->ret)
);

TRACE_EVENT(defuse_verify,
	TP_PROTO(const struct dentry *dentry, int ret),
	TP_ARGS(dentry, ret),
	TP_STRUCT__entry(
		__field(u64, mount_id)
		__field(int, ret)
		__string(name, (const char *)dentry->d_name.name)
	),
	TP_fast_assign(
		__entry->mount_id = DEFUSE_SB(dentry->d_sb)->mount_id;
		__entry->ret = ret;
		defuse_assign_str(name, (const char *)dentry->d_name.name);
	),
	TP_printk("mount=%llu name=%s ret=%d", __entry->mount_id, __get_str(name),
		  __entry->ret)
);

#endif /* DEFUSE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
