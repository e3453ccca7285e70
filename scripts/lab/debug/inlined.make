# For this one file of KVM.
CFLAGS_pgtable.o=-include /src/scripts/lab/debug/inlined.h -Wno-attributes
