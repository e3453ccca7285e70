# SPDX-License-Identifier: GPL-2.0-only
#
# What a program with such a VM is made of: $(vm_objects) and $(vm_flags), from CC, CFLAGS
# and O of who includes this.

vm_source := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
vm_flags := -Wall -Wextra -std=gnu11 -pthread -I$(vm_source) -I$(vm_source)../../include
# The payload runs without libc, FP registers or a relocator; what hardens programs needs one.
payload_flags := -O2 -Wall -Wextra -std=gnu11 -ffreestanding -nostdlib -fno-pic -fno-pie \
	-mgeneral-regs-only -mstrict-align -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-lto -I$(vm_source)

# The stage-1 tables are written, and lie where the code does; an older linker does not mind.
payload_link := -nostdlib -static -no-pie -fno-lto -Wl,--build-id=none \
	$(shell $(CC) -Wl,--help 2>/dev/null | sed -n 's/^ *\(--no-warn-rwx-segments\) .*/-Wl,\1/p')

vm_objects := $(patsubst %,$(O)/vm.parts/%.o,access blob command memory slots stream vcpu vfio vm work)
payload_objects := $(patsubst %,$(O)/vm.parts/payload/%.o,start vectors probes visit main tick faults \
	registers step steps stream)
vm_headers := $(wildcard $(vm_source)*.h $(vm_source)payload/*.h)

$(O)/vm.parts/%.o: $(vm_source)%.c $(vm_headers)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(vm_flags) $(CFLAGS) -c -o $@ $<

$(O)/vm.parts/blob.o: $(vm_source)blob.S $(O)/vm.parts/payload.bin
	$(CC) -Wa,-I$(O)/vm.parts -c -o $@ $<

$(O)/vm.parts/payload.bin: $(O)/vm.parts/payload.elf
	$(shell $(CC) -print-prog-name=objcopy) -O binary $< $@

$(O)/vm.parts/payload.elf: $(payload_objects) $(vm_source)payload/payload.lds
	$(CC) $(payload_link) -Wl,-T,$(vm_source)payload/payload.lds -o $@ $(payload_objects)

$(O)/vm.parts/payload/%.o: $(vm_source)payload/%.c $(vm_headers)
	@mkdir -p $(@D)
	$(CC) $(payload_flags) -c -o $@ $<

$(O)/vm.parts/payload/%.o: $(vm_source)payload/%.S $(vm_headers)
	@mkdir -p $(@D)
	$(CC) $(payload_flags) -c -o $@ $<
