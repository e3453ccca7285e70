// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "symbols.h"
#include "threads.h"
#include "vms.h"

bool s2m_vms_known(void)
{
	return s2m_symbols.vm_ioctl;
}

/* The VM that a file belongs to, or NULL. */
static struct kvm *vm_of(const struct file *file)
{
	const void *ioctl = file->f_op->unlocked_ioctl;

	if (!ioctl)
		return NULL;
	if (ioctl == s2m_symbols.vm_ioctl)
		return file->private_data;
	if (ioctl == s2m_symbols.vcpu_ioctl)
		return ((struct kvm_vcpu *)file->private_data)->kvm;
	return NULL;
}

static void put(struct s2m_vm *vm)
{
	fput(vm->file);
	put_pid(vm->pid);
}

/* What the look through one process's files is about. */
struct search {
	struct s2m_vms *batch;
	const struct mm_struct *mm;
	const struct kvm *cursor;
	struct task_struct *task;
};

/* Called with files->file_lock held: the file is open, and so is the VM. */
static int consider(const void *data, struct file *file, unsigned int fd)
{
	const struct search *search = data;
	struct s2m_vms *batch = search->batch;
	struct kvm *kvm = vm_of(file);
	struct s2m_vm new;
	unsigned int i;

	/* A file may have been passed on: a VM runs in the mm that made it only. */
	if (!kvm || kvm <= search->cursor || kvm->mm != search->mm)
		return 0;
	for (i = 0; i < batch->count && batch->vm[i].kvm < kvm; i++)
		;
	if (i == S2M_VMS_BATCH || (i < batch->count && batch->vm[i].kvm == kvm))
		return 0;

	new = (struct s2m_vm) {
		.kvm = kvm,
		.file = get_file(file),
		.pid = get_pid(task_tgid(search->task)),
	};
	/* What does not fit is last, has just lost its place, and comes again. */
	if (batch->count == S2M_VMS_BATCH)
		put(&batch->vm[S2M_VMS_BATCH - 1]);
	else
		batch->count++;
	for (; i < batch->count; i++)
		swap(batch->vm[i], new);
	return 0;
}

void s2m_vms_next(struct s2m_vms *batch, const struct mm_struct *mm, const struct kvm *cursor)
{
	struct search search = { .batch = batch, .mm = mm, .cursor = cursor };
	struct task_struct *process, *thread;
	const struct files_struct *seen = NULL;

	batch->count = 0;
	if (!s2m_vms_known())
		return;
	rcu_read_lock();
	s2m_for_each_thread(process, thread) {
		task_lock(thread);
		/* Threads share their files; those of another process come after them all. */
		if (thread->mm == mm && thread->files && thread->files != seen) {
			seen = thread->files;
			search.task = thread;
			iterate_fd(thread->files, 0, consider, &search);
		}
		task_unlock(thread);
	}
	rcu_read_unlock();
}

void s2m_vms_put(struct s2m_vms *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++)
		put(&batch->vm[i]);
	batch->count = 0;
}
