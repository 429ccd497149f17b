// SPDX-License-Identifier: GPL-2.0
/*
 * A file-system library that is everything but simple C: all work on the backend
 * directory is done by threads it starts, errors travel as exceptions from there to the
 * caller, each thread has thread-local objects with constructors, and what it prints it
 * prints with iostreams.  For tests of the places it can be called in: a dynamic program,
 * and the island of a static one.
 *
 * The workers have the credentials of the thread that started them: for root alone.
 * With THREADED_LOG in the environment finalize() appends a line about the process there;
 * with THREADED_CRASH init() crashes.
 */
#include <defuse/fs.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <sys/syscall.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

std::atomic<unsigned> callers, tasks, exceptions, forks;

/* One for each thread that calls; its text is memory of the heap. */
struct Caller {
	std::string name;
	unsigned calls = 0;

	Caller()
	{
		std::ostringstream text;

		text << "caller " << ++callers << " of " << std::this_thread::get_id();
		name = text.str();
	}
};

thread_local Caller caller;

class Workers {
public:
	explicit Workers(int n)
	{
		sigset_t all, old;

		/* No handler of the program shall run on these. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		while (n--)
			std::thread(&Workers::work, this).detach();
		pthread_sigmask(SIG_SETMASK, &old, nullptr);
	}

	/* What @task returns, or throws, there. */
	long run(std::function<long()> task)
	{
		std::packaged_task<long()> packed(std::move(task));
		std::future<long> result = packed.get_future();

		{
			std::lock_guard<std::mutex> hold(mutex);
			queue.push_back(std::move(packed));
		}
		filled.notify_one();
		return result.get();
	}

private:
	void work()
	{
		thread_local std::string last;

		for (;;) {
			std::unique_lock<std::mutex> hold(mutex);

			filled.wait(hold, [this] { return !queue.empty(); });
			std::packaged_task<long()> task = std::move(queue.front());
			queue.pop_front();
			hold.unlock();
			last = "task " + std::to_string(++tasks);
			task();
		}
	}

	std::mutex mutex;
	std::condition_variable filled;
	std::deque<std::packaged_task<long()>> queue;
};

struct Tree {
	const defuse_host *host;
	int root;
	Workers *workers;
};

struct File {
	int fd;
};

long checked(long result)
{
	if (result < 0)
		throw std::system_error(errno, std::generic_category());
	return result;
}

/* @task, on a worker: its result or -errno. */
long ask(void *fs, std::function<long()> task)
{
	Tree *tree = static_cast<Tree *>(fs);
	std::string before = caller.name;

	caller.calls++;
	try {
		long result = tree->workers->run(std::move(task));

		/* Is this still the same thread? */
		return before == caller.name ? result : -EIO;
	} catch (const std::system_error &error) {
		exceptions++;
		return -error.code().value();
	} catch (const std::exception &error) {
		std::cerr << "threaded: " << error.what() << std::endl;
		return -EIO;
	}
}

int root_of(void *fs)
{
	return static_cast<Tree *>(fs)->root;
}

int fd_of(uint64_t fh)
{
	return reinterpret_cast<File *>(fh)->fd;
}

std::string relative(const char *path)
{
	return path[1] ? path + 1 : ".";
}

int threaded_init(const char *, const char *backend, const defuse_host *host, void **fs)
{
	int fd = open(backend, O_PATH | O_DIRECTORY | O_CLOEXEC);
	static int *volatile nowhere;

	if (std::getenv("THREADED_CRASH"))
		*nowhere = 0;
	if (fd < 0)
		return -errno;
	fd = host->private_fd(fd);
	if (fd < 0)
		return fd;
	*fs = new Tree{ host, fd, new Workers(4) };
	return 0;
}

void threaded_finalize(void *)
{
	const char *log = std::getenv("THREADED_LOG");

	if (!log)
		return;
	std::ofstream(log, std::ios::app) << "callers=" << callers << " tasks=" << tasks
		<< " exceptions=" << exceptions << " forks=" << forks << std::endl;
}

/* What the parent's workers held is lost with them. */
int threaded_atfork_child(void *fs)
{
	static_cast<Tree *>(fs)->workers = new Workers(4);
	forks++;
	return 0;
}

int keep(Tree *tree, int fd, uint64_t *fh)
{
	int kept = tree->host->private_fd(fd);

	if (kept < 0)
		return kept;
	*fh = reinterpret_cast<uint64_t>(new File{ kept });
	return 0;
}

int threaded_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh)
{
	Tree *tree = static_cast<Tree *>(fs);
	std::string name = relative(path);
	struct stat st;
	long fd;

	if (!fstatat(tree->root, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) &&
	    !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return S_ISLNK(st.st_mode) ? -ELOOP : -EOPNOTSUPP;
	fd = ask(fs, [=] {
		return checked(openat(tree->root, name.c_str(),
				      (flags & ~O_APPEND) | O_CLOEXEC | O_NOFOLLOW, mode));
	});
	return fd < 0 ? fd : keep(tree, fd, fh);
}

int threaded_close(void *fs, uint64_t fh)
{
	Tree *tree = static_cast<Tree *>(fs);
	std::unique_ptr<File> file(reinterpret_cast<File *>(fh));

	tree->host->close_fd(file->fd);
	return 0;
}

int threaded_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset, size_t *done)
{
	long n = ask(fs, [=] { return checked(pread(fd_of(fh), buf, size, offset)); });

	*done = n < 0 ? 0 : n;
	return n < 0 ? n : 0;
}

