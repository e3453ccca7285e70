# SPDX-License-Identifier: GPL-2.0-only
# "s2memattr selftest" on a machine without an IOMMU: only when told.
load
echo 1 >/sys/module/vfio/parameters/enable_unsafe_noiommu_mode
bind $SHM0
s2memattr selftest --device $SHM0 >/tmp/tested 2>&1
is "without --no-iommu it ends with" $? 3
check "and says so" grep -q "^untried device: .*--no-iommu" /tmp/tested
s2memattr selftest --device $SHM0 --write --no-iommu >/tmp/tested 2>&1
is "with it" $? 0
sed 's/^/# /' /tmp/tested >"$RESULT"
check "by its group" grep -q "^ok device: .*opened by noiommu" /tmp/tested
check "and nothing is wrong" [ "$(grep -vc '^ok ' /tmp/tested)" = 0 ]
unload
