#!/bin/busybox sh
# The first process of the guest: makes a chip of simulated lines, runs the tests from the host's tree, switches off.
# It never waits for anyone: whatever fails ends in a switched-off guest, and the host sees what is missing.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# Node-RED listens there.
ifconfig lo 127.0.0.1 up
for module in /modules/*.ko; do insmod "$module"; done

# The host's whole tree, read-only; what is written goes into memory.
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=524288 host /host || reboot -f
for folder in proc sys dev; do mount --move "/$folder" "/host/$folder"; done
mkdir -p /host/dev/shm
mount -t tmpfs shm /host/dev/shm
mount -t configfs configfs /host/sys/kernel/config
mount -t tracefs tracefs /host/sys/kernel/tracing

chip=/host/sys/kernel/config/gpio-sim/factory
mkdir -p "$chip/bank0"
echo 16 >"$chip/bank0/num_lines"
echo factory-sim >"$chip/bank0/label"
mkdir "$chip/bank0/line4"
echo GPIO4 >"$chip/bank0/line4/name"
echo 1 >"$chip/live"
name=$(cat "$chip/bank0/chip_name")
export SIM_CHIP="/dev/$name"
export SIM_PINS="/sys/devices/platform/$(cat "$chip/dev_name")/$name"

# The host says where things are, on the command line of the kernel.
argument() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" /host/proc/cmdline; }
echo "GUEST begins"
HOME=/dev/shm TMPDIR=/dev/shm TERM=dumb NO_COLOR=1 FORCE_COLOR=0 \
  PATH="$(argument factory.path):/usr/bin:/bin:/usr/sbin:/sbin" \
  chroot /host /bin/sh -c "cd '$(argument factory.root)' && exec mocha --timeout 60000 $(argument factory.tests | tr , ' ')" 2>&1
echo "GUEST ends with $?"
reboot -f