int threaded_write(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
		   size_t *done)
{
	long n = ask(fs, [=] { return checked(pwrite(fd_of(fh), buf, size, offset)); });

	*done = n < 0 ? 0 : n;
	return n < 0 ? n : 0;
}

int threaded_fsync(void *fs, uint64_t fh, int data_sync)
{
	return ask(fs, [=] {
		return checked(data_sync ? fdatasync(fd_of(fh)) : fsync(fd_of(fh)));
	});
}

int threaded_ftruncate(void *fs, uint64_t fh, off_t length)
{
	return ask(fs, [=] { return checked(ftruncate(fd_of(fh), length)); });
}

int threaded_fgetattr(void *fs, uint64_t fh, struct stat *st)
{
	return ask(fs, [=] { return checked(fstat(fd_of(fh), st)); });
}

int threaded_getattr(void *fs, const char *path, struct stat *st, int)
{
	std::string name = relative(path);

	return ask(fs, [=] {
		return checked(fstatat(root_of(fs), name.c_str(), st, AT_SYMLINK_NOFOLLOW));
	});
}

int threaded_save(void *, uint64_t fh, void *, size_t, size_t *len, int *lower_fd)
{
	*len = 0;
	*lower_fd = fd_of(fh);
	return 0;
}

int threaded_restore(void *, const char *, int, const void *, size_t, int lower_fd,
		     uint64_t *fh)
{
	if (lower_fd < 0)
		return -ESTALE;
	*fh = reinterpret_cast<uint64_t>(new File{ lower_fd });
	return 0;
}

int threaded_unlink(void *fs, const char *path)
{
	std::string name = relative(path);

	return ask(fs, [=] { return checked(unlinkat(root_of(fs), name.c_str(), 0)); });
}

int threaded_mkdir(void *fs, const char *path, mode_t mode)
{
	std::string name = relative(path);

	return ask(fs, [=] { return checked(mkdirat(root_of(fs), name.c_str(), mode)); });
}

int threaded_rmdir(void *fs, const char *path)
{
	std::string name = relative(path);

	return ask(fs, [=] {
		return checked(unlinkat(root_of(fs), name.c_str(), AT_REMOVEDIR));
	});
}

int threaded_rename(void *fs, const char *oldpath, const char *newpath, unsigned int flags)
{
	std::string from = relative(oldpath), to = relative(newpath);

	return ask(fs, [=] {
		return checked(renameat2(root_of(fs), from.c_str(), root_of(fs), to.c_str(),
					 flags));
	});
}

int threaded_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
			size_t *written)
{
	static std::mutex position;
	int fd = fd_of(fh);
	long n = ask(fs, [=] {
		std::lock_guard<std::mutex> hold(position);

		checked(lseek(fd, *cookie, SEEK_SET));
		long got = checked(syscall(SYS_getdents64, fd, buf, size));
		*cookie = checked(lseek(fd, 0, SEEK_CUR));
		return got;
	});

	*written = n < 0 ? 0 : n;
	return n < 0 ? n : 0;
}

struct defuse_fs_operations table()
{
	struct defuse_fs_operations ops = {};

	ops.version = DEFUSE_FS_VERSION;
	ops.size = sizeof(ops);
	ops.name = "threaded";
	ops.init = threaded_init;
	ops.finalize = threaded_finalize;
	ops.open = threaded_open;
	ops.close = threaded_close;
	ops.read = threaded_read;
	ops.write = threaded_write;
	ops.fsync = threaded_fsync;
	ops.ftruncate = threaded_ftruncate;
	ops.fgetattr = threaded_fgetattr;
	ops.getattr = threaded_getattr;
	ops.save = threaded_save;
	ops.restore = threaded_restore;
	ops.unlink = threaded_unlink;
	ops.mkdir = threaded_mkdir;
	ops.rmdir = threaded_rmdir;
	ops.rename = threaded_rename;
	ops.getdirents = threaded_getdirents;
	ops.atfork_child = threaded_atfork_child;
	return ops;
}

} // namespace

extern "C" {
extern const struct defuse_fs_operations defuse_fs_operations = table();
}
