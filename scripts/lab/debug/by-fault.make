# For this one file of KVM.
CFLAGS_mmu.o=-include /src/scripts/lab/debug/by-fault.h
