# SPDX-License-Identifier: GPL-2.0-only
# s2memattr.disable on the kernel's command line: nothing that asks for the module
# gets it, and the machine would refuse it for another reason if they did.
like "the command line has it" "$(cat /proc/cmdline)" "*s2memattr.disable*"
code=0
said=$(s2memattr load 2>&1) || code=$?
is "load fails" $code 1
is "and says why" "$said" "s2memattr: not loaded: s2memattr.disable is set"
said=$(s2memattr load disable=0 2>&1) || :
like "unless it is taken back" "$said" "s2memattr: not loaded: ${REFUSAL#*:}*"
like "the doctor says it" "$(s2memattr doctor | grep -A 1 " module ")" "*kept out*boot without it*"
[ ! -e $S ] && [ ! -e /sys/module/s2memattr ] && ok "nothing left behind" || not_ok "left something"
