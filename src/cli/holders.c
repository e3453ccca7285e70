// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs that have something to lose: processes with a VM and with device memory.
 */
#include <ctype.h>
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "layers.h"

/* What a process has open: a VM, a device of VFIO. */
struct open_files {
	bool vm;
	bool device;
};

/*
 * The names are those of anon_inode_getfd() in virt/kvm/kvm_main.c and
 * drivers/vfio; from 6.6 on a device may be a file of /dev/vfio/devices, too.
 */
static void look_at(const char *target, struct open_files *found)
{
	if (!strcmp(target, "anon_inode:kvm-vm"))
		found->vm = true;
	else if (!strcmp(target, "anon_inode:[vfio-device]") ||
		 !strncmp(target, "/dev/vfio/devices/", strlen("/dev/vfio/devices/")))
		found->device = true;
}

static struct open_files files_of(const char *pid)
{
	char *dir = cli_path("/proc/%s/fd", pid), *path, target[256];
	struct open_files found = {};
	struct dirent *entry;
	DIR *fds = opendir(dir);
	ssize_t len;

	while (fds && (entry = readdir(fds))) {
		if (asprintf(&path, "%s/%s", dir, entry->d_name) < 0)
			cli_memory(NULL);
		len = readlink(path, target, sizeof(target) - 1);
		free(path);
		if (len < 0)
			continue;
		target[len] = '\0';
		look_at(target, &found);
	}
	if (fds)
		closedir(fds);
	free(dir);
	return found;
}

/* Device memory that no vfio file is behind is seen where it is mapped. */
static u32 holder_in_tables(void)
{
	json_t *mappings, *first;
	u32 pid = 0;
	char *why;

	mappings = cli_gather_mappings(&why);
	free(why);
	first = json_array_get(mappings, 0);
	if (first)
		pid = (u32)json_integer_value(json_object_get(first, "pid"));
	json_decref(mappings);
	return pid;
}

u32 cli_holder(bool vms_too)
{
	char *dir = cli_path("/proc");
	DIR *proc = opendir(dir);
	struct dirent *entry;
	u32 pid = 0;

	free(dir);
	while (proc && !pid && (entry = readdir(proc))) {
		struct open_files found;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		found = files_of(entry->d_name);
		if (found.vm && (found.device || vms_too))
			pid = (u32)strtoul(entry->d_name, NULL, 10);
	}
	if (proc)
		closedir(proc);
	return pid ? pid : holder_in_tables();
}
