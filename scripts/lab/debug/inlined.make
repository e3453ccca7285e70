# As a compiler does that values speed more: functions of this size go into their callers.
KCFLAGS=-O3 --param=max-inline-insns-auto=200 --param=early-inlining-insns=200
